r"""Summarize evaluated MNIST runs as CSV, one row each.

    python -m benchmarks.studies.sweep runs/paper-float32 --seeds 3 -- examples/mnist.py
    python -m benchmarks.studies.sweep runs/paper --seeds 3 -- examples/mnist.py --precision mixed_bfloat16
    python -m benchmarks.studies.sweep runs/robust-free --jobs 2 \
        -- -m infogan_keras train mnist-robust-free --precision mixed_bfloat16
    python -m benchmarks.studies.sweep runs/robust --jobs 2 -- -m infogan_keras train mnist-robust
    python -m benchmarks.studies.mnist_runs runs/paper-float32-? runs/paper-? runs/robust-free-? runs/robust-? \
        > benchmarks/results/mnist.csv

    python -m benchmarks.studies.sweep runs/fashion --seeds 3 \
        --evaluate '--data fashion-mnist --data-dir fashion-mnist' \
        -- examples/fashion_mnist.py --data-dir fashion-mnist --precision mixed_bfloat16
    python -m benchmarks.studies.mnist_runs runs/fashion-? > benchmarks/results/fashion_mnist.csv  # of commit cecda2d

    python -m benchmarks.studies.sweep runs/baselines --seeds 3 -- examples/baselines.py --precision mixed_bfloat16
    python -m benchmarks.studies.mnist_runs runs/baselines-?/{gan,semi-supervised,acgan} \
        > benchmarks/results/baselines.csv

The rows of `robust-no-erasing` are of commit 930cff1, whose `mnist-robust` had no erased squares, with `--epochs 20`,
and `-long` is its seed 5, resumed with `--epochs 50`. Those of `robust-half-the-balance` are of febd4a5 (seed 0) and
a1c36a6 (seed 2), with a balance of 6 and without independence of codes, and that of `robust-smaller-squares` of
e8df652, with squares of 0.25. These and `robust-constant-rates`, of a932838, have a rate of 2e-4 for D, and of 1e-3 for
G all along. `robust-trained-d`, of 7772f8f, is `robust` without the average of D, and `-long` has `--epochs 30`.

A run's configuration is its folder's name without the seed. `slant` is the absolute rank correlation (Spearman's) of a
continuous code with the slant of generated digits over -2 to 2, and `stroke` that of another code with their thickness
or width: the pair of codes whose smaller one is largest. Of declared codes, `rotation_slant` and `width_width` are over
-1 to 1 and have a sign, and `leakage` is the mean size of the correlations of each code with the other's measure. Mean,
standard deviation and worst of the errors go to standard error.
"""

import json
import re
import statistics
import sys

from benchmarks.studies import run_table


def summarize(run_dir):
    """One row: what the run was, and what came of it."""
    measured = json.loads((run_dir / "evaluation.json").read_text())
    model = json.loads((run_dir / "config.json").read_text())["model"]
    policy = model["generator"]["config"]["layers"][1]["config"]["dtype"]
    log = run_table.read_log(run_dir)
    at_500 = next((row for row in log if int(row["updates"]) == 500), log[-1])
    code = next((name.partition("/")[2] for name in measured if name.startswith("test_error/")), None)
    fid, dataset = next(re.findall(r"^fid10k_((\w+)_cnn)$", name)[0] for name in measured if name.startswith("fid10k"))
    slant, stroke = strokes(measured)
    leaks = [value for name, value in measured.items() if name.startswith("declared_leakage/")]
    row = {
        "configuration": run_table.configuration(run_dir),
        "dataset": dataset,
        "precision": policy if isinstance(policy, str) else policy["config"]["name"],
        "seed": model["seed"],
        "updates": measured["updates"],
        "minutes": f"{sum(float(row['seconds']) for row in log) / 60:.1f}",
        "error": measured.get(f"test_error/{code}"),
        "error_train_matched": measured.get(f"test_error_train_matched/{code}"),
        "error_many_to_one": measured.get(f"test_error_many_to_one/{code}"),
        "nmi": measured.get(f"nmi/{code}"),
        "ari": measured.get(f"ari/{code}"),
        "bound_500": float(at_500[f"mi/{code}"]) if code else None,
        "bound": measured.get(f"mi/{code}"),
        "image_information": measured.get(f"image_information/{code}"),
        "fid10k_cnn": measured[f"fid10k_{fid}"],
        "slant": slant,
        "stroke": stroke,
        "rotation_slant": measured.get("declared_spearman/slant/rotation"),
        "width_width": measured.get("declared_spearman/width/width"),
        "leakage": statistics.mean(leaks) if leaks else None,
    }
    return {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in row.items()}


def strokes(measured):
    """The best pair of two codes, one for the slant and another for thickness or width; (None, None) for fewer."""
    of = {
        quantity: {
            # Where no digit has any ink, there is no correlation.
            name.partition("/")[2]: abs(value or 0)
            for name, value in measured.items()
            if name.startswith(f"{quantity}_spearman/")
        }
        for quantity in ("slant", "thickness", "width")
    }
    pairs = [
        (of["slant"][one], max(of["thickness"][other], of["width"][other]))
        for one in of["slant"]
        for other in of["slant"]
        if one != other
    ]
    return max(pairs, key=min, default=(None, None))


if __name__ == "__main__":
    table = run_table.write(__doc__, lambda run_dir: [summarize(run_dir)])
    for name in dict.fromkeys(row["configuration"] for row in table):
        errors = [float(row["error"]) for row in table if row["configuration"] == name and row["error"] is not None]
        if len(errors) > 1:
            mean, spread, worst = statistics.mean(errors), statistics.stdev(errors), max(errors)
            print(f"{name}: {len(errors)} errors, {mean:.2%} ± {spread:.2%}, worst {worst:.2%}", file=sys.stderr)
