"""Your own images: a folder, an array, or a `tf.data.Dataset`, cut to a network's size and scaled to its range."""

import concurrent.futures
import contextlib
import os
import warnings
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps, UnidentifiedImageError

from infogan_keras.datasets.sampling import prefetch, shuffled_indices

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
CHUNK = 1024
LOOKS = 100


def load(source, image_shape, image_range=(0, 1), batch_size=128, seed=0, start_step=0):
    """Training batches of your own images.

    Images are cropped to the shape's proportions around their centre, resized with anti-aliasing, and converted to its
    channels. Folders and arrays are read once and kept in memory as bytes (height x width x channels each); their
    batches repeat for ever, batch t a function of (seed, t). A `tf.data.Dataset` repeats in its own order: shuffle it
    before.

    Args:
        source: a folder, searched with its subfolders for bmp, gif, jpeg, png, tiff and webp files; an array (n,
            height, width) or (n, height, width, channels); or a `tf.data.Dataset` of images, single or in batches,
            alone or with labels, which are dropped. Arrays and datasets hold bytes, or floats in [0, 1] or [-1, 1].
        image_shape: (height, width, channels) of the network, `model.image_shape`; channels are 1 or 3.
        image_range: (lowest, highest) value of the network, `model.image_range`.
        batch_size: images in a batch.
        seed: of the order of folders and arrays.
        start_step: the first batch to give: the updates already made, when a run is resumed.

    Returns:
        A `tf.data.Dataset` of (batch_size, height, width, channels) float32 in `image_range`.

    Raises:
        FileNotFoundError: for a folder that does not exist.
        ValueError: for a folder without images, a file that is none, or arrays of another kind.

    Example:
        images = load("photos", model.image_shape, model.image_range, batch_size=64)
        model.fit(images, epochs=50, steps_per_epoch=100)
    """
    if len(image_shape) != 3 or image_shape[2] not in (1, 3):
        raise ValueError(f"image_shape={image_shape!r}: expected (height, width, channels) with 1 or 3 channels.")
    low, high = image_range

    def scaled(pixels):
        return tf.cast(pixels, tf.float32) / 255 * (high - low) + low

    if isinstance(source, tf.data.Dataset):
        batches = _from_dataset(source, image_shape).repeat().batch(batch_size, drop_remainder=True).skip(start_step)
        return prefetch(batches.map(scaled, num_parallel_calls=tf.data.AUTOTUNE))
    if isinstance(source, str | os.PathLike):
        array = _read_folder(Path(source), image_shape)
    else:
        array = _convert_array(np.asarray(source), image_shape)
    if len(array) < batch_size:
        raise ValueError(f"{len(array)} images do not fill a batch of {batch_size}: pass a smaller batch_size.")
    pixels = tf.constant(array)
    batches = shuffled_indices(len(array), batch_size, seed, start_step).map(
        lambda indices: scaled(tf.gather(pixels, indices)), num_parallel_calls=tf.data.AUTOTUNE
    )
    return prefetch(batches)


def count_channels(folder):
    """The channels that a network for a folder's images needs: 1 where all of them are gray, else 3.

    Raises:
        FileNotFoundError: for a folder that does not exist.
        ValueError: for a folder without images, or a file that is none.
    """

    def is_gray(path):
        with _opened(path) as image:
            return Image.getmodebase(image.mode) == "L"

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return 1 if all(pool.map(is_gray, _find_files(Path(folder)))) else 3


def _find_files(folder):
    """The image files below a folder, in the order of their paths."""
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder}.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no images: expected files that end in {', '.join(SUFFIXES)}.")
    return paths


