"""MNIST: 28x28 gray digits in [0, 1], 60,000 to train on and 10,000 to test.

The four files travel inside the package (CC BY-SA 3.0, Yann LeCun and Corinna Cortes; see `data/mnist/README.md`), so
nothing is downloaded. The release trained on the first 55,000 training images; here all 60,000 are used.
"""

import gzip
import hashlib
import zipfile
import zlib
from pathlib import Path

import numpy as np

from infogan_keras.datasets.sampling import batches_of

PACKED = Path(__file__).parent.parent / "data" / "mnist"
SIZES = {"train": 60_000, "test": 10_000}
_PREFIX = {"train": "train", "test": "t10k"}
_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load(split="train", batch_size=128, seed=0, start_step=0, data_dir=None, drop_remainder=False, labelled=False):
    """MNIST images for `fit` and `evaluate`.

    Args:
        split: "train" repeats for ever, its batch t a function of (seed, t); "test" is one pass in the files' order.
        batch_size: images in a batch; the last one of "test" may be smaller.
        seed: of the training order.
        start_step: the first batch of "train" to give: the updates already made, when a run is resumed.
        data_dir: a folder of your own IDX files (with or without .gz) or an `mnist.npz` as Keras distributes it,
            or such a file; None for the packed data.
        drop_remainder: leave the smaller last batch of "test" out, as several replicas need it.
        labelled: give the digits too.

    Returns:
        A `tf.data.Dataset` of (batch, 28, 28, 1) float32 in [0, 1], or of these and labels (batch,) int64.

    Raises:
        ValueError: for an unknown split, or files that are not MNIST's.
        FileNotFoundError: where `data_dir` has neither.
    """
    images, labels = arrays(split, data_dir)
    return batches_of(images, split, batch_size, seed, start_step, drop_remainder, labels=labels if labelled else None)


def arrays(split="train", data_dir=None):
    """One split as numpy arrays: images (n, 28, 28, 1) uint8 and labels (n,) int64. Arguments as in `load`."""
    if split not in SIZES:
        raise ValueError(f"split={split!r}: expected 'train' or 'test'.")
    if data_dir is None:
        return read_idx_pair(PACKED, split, checked=True)
    place = Path(data_dir)
    npz = place if place.suffix == ".npz" else place / "mnist.npz"
    if npz.is_file():
        return _read_npz(npz, split)
    return read_idx_pair(place, split)


def read_idx_pair(folder, split, checked=False):
    """The images and labels of a split in IDX files, as `arrays` gives them.

    Args:
        folder: that has the files, with or without .gz.
        split: "train" or "test".
        checked: whether they must be the packed ones.

    Raises:
        ValueError: for a file that is damaged, or no such file.
        FileNotFoundError: where there is none.
    """
    images = _read_idx(folder, f"{_PREFIX[split]}-images-idx3-ubyte", 3, checked)
    labels = _read_idx(folder, f"{_PREFIX[split]}-labels-idx1-ubyte", 1, checked)
    return checked_pair(images, labels, folder)


def _read_idx(folder, name, rank, checked):
    """One IDX file: two zero bytes, type 8 (unsigned byte), the rank, the sizes as big-endian int32, the bytes."""
    path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
    if path is None:
        raise FileNotFoundError(f"There is neither {name} nor {name}.gz in {folder}.")
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is corrupt or truncated ({error}). Get it again.") from None
    header = np.frombuffer(content[: 4 + 4 * rank].ljust(4 + 4 * rank), ">u4")
    if header[0] != 0x800 + rank:
        raise ValueError(f"{path} is not an IDX file of bytes in {rank} dimensions.")
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * rank)
    shape = tuple(int(n) for n in header[1:])
    if len(values) != np.prod(shape):
        raise ValueError(f"{path} is truncated: its header says {shape}, and {len(values)} bytes follow.")
    if checked and hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise ValueError(f"{path} is not the file that was packed (its SHA-256 differs). Reinstall infogan_keras.")
    return values.reshape(shape)


def _read_npz(path, split):
    """Keras' `mnist.npz`: x_train, y_train, x_test, y_test."""
    try:
        with path.open("rb") as file, np.load(file) as content:
            images, labels = content[f"x_{split}"], content[f"y_{split}"]
    except KeyError:
        raise ValueError(f"{path} has no x_{split} and y_{split}, as Keras' mnist.npz has.") from None
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is corrupt or truncated ({error}). Get it again.") from None
    return checked_pair(images, labels, path)


def checked_pair(images, labels, path):
    """Images (n, 28, 28, 1) and labels (n,) int64 of what was read from `path`; ValueError for other shapes."""
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"{path} holds images {images.dtype} {images.shape} and labels {labels.shape}: expected uint8 (n, 28, 28) "
            "and (n,)."
        )
    return images[..., np.newaxis], labels.astype(np.int64)
