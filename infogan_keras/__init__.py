"""InfoGAN in Keras 3: named latent codes, learned without labels.

Names are imported when they are first used, so that a command's `--help` need not wait for TensorFlow.
"""

import importlib

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

__all__ = [*_HOMES, *_ROOMS]  # noqa: PLE0604


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
