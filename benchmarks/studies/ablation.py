r"""What each part of `MNIST_ROBUST_FREE` and `MNIST_ROBUST` buys: the error of the digit code along short runs.

    python -m benchmarks.studies.ablation --seeds 3 --updates 500 --jobs 2 benchmarks/results/ablation.csv
    python -m benchmarks.studies.ablation --seeds 3 --updates 500 --jobs 2 --precision float32 \
        benchmarks/results/ablation.csv
    python -m benchmarks.studies.ablation --variants paper --seeds 3 --updates 2500 --jobs 2 \
        benchmarks/results/ablation.csv
    python -m benchmarks.studies.ablation benchmarks/results/ablation.csv --variants paper robust --seeds 1 \
        --at 125 250 500 1000 1500 2500 --picture docs/images/confusions.png
    python -m benchmarks.studies.ablation --variants declared "half the balance" "smaller squares" "no erasing" \
        "no independence" "every leak" "declared weight 1" "slants alone" --seeds 3 --updates 500 --jobs 2 \
        benchmarks/results/ablation.csv

The digits are those of the last 10,000 training images, whose labels training does not read: the test images are for
the finished runs. A row has the confusion matrix too: ten categories of ten digits each, categories in the order of the
digits that they are matched to. Rows come as runs end, and what the file has is not run again. Not every seed of these
commands has been run in every variant: the file says which.
"""

import argparse
import csv
import functools
import itertools
import json
from pathlib import Path

from benchmarks import processes

# Turn in degrees, shifts and zoom as shares of the size, slant in pixels per pixel; see `views`.
VARIANTS = {
    "paper": {"consistency_weight": 0.0, "balance_weight": 0.0},
    "robust": {},
    "held constant": {},
    "no consistency": {"consistency_weight": 0.0},
    "no balance": {"balance_weight": 0.0},
    "balance as consistency": {"balance_weight": 3.0},
    "half": {"consistency_weight": 1.5, "balance_weight": 3.0},
    "twice": {"consistency_weight": 6.0, "balance_weight": 12.0},
    "smaller views": {"views": (10.0, 0.05, 0.1, 0.15)},
    "larger views": {"views": (30.0, 0.15, 0.3, 0.45)},
    "no slant": {"views": (20.0, 0.1, 0.2, None)},
}
# Of `MNIST_ROBUST`, with the names of what is left out.
DECLARED = (
    *("declared", "half the rate", "half the balance", "half of both", "smaller squares", "no erasing"),
    *("no independence", "every leak", "declared weight 1", "slants alone"),
)
COLUMNS = ("variant", "precision", "seed", "updates", "error", "image_information", "confusion")
EVERY = 125


@functools.cache
def held_out():
    """The images that are measured on, from 0 to 1, and their digits."""
    import numpy as np

    from infogan_keras.datasets import mnist

    images, digits = (values[-10_000:] for values in mnist.arrays("train"))
    return np.float32(images / 255), digits


def measure(model):
    """The last four columns, of a model at this point of its training."""
    import numpy as np

    from infogan_keras.evaluation import clustering, information

    images, digits = held_out()
    codes = model.encode(images)
    confusion = clustering.confusion_matrix(codes["digit_id"], digits, 10, 10)
    matched = clustering.match_one_to_one(confusion)
    error = clustering.error(confusion, matched)
    found = information.image_information(codes["digit_probabilities"])
    cells = " ".join(map(str, confusion[np.argsort(matched)].ravel()))
    return model.updates, f"{error:.4f}", f"{found:.4f}", cells


