"""A trained model as versioned SavedModels with named signatures, for TensorFlow Serving, other programs, and back."""

from infogan_keras._model_paths import shipped_models
from infogan_keras.export.formats import export_networks
from infogan_keras.export.loading import load_model
from infogan_keras.export.servable import Servable, load_servable
from infogan_keras.export.versions import export_saved_model
from infogan_keras.models._signatures import write_saved_model

__all__ = [
    "Servable",
    "export_networks",
    "export_saved_model",
    "load_model",
    "load_servable",
    "shipped_models",
    "write_saved_model",
]
