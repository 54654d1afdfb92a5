"""The one decoder: picture files and arrays become a network's images, in training and in a served graph alike.

    decode       bytes of a PNG or JPEG → pixels (height, width, 4), upright: operations that a SavedModel can hold
    decode_bytes the same in Python, and for the other formats that Pillow knows
    fit          pixels of any size and channels → the network's size and channels

| picture | how it is read |
| --- | --- |
| EXIF orientation | the picture is turned upright |
| transparency | blended with white |
| 1, 2, 4 bits, palettes | as the colours that they stand for |
| 16 bits | white is 255, 4095 or 65535, the lowest of these that its brightest value does not exceed |
| colour for a gray network | 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601) |
| other proportions | the largest central window of the network's proportions |
| other sizes | Lanczos resampling with anti-aliasing, rounded to 8 bits |
"""

import functools
import io

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_PICTURE = 4_000_000  # Pixels of a picture that a served model decodes.
WHITES = (255, 4095, 65535)
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_ORIENTATION, _BITS_PER_SAMPLE = 0x0112, 0x0102  # Tags of EXIF and TIFF.


class Picture:
    """A decoded file.

    Attributes:
        pixels: (height, width, 4) uint8, red, green, blue and alpha.
        mode: Pillow's name of what the file holds, such as "L", "P" or "RGBA".
        white: the value that was taken for white in a picture of 16 bits; 0 for black ones and other pictures.
    """

    def __init__(self, pixels, mode, white):
        self.pixels, self.mode, self.white = pixels, mode, int(white)


