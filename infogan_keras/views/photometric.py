"""Views that change the values of pixels."""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import ClassVar

import keras
import tensorflow as tf

from infogan_keras.views.view import View

_TO_YIQ = ((0.299, 0.587, 0.114), (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135))
_FROM_YIQ = ((1.0, 0.9563, 0.6210), (1.0, -0.2721, -0.6474), (1.0, -1.1070, 1.7046))


class Photometric(View):
    """A view that makes new values of pixels, after the geometric ones and one after the other."""

    def change(self, images: tf.Tensor, amounts: tf.Tensor) -> tf.Tensor:
        """The changed images.

        Args:
            images: (rows, height, width, channels) in [0, 1].
            amounts: (rows, 1, 1, 1), in the view's unit.
        """
        raise NotImplementedError


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Brightness(Photometric):
    """Gain of exp(amount) above the lowest value: positive is brighter, and black stays black."""

    amount: float = 0.5

    def change(self, images, amounts):
        """Multiplies."""
        return images * tf.exp(amounts)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Contrast(Photometric):
    """Distances from the image's mean value by a factor of exp(amount): positive has more contrast."""

    amount: float = 0.5

    def change(self, images, amounts):
        """Around the mean over all pixels and channels."""
        mean = tf.reduce_mean(images, [1, 2, 3], keepdims=True)
        return mean + (images - mean) * tf.exp(amounts)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class LightRamp(Photometric):
    """Gain that rises from 1 - amount at the left edge to 1 + amount at the right: positive is lit from the right."""

    amount: float = 0.5

    most: ClassVar[float] = 1.0

    @property
    def name(self):
        """In two words."""
        return "light_ramp"

    def change(self, images, amounts):
        """Multiplies."""
        ramp = tf.reshape(tf.linspace(-1.0, 1.0, images.shape[2]), [1, 1, -1, 1])
        return images * (1 + amounts * tf.cast(ramp, images.dtype))


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Hue(Photometric):
    """Hues turned by `amount` degrees around the colour circle (red, yellow, green, blue), at constant luma (YIQ)."""

    amount: float = 180.0

    most: ClassVar[float] = 180.0

    def change(self, images, amounts):
        """Turns the chroma plane; needs three channels."""
        cosine = tf.cos(amounts * math.pi / 180)
        sine = tf.sin(amounts * math.pi / 180)
        y, i, q = (tf.reduce_sum(images * tf.constant(row, images.dtype), -1, keepdims=True) for row in _TO_YIQ)
        i, q = i * cosine + q * sine, q * cosine - i * sine
        return tf.concat([y * a + i * b + q * c for a, b, c in _FROM_YIQ], -1)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Erase(Photometric):
    """A square of `amount` times the image's size gets the lowest value, in half of the views.

    Known as Cutout (DeVries and Taylor, arXiv 1708.04552). Amounts below 0 erase nothing; from 0 on they name the
    square's place, row by row from the top left to the bottom right. So it is a change to stay under, and none that a
    code could follow.
    """

    amount: float = 0.4

    def __post_init__(self):
        super().__post_init__()
        if self.amount >= 1:
            raise ValueError(f"Erase({self.amount!r}): expected a share of the image's size, below 1.")

    def change(self, images, amounts):
        """Puts 0 in the square."""
        _, height, width, _ = images.shape
        share = tf.reshape(amounts / self.amount, [-1, 1])

        def inside(place, size):
            side = round(self.amount * size)
            first = tf.round(place * (size - side))
            pixels = tf.range(size, dtype=images.dtype)
            return (pixels >= first) & (pixels < first + side)

        rows, columns = inside(share, height), inside(tf.math.floormod(share * height, 1), width)
        erased = rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]
        return tf.where(erased & (amounts >= 0), tf.zeros_like(images), images)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Custom(Photometric):
    """A change of your own.

    Args:
        function: `(images, amounts) -> images` of TensorFlow operations: images (rows, height, width, channels) in
            [0, 1], amounts (rows,) from -amount to amount. A Keras layer, or a function that
            `keras.saving.register_keras_serializable` registers, is saved with the model.
        amount: the largest one.
        label: its name in logs and tables: letters, digits and _.

    Raises:
        ValueError: for other labels or "mirror", what is no function, and if it returns images of another shape.
    """

    function: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    label: str = "custom"

    def __post_init__(self):
        super().__post_init__()
        if not callable(self.function):
            raise ValueError(f"Custom(function={self.function!r}): expected a function (images, amounts) -> images.")
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", self.label):
            raise ValueError(f"label={self.label!r}: expected letters, digits and _, a letter first.")
        if self.label == "mirror":
            raise ValueError("label='mirror' is the name of ig.views.Mirror(), which has no amounts: choose another.")

    @property
    def name(self):
        """The label."""
        return self.label

    def change(self, images, amounts):
        """Calls the function."""
        changed = tf.convert_to_tensor(self.function(images, tf.reshape(amounts, [-1])))
        if not changed.shape.is_compatible_with(images.shape):
            raise ValueError(
                f"The view {self.label!r} turned images of shape {tuple(images.shape)} into {tuple(changed.shape)}: "
                "expected the same shape. Amounts are (rows,): reshape them to (-1, 1, 1, 1) to multiply images."
            )
        return changed

    def get_config(self):
        """With the function serialized."""
        return {**super().get_config(), "function": keras.saving.serialize_keras_object(self.function)}

    @classmethod
    def from_config(cls, config):
        """The view that `get_config` described."""
        return cls(**{**config, "function": keras.saving.deserialize_keras_object(config["function"])})
