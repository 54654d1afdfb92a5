"""A trained model as versioned SavedModels with named signatures, for TensorFlow Serving and other programs."""

from infogan_keras.export.servable import Servable, load_servable
from infogan_keras.export.versions import export_saved_model
from infogan_keras.models._signatures import write_saved_model

__all__ = ["Servable", "export_saved_model", "load_servable", "write_saved_model"]
