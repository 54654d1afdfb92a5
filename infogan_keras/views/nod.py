"""A head that nods, as far as a picture can show it."""

import dataclasses

import keras
import tensorflow as tf

from infogan_keras.views.photometric import Photometric


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Nod(Photometric):
    """The middle moves down by `amount` times the height, the border stays: positive looks down, or is seen from above.

    The shift falls off as 1 - (r / 0.8)², r the distance from the centre in half-sizes. It is what a camera
    that rises shows of a round thing: what is nearer moves down, and the outline stays. Not an affine map, so it is an
    interpolation of its own, after that of the geometric views.
    """

    amount: float = 0.12

    def change(self, images, amounts):
        """Reads every pixel from above its place, with linear interpolation."""
        height, width, channels = images.shape[1:]
        down, across = (tf.cast(tf.linspace(-1.0, 1.0, size), images.dtype) for size in (height, width))
        fall_off = tf.nn.relu(1 - (down[:, tf.newaxis] ** 2 + across**2) / 0.8**2)
        rows = tf.cast(tf.range(height), images.dtype)[:, tf.newaxis] - amounts[..., 0] * height * fall_off
        rows = tf.clip_by_value(rows, 0, height - 1)
        upper = tf.floor(rows)
        pixels = tf.reshape(images, [-1, height * width, channels])

        def read(rows):
            places = tf.cast(rows, tf.int32) * width + tf.range(width)
            chosen = tf.gather(pixels, tf.reshape(places, [-1, height * width]), batch_dims=1)
            return tf.reshape(chosen, tf.shape(images))

        share = (rows - upper)[..., tf.newaxis]
        return read(upper) * (1 - share) + read(tf.minimum(upper + 1, height - 1)) * share
