"""Flags, the same in every command and training script, and the run folder that they name."""

import argparse
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from infogan_keras._arguments import unknown_name
from infogan_keras._files import new_directory
from infogan_keras.cli.errors import Parser

STRATEGIES = ("one", "mirrored", "workers")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
VARIANTS = ("paper", "openai")
# What a run keeps when it is resumed, with the values of a new run.
KEPT: dict[str, Any] = {"batch_size": None, "seed": 0, "precision": "float32", "variant": None, "smoke": False}


def training_flags(
    description: str,
    *,
    name: str,
    epochs: int | None = None,
    batch_size: int = 128,
    argv: list[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> argparse.Namespace:
    """Reads the flags of a training script, and settles its run folder; TensorFlow is not imported.

    Exits with one line for a wrong flag, a folder that exists without `--resume`, `--resume` without a run, data that
    is not there, or `--strategy workers` without a cluster.

    Args:
        description: what the script does, for `--help`.
        name: of the data set; runs go to `runs/<name>-001` and up.
        epochs: the default length; None leaves it open, as for `train` with the experiment's own.
        batch_size: the default batch.
        argv: the command line; None for the process' own.
        options: the script's own flags, `{"--robust": {"action": "store_true", "help": "..."}}`: the keyword arguments
            of `argparse.ArgumentParser.add_argument`.

    Returns:
        What `settle` returns, and a value for each of `options`.
    """
    parser = Parser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    length = "the experiment's" if epochs is None else epochs
    add_training_flags(parser, name, f"default {length}", f"default {batch_size}")
    for flag, arguments in (options or {}).items():
        parser.add_argument(flag, **arguments)
    given = parser.parse_args(argv)
    try:
        return settle(given, name, epochs, batch_size)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def add_training_flags(parser: argparse.ArgumentParser, name: str, epochs: str, batch_size: str) -> None:
    """Adds the flags of training; `epochs` and `batch_size` say their defaults."""
    add = parser.add_argument
    add("--epochs", type=whole_number(1), help=f"epochs of 100 updates ({epochs}; with --resume, the run's)")
    add("--batch-size", type=whole_number(1), help=f"images in a batch ({batch_size})")
    add("--run-dir", type=local_folder, help=f"new folder for the run (default: the next free runs/{name}-001)")
    add("--resume", action="store_true", help="go on with the run in --run-dir, exactly where it was")
    add("--seed", type=whole_number(0, 2**31 - 1), help="of weights, latents and data order (default 0)")
    add("--data-dir", type=place, help="your own copy of the data, or where it is kept")
    add("--precision", **one_of("precision", PRECISIONS), help="default float32")
    add_strategy(parser)
    add(
        "--variant",
        **one_of("variant", VARIANTS),
        help="networks of the paper, or its authors' code (default: the table's)",
    )
    add("--smoke", action="store_true", default=None, help="a tiny run of seconds, to see that everything works")


def add_strategy(parser: argparse.ArgumentParser) -> None:
    """Adds `--strategy`."""
    text = "one device, all GPUs of this machine, or several hosts (default one)"
    parser.add_argument("--strategy", **one_of("strategy", STRATEGIES), default="one", help=text)


def settle(
    given: argparse.Namespace, name: str, epochs: int | None = None, batch_size: int | None = None
) -> argparse.Namespace:
    """The flags as a run has them.

    With `--resume` the run's own settings are taken, and flags that contradict them refused; otherwise the run folder
    is one that does not exist yet, or the next free one, which is made at once, so that two runs never share it.

    Args:
        given: the flags of `add_training_flags`, None where they were not given.
        name: of the data set, for the folder.
        epochs: of a new run, unless given; None leaves it open.
        batch_size: likewise.

    Returns:
        All flags, given or not, and

        - `settings`: a dict of what a run must record, to be resumed;
        - `steps_per_epoch`: updates in an epoch;
        - `chief`: whether this process, perhaps one of several workers, writes the files.

    Raises:
        ValueError: for flags that do not fit together, or do not fit the run.
        OSError: for folders that are not there, or cannot be written to.
    """
    if given.strategy == "workers" and given.run_dir is None:
        raise ValueError("--strategy workers needs --run-dir, a folder that every worker sees.")
    chief = given.strategy != "workers" or _is_chief()
    if given.data_dir is not None and isinstance(given.data_dir, Path) and not given.data_dir.exists():
        raise FileNotFoundError(f"--data-dir: there is no file or folder {given.data_dir}.")
    if given.resume:
        run_dir = given.run_dir
        if run_dir is None:
            raise ValueError("--resume needs --run-dir, the folder of the run.")
        recorded = recorded_settings(run_dir)
        _require_same(given, recorded, run_dir)
    else:
        run_dir = given.run_dir or Path("runs") / f"{name}-001"
        require_writable(run_dir)
        if given.run_dir is None:
            run_dir = new_directory(Path("runs") / name)
        elif chief and run_dir.exists():
            raise FileExistsError(
                f"--run-dir: {run_dir} exists. Add --resume to go on with it, or choose another folder."
            )
        recorded = {}
    kept = {key: _first(getattr(given, key), recorded.get(key), value) for key, value in KEPT.items()}
    kept["batch_size"] = _first(kept["batch_size"], batch_size)
    length = _first(given.epochs, recorded.get("epochs"), epochs)
    if kept["smoke"] and not given.resume:
        kept["batch_size"], length = 16, 2
    data_dir = _first(given.data_dir, recorded.get("data_dir"))
    return argparse.Namespace(
        **{
            **vars(given),
            **kept,
            "run_dir": run_dir,
            "epochs": length,
            "data_dir": data_dir,
            "steps_per_epoch": 3 if kept["smoke"] else 100,
            "settings": {**kept, "data_dir": None if data_dir is None else str(data_dir)},
            "chief": chief,
        }
    )


def recorded_settings(run_dir: Path) -> dict[str, Any]:
    """What a run says of itself: the settings that it was started with, its seed and its epochs.

    Of a folder with several runs in it, it is the first one's.

    Raises:
        FileNotFoundError: where there is no run.
        ValueError: for a damaged config.json.
    """
    configs = [path for path in (run_dir / "config.json", *sorted(run_dir.glob("*/config.json"))) if path.is_file()]
    if not configs:
        raise FileNotFoundError(f"There is no run in {run_dir} (no config.json).")
    try:
        config = json.loads(configs[0].read_text())
        settings = config.get("settings") or {}
        seed = (config.get("model") or {}).get("seed")
        found = {"seed": seed, "epochs": config.get("epochs"), **settings}
    except (ValueError, AttributeError):
        raise ValueError(f"{configs[0]} is damaged. Start a new run, or restore the file from a copy.") from None
    return {key: value for key, value in found.items() if value is not None}


def _require_same(given, recorded, run_dir):
    for key in KEPT:
        value = getattr(given, key)
        if value is not None and value != recorded.get(key, value):
            raise ValueError(
                f"The run in {run_dir} was started with --{key.replace('_', '-')} {recorded[key]}, not {value}. Leave "
                "the flag out to resume it, or start a new run."
            )


def _first(*values):
    """The first that is not None."""
    return next((value for value in values if value is not None), None)


def require_writable(folder: Path) -> None:
    """Raises OSError where a folder that does not exist yet could not be made."""
    parent = folder.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise NotADirectoryError(f"{folder} cannot be made: {parent} is a file.")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be made: {parent} is not writable. Choose another folder.")


def _is_chief() -> bool:
    """Whether TF_CONFIG says that this is the first worker."""
    try:
        config = json.loads(os.environ["TF_CONFIG"])
        task, cluster = config["task"], config["cluster"]
        return (task["type"], int(task["index"])) == ("chief" if "chief" in cluster else "worker", 0)
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            "--strategy workers needs the environment variable TF_CONFIG on every host, such as "
            '{"cluster": {"worker": ["host-a:12345", "host-b:12345"]}, "task": {"type": "worker", "index": 0}}'
        ) from None


def place(text: str) -> Path | str:
    """A flag's file or folder as its whole path, or an address (`gs://...`) as it is."""
    return text if "://" in text else Path(text).resolve()


def local_folder(text: str) -> Path:
    """A flag's folder to write to."""
    if "://" in text:
        raise argparse.ArgumentTypeError(f"{text} is an address: expected a folder, which may be a mounted one.")
    return Path(text)


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """The `type` of a flag that is an integer of at least `least`, and at most `most`."""

    def read(text: str) -> int:
        value = int(text) if text.strip().lstrip("-").isdecimal() else None
        if value is None or value < least or (most is not None and value > most):
            limits = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"{text!r}: expected an integer {limits}.")
        return value

    return read


def one_of(kind: str, names: Iterable[str]) -> dict[str, Any]:
    """The `type` and `metavar` of a flag that is one of some names; a typo is told the nearest one."""
    names = tuple(names)

    def read(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(unknown_name(kind, text, names))
        return text

    return {"type": read, "metavar": f"{{{','.join(names)}}}"}