def train(variant, precision, seed, updates):
    """One run: its rows."""
    from unittest import mock

    import keras
    import tensorflow as tf

    from infogan_keras import losses
    from infogan_keras.datasets import mnist

    rows = []

    class Measure(keras.callbacks.Callback):
        """A row at the end of each epoch."""

        def on_epoch_end(self, epoch, logs=None):
            rows.append((variant, precision, seed, *measure(self.model)))

    agreement = losses.consistency

    def held_constant(spec, on_images, on_views):
        return agreement(spec, {name: tf.stop_gradient(value) for name, value in on_images.items()}, on_views)

    def squared(response, amount):
        return losses._correlation(response, amount) ** 2

    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(seed)
    experiment = experiment_of(variant)
    consistency = held_constant if variant == "held constant" else losses.consistency
    leak = squared if variant == "every leak" else losses._leak
    dependence = (lambda means, others: 0.0) if variant == "no independence" else losses._dependence
    with mock.patch.multiple(losses, consistency=consistency, _leak=leak, _dependence=dependence):
        data = mnist.load("train", experiment.batch_size, seed)
        model = experiment.build_model(seed)
        model.fit(data, epochs=updates // EVERY, steps_per_epoch=EVERY, callbacks=[Measure()], verbose=0)
    return rows


def experiment_of(variant):
    """The experiment of a variant's name."""
    import dataclasses

    from infogan_keras import experiments
    from infogan_keras.latents import LatentSpec, Uniform
    from infogan_keras.views import Erase, Shift, Slant, Turn, Zoom

    robust = experiments.MNIST_ROBUST
    if variant not in DECLARED:
        changes = dict(VARIANTS[variant])
        if "views" in changes:
            turn, shift, zoom, slant = changes["views"]
            views = (Turn(turn), Shift(shift), Shift(shift, "down"), Zoom(zoom))
            changes["views"] = views if slant is None else (*views, Slant(slant))
        return dataclasses.replace(experiments.MNIST_ROBUST_FREE, **changes)
    changes = {}
    others = tuple(view for view in robust.views if not isinstance(view, Erase))
    if variant == "no erasing":
        changes["views"] = others
    if variant == "smaller squares":
        changes["views"] = (*others, Erase(0.25))
    if variant in ("half the rate", "half of both"):
        changes["d_learning_rate"] = robust.d_learning_rate / 2
    if variant in ("half the balance", "half of both"):
        changes["balance_weight"] = robust.balance_weight / 2
    if variant == "declared weight 1":
        changes["declared_weight"] = 1.0
    if variant == "slants alone":
        rotation = Uniform(1, fix_std=True, follows=Slant(0.35))
        changes["latents"] = LatentSpec(robust.latents.noise, {**robust.latents.codes, "rotation": rotation})
    return dataclasses.replace(robust, **changes)


def rows_of(file, columns):
    """What the rows of a file are of, as text: their columns up to `updates`; makes the file where there is none."""
    if not file.exists():
        file.write_text(",".join(columns) + "\n")
    with file.open(newline="") as opened:
        return {tuple(row)[: columns.index("updates") + 1] for row in csv.reader(opened)}


def main(arguments):
    """Runs what the file has not, and adds it."""
    done = rows_of(arguments.file, COLUMNS)
    runs = itertools.product(range(arguments.seeds), arguments.variants)
    wanted = [(variant, arguments.precision, seed, arguments.updates) for seed, variant in runs]
    missing = [one for one in wanted if tuple(map(str, one)) not in done]

    def run(one):
        return json.loads(processes.run("-m", __spec__.name, "--one", json.dumps(one)))

    for rows in processes.side_by_side(run, missing, arguments.jobs):
        with arguments.file.open("a", newline="") as file:
            new = [row for row in rows if tuple(map(str, row[:4])) not in done]
            csv.writer(file, lineterminator="\n").writerows(new)
        for row in rows:
            processes.say(" ".join(map(str, row[:5])))


def draw(arguments):
    """The confusion matrices in the file, one run per row and its updates from left to right.

    A row of a matrix is a digit, a column the category that is matched to it; a cell's shade is the share of the
    digit's images that are in the category.
    """
    import numpy as np

    from infogan_keras.plotting import charts

    with arguments.file.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["variant"] in arguments.variants]
    runs = {}
    for row in rows:
        updates, seed = int(row["updates"]), int(row["seed"])
        if updates not in (arguments.at or [updates]) or seed >= arguments.seeds:
            continue
        confusion = np.reshape([int(cell) for cell in row["confusion"].split()], (10, 10)).T
        title = f"{row['variant']} {seed}, {updates}: {float(row['error']):.1%}"
        shares = confusion / confusion.sum(1, keepdims=True)
        chart = charts.matrix(shares, [str(digit) for digit in range(10)], [""] * 10, title=title, cell=15)
        runs.setdefault((arguments.variants.index(row["variant"]), row["precision"], seed), []).append(chart)
    if not runs:
        raise SystemExit(f"error: {arguments.file} has no rows of these variants, seeds and updates.")
    charts.below([charts.beside(runs[run]) for run in sorted(runs)], margin=8).save(arguments.picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", help="of rows, a CSV that is made or added to")
    parser.add_argument(
        "--variants", nargs="+", choices=(*VARIANTS, *DECLARED), default=[*VARIANTS], help="default: all of free codes"
    )
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 on (default 3)")
    parser.add_argument("--updates", type=int, default=500, help=f"a multiple of {EVERY} (default 500)")
    parser.add_argument("--precision", default="mixed_bfloat16", help="Keras' dtype policy (default mixed_bfloat16)")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, on a share of the cores each (default 1)")
    parser.add_argument("--picture", type=Path, help="draw the confusion matrices of --variants in it instead")
    parser.add_argument("--at", type=int, nargs="+", help="in the picture, after how many updates (default: all)")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.one:
        print(json.dumps(train(*flags.one)))
    elif flags.file is None or flags.updates % EVERY:
        parser.error(f"expected a file, and a multiple of {EVERY} --updates.")
    elif flags.picture:
        draw(flags)
    else:
        main(flags)
