"""Made-up images in the files of a real data set, to try a run where the data is not."""

import atexit
import contextlib
import functools
import shutil
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from infogan_keras.datasets import tfds

CLASSES = 10


@functools.cache
def fashion_mnist(count: int = 1000) -> Path:
    """A folder with both splits of a stand-in for Fashion-MNIST; deleted when the process ends."""
    folder = _temporary_folder("fashion-mnist")
    for seed, split in enumerate(("train", "t10k")):
        images = _rectangles(np.random.default_rng(seed), count, 28)
        labels = (np.arange(count) % CLASSES).astype(np.uint8)
        for name, values in (("images-idx3", images), ("labels-idx1", labels)):
            header = np.array([0x800 + values.ndim, *values.shape], ">u4").tobytes()
            (folder / f"{split}-{name}-ubyte").write_bytes(header + values.tobytes())
    print(f"{count} images of random rectangles stand in for fashion_mnist.")
    return folder


@functools.cache
def prepared(name: str, count: int = 64) -> Path:
    """A folder, for `data_dir`, with a stand-in for one of tensorflow-datasets; deleted when the process ends.

    Args:
        name: of the data set, such as "svhn_cropped".
        count: images in each of its splits "train" and "extra".

    Raises:
        ImportError: without tensorflow-datasets.
    """
    tensorflow_datasets = tfds.require()
    from absl import logging

    folder = _temporary_folder(name)
    builder = tensorflow_datasets.builder(name, data_dir=folder)

    def value(spec, number):
        if not spec.shape:
            return tf.zeros((), spec.tf_dtype)
        return tf.cast(tf.random.stateless_uniform(spec.shape, [0, number], 0, 256, tf.int32), spec.tf_dtype)

    specs = builder.info.features.get_tensor_info()
    images = tf.data.Dataset.range(count).map(lambda n: tf.nest.map_structure(lambda spec: value(spec, n), specs))
    logging.set_verbosity(logging.ERROR)
    tensorflow_datasets.disable_progress_bar()
    with contextlib.redirect_stdout(None):
        tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
            name=name,
            version=str(builder.version),
            data_dir=folder,
            features=builder.info.features,
            split_datasets=dict.fromkeys(("train", "extra"), images),
        )
    print(f"{count} images of random pixels stand in for {name}.")
    return folder


def _rectangles(rng, count, side):
    """Rectangles of every width, height and brightness, so that some images are views of others, as views expect."""
    brightness, width, height = (rng.uniform(low, high, count) for low, high in ((0.2, 1), (4, 14), (4, 14)))
    distance = np.abs(np.arange(side) - (side - 1) / 2)
    inside = (distance < height[:, np.newaxis])[:, :, np.newaxis] & (distance < width[:, np.newaxis])[:, np.newaxis]
    noise = rng.uniform(0, 1, inside.shape)
    return (255 * brightness[:, np.newaxis, np.newaxis] * inside * noise).astype(np.uint8)


def _temporary_folder(name):
    folder = tempfile.mkdtemp(prefix=f"{name}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
