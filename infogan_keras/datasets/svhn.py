"""SVHN: 32x32 colour photographs of digits in house numbers, in [-1, 1] (Netzer et al., 2011).

tensorflow-datasets gets the three files (1.6 GB) from http://ufldl.stanford.edu/housenumbers/, where the terms of their
use are, and prepares them once; the largest one takes a few GB of memory.
"""

from infogan_keras.datasets import tfds

IMAGE_SHAPE = (32, 32, 3)


def load(split="train+extra", batch_size=128, seed=0, start_step=0, data_dir=None, strategy=None):
    """SVHN images for `fit` and `evaluate`.

    Batches repeat for ever, those of "test" too; batch t is a function of (seed, t). Which split the paper trained on
    is not stated.

    Args:
        split: "train" (73,257 images), "extra" (531,131 easier ones), "test" (26,032), or several with a plus.
        batch_size: images in a batch, of all replicas together.
        seed: of the order.
        start_step: the first batch to give: the updates already made, when a run is resumed.
        data_dir: where tensorflow-datasets keeps its data sets, a folder or an address such as "gs://bucket/tfds":
            this one is, or will be, in `svhn_cropped/3.1.0` there. None is its own, `~/tensorflow_datasets`.
        strategy: the `tf.distribute` strategy of the model, `model.distribute_strategy`, where it has several workers.

    Returns:
        A `tf.data.Dataset` of (batch_size, 32, 32, 3) float32 in [-1, 1].

    Raises:
        OSError: where the files cannot be downloaded, with the folder in which to put them by hand.
        ValueError: for an unknown split.
    """
    return tfds.load("svhn_cropped", IMAGE_SHAPE, (-1, 1), batch_size, seed, start_step, split, data_dir, strategy)
