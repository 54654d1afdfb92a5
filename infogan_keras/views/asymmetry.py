"""How far an image is from its mirror image."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("infogan_keras")
def outline_asymmetry(images: tf.Tensor) -> tf.Tensor:
    """The share of pixels that are covered by only one of a shape and its mirror image.

    The shape is what differs from the top left pixel by more than 0.02, so the background must be even.

    Args:
        images: (rows, height, width, channels) in [0, 1].

    Returns:
        (rows,), from 0, where the outline is its own mirror image, to 1.

    Example:
        >>> import tensorflow as tf
        >>> outline_asymmetry(tf.reshape([0.0, 0.5, 1.0, 0.0, 0.0], [1, 1, 5, 1])).numpy().tolist()
        [0.4000000059604645]
    """
    shown = tf.reduce_any(tf.abs(images - images[:, :1, :1]) > 0.02, -1)
    return tf.reduce_mean(tf.cast(shown != shown[:, :, ::-1], tf.float32), (1, 2))
