"""Many images through a network, some at a time, with a progress bar."""

from collections.abc import Callable

import keras
import numpy as np


def in_batches(function: Callable, rows, what: str, batch_size: int = 256):
    """The function's results for all rows.

    Args:
        function: of an array, some of the rows, to an array or a dict of arrays with as many.
        rows: an array, or a dict of arrays of one length.
        what: a row is, for the progress bar.
        batch_size: rows that the function gets at a time.
    """
    length = len(next(iter(rows.values())) if isinstance(rows, dict) else rows)
    bar = keras.utils.Progbar(length, unit_name=what)
    parts = []
    for start in range(0, length, batch_size):
        batch = keras.tree.map_structure(lambda values, i=start: values[i : i + batch_size], rows)
        parts.append(keras.tree.map_structure(np.asarray, function(batch)))
        bar.update(min(start + batch_size, length))
    return keras.tree.map_structure(lambda *values: np.concatenate(values), *parts)


def read_images(model, images: np.ndarray, what: str) -> dict[str, np.ndarray]:
    """What Q reads in images, as `InfoGAN.encode` returns it.

    Args:
        model: an `InfoGAN`.
        images: (n, height, width, channels) uint8.
        what: the images are, for the progress bar.

    Raises:
        ValueError: for images that are not uint8.
    """
    if images.dtype != np.uint8:
        raise ValueError(f"The {what} images are {images.dtype}: expected uint8, 0 to 255.")
    low, high = model.image_range
    return in_batches(
        lambda batch: model.encode(batch.astype(np.float32) / 255 * (high - low) + low), images, f"{what} image"
    )
