"""Measure a trained model: how its codes agree with the data, and how its images compare with real ones.

    infogan evaluate runs/mnist-001

Writes evaluation.json and evaluation.png into the run's folder, and prints the numbers.
"""

import argparse
from pathlib import Path

from infogan_keras._model_paths import model_file
from infogan_keras.cli.flags import local_folder, one_of, place, recorded_settings, whole_number
from infogan_keras.cli.start import start_tensorflow

DATA = ("mnist", "fashion-mnist")
EXTRACTORS = ("cnn", "keras_inception")
SMOKE = 200


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add = parser.add_argument
    add("model", metavar="MODEL", type=Path, help="the folder of a finished run, or a .keras file")
    add("--data", **one_of("data set", DATA), help="real images and labels (default: the run's, else mnist)")
    add("--data-dir", type=place, help="your own copy of the data")
    add("--directory", type=local_folder, help="where to write (default: the folder of the run or file)")
    add(
        "--extractor",
        **one_of("extractor", EXTRACTORS),
        default="cnn",
        help="of features for the Fréchet and kernel distances: a classifier trained on the data once (default), or "
        "Keras' InceptionV3, whose distances cannot be compared with published FID",
    )
    add("--count", type=whole_number(2), default=10_000, help="generated images (default 10000)")
    add("--seed", type=whole_number(0, 2**31 - 1), default=0, help="of generated images (default 0)")
    add("--overwrite", action="store_true", help="replace an earlier evaluation")
    add("--smoke", action="store_true", help="few images, to see that everything works")


def run(arguments: argparse.Namespace) -> None:
    """Measures and prints."""
    file = model_file(arguments.model)
    data = arguments.data or _data_of(file.parent)
    directory = arguments.directory or file.parent
    start_tensorflow()
    import infogan_keras as ig
    from infogan_keras.datasets import training_sets
    from infogan_keras.evaluation import extractors, report

    files = report.free_files(directory, arguments.overwrite)
    model = ig.load_model(file)
    training_set = {"mnist": training_sets.MNIST, "fashion-mnist": training_sets.FASHION_MNIST}[data]
    few = slice(SMOKE if arguments.smoke else None)
    splits = {}
    for split in ("train", "test"):
        images, labels = training_set.labelled_arrays(split, arguments.data_dir, arguments.smoke)
        splits[split] = images[few], labels[few]
    if model.image_shape != splits["test"][0].shape[1:]:
        raise ValueError(f"{file} makes images of shape {model.image_shape}, and {data} has others: see --data.")
    inception = arguments.extractor == "keras_inception"
    name = data.replace("-", "_")
    extractor = extractors.Inception() if inception else extractors.trained_classifier(name, *splits["train"])
    numbers = report.evaluate(
        model,
        *splits["test"],
        train=splits["train"],
        extractor=extractor,
        strokes=data == "mnist",
        count=SMOKE if arguments.smoke else arguments.count,
        seed=arguments.seed,
        directory=directory,
        overwrite=arguments.overwrite,
    )
    for name, value in numbers.items():
        print(f"{name:33} {report.as_text(value)}")
    print(f"written: {', '.join(map(str, files))}")


def _data_of(run_dir):
    """The labelled data set on which a run was trained; MNIST where it does not say."""
    try:
        experiment = recorded_settings(run_dir).get("experiment", "mnist")
    except (OSError, ValueError):
        return "mnist"
    for name in DATA:
        if experiment.startswith(name):
            return name
    raise ValueError(
        f"The run in {run_dir} is of {experiment}, and this command has labels for {' and '.join(DATA)}. In Python, "
        "infogan_keras.evaluation.report.evaluate(model, images) measures what needs no labels, or has yours."
    )
