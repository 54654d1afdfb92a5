"""Data sets, one module each; every `load` gives a `tf.data.Dataset` that `fit` takes as it is."""

from infogan_keras.datasets import chairs, faces, images, mnist, rendering, tfds

__all__ = ["chairs", "faces", "images", "mnist", "rendering", "tfds"]
