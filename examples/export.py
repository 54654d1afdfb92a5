"""Export a trained model for TensorFlow Serving: the next version in a model's folder, with its card.

    python examples/export.py runs/mnist-001 saved_models/mine

The folder's name is the name that the server and its clients use.
"""

import argparse
import json
import sys
from pathlib import Path

import command_line


def main(arguments):
    """Loads, exports, and says where."""
    command_line.start_tensorflow()
    import infogan_keras as ig

    try:
        model = command_line.load_model(arguments.model)
        facts = json.loads(arguments.facts.read_text()) if arguments.facts else None
        path = ig.export_saved_model(model, arguments.directory, arguments.version, arguments.storage, facts)
    except (FileExistsError, ValueError) as error:
        sys.exit(str(error))
    print(f"exported: {path}; its card is {path / 'card.md'}")


def parse(argv=None):
    """The flags, with the model's file where a run's folder was given; exits with a message for one without a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a .keras file, or a run's folder with model.keras in it")
    parser.add_argument(
        "directory", type=command_line.local_folder, help="the model's folder, in which versions are 1, 2, ..."
    )
    parser.add_argument("--version", type=int, help="default: the next free one")
    parser.add_argument("--storage", choices=("float32", "float16"), default="float32", help="default float32")
    parser.add_argument("--facts", type=Path, help="a JSON file of names and texts for the card: data, licence, errors")
    arguments = parser.parse_args(argv)
    try:
        arguments.model = command_line.model_file(arguments.model)
    except FileNotFoundError as error:
        parser.error(str(error))
    if arguments.facts and not arguments.facts.is_file():
        parser.error(f"--facts: there is no file {arguments.facts}.")
    return arguments


if __name__ == "__main__":
    main(parse())
