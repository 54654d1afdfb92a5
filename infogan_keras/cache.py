"""Where what is made once is kept: classifiers, rendered images."""

import os
from pathlib import Path


def cache_folder():
    """`$XDG_CACHE_HOME/infogan_keras`, or `~/.cache/infogan_keras`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "infogan_keras"
