"""Data sets, one module each; every `load` gives a `tf.data.Dataset` that `fit` takes as it is."""

from infogan_keras.datasets import celeba, fashion_mnist, images, mnist, rendered, sampling, svhn, tfds, training_sets
from infogan_keras.datasets.rendered import chairs, faces

__all__ = [
    "celeba",
    "chairs",
    "faces",
    "fashion_mnist",
    "images",
    "mnist",
    "rendered",
    "sampling",
    "svhn",
    "tfds",
    "training_sets",
]
