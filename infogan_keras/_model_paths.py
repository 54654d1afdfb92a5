"""Where a trained model is that a user names: one that comes with the package, a file, a run, or a servable."""

import re
from pathlib import Path

from infogan_keras._arguments import positive_int, unknown_name
from infogan_keras._files import local_path

SHIPPED = Path(__file__).parent / "saved_models"


def versions(directory: str | Path) -> dict[int, Path]:
    """The versions in a servable's folder, `{number: path}` in order; 00000007 is 7, as for the server."""
    folders = (path for path in Path(directory).glob("*") if re.fullmatch("[0-9]+", path.name) and path.is_dir())
    return dict(sorted((int(path.name), path) for path in folders))


def is_servable(path: Path) -> bool:
    """Whether a folder is a version of a servable, or has versions in it."""
    return any((folder / "saved_model.pb").is_file() for folder in (path, *versions(path).values()))


def shipped_models() -> dict[str, Path]:
    """The models that come with the package, `{name: its folder of versions}`; `load_model` takes the names.

    >>> sorted(shipped_models())
    ['mnist']
    """
    return {path.name: path for path in sorted(SHIPPED.glob("*")) if is_servable(path)}


def find(source: str | Path) -> Path:
    """The path of a shipped model's name, or of an existing file or folder; FileNotFoundError for anything else.

    A name wins over a folder of the same name: `"./mnist"` is the folder.
    """
    shipped = shipped_models()
    if isinstance(source, str) and source in shipped:
        return shipped[source]
    path = local_path(source)
    if not path.exists():
        raise FileNotFoundError(
            f"{unknown_name('model or path', str(source), shipped)} Or give the path of a run, a .keras file or a "
            "servable."
        )
    return path


def find_model(source: str | Path) -> Path:
    """The folder of a servable, or the `.keras` file, that a name or path stands for, a run's folder too.

    Raises:
        FileNotFoundError: where there is none, with what to do.
    """
    path = find(source)
    return path if is_servable(path) else model_file(path)


def model_file(run: Path) -> Path:
    """The `.keras` file of a run's folder, or the file itself.

    Raises:
        FileNotFoundError: where there is none, with what to do.
    """
    if run.is_dir():
        path = run / "model.keras"
        if path.is_file():
            return path
        # Of numbers with leading zeros, the longest and last is the largest.
        checkpoints = sorted((run / "checkpoints").glob("epoch-*.keras"), key=lambda path: (len(path.name), path.name))
        advice = f"It has not finished: try {checkpoints[-1]}." if checkpoints else "It is no run."
        raise FileNotFoundError(f"There is no model.keras in {run}. {advice}")
    if not run.is_file():
        raise FileNotFoundError(f"There is no {run}: expected the folder of a run, or a .keras file.")
    return run


def servable_folder(path: Path, version: int | None = None) -> Path:
    """A version's folder: the path itself, or the version (None: the newest) in it; FileNotFoundError without one."""
    if version is None and (path / "saved_model.pb").is_file():
        return path
    found = versions(path)
    if version is not None:
        version = positive_int("version", version)
    if not found or (version is not None and version not in found):
        wanted = "a SavedModel or versions of one" if version is None else f"version {version}"
        there = f"It has version {', '.join(map(str, found))}." if found else "There is none."
        raise FileNotFoundError(f"{path}: expected {wanted}. {there}")
    return found[max(found) if version is None else version]
