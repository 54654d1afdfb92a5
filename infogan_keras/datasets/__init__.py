"""Data sets, one module each; every `load` gives a `tf.data.Dataset` that `fit` takes as it is."""

from infogan_keras.datasets import images, mnist, tfds

__all__ = ["images", "mnist", "tfds"]
