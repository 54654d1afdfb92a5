"""How the step's time and memory grow with the batch, and with the networks for MNIST, SVHN, faces and chairs.

python benchmarks/scaling.py > benchmarks/results/scaling.csv
"""

import processes

CASES = [
    *({"architecture": "mnist", "batch_size": batch} for batch in (32, 64, 128, 256, 512, 1024)),
    *({"architecture": name, "batch_size": 128} for name in ("svhn", "faces", "chairs")),
]

if __name__ == "__main__":
    processes.no_flags(__doc__)
    rows = []
    for precision in ("float32", "mixed_bfloat16"):
        for case in CASES:
            steps = 4 if case["architecture"] == "chairs" else max(6, min(20, 2560 // case["batch_size"]))
            measured = processes.our_step(precision=precision, steps=steps, **case)
            images = round(1e3 * case["batch_size"] / measured["median_ms"])
            rows.append({**case, "precision": precision, **measured, "images_per_second": images})
            processes.say(str(rows[-1]))
    processes.write(rows)
