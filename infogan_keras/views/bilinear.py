"""Images read between their pixels."""

import tensorflow as tf


def sample(images: tf.Tensor, across: tf.Tensor, down: tf.Tensor) -> tf.Tensor:
    """Bilinear samples, with the image's edge repeated; in operations that XLA compiles too.

    Args:
        images: (rows, height, width, channels).
        across: (rows, height, width) places to read for each pixel, in pixels from the left one.
        down: likewise, from the uppermost one.

    Returns:
        Images of the same shape.
    """
    height, width, channels = images.shape[1:]
    across, down = tf.clip_by_value(across, 0, width - 1), tf.clip_by_value(down, 0, height - 1)
    left, top = tf.floor(across), tf.floor(down)
    right_share, low_share = (across - left)[..., tf.newaxis], (down - top)[..., tf.newaxis]
    left, top = tf.cast(left, tf.int32), tf.cast(top, tf.int32)
    right, low = tf.minimum(left + 1, width - 1), tf.minimum(top + 1, height - 1)
    pixels = tf.reshape(images, [-1, height * width, channels])

    def at(row, column):
        chosen = tf.gather(pixels, tf.reshape(row * width + column, [-1, height * width]), batch_dims=1)
        return tf.reshape(chosen, [-1, height, width, channels])

    upper = at(top, left) * (1 - right_share) + at(top, right) * right_share
    lower = at(low, left) * (1 - right_share) + at(low, right) * right_share
    return upper * (1 - low_share) + lower * low_share
