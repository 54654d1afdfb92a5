"""A camera that circles a round thing, as far as a picture can show it."""

import dataclasses

import keras
import tensorflow as tf

from infogan_keras.views.photometric import Photometric


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Orbit(Photometric):
    """The middle moves by `amount` times the size, and the border stays: positive is to the right, or down.

    So do the near and the outline of a round thing: of a head that turns to the image's right, or is seen from further
    above, whichever way it looks. The shift falls off as 1 - (r / 0.8)², r the distance from the centre in half-sizes.
    Not an affine map, so it is an interpolation of its own, after that of the geometric views.

    Args:
        amount: the largest shift, as a share of the width or height.
        direction: "right" or "down".
    """

    amount: float = 0.12
    direction: str = "right"

    def __post_init__(self):
        super().__post_init__()
        if self.direction not in ("right", "down"):
            raise ValueError(f"direction={self.direction!r}: expected 'right' or 'down'.")

    @property
    def name(self):
        """With its direction."""
        return f"orbit_{self.direction}"

    def change(self, images, amounts):
        """Reads every pixel from before its place, with linear interpolation."""
        if self.direction == "down":
            return _move_down(images, amounts)
        return tf.transpose(_move_down(tf.transpose(images, [0, 2, 1, 3]), amounts), [0, 2, 1, 3])


def _move_down(images, amounts):
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
