"""Export a trained model for TensorFlow Serving: the next version in a model's folder, with its card.

    infogan export runs/mnist-001 saved_models/mine

The folder's name is the name that the server and its clients use.
"""

import argparse
import json
from pathlib import Path

from infogan_keras._model_paths import find_model
from infogan_keras.cli.flags import local_folder, one_of, require_writable, whole_number
from infogan_keras.cli.start import start_tensorflow


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a run's folder, a .keras file, a servable's folder, or a name")
    add("directory", metavar="FOLDER", type=local_folder, help="the model's folder, in which versions are 1, 2, ...")
    add("--version", type=whole_number(1), help="default: the next free one")
    add("--storage", **one_of("storage", ("float32", "float16")), default="float32", help="default float32")
    add("--metadata", type=Path, help="a JSON file of names and texts for the card: data, licence, errors")


def run(arguments: argparse.Namespace) -> None:
    """Loads, exports, and says where."""
    file = find_model(arguments.model)
    metadata = _read_metadata(arguments.metadata) if arguments.metadata else None
    require_writable(arguments.directory / "1")
    start_tensorflow()
    import infogan_keras as ig

    model = ig.load_model(file)
    path = ig.export_saved_model(model, arguments.directory, arguments.version, arguments.storage, metadata)
    print(f"exported: {path}; its card is {path / 'card.md'}")


def _read_metadata(path):
    try:
        metadata = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"--metadata: {path} is not JSON ({error}).") from None
    if not isinstance(metadata, dict):
        raise ValueError(f'--metadata: {path} holds a {type(metadata).__name__}: expected {{"name": "text", ...}}.')
    return metadata
