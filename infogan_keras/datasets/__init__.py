"""Data sets, one module each; every `load` gives a `tf.data.Dataset` that `fit` takes as it is."""

from infogan_keras.datasets import celeba, images, mnist, svhn, tfds

__all__ = ["celeba", "images", "mnist", "svhn", "tfds"]
