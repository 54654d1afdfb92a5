"""Use an exported model from Python, without the networks' Keras layers: as a server uses it, or as `GAN` is used."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from infogan_keras import latents as distributions
from infogan_keras._arguments import positive_int, unknown_name
from infogan_keras._model_paths import find, servable_folder
from infogan_keras.latents import LatentSpec
from infogan_keras.models._metadata import LATENTS
from infogan_keras.models._sampling import row_seeds


def load_servable(source: str | Path, version: int | None = None) -> "Servable":
    """Loads a servable.

    Args:
        source: the name of a model that comes with the package (`ig.export.shipped_models()`), a model's folder with
            versions in it, or one version.
        version: which; None for the newest.

    Returns:
        A `Servable`.

    Raises:
        FileNotFoundError: for an unknown name, or where there is none.

    Example:
        >>> import infogan_keras as ig
        >>> digits = ig.load_servable("mnist")
        >>> images = digits.generate(10, digit=range(10), rotation=0.0)["images"]
        >>> digits.encode(images)["digit_id"].shape
        (10,)
    """
    return Servable(servable_folder(find(source), version))


class Servable:
    """An exported model. Images are in [0, 1], and answers are numpy arrays by name, with `valid` for each row.

    The methods take what a `GAN` takes and check it. `servable(signature, **inputs)` is the signature as a server
    answers it: all inputs are given, and a row that is not valid is answered by zeros. Both work on folders of version
    0.1; where a folder does not say what its codes are (`latents.json`), `generate` takes all codes and checks none.

    Args:
        path: a version's folder.

    Attributes:
        path: likewise.
        inputs: `{signature: {input: tf.TensorSpec}}`.
        latents: the `LatentSpec`; None without `latents.json`.
        image_range: (0, 1).
        image_shape: (height, width, channels); None without `latents.json`.
        expects: of images: `height`, `width`, `channels`, `range` and, where real images were at hand at the export,
            `brightness` and `logit` (`mean` and `std` over images), and the share of `dark_pixels`.
    """

    image_range = (0, 1)

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._loaded = tf.saved_model.load(str(path))
        self.inputs = {
            name: signature.structured_input_signature[1] for name, signature in self._loaded.signatures.items()
        }
        self.latents, self.image_shape, self.expects = _described(self.path / LATENTS)

    def generate(self, n: int | None = None, *, seed=None, **codes) -> dict[str, np.ndarray]:
        """`images` (rows, height, width, channels) in [0, 1], as `GAN.generate` makes them.

        Args:
            n: how many; None for as many as the longest value has rows, or one.
            seed: an integer, or one per image. Row i of a single seed has seed + i. None draws new ones each time.
            **codes: by name, one value for all images or one per image: a categorical code as its id or name, others
                as numbers. Codes that are not given are drawn from their priors.

        Raises:
            ValueError: for an unknown code, a value outside the code's set, or a length that is not n.
        """
        return self("generate", **self._request(n, seed, codes))

    def generate_png(self, n: int | None = None, *, seed=None, **codes) -> dict[str, np.ndarray]:
        """The same as PNG files, `png_bytes` (rows,)."""
        return self("generate_png", **self._request(n, seed, codes))

    def from_latents(self, **latents) -> dict[str, np.ndarray]:
        """`images` of `noise` and every code in full, (rows, size) each, categoricals one-hot."""
        return self("from_latents", **latents)

    def decode(self, latents: dict) -> np.ndarray:
        """Images of `{name: (rows, size)}` alone, as `GAN.decode` gives them; `ig.traversal.show` uses it."""
        return self.from_latents(**latents)["images"]

    def encode(self, images) -> dict[str, np.ndarray]:
        """What Q reads in images (rows, height, width, channels) in [0, 1].

        Where the folder's `expects` has real images' statistics, `typical` (rows,) says by how many standard deviations
        an image is unlike them; above 4 is unusual, and what Q reads there means little.

        Raises:
            ValueError: for images of another shape, or values outside of [0, 1].
        """
        images = np.asarray(images)
        if images.size and not (images.min() >= -1e-3 and images.max() <= 1 + 1e-3):
            raise ValueError(f"The images have values from {images.min():g} to {images.max():g}: expected 0 to 1.")
        return self("encode", images=np.clip(images, 0, 1))

    def encode_bytes(self, image_bytes) -> dict[str, np.ndarray]:
        """What Q reads in PNG or JPEG files of any size; see `encode`.

        Args:
            image_bytes: one file or a list of files: contents as bytes, or paths, which are read.

        Raises:
            FileNotFoundError: for a path that does not exist. (Bytes that are no picture make a row that is not valid.)
        """
        files = [image_bytes] if isinstance(image_bytes, bytes | str | Path) else image_bytes
        contents = [Path(file).read_bytes() if isinstance(file, str | Path) else file for file in files]
        return self("encode_bytes", image_bytes=np.array(contents, object))

    def __call__(self, signature: str, /, **inputs) -> dict[str, np.ndarray]:
        """The answer of a signature, by its name, to all its inputs: one value for all rows each, or one per row.

        Raises:
            ValueError: for an unknown signature, or a missing, unknown or misshapen input.
        """
        if signature not in self.inputs:
            raise ValueError(unknown_name("signature", signature, sorted(self.inputs)))
        specs = self.inputs[signature]
        if set(inputs) != set(specs):
            raise ValueError(f"{signature} takes {', '.join(specs)}; given: {', '.join(inputs) or 'nothing'}.")
        arrays = {name: _as_array(value, specs[name].dtype, name) for name, value in inputs.items()}
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

    def _request(self, n, seed, codes):
        """All inputs of `generate`, checked: those given, and the others drawn."""
        lengths = (len(np.atleast_1d(value)) for value in (seed, *codes.values()))
        n = max(lengths) if n is None else positive_int("n", n)
        seeds = row_seeds(seed, n)
        if self.latents is None:
            return {"seed": seeds, **codes}
        if unknown := [name for name in codes if name not in self.latents.codes]:
            raise ValueError(unknown_name("code", unknown[0], self.latents.codes))
        drawn = self.latents.sample_each(tf.constant(seeds, tf.int64)) if set(codes) != set(self.latents.codes) else {}
        rows = {
            name: code.as_rows(codes[name], n, name) if name in codes else drawn[name]
            for name, code in self.latents.codes.items()
        }
        return {"seed": seeds, **{name: self.latents.codes[name].to_request(row) for name, row in rows.items()}}


def _described(path):
    """What `latents.json` says: `(LatentSpec, image shape, what is expected)`, or Nones where there is no such file."""
    if not path.is_file():
        return None, None, {}
    try:
        written = json.loads(path.read_text())
        codes = {name: _distribution(code) for name, code in written["codes"].items()}
        image = written["image"]
        shape = (image["height"], image["width"], image["channels"])
        expects = written.get("expects", {})
        for measured in ("brightness", "logit") if expects else ():
            float(expects[measured]["mean"]), float(expects[measured]["std"])  # Damage is named now, not at first use.
        return LatentSpec(_distribution(written["noise"]), codes), shape, {**image, **expects}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged ({error!r}): export the model again.") from error


def _distribution(description):
    config = {key: value for key, value in description.items() if key not in ("distribution", "size")}
    return getattr(distributions, description["distribution"]).from_config(config)


def _as_array(value, dtype: tf.DType, name: str) -> np.ndarray:
    if dtype == tf.string:
        return np.asarray(value, object)
    array = np.asarray(value)
    if array.dtype.kind not in ("iu" if dtype.is_integer else "fiu"):
        raise ValueError(f"{name}={value!r}: expected {dtype.name}.")
    return array.astype(dtype.as_numpy_dtype)


def _as_rows(array: np.ndarray, rows: int, spec: tf.TensorSpec, name: str) -> np.ndarray:
    """The array with the spec's shape: one number for all rows, one per row where a row has one, or all in full."""
    shape: Sequence[int] = (rows, *spec.shape[1:])
    if array.ndim == 0:
        return np.broadcast_to(array, shape)
    if array.shape == (rows,) and shape == (rows, 1):
        return array[:, np.newaxis]
    if array.shape != shape:
        expected = ", ".join(map(str, ("rows", *spec.shape[1:])))
        raise ValueError(f"{name} has shape {array.shape}: expected one value, or ({expected}), here for {rows} rows.")
    return array
