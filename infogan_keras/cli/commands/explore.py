"""Open a page on which a model's codes are moved: one HTML file, which needs no network.

    infogan explore mnist
    infogan explore runs/mnist-001 --output page.html

Beside the codes' controls it draws what each does, and reads the codes of a picture that is drawn or dropped on it.
"""

import argparse
import tempfile
import webbrowser
from pathlib import Path

from infogan_keras._model_paths import find_model
from infogan_keras.cli.flags import local_folder, require_writable
from infogan_keras.cli.start import start_tensorflow


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a run's folder, a .keras file, a servable's folder, or a name")
    add("--output", metavar="FILE", type=local_folder, help="keep the page as this file (default: a temporary one)")
    add("--overwrite", action="store_true", help="replace the file")


def run(arguments: argparse.Namespace) -> None:
    """Writes the page, says where, and opens it."""
    source, output = find_model(arguments.model), arguments.output
    if output is not None:
        if output.suffix not in (".html", ".htm"):
            raise ValueError(f"--output: {output} is no .html file.")
        if output.exists() and not arguments.overwrite:
            raise FileExistsError(f"{output} exists: give another --output, or --overwrite.")
        require_writable(output)
    start_tensorflow()
    import infogan_keras as ig

    model = ig.load_model(source)
    name = name_of(arguments.model)
    if output is None:
        output = Path(tempfile.mkdtemp(prefix="infogan-")) / f"{name}.html"
    path = ig.explore.write_page(model, output, name=name, source=arguments.model)
    print(f"page: {path} ({path.stat().st_size / 1e6:.0f} MB)")
    webbrowser.open(path.resolve().as_uri())


def name_of(source: str) -> str:
    """What a model is called: the last part of its path that is not "model.keras" or a version.

    >>> name_of("runs/mnist-001/model.keras"), name_of("saved_models/mnist/1"), name_of("faces.keras")
    ('mnist-001', 'mnist', 'faces')
    """
    path = Path(source).absolute()
    return path.parent.name if path.name == "model.keras" or path.name.isdigit() else path.stem
