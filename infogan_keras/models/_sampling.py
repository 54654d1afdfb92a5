"""What a trained model makes of latents: the part of `GAN` that does not train."""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from infogan_keras.models._signatures import write_saved_model


class Sampling:
    """Generating, decoding and exporting, for a model with `latents`, `sampling_generator` and `image_range`."""

    latents: Any
    sampling_generator: Any

    def generate(self, n, *, seed=None, noise=None, **codes) -> np.ndarray:
        """Generates images.

        Args:
            n: how many.
            seed: an integer, or one per image. Row i of a single seed has seed + i, and an image depends on its own
                seed alone, not on the others in the batch. None draws new ones each time.
            noise: (n, noise size), to use in place of drawn noise.
            **codes: values by name, one for all images or one per image: a categorical code as its id or name, a
                continuous one as numbers, an angle in degrees. Codes that are not given are drawn from their priors.

        Returns:
            (n, height, width, channels) float32 in `image_range`.

        Raises:
            ValueError: for an unknown code, a value outside the code's set, or a length that is not n.
        """
        return self.decode(self.sample_latents(n, seed=seed, noise=noise, **codes))

    def sample_latents(self, n, *, seed=None, noise=None, **codes) -> dict[str, np.ndarray]:
        """The latents that `generate` would use, with the same arguments: `{name: (n, size) float32}`."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise ValueError(f"n={n!r}: expected how many images to make, an integer of at least 1.")
        unknown = sorted(set(codes) - set(self.latents.codes))
        if unknown:
            known = ", ".join(self.latents.codes) or "none"
            raise ValueError(f"Unknown code {', '.join(map(repr, unknown))}: this model's codes are {known}.")
        latents = self._sample_each(row_seeds(seed, n))
        latents = {name: value.numpy() for name, value in latents.items()}
        given = codes if noise is None else {"noise": noise, **codes}
        for name, value in given.items():
            latents[name] = self.latents.parts[name].as_rows(value, n, name)
        return latents

    def decode(self, latents, batch_size=256) -> np.ndarray:
        """Images of latents given in full.

        Args:
            latents: `{name: (rows, size)}` with noise and every code.
            batch_size: rows that go through the generator at a time.

        Returns:
            (rows, height, width, channels) float32 in `image_range`.

        Raises:
            ValueError: for latents that are missing or have other shapes; categoricals are one-hot here.
        """
        vectors = self.latents.join(latents)
        parts = [
            self.sampling_generator(vectors[start : start + batch_size], training=False).numpy()
            for start in range(0, len(vectors), batch_size)
        ]
        return np.concatenate(parts)

    def export(self, path, signatures=None, storage="float32"):
        """Writes a SavedModel at `path`; `export_saved_model` adds version, card and warm-up requests.

        Args:
            path: a folder that does not exist yet.
            signatures: see `write_saved_model`.
            storage: likewise.

        Raises:
            FileExistsError: for a path that exists.
            ValueError: for an unknown signature or storage.
        """
        write_saved_model(self, path, signatures, storage)

    @functools.cached_property
    def _sample_each(self):
        return tf.function(self.latents.sample_each, input_signature=[tf.TensorSpec([None], tf.int64)])


def row_seeds(seed, n):
    """One seed per image, (n,) int64: seed + i of a single one, or new ones for None; ValueError for other values."""
    if seed is None:
        return np.random.randint(2**62, size=n)
    seeds = np.asarray(seed)
    if not np.issubdtype(seeds.dtype, np.integer) or seeds.shape not in ((), (n,)) or np.any(seeds >= 2**63 - n):
        raise ValueError(f"seed={seed!r}: expected a 64-bit integer, or {n} of them, one per image.")
    seeds = seeds.astype(np.int64)
    return seeds + np.arange(n) if seeds.ndim == 0 else seeds
