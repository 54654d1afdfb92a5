"""MNIST: 28x28 gray digits in [0, 1], 60,000 to train on and 10,000 to test.

The four files travel inside the package (CC BY-SA 3.0, Yann LeCun and Corinna Cortes; see `data/mnist/README.md`), so
nothing is downloaded. The release trained on the first 55,000 training images; here all 60,000 are used.
"""

import gzip
import hashlib
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np
import scipy.ndimage
from PIL import Image

from infogan_keras import _decoding
from infogan_keras.datasets.sampling import batches_of

PACKED = Path(__file__).parent.parent / "data" / "mnist"
SIZES = {"train": 60_000, "test": 10_000}
LARGEST_FILE = 2**31  # Bytes that a file may hold once it is decompressed.
_FAINTEST = 0.02  # Differences of brightness below it are not ink.
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
    start = 4 + 4 * rank
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            header = file.read(start)
            magic, *shape = np.frombuffer(header.ljust(start), ">u4").tolist()
            if magic != 0x800 + rank:
                raise ValueError(f"{path} is not an IDX file of bytes in {rank} dimensions.")
            size = math.prod(shape)
            if size > LARGEST_FILE:
                raise ValueError(f"{path} says that it holds {size:,} bytes: expected at most {LARGEST_FILE:,}.")
            # No more than was declared: a few megabytes of gzip can hold gigabytes.
            content = header + file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is corrupt or truncated ({error}). Get it again.") from None
    if len(content) != start + size:
        found = f"{len(content) - start} bytes follow" if len(content) < start + size else "more bytes follow"
        raise ValueError(f"{path} is damaged or truncated: its header says {tuple(shape)}, and {found}. Get it again.")
    if checked and hashlib.sha256(content).hexdigest() != _SHA256[name]:
        raise ValueError(f"{path} is not the file that was packed (its SHA-256 differs). Reinstall infogan_keras.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _read_npz(path, split):
    """Keras' `mnist.npz`: x_train, y_train, x_test, y_test."""
    names = [f"x_{split}", f"y_{split}"]
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST_FILE:
            raise ValueError(f"it says that it holds {size:,} bytes: expected at most {LARGEST_FILE:,}")
        with np.load(path) as content:
            missing = set(names) - set(content)
            images, labels = (None, None) if missing else (content[name] for name in names)
    except Exception as error:  # A damaged zip archive makes NumPy raise errors of a dozen kinds.
        raise ValueError(f"{path} is corrupt or truncated ({error}). Get it again.") from None
    if missing:
        raise ValueError(f"{path} has no {' and '.join(names)}, as Keras' mnist.npz has.")
    return checked_pair(images, labels, path)


def checked_pair(images, labels, path):
    """Images (n, 28, 28, 1) and labels (n,) int64 of what was read from `path`.

    Raises:
        ValueError: for other shapes and types, or labels that are not whole numbers from 0.
    """
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise ValueError(
            f"{path} holds images {images.dtype} {images.shape} and labels {labels.shape}: expected uint8 (n, 28, 28) "
            "and (n,)."
        )
    if labels.dtype.kind in "iuf":
        wrong = labels[~((labels >= 0) & (labels < 2**31) & (labels == np.floor(labels)))]
    else:
        wrong = labels
    if len(wrong):
        raise ValueError(f"{path} holds the label {wrong[0]}: expected whole numbers from 0.")
    return images[..., np.newaxis], labels.astype(np.int64)


def prepare(picture: str | Path | np.ndarray) -> np.ndarray:
    """Makes a picture of one digit look like MNIST's, for models that were trained on it.

    Light ink on black, cropped to the ink, scaled to fit 20x20 with its proportions, and moved so that its centre of
    mass is the centre of 28x28: as MNIST was made (http://yann.lecun.com/exdb/mnist/). Dark ink on a light background
    is inverted. The background must be plain, up to noise and shadows that are weak beside the ink, and hold nothing
    else. Nothing calls this by itself.

    Args:
        picture: a file, or an array (height, width) or (height, width, 1 to 4) of any size: uint8, or floats in [0, 1].

    Returns:
        (28, 28, 1) float32 in [0, 1].

    Raises:
        ValueError: for a picture without ink, a file that cannot be read, or an array of another kind.

    Example:
        image = ig.datasets.mnist.prepare("photo-of-a-3.jpg")
        model.encode(image[np.newaxis])
    """
    gray = _gray(picture)
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    background = np.median(border)
    # The ink is on the side of the background on which the values go farther.
    ink = gray - background if gray.max() - background > background - gray.min() else background - gray
    if ink.max() < _FAINTEST:
        raise ValueError("The picture is of one colour: expected a digit on a plain background.")
    ink = np.clip(ink / ink.max(), 0, 1)
    # What varies as the border does is background, and so are specks.
    noise = 3 * np.percentile(np.abs(border - background), 90) / np.abs(gray - background).max()
    ink[ink < np.clip(noise, _FAINTEST, 0.5)] = 0
    parts, count = scipy.ndimage.label(ink, np.ones((3, 3)))
    masses = scipy.ndimage.sum_labels(ink, parts, np.arange(count + 1))
    ink[(masses < masses.max() / 100)[parts]] = 0
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(20 * side / max(ink.shape))) for side in ink.shape)
    ink = np.clip(np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC)), 0, 1)
    # In MNIST the centre of mass is in the middle of 28 pixels: where four of them meet, or less than half of one away.
    places = [(np.arange(side) * ink.sum(1 - axis)).sum() / ink.sum() for axis, side in enumerate(ink.shape)]
    top, left = (int(np.clip(round(14 - place), 0, 28 - side)) for place, side in zip(places, ink.shape, strict=True))
    image = np.zeros((28, 28, 1), np.float32)
    image[top : top + height, left : left + width, 0] = ink / ink.max()
    return image


def _gray(picture):
    """A picture as (height, width) float32 in [0, 1]."""
    if isinstance(picture, str | Path):
        try:
            pixels = _decoding.decode_bytes(Path(picture).read_bytes()).pixels
        except ValueError as error:
            raise ValueError(f"{picture} cannot be read as an image ({error}).") from None
    else:
        pixels = np.asarray(picture)
        pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
        good = pixels.ndim == 3 and pixels.size and pixels.shape[2] <= 4
        if not good or (pixels.dtype != np.uint8 and not (pixels.min() >= 0 and pixels.max() <= 1)):
            raise ValueError(
                f"An array {pixels.dtype} {pixels.shape}: expected (height, width) or (height, width, 1 to 4), uint8 "
                "or floats in [0, 1]."
            )
    height, width = pixels.shape[:2]
    return _decoding.fit(pixels[np.newaxis], (height, width, 1))[0, ..., 0].numpy().astype(np.float32) / 255
