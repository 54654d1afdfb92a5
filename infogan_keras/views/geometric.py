"""Views that move pixels."""

import dataclasses
import math
from typing import ClassVar

import keras
import tensorflow as tf

from infogan_keras.views import bilinear
from infogan_keras.views.view import Directed, View


class Geometric(View):
    """A view that moves pixels by an affine map of places, whose inverse is that of the opposite amount."""

    def matrix(self, amounts: tf.Tensor, size: tuple[int, int]) -> list[list[tf.Tensor]]:
        """The map of places (x to the right, y down, in pixels from the image's centre): 2 rows of 3 times (rows,).

        Args:
            amounts: (rows,), in the view's unit.
            size: (height, width) in pixels.
        """
        raise NotImplementedError

    def inverse(self, amounts, size):
        """The map back; arguments as in `matrix`."""
        return self.matrix(-amounts, size)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Mirror(Geometric):
    """Left and right exchanged, in half of the views. A code that follows it changes its sign."""

    amount: float = dataclasses.field(default=1.0, init=False, repr=False)

    def scaled(self, shares):
        """-1, which mirrors, or 1."""
        return tf.where(shares < 0, -tf.ones_like(shares), tf.ones_like(shares))

    def matrix(self, amounts, size):
        """Mirrors where the amount is -1."""
        one, zero = tf.ones_like(amounts), tf.zeros_like(amounts)
        return [[amounts, zero, zero], [zero, one, zero]]

    def inverse(self, amounts, size):
        """The same."""
        return self.matrix(amounts, size)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Stretch(Geometric):
    """Sideways stretch by a factor of exp(amount): positive is wider."""

    amount: float = 0.25

    def matrix(self, amounts, size):
        """Across only."""
        one, zero = tf.ones_like(amounts), tf.zeros_like(amounts)
        return [[tf.exp(amounts), zero, zero], [zero, one, zero]]


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Slant(Geometric):
    """Slant by `amount` pixels sideways for every pixel up: positive leans to the right."""

    amount: float = 0.35

    def matrix(self, amounts, size):
        """Rows above the centre move to the right."""
        one, zero = tf.ones_like(amounts), tf.zeros_like(amounts)
        return [[one, -amounts, zero], [zero, one, zero]]


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Zoom(Geometric):
    """Size by a factor of exp(amount): positive is larger."""

    amount: float = 0.1

    def matrix(self, amounts, size):
        """Both ways alike."""
        zero = tf.zeros_like(amounts)
        return [[tf.exp(amounts), zero, zero], [zero, tf.exp(amounts), zero]]


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Turn(Geometric):
    """Rotation about the centre by `amount` degrees: positive is clockwise."""

    amount: float = 10.0

    most: ClassVar[float] = 180.0

    def matrix(self, amounts, size):
        """Clockwise, as y points down."""
        zero = tf.zeros_like(amounts)
        cosine, sine = tf.cos(amounts * math.pi / 180), tf.sin(amounts * math.pi / 180)
        return [[cosine, -sine, zero], [sine, cosine, zero]]


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Shift(Directed, Geometric):
    """Shift by `amount` times the image's size: positive is to the right, or down.

    Args:
        amount: the largest shift, as a share of the width or height.
        direction: "right" or "down".
    """

    amount: float = 0.1

    most: ClassVar[float] = 1.0

    def matrix(self, amounts, size):
        """Along one axis."""
        height, width = size
        one, zero = tf.ones_like(amounts), tf.zeros_like(amounts)
        right, down = (amounts * width, zero) if self.direction == "right" else (zero, amounts * height)
        return [[one, zero, right], [zero, one, down]]


GEOMETRIC = (Mirror, Stretch, Slant, Zoom, Turn, Shift)
"""In the order in which they are composed, the first one first; those of other classes follow, as they are given."""


def warp(views, images, amounts):
    """Images under some geometric views, composed to one interpolation.

    Args:
        views: of different names.
        images: (rows, height, width, channels).
        amounts: by the views' names, (rows,) in their units.
    """
    if not views:
        return images
    views = sorted(views, key=lambda view: GEOMETRIC.index(type(view)) if type(view) in GEOMETRIC else len(GEOMETRIC))
    # Sampling needs each pixel's origin, so the inverses are composed, the last view's applied first.
    return _sample(images, _composed([view.inverse(amounts[view.name], images.shape[1:3]) for view in views]))


def _composed(matrices):
    """The product of affine maps, the last of them applied first."""
    product = matrices[0]
    for (a, b, c), (d, e, f) in matrices[1:]:
        product = [[p * a + q * d, p * b + q * e, p * c + q * f + r] for p, q, r in product]
    return product


def _sample(images, matrix):
    """Samples at the places that the matrix gives each pixel."""
    height, width = images.shape[1:3]
    y, x = (tf.range(n, dtype=images.dtype) - (n - 1) / 2 for n in (height, width))
    ((a, b, c), (d, e, f)) = ([v[:, tf.newaxis, tf.newaxis] for v in row] for row in matrix)
    x, y = x[tf.newaxis, tf.newaxis, :], y[tf.newaxis, :, tf.newaxis]
    return bilinear.sample(images, a * x + b * y + c + (width - 1) / 2, d * x + e * y + f + (height - 1) / 2)
