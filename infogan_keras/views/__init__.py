"""Known changes of images, by known amounts: what a code can be declared to follow, or to stay under.

    ig.Uniform(1, follows=ig.views.Slant(0.35))                  # positive values lean to the right
    ig.InfoGAN(..., views=[ig.views.Zoom(0.1), ig.views.Shift(0.1)])   # no code may follow these

Beside each real image the model shows D a view of it. Amounts are drawn by the model, uniformly from -1 to 1 times a
view's largest amount, as a function of its seed and the update. Geometric views are composed to one bilinear
interpolation, which repeats the image's edge; what the others make is clipped to the image range.
"""

from collections.abc import Sequence

import tensorflow as tf

from infogan_keras.views.asymmetry import outline_asymmetry
from infogan_keras.views.geometric import Geometric, Mirror, Shift, Slant, Stretch, Turn, Zoom, warp
from infogan_keras.views.orbit import Orbit
from infogan_keras.views.photometric import Brightness, Contrast, Custom, Erase, Hue, LightRamp, Photometric
from infogan_keras.views.random_affine import RandomAffine
from infogan_keras.views.view import View

__all__ = [
    "Brightness",
    "Contrast",
    "Custom",
    "Erase",
    "Geometric",
    "Hue",
    "LightRamp",
    "Mirror",
    "Orbit",
    "Photometric",
    "RandomAffine",
    "Shift",
    "Slant",
    "Stretch",
    "Turn",
    "View",
    "Zoom",
    "apply",
    "outline_asymmetry",
]


def apply(views: Sequence[View], images: tf.Tensor, shares: dict[str, tf.Tensor], image_range=(0, 1)) -> tf.Tensor:
    """Changed images.

    Args:
        views: of different names.
        images: (rows, height, width, channels) in `image_range`.
        shares: of each view's largest amount, by its name: (rows,) from -1 to 1.
        image_range: (lowest, highest) value.

    Returns:
        Images of the same shape, range and dtype, computed in float32 at least, as half precision would misplace
        pixels. Geometric views come first, in the order of `GEOMETRIC`, then the others in the order given.

    Example:
        >>> import tensorflow as tf
        >>> image = tf.reshape([0.0, 0.5, 1.0], [1, 1, 3, 1])
        >>> apply([Mirror()], image, {"mirror": tf.constant([-1.0])})[0, 0, :, 0].numpy().tolist()
        [1.0, 0.5, 0.0]
    """
    dtype = images.dtype
    images = tf.cast(images, tf.float64 if dtype == tf.float64 else tf.float32)
    amounts = {view.name: view.scaled(tf.cast(shares[view.name], images.dtype)) for view in views}
    images = warp([view for view in views if isinstance(view, Geometric)], images, amounts)
    low, high = image_range
    for view in views:
        if isinstance(view, Photometric):
            changed = view.change((images - low) / (high - low), tf.reshape(amounts[view.name], [-1, 1, 1, 1]))
            images = tf.clip_by_value(changed, 0, 1) * (high - low) + low
    return tf.cast(images, dtype)
