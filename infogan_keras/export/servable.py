"""Use an exported model from Python, without the package that its networks were built with."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from infogan_keras.export.versions import versions


def load_servable(directory, version=None):
    """Loads a servable.

    Args:
        directory: a model's folder with versions in it, or one version.
        version: which; None for the newest.

    Returns:
        A `Servable`.

    Raises:
        FileNotFoundError: where there is none.

    Example:
        digits = load_servable("saved_models/mnist")
        images = digits.generate(seed=range(10), digit=range(10), rotation=0.0, width=0.0)["images"]
        digits.encode(images=images)["digit_id"]
    """
    directory = Path(directory)
    path = directory
    if version is not None or not (directory / "saved_model.pb").is_file():
        found = versions(directory)
        if not found or (version is not None and version not in found):
            wanted = "a SavedModel or versions of one" if version is None else f"version {version}"
            there = f"It has version {', '.join(map(str, found))}." if found else "There is none."
            raise FileNotFoundError(f"{directory}: expected {wanted}. {there}")
        path = found[max(found) if version is None else version]
    return Servable(path)


class Servable:
    """An exported model; one method per signature, with the signature's inputs by name.

    A value is a number (or a category's name) for all rows, or has one per row. Answers are numpy arrays by name, with
    `valid` for each row.
    A missing, unknown or misshapen input raises ValueError.

    Args:
        path: a version's folder.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._loaded = tf.saved_model.load(str(path))
        about = self.path / "latents.json"
        codes = json.loads(about.read_text())["codes"] if about.is_file() else {}
        self._names = {name: code["names"] for name, code in codes.items() if code.get("names")}
        self.inputs = {
            name: signature.structured_input_signature[1] for name, signature in self._loaded.signatures.items()
        }

    def generate(self, **inputs):
        """Images (rows, height, width, channels) in [0, 1] of `seed` and every code."""
        return self("generate", **inputs)

    def generate_png(self, **inputs):
        """The same as PNG files, `png_bytes` (rows,)."""
        return self("generate_png", **inputs)

    def from_latents(self, **inputs):
        """Images of `noise` and every code in full, categoricals one-hot."""
        return self("from_latents", **inputs)

    def encode(self, **inputs):
        """What Q reads in `images` (rows, height, width, channels) in [0, 1]."""
        return self("encode", **inputs)

    def encode_bytes(self, **inputs):
        """What Q reads in `image_bytes`, PNG or JPEG files."""
        return self("encode_bytes", **inputs)

    def __call__(self, signature, /, **inputs):
        """The answer of a signature by its name."""
        if signature not in self.inputs:
            raise ValueError(f"{self.path} has no signature {signature!r}, but {', '.join(sorted(self.inputs))}.")
        specs = self.inputs[signature]
        if set(inputs) != set(specs):
            raise ValueError(f"{signature} takes {', '.join(specs)}; given: {', '.join(inputs) or 'nothing'}.")
        arrays = {name: _as_array(self._ids(name, value), specs[name].dtype, name) for name, value in inputs.items()}
        rows = max((len(array) for array in arrays.values() if array.ndim), default=1)
        if signature == "from_latents":
            # One number for all places would not be a one-hot row.
            for name, array in arrays.items():
                if array.ndim == 0 and specs[name].shape[1] > 1:
                    raise ValueError(f"{name}={inputs[name]!r}: expected an array (rows, {specs[name].shape[1]}).")
        tensors = {name: tf.constant(_as_rows(array, rows, specs[name], name)) for name, array in arrays.items()}
        answer = {name: value.numpy() for name, value in self._loaded.signatures[signature](**tensors).items()}
        texts = {name: [text.decode() for text in value] for name, value in answer.items() if name.endswith("_name")}
        return answer | {name: np.array(value) for name, value in texts.items()}

    def _ids(self, name, value):
        """Names of categories as their ids."""
        names = self._names.get(name, ())
        values = np.asarray(value)
        if names and values.dtype.kind == "U":
            if unknown := sorted(set(values.ravel()) - set(names)):
                raise ValueError(f"{name}={unknown}: expected ids, or {', '.join(names)}.")
            return np.vectorize(names.index)(values)
        return value


def _as_array(value, dtype, name):
    if dtype == tf.string:
        return np.asarray(value, object)
    array = np.asarray(value)
    if array.dtype.kind not in ("iu" if dtype.is_integer else "fiu"):
        raise ValueError(f"{name}={value!r}: expected {dtype.name}.")
    return array.astype(dtype.as_numpy_dtype)


def _as_rows(array, rows, spec, name):
    """The array with the spec's shape: one number for all rows, one per row where a row has one, or all in full."""
    shape = (rows, *spec.shape[1:])
    if array.ndim == 0:
        return np.broadcast_to(array, shape)
    if array.shape == (rows,) and shape == (rows, 1):
        return array[:, np.newaxis]
    if array.shape != shape:
        expected = ", ".join(map(str, ("rows", *spec.shape[1:])))
        raise ValueError(f"{name} has shape {array.shape}: expected one value, or ({expected}), here for {rows} rows.")
    return array
