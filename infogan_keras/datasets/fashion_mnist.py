"""Fashion-MNIST: 28x28 gray pieces of clothing in [0, 1], 60,000 to train on and 10,000 to test (Xiao et al., 2017).

It has MNIST's format and sizes (MIT licence, Zalando SE). It is not packed: Keras downloads the four IDX files (30 MB)
once, or you name a folder that has them, such as Debian's `/usr/share/datasets/fashion-mnist` (package
`dataset-fashion-mnist`).
"""

from pathlib import Path

import keras

from infogan_keras.datasets import mnist
from infogan_keras.datasets.sampling import batches_of

CLASSES = (
    *("t-shirt", "trousers", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)


def load(split="train", batch_size=128, seed=0, start_step=0, data_dir=None, drop_remainder=False, labelled=False):
    """Fashion-MNIST images for `fit` and `evaluate`; arguments, result and errors as in `mnist.load`.

    But `data_dir` is a folder of IDX files, and without it Keras downloads them.

    Raises:
        OSError: where there is no `data_dir` and the files cannot be downloaded, with the folder to put them in.
    """
    images, labels = arrays(split, data_dir)
    return batches_of(images, split, batch_size, seed, start_step, drop_remainder, labels=labels if labelled else None)


def arrays(split="train", data_dir=None):
    """One split as numpy arrays: images (n, 28, 28, 1) uint8 and labels (n,) int64, which number `CLASSES`."""
    if split not in mnist.SIZES:
        raise ValueError(f"split={split!r}: expected 'train' or 'test'.")
    if data_dir is not None:
        return mnist.read_idx_pair(Path(data_dir), split)
    try:
        splits = dict(zip(("train", "test"), keras.datasets.fashion_mnist.load_data(), strict=True))
    except Exception as error:  # Keras raises a bare Exception where a download fails.
        raise OSError(
            f"Fashion-MNIST could not be downloaded ({error}). Get its four files by hand from "
            "https://github.com/zalandoresearch/fashion-mnist, and name their folder (data_dir=..., --data-dir)."
        ) from None
    return mnist.checked_pair(*splits[split], "Keras' Fashion-MNIST")