def decode_bytes(content):
    """Decodes the bytes of a file that Pillow can open, into a `Picture`.

    PNG and JPEG are decoded as a served model decodes them, by `decode`; the others by Pillow.

    Raises:
        ValueError: for bytes that are no picture or a damaged one, for more pixels than Pillow's
            `Image.MAX_IMAGE_PIXELS`, and for pixels of which nobody knows what is white.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels, more than {Image.MAX_IMAGE_PIXELS:,}")
            if content.startswith((_PNG, _JPEG)):
                pixels, white = _decoder()(tf.constant(content))
                return Picture(pixels.numpy(), image.mode, white)
            return _from_pillow(image)
    except tf.errors.InvalidArgumentError as error:
        raise ValueError(error.message.splitlines()[0]) from None
    except UnidentifiedImageError:
        raise ValueError("no known format") from None
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(str(error)) from None


def _from_pillow(image):
    mode, bits = image.mode, max(getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,)))
    image = ImageOps.exif_transpose(image)
    if mode.startswith("I;16"):
        pixels, white = _to_8_bits(np.repeat(np.asarray(image).astype(np.int32)[..., np.newaxis], 3, -1))
        return Picture(np.pad(pixels, [(0, 0), (0, 0), (0, 1)], constant_values=255), mode, white)
    if mode in ("I", "F") or bits > 8:
        raise ValueError(
            f"its pixels are of Pillow's mode {mode}, {bits} bits a channel: expected 8 bits, or 16 bits of gray. "
            "Convert it to PNG, or read it yourself and pass an array"
        )
    return Picture(np.asarray(image.convert("RGBA")), mode, 0)


def decode(file, largest=None):
    """Decodes a PNG or JPEG in a graph.

    Args:
        file: scalar string tensor, the file's bytes.
        largest: number of pixels above which the header alone is read; None for no limit.

    Returns:
        Pixels (height, width, 4) uint8 — red, green, blue, alpha — turned upright, and the value taken for white in a
        picture of 16 bits, int32, which is 0 for black ones and other pictures.

    Raises:
        tf.errors.InvalidArgumentError: for other bytes, a damaged picture, or more pixels than `largest`.
    """
    file = tf.convert_to_tensor(file)

    def limited(size):
        count = tf.reduce_prod(tf.cast(size, tf.int64))
        checks = [] if largest is None else [tf.debugging.assert_less_equal(count, tf.constant(largest, tf.int64))]
        return tf.control_dependencies(checks)

    def png():
        # The header is the first chunk, at fixed places: width, height, bits per sample, kind of colour.
        size = tf.io.decode_raw(tf.strings.substr(file, 16, 8), tf.int32, little_endian=False)
        header = tf.cast(tf.io.decode_raw(tf.strings.substr(file, 24, 2), tf.uint8), tf.int32)
        with limited(size):
            pixels, white = _decode_png(file, header[0], header[1])
        return _turn_upright(pixels, _orientation(file, "eXIf")), white

    def jpeg():
        with limited(tf.io.extract_jpeg_shape(file)[:2]):
            # With these settings libjpeg is exact, and agrees with Pillow to the bit.
            pixels = tf.io.decode_jpeg(file, channels=3, dct_method="INTEGER_ACCURATE", fancy_upscaling=True)
        pixels = tf.pad(pixels, [[0, 0], [0, 0], [0, 1]], constant_values=255)
        return _turn_upright(pixels, _orientation(file, "Exif\0\0")), tf.constant(0)

    return tf.cond(tf.strings.substr(file, 0, len(_PNG)) == _PNG, png, jpeg)


@functools.cache
def _decoder():
    """`decode` as one graph: threads that call a `tf.function` for the first time would each trace it."""
    return tf.function(decode, autograph=False).get_concrete_function(tf.TensorSpec((), tf.string))


def _decode_png(file, bits, colour):
    def deep():
        pixels = tf.io.decode_png(file, channels=4, dtype=tf.uint16)
        colours, white = _to_8_bits(pixels[..., :3])
        alpha, _ = _to_8_bits(pixels[..., 3:], 65535)
        return tf.concat([colours, alpha], -1), white

    def palette():
        # Four channels where the file has transparency, else three.
        pixels = tf.io.decode_png(file, channels=0)
        alpha = [[0, 0], [0, 0], [0, 4 - tf.shape(pixels)[2]]]
        return tf.pad(pixels, alpha, constant_values=255), tf.constant(0)

    def others():
        pixels = tf.io.decode_png(file, channels=4)
        # decode_png fills the alpha of gray files with their own highest value, which is 1, 3 or 15 below 8 bits.
        alpha = pixels[..., 3:]
        filled = tf.cast(alpha, tf.int32) == tf.bitwise.left_shift(1, bits) - 1
        return tf.concat([pixels[..., :3], tf.where(filled, tf.constant(255, tf.uint8), alpha)], -1), tf.constant(0)

    pixels, white = tf.cond(bits == 16, deep, lambda: tf.cond(colour == 3, palette, others))
    return tf.ensure_shape(pixels, [None, None, 4]), white


def _to_8_bits(values, white=None):
    """Values of 16 bits as 8 bits, rounded, and the value that became 255: one of `WHITES`, or 0 in a black picture."""
    values = tf.cast(values, tf.int32)
    if white is None:
        highest = tf.reduce_max(values)
        white = tf.constant(WHITES)[tf.reduce_sum(tf.cast(highest > WHITES[:-1], tf.int32))] * tf.sign(highest)
    divisor = tf.maximum(2 * white, 1)
    # In integers, so that nothing depends on how a machine rounds.
    return tf.cast((values * 510 + white) // divisor, tf.uint8), white


def _orientation(file, marker):
    """The EXIF orientation, 1 to 8, of the first block that follows the marker in the first 64 kB; 1 without one."""
    head = tf.strings.substr(file, 0, 2**16)
    parts = tf.strings.split(head[tf.newaxis], marker, maxsplit=1).values
    block = tf.cond(tf.size(parts) > 1, lambda: parts[1], lambda: "")
    data = tf.cast(tf.io.decode_raw(block, tf.uint8), tf.int32)
    # Whatever the block says, the places that are read exist.
    data, last = tf.pad(data, [[0, 16]]), tf.size(data)
    little = tf.strings.regex_full_match(block, r"II\*\x00\C*")
    big = tf.strings.regex_full_match(block, r"MM\x00\*\C*")

    def read(places, size):
        columns = tf.clip_by_value(places, 0, last)[..., tf.newaxis] + tf.range(size)
        powers = tf.where(little, tf.range(size), tf.range(size - 1, -1, -1))
        return tf.reduce_sum(tf.bitwise.left_shift(tf.gather(data, columns), 8 * powers), -1)

    start = read(tf.constant(4), 4)
    entries = tf.clip_by_value(start, 0, last) + 2 + 12 * tf.range(read(start, 2))
    values = tf.boolean_mask(read(entries + 8, 2), (read(entries, 2) == _ORIENTATION) & (read(entries + 2, 2) == 3))
    found = tf.concat([values, [1]], 0)[0]
    return tf.where((little | big) & (found >= 1) & (found <= 8), found, 1)


def _turn_upright(pixels, orientation):
    """Applies an EXIF orientation (Exif 2.3, section 4.6.4): a transposition from 5 on, then reflections."""

    def turned():
        turned = tf.cond(orientation >= 5, lambda: tf.transpose(pixels, [1, 0, 2]), lambda: pixels)
        rows = tf.reduce_any(orientation == [3, 4, 7, 8])
        columns = tf.reduce_any(orientation == [2, 3, 6, 7])
        return tf.reverse(turned, tf.boolean_mask([0, 1], tf.stack([rows, columns])))

    upright = tf.cond(orientation > 1, turned, lambda: pixels)
    return tf.ensure_shape(upright, [None, None, 4])


def fit(images, image_shape, lowest=0):
    """Crops a batch around its centre, resizes it, and converts it to a network's channels.

    Args:
        images: (rows, any height, any width, 1 to 4): uint8, or floats from `lowest` to 1. With 2 or 4 channels the
            last one is alpha, and what is transparent becomes white.
        image_shape: (height, width, channels), channels 1 or 3.
        lowest: 0 or -1, the value of black in floats.

    Returns:
        (rows, *image_shape) uint8.
    """
    images = tf.convert_to_tensor(images)
    shape = tf.shape(images)
    height, width = shape[1], shape[2]
    # The largest window of the wanted proportions.
    window_height = tf.clip_by_value(width * image_shape[0] // image_shape[1], 1, height)
    window_width = tf.clip_by_value(height * image_shape[1] // image_shape[0], 1, width)
    images = tf.image.crop_to_bounding_box(
        images, (height - window_height) // 2, (width - window_width) // 2, window_height, window_width
    )
    if images.dtype == tf.uint8:
        images = tf.cast(images, tf.float32)
    else:
        images = (tf.cast(images, tf.float32) - lowest) * (255 / (1 - lowest))
    channels = images.shape[-1]
    colours, alpha = (images[..., :-1], images[..., -1:]) if channels in (2, 4) else (images, None)
    if channels in (3, 4) and image_shape[2] == 1:
        red, green, blue = tf.split(colours, 3, -1)
        # Equal parts stay what they are to the last bit, so that gray stored as colour is the same gray.
        colours = green + 0.299 * (red - green) + 0.114 * (blue - green)
    elif channels in (1, 2) and image_shape[2] == 3:
        colours = tf.repeat(colours, 3, axis=-1)
    if alpha is not None:
        colours = 255 - (255 - colours) * (alpha * (1 / 255))
    resized = tf.image.resize(colours, image_shape[:2], "lanczos3", antialias=True)
    return tf.cast(tf.clip_by_value(resized, 0, 255) + 0.5, tf.uint8)
