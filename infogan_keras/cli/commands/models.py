"""List the models that can be loaded by name.

Each is a servable: `infogan info NAME` and `infogan traverse NAME` take its name, and so does `ig.load_servable`.
"""

import argparse

from infogan_keras._model_paths import shipped_models


def add_flags(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace) -> None:
    """Prints a name per line, with its folder."""
    for name, path in shipped_models().items():
        print(f"{name}\t{path}")
