"""Where a model is: under a name that comes with the package, or at a path."""

from pathlib import Path

from infogan_keras._arguments import positive_int, unknown_name
from infogan_keras._files import local_path
from infogan_keras.export.versions import versions

SHIPPED = Path(__file__).parent.parent / "saved_models"


def shipped_models() -> dict[str, Path]:
    """The models that come with the package, `{name: its folder of versions}`; `load_model` takes the names.

    >>> sorted(shipped_models())
    ['mnist']
    """
    return {path.name: path for path in sorted(SHIPPED.glob("*")) if versions(path)}


def find(source: str | Path) -> Path:
    """The path of a shipped model's name, or of an existing file or folder; FileNotFoundError for anything else.

    A name wins over a folder of the same name: `"./mnist"` is the folder.
    """
    shipped = shipped_models()
    if isinstance(source, str) and source in shipped:
        return shipped[source]
    path = local_path(source)
    if not path.exists():
        raise FileNotFoundError(f"{unknown_name('model or path', str(source), shipped)} Or give a path that exists.")
    return path


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
