r"""Which code follows which true factor of rendered faces or chairs, along a run, as rows of a CSV.

    python -m benchmarks.studies.factor_courses benchmarks/results/factor_courses.csv \
        --experiment faces-declared --seed 0 --updates 400 --every 100

Each look at 3,000 test images adds a row per code and factor: the rank correlation (Spearman's), with its sign; for the
chairs' azimuth over the half-turn around the front, and for a circular code the median angular error in degrees, after
the best of both directions and of the half-turns that a mirror image cannot tell apart. `aspect` is the width of the
silhouette over its height, `extent` its width in pixels, `width within 25 degrees` the factor on heads or chairs seen
from the front only. With `--metrics` the last look also has MIG, DCI and the FactorVAE score; with `--pictures` a strip
of each code is drawn.
"""

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
RUN = ("experiment", "precision", "images", "threads", "seed")
COLUMNS = (*RUN, "updates", "seconds", "code", "factor", "measure", "value")
IMAGES = 3_000
FRONTAL = 25


def main(arguments):
    """Trains and measures in turns."""
    import keras
    import tensorflow as tf

    import infogan_keras as ig

    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.config.set_dtype_policy(arguments.precision)
    experiment = ig.experiments.by_name(arguments.experiment)
    keras.utils.set_random_seed(arguments.seed)
    model = experiment.build_model(arguments.seed)
    rendered, options = experiment.training_set.module, experiment.training_set.options
    data = rendered.load(
        *("train", experiment.batch_size, arguments.seed), data_dir=arguments.data_dir, size=arguments.images, **options
    )
    images, factors = rendered.arrays("test", arguments.data_dir, IMAGES, **options)
    size = arguments.images or rendered.SIZES["train"]
    start = (arguments.experiment, arguments.precision, size, arguments.threads, arguments.seed)
    seconds = 0.0
    while model.updates < arguments.updates:
        began = time.monotonic()
        history = model.fit(data, steps_per_epoch=arguments.every, verbose=0).history
        seconds += time.monotonic() - began
        rows = [*measure(model, images, factors), *bounds(history)]
        if arguments.metrics and model.updates >= arguments.updates:
            rows += metrics(model, images, factors)
        add(arguments.file, [(*start, model.updates, f"{seconds:.0f}", *row) for row in rows])
        for row in rows:
            print(model.updates, *row, flush=True)
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
        for name in model.latents.codes:
            picture = ig.traversal.show(model, name, seed=0)
            picture.save(arguments.pictures / f"{arguments.experiment}-{arguments.seed}-{name}.png")
    if arguments.keep:
        model.save(arguments.keep)


def measure(model, images, factors):
    """(code, factor, measure, value) of everything that has an order."""
    import numpy as np

    import infogan_keras as ig
    from infogan_keras.evaluation import batches, report
    from infogan_keras.evaluation.correlation import spearman

    codes = report.code_columns(model.latents.codes, batches.read_images(model, images, "test"))
    azimuth = (factors["azimuth"] + 180) % 360 - 180
    half_turn, frontal = np.abs(azimuth) <= 90, np.abs(azimuth) < FRONTAL
    shapes, widths = aspect(images), extent(images)
    rows = []
    for name, values in codes.items():
        kind = model.latents.codes.get(name)
        if isinstance(kind, ig.Categorical):
            continue
        if isinstance(kind, ig.Circular):
            rows.append((name, "azimuth", "median_error_degrees", angular_error(values, azimuth)))
            continue
        pose = "azimuth" if half_turn.all() else "azimuth of the front half-turn"
        rows.append((name, pose, "spearman", spearman(values[half_turn], azimuth[half_turn])))
        at_front = spearman(values[frontal], factors["width"][frontal])
        rows.append((name, f"width within {FRONTAL} degrees", "spearman", at_front))
        rows.append((name, "aspect", "spearman", spearman(values, shapes)))
        rows.append((name, "extent", "spearman", spearman(values, widths)))
        for factor in sorted(factors.keys() - {"azimuth", "model"}):
            rows.append((name, factor, "spearman", spearman(values, factors[factor])))
    return [(*row[:3], f"{row[3]:.3f}") for row in rows]


