"""Go on with a run that was stopped, or make a finished one longer.

    infogan resume runs/mnist-001
    infogan resume runs/mnist-001 --epochs 100

The run goes on from its newest intact checkpoint, with its own settings, and ends with the weights that it would have
had, bit for bit on the same machine.
"""

import argparse

from infogan_keras.cli.commands.train import FOLDER, train_recorded
from infogan_keras.cli.flags import KEPT, add_strategy, local_folder, place, recorded_settings, settle, whole_number


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument("run_dir", metavar="RUN", type=local_folder, help="the folder of the run")
    parser.add_argument("--epochs", type=whole_number(1), help="of the whole run (default: the run's own)")
    parser.add_argument("--data-dir", type=place, help="where the data is now, if it has moved")
    add_strategy(parser)


def run(arguments: argparse.Namespace) -> None:
    """Resumes."""
    recorded = recorded_settings(arguments.run_dir)
    name = recorded.get("experiment")
    if name is None:
        raise ValueError(
            f"The run in {arguments.run_dir} does not say what it trains on. Go on with it in the script that started "
            "it; with an experiment of version 0.1, which did not note it, by: "
            f"infogan train EXPERIMENT --run-dir {arguments.run_dir} --resume"
        )
    given = argparse.Namespace(**{**dict.fromkeys(KEPT), **vars(arguments), "resume": True})
    options = {option: recorded[option] for option in FOLDER if option in recorded}
    train_recorded(name, options, settle(given, name))
