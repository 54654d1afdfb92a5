"""Measure a trained model: how its codes agree with the data, and how its images compare with real ones.

    python examples/evaluate.py runs/mnist-001

Writes evaluation.json and evaluation.png into the run's folder, and prints the numbers.
"""

import argparse
from pathlib import Path

import command_line

DATA = ("mnist", "fashion_mnist")
EXTRACTORS = ("cnn", "keras_inception")
SMOKE = 200


def parser():
    """The flags."""
    result = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("run", type=Path, help="the folder of a finished run, or a .keras file")
    result.add_argument("--data", choices=DATA, default="mnist", help="real images and labels (default mnist)")
    result.add_argument("--data-dir", type=Path, help="your own copy of the data")
    result.add_argument(
        "--directory", type=command_line.local_folder, help="where to write (default: the run's or the file's folder)"
    )
    result.add_argument(
        "--extractor",
        choices=EXTRACTORS,
        default="cnn",
        help="of features for the Fréchet and kernel distances: a classifier trained on the data once (default), or "
        "Keras' InceptionV3, whose distances cannot be compared with published FID",
    )
    result.add_argument("--count", type=int, default=10_000, help="generated images (default 10000)")
    result.add_argument("--seed", type=int, default=0, help="of generated images (default 0)")
    result.add_argument("--overwrite", action="store_true", help="replace an earlier evaluation")
    result.add_argument("--smoke", action="store_true", help="few images, to see that everything works")
    return result


def main(argv=None):
    """Measures and prints; exits with a message for a path without a model, or an evaluation that exists."""
    flags = parser()
    arguments = flags.parse_args(argv)
    command_line.start_tensorflow()
    import infogan_keras as ig
    from infogan_keras.evaluation import extractors, report

    try:
        path = command_line.model_file(arguments.run)
        directory = arguments.directory or path.parent
        files = report.free_files(directory, arguments.overwrite)
        model = command_line.load_model(path)
    except (FileNotFoundError, FileExistsError, ImportError, ValueError) as error:
        flags.error(str(error))
    data = getattr(ig.datasets, arguments.data)
    splits = {split: data.arrays(split, arguments.data_dir) for split in ("train", "test")}
    if model.image_shape != splits["test"][0].shape[1:]:
        flags.error(f"{path} makes images of shape {model.image_shape}, and --data {arguments.data} has others.")
    if arguments.smoke:
        arguments.count = SMOKE
        splits = {split: (images[:SMOKE], labels[:SMOKE]) for split, (images, labels) in splits.items()}
    if arguments.extractor == "keras_inception":
        extractor = extractors.Inception()
    else:
        extractor = extractors.trained_classifier(arguments.data, *splits["train"])
    numbers = report.evaluate(
        model,
        *splits["test"],
        train=splits["train"],
        extractor=extractor,
        strokes=arguments.data == "mnist",
        count=arguments.count,
        seed=arguments.seed,
        directory=directory,
        overwrite=arguments.overwrite,
    )
    for name, value in numbers.items():
        print(f"{name:33} {report.as_text(value)}")
    print(f"written: {', '.join(map(str, files))}")


if __name__ == "__main__":
    main()
