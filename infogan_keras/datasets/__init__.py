"""Data sets, one module each; every `load` gives a `tf.data.Dataset` that `fit` takes as it is."""

from infogan_keras.datasets import celeba, chairs, faces, fashion_mnist, images, mnist, rendering, svhn, tfds

__all__ = ["celeba", "chairs", "faces", "fashion_mnist", "images", "mnist", "rendering", "svhn", "tfds"]
