"""Train one of the experiments, or on a folder of your own images.

    infogan train mnist
    infogan train faces-azimuth --seed 3 --run-dir runs/faces
    infogan train photos/ --size 64 --categories 10 --continuous 2

The run leaves pictures, logs and checkpoints in its folder, and at the end the model, for Keras and for TensorFlow
Serving. A folder's images are cropped and resized to squares, gray if all of them are.
"""

import argparse
from pathlib import Path
from typing import Any

from infogan_keras._arguments import unknown_name
from infogan_keras.cli.errors import resumable
from infogan_keras.cli.flags import add_training_flags, recorded_settings, settle, whole_number
from infogan_keras.cli.start import start_tensorflow
from infogan_keras.cli.training import train

# Names of `infogan_keras.experiments`, whose import would load TensorFlow.
EXPERIMENTS = (
    *("mnist", "mnist-robust", "mnist-robust-free", "fashion-mnist", "svhn", "celeba", "celeba-later"),
    *("faces-azimuth", "faces-elevation", "faces-lighting", "faces-declared", "chairs-rotation", "chairs-width"),
    *("chairs-declared", "chairs-circular", "chairs-declared-32", "chairs-circular-32"),
)
FOLDER = {"size": 32, "categories": 10, "continuous": 2, "skip_unreadable": False}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument("target", metavar="EXPERIMENT_OR_FOLDER", help=f"a folder, or one of {', '.join(EXPERIMENTS)}")
    add_training_flags(parser, "EXPERIMENT", "default the experiment's", "default 128")
    own = parser.add_argument_group("for a folder of your own images")
    own.add_argument("--size", type=whole_number(16), help="pixels along a side, such as 28, 32, 48 or 64 (default 32)")
    own.add_argument("--categories", type=whole_number(0), help="of the code `kind`; 0 for none (default 10)")
    own.add_argument("--continuous", type=whole_number(0), help="number of continuous codes (default 2)")
    own.add_argument(
        "--skip-unreadable",
        action="store_true",
        default=None,
        help="leave out files that cannot be read",
    )


def run(arguments: argparse.Namespace) -> None:
    """Trains."""
    target = arguments.target
    if target in EXPERIMENTS:
        if given := [name for name in FOLDER if getattr(arguments, name) is not None]:
            raise ValueError(
                f"--{given[0].replace('_', '-')} is for a folder of your own images; {target} is an experiment."
            )
        experiment, options = target, {}
    else:
        experiment, options = "own-images", folder_options(arguments)
        arguments = argparse.Namespace(**{**vars(arguments), "data_dir": Path(target).resolve()})
    if arguments.resume and arguments.run_dir is not None:
        require_same(experiment, arguments)
    train_recorded(experiment, options, settle(arguments, experiment))


def require_same(experiment: str, arguments: argparse.Namespace) -> None:
    """Raises ValueError for a run of another experiment or folder, or with other options."""
    recorded = recorded_settings(arguments.run_dir)
    given = {"experiment": experiment, **{name: getattr(arguments, name) for name in FOLDER}}
    if experiment == "own-images":
        given["data_dir"] = str(arguments.data_dir)
    for name, value in given.items():
        if value is not None and value != recorded.get(name, value):
            raise ValueError(
                f"The run in {arguments.run_dir} has the {name.replace('_', ' ')} {recorded[name]}, not {value}. Go on "
                f"with it by: infogan resume {arguments.run_dir}"
            )


def folder_options(arguments: argparse.Namespace) -> dict[str, int]:
    """The options of a folder, checked as far as they can be without reading its images."""
    target = arguments.target
    if not Path(target).is_dir():
        raise ValueError(unknown_name("experiment or folder", target, EXPERIMENTS))
    if arguments.data_dir is not None:
        raise ValueError(f"--data-dir is for an experiment; {target} is a folder of images already.")
    if not any(path.is_file() for path in Path(target).rglob("*")):
        raise ValueError(f"{target} is empty: expected a folder of images.")
    given = {name: getattr(arguments, name) for name in FOLDER}
    options = {name: default if given[name] is None else given[name] for name, default in FOLDER.items()}
    if options["categories"] == 1:
        raise ValueError("--categories 1: expected at least 2, or 0 for none.")
    if options["categories"] + options["continuous"] == 0:
        raise ValueError("--continuous 0: expected at least 1 where --categories is 0.")
    return options


def train_recorded(name: str, options: dict[str, Any], flags: argparse.Namespace) -> None:
    """Trains the experiment of a name, with its options where it is a folder's, as `resume` does too."""
    with resumable(flags.run_dir):
        start_tensorflow(flags.precision, flags.seed)
        from infogan_keras import experiments

        folder = name == "own-images"
        experiment = experiments.of_folder(flags.data_dir, **options) if folder else experiments.by_name(name)
        train(experiment, flags, settings=options)
