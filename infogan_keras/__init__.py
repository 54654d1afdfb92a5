"""InfoGAN in Keras 3: named latent codes, learned without labels.

Names are imported when they are first used, so that a command's `--help` need not wait for TensorFlow.
"""

import importlib
import json
import os
import sys
from pathlib import Path

__version__ = "0.1.0"

_HOMES = {
    "Bernoulli": "distributions",
    "Categorical": "distributions",
    "Normal": "distributions",
    "Uniform": "distributions",
    "LatentSpec": "latents",
    "GAN": "models",
    "InfoGAN": "models",
    "export_saved_model": "export",
}
_ROOMS = ("architectures", "callbacks", "datasets", "evaluation", "export", "losses", "models", "traversal")

__all__ = [*_HOMES, *_ROOMS]


def _keras_backend():
    """The backend that Keras has, or will have once it is imported."""
    if "keras" in sys.modules:
        return sys.modules["keras"].backend.backend()
    try:
        settings = json.loads((Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "keras.json").read_text())
    except (OSError, ValueError):
        settings = {}
    return os.environ.get("KERAS_BACKEND") or settings.get("backend", "tensorflow")


if _keras_backend() != "tensorflow":
    raise ImportError(
        f"infogan_keras needs Keras on TensorFlow, and Keras is set to {_keras_backend()!r} here. Set the environment "
        "variable KERAS_BACKEND=tensorflow, or 'backend' in keras.json, before Keras is imported."
    )


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
