"""Export a trained model for TensorFlow Serving: the next version in a model's folder, with its card.

    infogan export runs/mnist-001 saved_models/mine

The folder's name is the name that the server and its clients use.
"""

import argparse
import json
from pathlib import Path

from infogan_keras.cli.flags import local_folder, one_of, require_writable, whole_number
from infogan_keras.cli.loading import load_model, model_file
from infogan_keras.cli.start import start_tensorflow


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add = parser.add_argument
    add("model", metavar="MODEL", type=Path, help="a run's folder, or a .keras file")
    add("directory", metavar="FOLDER", type=local_folder, help="the model's folder, in which versions are 1, 2, ...")
    add("--version", type=whole_number(1), help="default: the next free one")
    add("--storage", **one_of("storage", ("float32", "float16")), default="float32", help="default float32")
    add("--facts", type=Path, help="a JSON file of names and texts for the card: data, licence, errors")


def run(arguments: argparse.Namespace) -> None:
    """Loads, exports, and says where."""
    file = model_file(arguments.model)
    facts = _read_facts(arguments.facts) if arguments.facts else None
    require_writable(arguments.directory / "1")
    start_tensorflow()
    import infogan_keras as ig

    path = ig.export_saved_model(load_model(file), arguments.directory, arguments.version, arguments.storage, facts)
    print(f"exported: {path}; its card is {path / 'card.md'}")


def _read_facts(path):
    try:
        facts = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"--facts: {path} is not JSON ({error}).") from None
    if not isinstance(facts, dict):
        raise ValueError(f'--facts: {path} holds a {type(facts).__name__}: expected {{"name": "text", ...}}.')
    return facts
