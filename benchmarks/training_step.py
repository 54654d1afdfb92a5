"""A training step beside PyTorch's: milliseconds in alternating processes, and the share of the machine's matrix rate.

    pip install torch==2.13.0
    python benchmarks/training_step.py > benchmarks/results/training_step.csv

The peer, `torch_step.py`, is the same network and step. It is first tried in all its settings, and then measured at the
fastest one. Alone on the machine this takes about ten minutes.
"""

import argparse
import itertools
import re
import statistics

import processes

PEER = processes.FOLDER / "torch_step.py"
SETTINGS = [
    [flag for flag, on in zip(("--fused-adam", "--channels-last", "--compile"), switches, strict=True) if on]
    for switches in itertools.product((True, False), repeat=3)
]


def peer_step(precision, settings, steps):
    """Milliseconds of the peer's step."""
    output = processes.run(PEER, "--steps", steps, "--precision", precision, *settings)
    return float(re.search(r"([\d.]+) ms/step", output).group(1))


def measure(precision, rounds, steps):
    """One row: both, at one precision."""
    tried = {}
    for settings in SETTINGS:
        name = " ".join(settings) or "no flags"
        try:
            tried[name] = (peer_step(precision, settings, 10), settings)
        except RuntimeError as error:  # --compile needs a C++ compiler.
            processes.say(f"{precision}: PyTorch with {name} is left out: {error}")
        else:
            processes.say(f"{precision}: PyTorch with {name}: {tried[name][0]:.0f} ms")
    name, (_, settings) = min(tried.items(), key=lambda item: item[1][0])
    ours, theirs = [], []
    for index in range(rounds):
        ours.append(processes.our_step(precision=precision, steps=steps))
        theirs.append(peer_step(precision, settings, steps))
        processes.say(f"{precision} {index + 1}/{rounds}: ours {ours[-1]['median_ms']} ms, PyTorch {theirs[-1]} ms")
    milliseconds = [one["median_ms"] for one in ours]
    rate = max(one["matrix_gflops"] for one in ours)
    ratios = [their / our for our, their in zip(milliseconds, theirs, strict=True)]
    return {
        "precision": precision,
        "ours_ms": statistics.median(milliseconds),
        "ours_spread": f"{min(milliseconds)} to {max(milliseconds)}",
        "peer": name,
        "peer_ms": statistics.median(theirs),
        "peer_spread": f"{min(theirs)} to {max(theirs)}",
        "speedup": f"{statistics.median(ratios):.2f}",
        "speedup_spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
        "matrix_gflops": rate,
        "share_of_matrix_rate": round(1e3 * ours[0]["gflop"] / statistics.median(milliseconds) / rate, 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    precisions = ("float32", "mixed_bfloat16")
    parser.add_argument("--precision", nargs="+", choices=precisions, default=precisions)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    processes.write([measure(name, arguments.rounds, arguments.steps) for name in arguments.precision])
