"""Train one configuration on many seeds, and evaluate every run.

    python -m benchmarks.studies.sweep runs/paper --seeds 10 --jobs 2 -- examples/mnist.py --precision mixed_bfloat16
    python -m benchmarks.studies.mnist_runs runs/paper-? > paper.csv

makes runs/paper-0 to runs/paper-9, each with its log beside it (runs/paper-0.log). What is finished is left alone and
what was begun is resumed, so the same command goes on with a sweep that was stopped, here or on a machine that has the
folders. `examples/baselines.py` evaluates its systems itself, and ends with models.png; other runs are of data that
`infogan evaluate` knows. Two runs at a time on a core each get more done than one after the other on two.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from benchmarks import processes

EVALUATED = ("evaluation.json", "models.png")


def main(arguments):
    """Makes what is missing, and returns how many seeds failed."""
    seeds = range(arguments.seed, arguments.seed + arguments.seeds)
    folders = [Path(f"{arguments.runs}-{seed}") for seed in seeds]
    arguments.runs.parent.mkdir(parents=True, exist_ok=True)
    evaluate_flags = shlex.split(arguments.evaluate)
    results = processes.side_by_side(
        lambda folder: make(folder, arguments.command, evaluate_flags), folders, arguments.jobs
    )
    failed = 0
    for folder, done in zip(folders, results, strict=True):
        failed += not done
        print(f"{folder}: {'done' if done else f'failed, see {folder}.log'}", flush=True)
    return failed


def make(folder, command, evaluate_flags):
    """Trains and evaluates one seed, as far as that is not done; returns whether it is now."""

    def has(*patterns):
        return any(any(folder.glob(pattern)) for pattern in patterns)

    def run(*command):
        with Path(f"{folder}.log").open("a") as log:
            return subprocess.run([sys.executable, *command], stdout=log, stderr=log).returncode == 0

    if not has("saved_model/[0-9]*", *EVALUATED):
        seed = folder.name.rpartition("-")[2]
        resume = ["--resume"] if has("**/config.json") else []
        if not run(*command, "--seed", seed, "--run-dir", folder, *resume):
            return False
    return has(*EVALUATED) or run("-m", "infogan_keras", "evaluate", folder, *evaluate_flags)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, help="the folders without their seeds: runs/paper for runs/paper-0 and on")
    parser.add_argument(
        "command", nargs="+", help="after --: a training script and flags, without --seed and --run-dir"
    )
    parser.add_argument("--seeds", type=int, default=10, help="how many (default 10)")
    parser.add_argument("--seed", type=int, default=0, help="the first of them (default 0)")
    parser.add_argument("--evaluate", default="", help="flags of infogan evaluate: '--data fashion-mnist'")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, on a share of the cores each (default 1)")
    sys.exit(main(parser.parse_args()) > 0)
