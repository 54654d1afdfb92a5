"""Where a trained model is that a user names: a packaged model, a run's folder, a `.keras` file, or a servable."""

from pathlib import Path

from infogan_keras._arguments import unknown_name

PACKAGED = Path(__file__).parent.parent / "saved_models"


def packaged_models() -> dict[str, Path]:
    """The servables that come with the package, `{name: folder}`, as `ig.export.shipped_models`, without TensorFlow."""
    return {path.name: path for path in sorted(PACKAGED.glob("*")) if is_servable(path)}


def is_servable(path: Path) -> bool:
    """Whether a folder is a version of a servable, or has versions in it."""
    return any((folder / "saved_model.pb").is_file() for folder in (path, *path.glob("[0-9]*")))


def find(source: str) -> Path:
    """The path of a packaged model's name, of a servable, or of the `.keras` file of a run.

    Raises:
        FileNotFoundError: where there is none, with what to do; before TensorFlow is imported.
    """
    packaged = packaged_models()
    if source in packaged:
        return packaged[source]
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"{unknown_name('model or path', source, packaged)} Or name a run, or a .keras file.")
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
        checkpoints = sorted((run / "checkpoints").glob("epoch-*.keras"))
        advice = f"It has not finished: try {checkpoints[-1]}." if checkpoints else "It is no run."
        raise FileNotFoundError(f"There is no model.keras in {run}. {advice}")
    if not run.is_file():
        raise FileNotFoundError(f"There is no {run}: expected the folder of a run, or a .keras file.")
    return run
