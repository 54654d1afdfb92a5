"""Your own images: a folder, an array, or a `tf.data.Dataset`, cut to a network's size and scaled to its range."""

import os
import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _decoding
from infogan_keras.datasets._folder import count_channels, read_folder
from infogan_keras.datasets.sampling import prefetch, shuffled_indices

__all__ = ["count_channels", "load"]
CHUNK = 1024
LOOKS = 100


def load(
    source: str | Path | np.ndarray | tf.data.Dataset,
    image_shape: tuple[int, int, int],
    image_range: tuple[float, float] = (0, 1),
    batch_size: int = 128,
    seed: int = 0,
    start_step: int = 0,
    *,
    skip_unreadable: bool = False,
) -> tf.data.Dataset:
    """Training batches of your own images.

    Images are cropped to the shape's proportions around their centre, resized with anti-aliasing, and converted to its
    channels, exactly as a served model does it. Those in files are turned upright by their EXIF tag, transparency
    becomes white, and 16 bits become 8: white is 255, 4095 or 65535, the lowest that the brightest value does not
    exceed (a warning says so where it is not 65535). Folders and arrays are read once and kept in memory as bytes
    (height x width x channels each); their batches repeat for ever, batch t a function of (seed, t). A
    `tf.data.Dataset` repeats in its own order: shuffle it before.

    Args:
        source: a folder, searched for bmp, gif, jpeg, png, tiff and webp files, with its subfolders and those that are
            linked, but without hidden files and folders (`.ipynb_checkpoints`, `__MACOSX`); an array (n,
            height, width) or (n, height, width, channels); or a `tf.data.Dataset` of images, single or in batches,
            alone or with labels, which are dropped. Arrays and datasets hold bytes, or floats in [0, 1] or [-1, 1].
        image_shape: (height, width, channels) of the network, `model.image_shape`; channels are 1 or 3.
        image_range: (lowest, highest) value of the network, `model.image_range`.
        batch_size: images in a batch.
        seed: of the order of folders and arrays.
        start_step: the first batch to give: the updates already made, when a run is resumed.
        skip_unreadable: leave damaged files of a folder out, with one warning that lists them.

    Returns:
        A `tf.data.Dataset` of (batch_size, height, width, channels) float32 in `image_range`.

    Raises:
        FileNotFoundError: for a folder that does not exist.
        ValueError: for a folder without images, a file that cannot be read as one (with its path), 16-bit files of
            different ranges, or arrays of another kind.

    Example:
        images = load("photos", model.image_shape, model.image_range, batch_size=64)
        model.fit(images, epochs=50, steps_per_epoch=100)
    """
    if np.shape(image_shape) != (3,) or image_shape[2] not in (1, 3):
        raise ValueError(f"image_shape={image_shape!r}: expected (height, width, channels) with 1 or 3 channels.")
    low, high = image_range

    def scaled(pixels):
        return tf.cast(pixels, tf.float32) / 255 * (high - low) + low

    if isinstance(source, tf.data.Dataset):
        batches = _from_dataset(source, image_shape).repeat().batch(batch_size, drop_remainder=True).skip(start_step)
        return prefetch(batches.map(scaled, num_parallel_calls=tf.data.AUTOTUNE))
    if isinstance(source, str | os.PathLike):
        array = read_folder(Path(source), image_shape, skip_unreadable)
    else:
        array = _convert_array(np.asarray(source), image_shape)
    if len(array) < batch_size:
        raise ValueError(f"{len(array)} images do not fill a batch of {batch_size}: pass a smaller batch_size.")
    pixels = tf.constant(array)
    batches = shuffled_indices(len(array), batch_size, seed, start_step).map(
        lambda indices: scaled(tf.gather(pixels, indices)), num_parallel_calls=tf.data.AUTOTUNE
    )
    return prefetch(batches)


def _convert_array(array, image_shape):
    if array.ndim == 3:
        array = array[..., np.newaxis]
    if array.ndim != 4 or array.shape[3] not in (1, 2, 3, 4) or len(array) == 0:
        raise ValueError(f"An array of shape {array.shape}: expected (n, height, width) or (n, height, width, 1 to 4).")
    lowest = _lowest_value(array.dtype, array.min(), array.max())
    _say_conversion(array.shape[3], image_shape[2])
    if array.dtype == np.uint8 and array.shape[1:] == tuple(image_shape):
        return array
    bar = keras.utils.Progbar(len(array), unit_name="image") if len(array) > 10 * CHUNK else None
    parts = []
    for start in range(0, len(array), CHUNK):
        parts.append(_decoding.fit(array[start : start + CHUNK], image_shape, lowest).numpy())
        if bar:
            bar.add(len(parts[-1]))
    return np.concatenate(parts)


def _from_dataset(dataset, image_shape):
    """Single images as bytes."""
    spec = dataset.element_spec
    if isinstance(spec, tuple):
        dataset = dataset.map(lambda images, *_: images)
        spec = dataset.element_spec
    if not isinstance(spec, tf.TensorSpec) or spec.shape.rank not in (3, 4) or spec.shape[-1] not in (1, 2, 3, 4):
        raise ValueError(
            f"The dataset's elements are {spec}: expected images (height, width, 1 to 4), single or in batches, alone "
            "or as (images, labels)."
        )
    if spec.shape.rank == 4:
        dataset = dataset.unbatch()
    # Several, because one image of a set in [-1, 1] may have no negative value.
    looks = [(float(tf.reduce_min(image)), float(tf.reduce_max(image))) for image in dataset.take(LOOKS)]
    if not looks:
        raise ValueError("The dataset is empty.")
    lows, highs = zip(*looks, strict=True)
    lowest = _lowest_value(spec.dtype.as_numpy_dtype, min(lows), max(highs))
    _say_conversion(spec.shape[-1], image_shape[2])

    def fit(image):
        if image.dtype != tf.uint8:
            message = f"The first {len(looks)} images have values in [{lowest}, 1], and this one has others."
            tf.debugging.assert_greater_equal(image, tf.cast(lowest, image.dtype), message)
            tf.debugging.assert_less_equal(image, tf.cast(1, image.dtype), message)
        return tf.squeeze(_decoding.fit(image[tf.newaxis], image_shape, lowest), 0)

    return dataset.map(fit, num_parallel_calls=tf.data.AUTOTUNE)


def _lowest_value(dtype, low, high):
    """0 or -1: where the values of bytes, or of floats in [0, 1] or [-1, 1], begin."""
    if dtype == np.uint8:
        if high <= 1:
            raise ValueError(f"Bytes from {low:g} to {high:g}: expected 0 to 255. Multiply binary images by 255.")
        return 0
    if not np.issubdtype(dtype, np.floating):
        raise ValueError(f"Images of {np.dtype(dtype).name}: expected uint8, or floats in [0, 1] or [-1, 1].")
    if not (-1 <= low <= high <= 1):
        raise ValueError(f"Images with values from {low:g} to {high:g}: expected [0, 1] or [-1, 1], or uint8.")
    return -1 if low < 0 else 0


def _say_conversion(given, wanted):
    if given not in (1, wanted):
        warnings.warn(f"Images of {given} channels are converted to {wanted}.", stacklevel=4)