def angular_error(degrees, truth):
    """Median degrees between an angle and the truth, over both directions and the two halves of the circle.

    >>> float(angular_error([10.0, 20.0], [-10.0, -22.0]))
    1.0
    """
    import numpy as np

    degrees, truth = np.asarray(degrees), np.asarray(truth)
    candidates = [sign * degrees + offset - truth for sign in (1, -1) for offset in (0, 180)]
    return min(np.median(np.abs((gap + 180) % 360 - 180)) for gap in candidates)


def extent(images):
    """Columns in which there is more than the first pixel's value, the background.

    >>> import numpy as np
    >>> int(extent(np.pad(np.ones((1, 4, 4, 1)), [(0, 0), (1, 1), (1, 1), (0, 0)]))[0])
    4
    """
    return (images[..., 0] != images[0, 0, 0, 0]).any(1).sum(1)


def aspect(images):
    """Width over height of what is not background: the ratio of the deviations of its pixels' places.

    >>> import numpy as np
    >>> float(aspect(np.pad(np.ones((1, 4, 4, 1)), [(0, 0), (1, 1), (1, 1), (0, 0)]))[0])
    1.0
    """
    import numpy as np

    shown = (images[..., 0] != images[0, 0, 0, 0]).astype(float)
    spreads = []
    for axis in (2, 1):
        share = shown.sum(3 - axis)
        places = np.arange(share.shape[1])
        mean = (share * places).sum(1) / share.sum(1)
        spreads.append(np.sqrt((share * (places - mean[:, np.newaxis]) ** 2).sum(1) / share.sum(1)))
    return spreads[0] / spreads[1]


def metrics(model, images, factors):
    """MIG, DCI and the FactorVAE score of the codes, of all factors that have an order."""
    from infogan_keras.evaluation import batches, disentanglement, report

    codes = report.code_columns(model.latents.codes, batches.read_images(model, images, "test"))
    factors = {name: values for name, values in factors.items() if name != "model"}
    scores = {"mig": disentanglement.mutual_information_gap(codes, factors)}
    scores |= {f"dci_{name}": value for name, value in disentanglement.dci(codes, factors).items()}
    sample = disentanglement.sampler(codes, factors)
    spread = disentanglement.factor_vae_score(sample, factors)
    return [("all", "all", name, f"{value:.3f}") for name, value in {**scores, "factor_vae": spread}.items()]


def bounds(history):
    """The last bounds of the codes in nats, and D's accuracy."""
    logs = {name: values[-1] for name, values in history.items() if name.startswith(("mi/", "declared/", "d_accuracy"))}
    return [(name.partition("/")[2] or "all", "training", name.split("/")[0], f"{logs[name]:.3f}") for name in logs]


def add(file, rows):
    """Appends rows, after a heading in a new file."""
    new = not file.exists()
    with file.open("a", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="of rows, a CSV that is made or added to")
    parser.add_argument("--experiment", required=True, help="such as faces-declared or chairs-circular-32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--updates", type=int, default=400)
    parser.add_argument("--every", type=int, default=100, help="updates between two looks (default 100)")
    parser.add_argument("--precision", default="float32", help="Keras' dtype policy (default float32)")
    parser.add_argument("--images", type=int, help="render as many to train on (default: all of the set)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data-dir", type=Path, help="where rendered sets are kept")
    parser.add_argument("--metrics", action="store_true", help="MIG, DCI and FactorVAE at the end")
    parser.add_argument("--pictures", type=Path, help="folder for a strip of each code")
    parser.add_argument("--keep", type=Path, help="save the model as this .keras file")
    main(parser.parse_args())
