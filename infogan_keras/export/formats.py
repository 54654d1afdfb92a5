"""The generator and the encoder as `.tflite` and `.onnx` files, for runtimes without TensorFlow."""

import importlib.util
import warnings
from pathlib import Path

import keras

from infogan_keras._arguments import unknown_name
from infogan_keras._files import atomic_file, local_path
from infogan_keras.models._signatures import require_finite

FORMATS = {"tflite": "litert", "onnx": "onnx"}


def export_networks(model: keras.Model, directory: str | Path, format: str = "tflite") -> dict[str, Path]:
    """Writes `generator.<format>` and, where there are codes, `encoder.<format>`.

    Inputs and outputs have the names and values of the signatures `from_latents` and `encode`: the generator takes
    `noise` and each code in full, (rows, size) float32, categoricals one-hot, and gives `images` in [0, 1]; the encoder
    takes such `images` and gives `<code>_probabilities`, `<code>_mean` and so on (numbers only: no names). Any number
    of rows goes in. Both compute in float32, whatever the precision of training.

    Args:
        model: a trained `GAN` or `InfoGAN`.
        directory: of the files; it is made if needed.
        format: "tflite" (LiteRT), which TensorFlow itself converts to, or "onnx", which needs
            `pip install infogan-keras[onnx]`.

    Returns:
        `{"generator": path, "encoder": path}`.

    Raises:
        FileExistsError: for a file that exists; nothing is overwritten.
        ModuleNotFoundError: for "onnx" without tf2onnx.
        ValueError: for an unknown format, or weights that are not finite.

    Example:
        >>> import infogan_keras as ig
        >>> files = ig.export.export_networks(ig.load_model("mnist"), "mnist-tflite")  # doctest: +SKIP
    """
    if format not in FORMATS:
        raise ValueError(unknown_name("format", format, FORMATS))
    if format == "onnx" and importlib.util.find_spec("tf2onnx") is None:
        raise ModuleNotFoundError("ONNX needs tf2onnx: pip install infogan-keras[onnx]")
    require_finite(model)
    networks = {"generator": _generator(model)}
    if model.latents.codes:
        networks["encoder"] = _encoder(model)
    paths = {name: local_path(directory) / f"{name}.{format}" for name in networks}
    for path in paths.values():
        if path.exists():
            raise FileExistsError(f"{path} exists: nothing is overwritten.")
    for name, path in paths.items():
        with atomic_file(path) as temporary, warnings.catch_warnings():
            # Keras' patch of tf2onnx asks NumPy for a name that is deprecated.
            warnings.simplefilter("ignore", FutureWarning)
            # Keras exports what was called once.
            networks[name](keras.tree.map_structure(lambda t: keras.ops.zeros((1, *t.shape[1:])), networks[name].input))
            networks[name].export(str(temporary), format=FORMATS[format], verbose=False)
    return paths


class _Joined(keras.layers.Layer):
    """Noise and codes as the generator's input."""

    def __init__(self, latents):
        super().__init__(dtype="float32")
        self._latents = latents

    def call(self, latents):
        return self._latents.join(latents)


class _Posteriors(keras.layers.Layer):
    """Q's raw outputs as what `encode` answers, without texts."""

    def __init__(self, model):
        super().__init__(dtype="float32")
        # In a list, or Keras would take the model for a part of this layer.
        self._model = [model]

    def call(self, outputs):
        answer = self._model[0].activate_posteriors(self._model[0].latents.split(outputs))
        return {name: value for name, value in answer.items() if not name.endswith("_name")}


def _generator(model):
    parts = {name: keras.Input((part.size,), name=name) for name, part in model.latents.parts.items()}
    joined = _Joined(model.latents)(parts)
    low, high = model.image_range
    images = _in_float32(model.sampling_generator)(joined)
    scaled = keras.layers.Rescaling(1 / (high - low), -low / (high - low), dtype="float32")(images)
    return keras.Model(parts, {"images": scaled})


def _encoder(model):
    images = keras.Input(model.image_shape, name="images")
    low, high = model.image_range
    outputs = _in_float32(model.encoding_discriminator)(
        keras.layers.Rescaling(high - low, low, dtype="float32")(images)
    )
    return keras.Model(images, _Posteriors(model)(outputs))


def _in_float32(network):
    """A copy of the network that computes in float32, which is all that ONNX's converter knows."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    for layer in copy._flatten_layers(include_self=False):
        layer.dtype_policy = "float32"
    return copy
