"""Files and folders that appear whole or not at all, and the folder of what is made once."""

import contextlib
import os
import re
import secrets
import shutil
from pathlib import Path


def local_path(path):
    """The path as a `pathlib.Path`; ValueError for an address such as gs://..., which would become a local folder."""
    # A `Path` of an address has one slash; a drive such as C: has one letter.
    if re.match(r"\w[\w+.-]+:/", os.fspath(path)):
        raise ValueError(f"{path} is an address: expected a folder of this machine, or one that is mounted here.")
    return Path(path)


@contextlib.contextmanager
def atomic_file(path):
    """Yields a temporary path beside `path`, with its suffix; what was written there replaces `path` at the end.

    An error inside the block, or a killed process, leaves an existing `path` as it was. The folder is made if needed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{_token()}-{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path):
    """Yields a path beside `path`, for a folder that becomes `path` at the end; after an error there is neither."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".writing-{path.name}-{_token()}")
    try:
        yield temporary
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _token():
    """A part of a name that no other process has: ids of processes repeat from container to container."""
    return secrets.token_hex(4)


def cache_folder():
    """`$XDG_CACHE_HOME/infogan_keras`, or `~/.cache/infogan_keras`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "infogan_keras"
