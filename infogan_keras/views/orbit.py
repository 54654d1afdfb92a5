"""A camera that circles a round thing, as far as a picture can show it."""

import dataclasses

import keras
import tensorflow as tf

from infogan_keras.views import bilinear
from infogan_keras.views.photometric import Photometric
from infogan_keras.views.view import Directed


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Orbit(Directed, Photometric):
    """The middle moves by `amount` times the size, and the border stays: positive is to the right, or down.

    When a head turns to the image's right, or is seen from higher up, its near parts move like this and its outline
    stays, whichever way it looks. The shift falls off as 1 - (r / 0.8)², r the distance from the centre in half-sizes.
    Not an affine map, so it is an interpolation of its own, after that of the geometric views.

    Args:
        amount: the largest shift, as a share of the width or height.
        direction: "right" or "down".

    Raises:
        ValueError: for an amount of 0.2 or more, where the shift falls off faster than places do, and folds the image.
    """

    amount: float = 0.12

    def __post_init__(self):
        super().__post_init__()
        if self.amount >= 0.2:
            raise ValueError(f"Orbit({self.amount!r}): expected an amount below 0.2; larger ones would fold the image.")

    def change(self, images, amounts):
        """Reads every pixel from before its place."""
        height, width = images.shape[1:3]
        y, x = (tf.cast(tf.linspace(-1.0, 1.0, size), images.dtype) for size in (height, width))
        moved = amounts[..., 0] * tf.nn.relu(1 - (x**2 + y[:, tf.newaxis] ** 2) / 0.8**2)
        across = tf.range(width, dtype=images.dtype) + tf.zeros_like(moved)
        down = tf.range(height, dtype=images.dtype)[:, tf.newaxis] + tf.zeros_like(moved)
        if self.direction == "right":
            return bilinear.sample(images, across - moved * width, down)
        return bilinear.sample(images, across, down - moved * height)
