"""InfoGAN in Keras 3: named latent codes, learned without labels."""

import json
import os
import sys
from pathlib import Path

__version__ = "0.1.0"


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

from infogan_keras import (
    architectures,
    augmentation,
    callbacks,
    datasets,
    evaluation,
    experiments,
    export,
    layers,
    losses,
    models,
    optimizers,
    traversal,
)
from infogan_keras.distributions import Bernoulli, Categorical, Normal, Uniform
from infogan_keras.export import export_saved_model, load_servable
from infogan_keras.latents import LatentSpec
from infogan_keras.models import ACGAN, GAN, InfoGAN
from infogan_keras.naming import name_categories

__all__ = [
    "ACGAN",
    "GAN",
    "Bernoulli",
    "Categorical",
    "InfoGAN",
    "LatentSpec",
    "Normal",
    "Uniform",
    "architectures",
    "augmentation",
    "callbacks",
    "datasets",
    "evaluation",
    "experiments",
    "export",
    "export_saved_model",
    "layers",
    "load_servable",
    "losses",
    "models",
    "name_categories",
    "optimizers",
    "traversal",
]