def _read_folder(folder, image_shape):
    """Every image below a folder as bytes (n, height, width, channels)."""
    paths = _find_files(folder)
    array = np.empty((len(paths), *image_shape), np.uint8)
    modes = set()
    bar = keras.utils.Progbar(len(paths), unit_name="image") if len(paths) > 500 else None
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = pool.map(lambda path: _read_file(path, image_shape), paths)
        for index, (mode, pixels) in enumerate(results):
            array[index] = pixels
            modes.add(mode)
            if bar and (index % 100 == 99 or index + 1 == len(paths)):
                bar.update(index + 1)
    other = modes - {"L", "1"} - ({"RGB"} if image_shape[2] == 3 else set())
    if other:
        kind = "gray" if image_shape[2] == 1 else "RGB"
        warnings.warn(f"Images of the modes {', '.join(sorted(other))} in {folder} were made {kind}.", stacklevel=3)
    return array


@contextlib.contextmanager
def _opened(path):
    """Pillow's image of a file, whose errors name it."""
    try:
        with Image.open(path) as image:
            yield image
    except (OSError, SyntaxError, UnidentifiedImageError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as an image ({error}). Remove it or get it again.") from None


def fit_image(image, image_shape, border=0):
    """One Pillow image of any mode as bytes (height, width, channels): turned upright, cropped centrally, resized.

    Args:
        image: the image; what is transparent becomes white.
        image_shape: (height, width, channels), channels 1 or 3.
        border: share of the size to cut off at each of the four sides before.

    Raises:
        ValueError: for floats, or integers of 32 bits that are not 16-bit gray: nobody knows what is white in them.
    """
    mode = image.mode
    image = ImageOps.exif_transpose(image)
    if mode == "F" or (mode == "I" and not 255 < np.asarray(image).max() < 2**16):
        raise ValueError(
            f"its pixels are of Pillow's mode {mode}, from {np.asarray(image).min():g} to {np.asarray(image).max():g}: "
            "expected 8 or 16 bits. Read such images yourself, and give them as an array"
        )
    if mode.startswith("I"):
        # 16-bit gray: Pillow's own conversion to 8 bits would clip it.
        image = Image.fromarray((np.asarray(image, np.float64) / 257).round().astype(np.uint8))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L" if image_shape[2] == 1 else "RGB")
    image = ImageOps.fit(image, (image_shape[1], image_shape[0]), Image.Resampling.LANCZOS, bleed=border)
    return np.asarray(image).reshape(image_shape)


def _read_file(path, image_shape):
    with _opened(path) as image:
        return image.mode, fit_image(image, image_shape)


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
        parts.append(resized(array[start : start + CHUNK], lowest, image_shape).numpy())
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
        return tf.squeeze(resized(image[tf.newaxis], lowest, image_shape), 0)

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


def resized(images, lowest, image_shape):
    """A batch cropped around its centre, resized, and converted to a network's channels.

    Args:
        images: (rows, any height, any width, 1 to 4), bytes, or floats from `lowest` to 1; transparency becomes white.
        lowest: 0 or -1.
        image_shape: (height, width, 1 or 3).

    Returns:
        (rows, *image_shape) uint8.
    """
    images = tf.convert_to_tensor(images)
    if images.dtype == tf.uint8:
        images = tf.cast(images, tf.float32) / 255
    else:
        images = (tf.cast(images, tf.float32) - lowest) / (1 - lowest)
    channels = images.shape[-1]
    if channels in (2, 4):
        alpha = images[..., -1:]
        images = images[..., :-1] * alpha + (1 - alpha)
        channels -= 1
    if channels == 3 and image_shape[2] == 1:
        images = tf.image.rgb_to_grayscale(images)
    elif channels == 1 and image_shape[2] == 3:
        images = tf.repeat(images, 3, axis=-1)
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    # The largest window of the wanted proportions, around the centre.
    window_height = tf.clip_by_value(width * image_shape[0] // image_shape[1], 1, height)
    window_width = tf.clip_by_value(height * image_shape[1] // image_shape[0], 1, width)
    images = tf.image.crop_to_bounding_box(
        images, (height - window_height) // 2, (width - window_width) // 2, window_height, window_width
    )
    images = tf.image.resize(images, image_shape[:2], "lanczos3", antialias=True)
    return tf.cast(tf.clip_by_value(images, 0, 1) * 255 + 0.5, tf.uint8)
