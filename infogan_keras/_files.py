"""Files and folders that appear whole or not at all, and survive a power cut; the folder of cached downloads."""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path


def local_path(path: str | Path) -> Path:
    """The path as a `pathlib.Path`; ValueError for an address such as gs://..., which would become a local folder."""
    # A `Path` of an address has one slash; a drive such as C: has one letter.
    if re.match(r"\w[\w+.-]+:/", os.fspath(path)):
        raise ValueError(f"{path} is an address: expected a folder of this machine, or one that is mounted here.")
    return Path(path)


def new_directory(stem: str | Path) -> Path:
    """Makes the first free folder of `<stem>-001`, `<stem>-002`, ...; two processes never get the same one.

    Raises:
        ValueError: for an address (`gs://...`).

    Example:
        run = ig.runs.start(ig.runs.new_directory("runs/mnist"), model, epochs=50)
    """
    stem = local_path(stem)
    number = 1
    while True:
        path = stem.with_name(f"{stem.name}-{number:03d}")
        with contextlib.suppress(FileExistsError):
            path.mkdir(parents=True)
            return path
        number += 1


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Yields a temporary path beside `path`, with its suffix; what was written there replaces `path` at the end.

    An error inside the block, a killed process or a power cut leaves an existing `path` as it was; after the block the
    new one is on the disk. The folder is made if needed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{_token()}-{path.name}")
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Yields a path beside `path`, for a folder that becomes `path` at the end; after an error there is neither."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".writing-{path.name}-{_token()}")
    try:
        yield temporary
        for entry in temporary.rglob("*"):
            (sync_folder if entry.is_dir() else _sync)(entry)
        sync_folder(temporary)
        temporary.rename(path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_unfinished(folder: str | Path) -> None:
    """Deletes what killed processes left of files that `atomic_file` was writing in a folder and those inside it."""
    for entry in Path(folder).rglob(".*"):
        if re.match(r"\.[0-9a-f]{8}-", entry.name) and entry.is_file():
            entry.unlink()


def sync_folder(path: str | Path) -> None:
    """Waits until a folder's entries are on the disk. Windows has no such call, and needs none."""
    if hasattr(os, "O_DIRECTORY"):
        _sync(path)


def _sync(path: str | Path) -> None:
    # Windows syncs only what is open for writing, POSIX opens folders only for reading.
    descriptor = os.open(path, os.O_RDONLY if hasattr(os, "O_DIRECTORY") else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _token() -> str:
    """A part of a name that no other process has: ids of processes repeat from container to container."""
    return secrets.token_hex(4)


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/infogan_keras`, or `~/.cache/infogan_keras`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "infogan_keras"
