"""Views of a thing from around it, as far as a picture can show them."""

import dataclasses
import math

import keras
import tensorflow as tf

from infogan_keras.views import bilinear
from infogan_keras.views.photometric import Photometric


class Flow(Photometric):
    """A view that moves pixels along curves, by an interpolation of its own after that of the geometric views."""

    def flow(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """How far each place moves to the right and down per unit of the amount, in half-sizes of the image.

        Args:
            x: (1, 1, width), from -1 at the left edge to 1.
            y: (1, height, 1), from -1 at the upper edge to 1.
        """
        raise NotImplementedError

    def change(self, images, amounts):
        """Reads every pixel from before its place."""
        height, width = images.shape[1:3]
        x = tf.cast(tf.linspace(-1.0, 1.0, width), images.dtype)[tf.newaxis, tf.newaxis]
        y = tf.cast(tf.linspace(-1.0, 1.0, height), images.dtype)[tf.newaxis, :, tf.newaxis]
        right, down = self.flow(x, y)
        amounts = amounts[..., 0]
        across = (x + 1) * ((width - 1) / 2) - amounts * right * (width / 2)
        down = (y + 1) * ((height - 1) / 2) - amounts * down * (height / 2)
        shape = tf.stack([tf.shape(images)[0], height, width])
        return bilinear.sample(images, tf.broadcast_to(across, shape), tf.broadcast_to(down, shape))


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Orbit(Flow):
    """The middle moves by `amount` times the size, and the border stays: positive is to the right, or down.

    So do the near and the outline of a round thing: of a head that turns to the image's right, or is seen from further
    above, whichever way it looks. The shift falls off as 1 - (r / 0.8)², r the distance from the centre in half-sizes.

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

    def flow(self, x, y):
        """Twice the share of the size, in half-sizes."""
        moved = 2 * _hill(x, y, 0.8)
        still = tf.zeros_like(moved)
        return (moved, still) if self.direction == "right" else (still, moved)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Turntable(Flow):
    """A turn by `amount` degrees of what stands on the ground, seen from above: positive turns its front to the right.

    The ground turns against the clock, and what stands on it moves to the right in the upper middle, where it is nearer
    than the ground behind it. That is a rough picture of a chair's turn, but from each of its sides it is more like a
    turn to the right than one to the left. The hill's height and place were chosen by true turns of rendered chairs.
    """

    amount: float = 10.0

    def flow(self, x, y):
        """A turn, and a hill."""
        degree = math.pi / 180
        return degree * (y + 0.7 * _hill(x, y + 0.4, 0.6)), -degree * x + tf.zeros_like(y)


def _hill(x, y, radius):
    return tf.nn.relu(1 - (x**2 + y**2) / radius**2)
