from . import (
    architectures,
    callbacks,
    cli,
    datasets,
    evaluation,
    experiments,
    explore,
    export,
    latents,
    layers,
    losses,
    models,
    optimizers,
    plotting,
    runs,
    views,
)
from .export import export_saved_model, load_model, load_servable
from .latents import Bernoulli, Categorical, Circular, LatentSpec, Normal, Uniform
from .models import ACGAN, GAN, InfoGAN
from .naming import name_categories, reset_categories
from .plotting import traversal

__version__: str
__all__ = [
    "ACGAN",
    "GAN",
    "Bernoulli",
    "Categorical",
    "Circular",
    "InfoGAN",
    "LatentSpec",
    "Normal",
    "Uniform",
    "architectures",
    "callbacks",
    "cli",
    "datasets",
    "evaluation",
    "experiments",
    "explore",
    "export",
    "export_saved_model",
    "latents",
    "layers",
    "load_model",
    "load_servable",
    "losses",
    "models",
    "name_categories",
    "optimizers",
    "plotting",
    "reset_categories",
    "runs",
    "traversal",
    "views",
]
