"""Random turns, slants, shifts and zooms as a Keras layer."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("infogan_keras")
class RandomAffine(keras.layers.Layer):
    """Turns, slants, shifts and zooms each image a little, by amounts that no code can follow.

    A layer, like Keras' RandomFlip, for `InfoGAN(views=...)`; the views above do the same with amounts that the model
    knows.

    (Keras' RandomRotation, RandomShear, RandomTranslation and RandomZoom in a row interpolate four times, and blur
    small images.) Amounts are uniform. The defaults suit digits, which change their meaning when they are turned or
    mirrored more.

    Args:
        degrees: turns go from -degrees to degrees.
        shift: shifts, both ways, as a share of the image's size.
        zoom: sizes go from 1 - zoom to 1 + zoom times their own.
        shear: slants go from -shear to shear pixels to the side for every pixel down.
        fill: the value of what comes in from outside, the lowest of the image range.
        seed: of the layer's own draws; `InfoGAN` draws for it, as a function of the model's seed and update.

    Raises:
        ValueError: for negative amounts, or a zoom of 1 and more.

    Example:
        >>> import numpy as np
        >>> RandomAffine()(np.zeros((2, 28, 28, 1), "float32")).shape
        TensorShape([2, 28, 28, 1])
    """

    def __init__(self, degrees=20.0, shift=0.1, zoom=0.2, shear=0.3, fill=0.0, seed=None, **kwargs):
        # Half precision would move an image by a part of a pixel.
        super().__init__(**{"dtype": "float32", **kwargs})
        amounts = (("degrees", degrees, 180), ("shift", shift, 1), ("zoom", zoom, 1), ("shear", shear, 1))
        for name, value, largest in amounts:
            if not 0 <= value < largest:
                raise ValueError(f"{name}={value!r}: expected a number from 0 to {largest}, exclusive.")
        self.degrees, self.shift, self.zoom, self.shear, self.fill = degrees, shift, zoom, shear, fill
        self.seed = seed
        self.draws = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        """(rows, height, width, channels) of the same shape; unchanged images where not `training`."""
        if not training:
            return images
        rows, (height, width) = ops.shape(images)[0], images.shape[1:3]

        def draw(limit):
            return keras.random.uniform((rows,), -limit, limit, seed=self.draws)

        angle, size = draw(math.radians(self.degrees)), 1 + draw(self.zoom)
        right, down = draw(self.shift) * width, draw(self.shift) * height
        # The transform gives each place of the result its place in the image, so everything is inverted.
        slant, cosine, sine = draw(self.shear), ops.cos(angle) / size, ops.sin(angle) / size
        across, along = cosine * slant - sine, sine * slant + cosine
        x, y = (width - 1) / 2, (height - 1) / 2
        zero = ops.zeros_like(angle)
        rows_of_transform = (
            *(cosine, across, x - cosine * (x + right) - across * (y + down)),
            *(sine, along, y - sine * (x + right) - along * (y + down)),
            *(zero, zero),
        )
        transform = ops.cast(ops.stack(rows_of_transform, -1), images.dtype)
        return ops.image.affine_transform(images, transform, fill_mode="constant", fill_value=self.fill)

    def compute_output_shape(self, input_shape):
        """The input's."""
        return input_shape

    def get_config(self):
        """The constructor's arguments."""
        names = ("degrees", "shift", "zoom", "shear", "fill", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
