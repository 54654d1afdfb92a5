"""3D chairs: 64x64 gray on white in [0, 1], with true factors; rendered here from packed meshes, or the public set.

The 64 packed meshes are by 35 creators (CC0 or CC-BY 3.0, named in `data/chairs/chairs.csv`). They stand in for the
paper's chairs (Section 7.2, Figure 4), which are those of Aubry et al.: the views are the same, 31 azimuths and two
elevations of each chair. Whoever has that set passes its folder as `data_dir` (`rendered_chairs`).

| factor | values | |
| --- | --- | --- |
| `model` | 0 to 63 | the row of `chairs.csv` |
| `azimuth` | 0, 360/31, ..., 348.4 degrees | 0 is the front; positive turns it to the image's right |
| `elevation` | 20 or 30 degrees | of the camera above the horizon |
| `width` | 0.7 to 1.3, uniform | how much the chair is stretched across |

The training images are eight times all 3,968 views, and the test images are all views once, each with a width of its
own. They are rendered once, in a few minutes on two cores, and kept in a file (`meshes.cached`); rendering takes
`pip install -e ".[render]"`.
"""

import csv
import hashlib
from pathlib import Path

import numpy as np

from infogan_keras._arguments import positive_int
from infogan_keras.datasets import sampling
from infogan_keras.datasets.rendered import meshes, public_chairs

PACKED = Path(__file__).parents[2] / "data" / "chairs"
MODELS = 64
AZIMUTHS = 31
ELEVATIONS = (20, 30)
WIDTHS = (0.7, 1.3)
VIEWS = MODELS * AZIMUTHS * len(ELEVATIONS)
SIZES = {"train": 8 * VIEWS, "test": VIEWS}
IMAGE_SIZE = 64
LOOK = {"light_azimuth": -35, "light_elevation": 35, "ambient": 0.2, "diffuse": 0.55, "background": 1}
_SEEDS = {"train": 0, "test": 1}


def load(
    split="train", batch_size=128, seed=0, start_step=0, data_dir=None, drop_remainder=False, size=None, image_size=64
):
    """Chairs for `fit` and `evaluate`.

    Args:
        split: "train" repeats for ever, its batch t a function of (seed, t); "test" is one pass, over the same chairs
            with other widths. Of the public set, every tenth chair is in "test" only.
        batch_size: images in a batch; the last one of "test" may be smaller.
        seed: of the training order. The images are the same for every seed.
        start_step: the first batch of "train" to give: the updates already made, when a run is resumed.
        data_dir: a folder that keeps the rendered sets; None for the user's cache. Or where the public set is:
            `rendered_chairs.tar`, the unpacked folder `rendered_chairs`, or the folder that holds one of them.
        drop_remainder: leave the smaller last batch of "test" out, as several replicas need it.
        size: a number of images, drawn from all views; None for 31,744 to train on and 3,968 to test, or for all of
            the public set.
        image_size: 64 pixels along a side, or 32: the means of 2x2 pixels.

    Returns:
        A `tf.data.Dataset` of (batch, image_size, image_size, 1) float32 in [0, 1].

    Raises:
        ImportError: where images must be rendered, without embreex.
        FileNotFoundError: for a `data_dir` that does not exist.
        ValueError: for an unknown split or size, or a public set that is damaged or has another layout.
    """
    pixels, _ = arrays(split, data_dir, size, image_size)
    return sampling.batches_of(pixels, split, batch_size, seed, start_step, drop_remainder)


def arrays(split="train", data_dir=None, size=None, image_size=64):
    """One split as numpy arrays: images (n, image_size, image_size, 1) uint8 and the factors, `{name: (n,)}`.

    Arguments as in `load`. `model` is int64, the others are float32.
    """
    if image_size not in (IMAGE_SIZE, IMAGE_SIZE // 2):
        raise ValueError(f"image_size={image_size!r}: expected 64 or 32.")
    images, factors = _full_size(split, data_dir, size)
    if image_size < IMAGE_SIZE:
        images = images.reshape(-1, image_size, 2, image_size, 2, 1).mean((2, 4)).round().astype(np.uint8)
    return images, factors


def _full_size(split, data_dir, size):
    if split not in SIZES:
        raise ValueError(f"split={split!r}: expected 'train' or 'test'.")
    size = None if size is None else positive_int("size", size)
    public = None if data_dir is None else public_chairs.find(data_dir)
    if public:
        return public_chairs.arrays(public, split, size)
    size = size or SIZES[split]
    with (PACKED / "chairs.csv").open(newline="") as file:
        creators = [f"{row['name']} by {row['creator']}, {row['licence']}" for row in csv.DictReader(file)]
    parameters = {
        "name": "chairs",
        "split": split,
        "size": size,
        "seed": _SEEDS[split],
        "factors": {"model": MODELS, "azimuth": AZIMUTHS, "elevation": ELEVATIONS, "width": WIDTHS},
        "image_size": IMAGE_SIZE,
        "look": LOOK,
        "mesh_sha256": hashlib.sha256((PACKED / "chairs.npz").read_bytes()).hexdigest(),
        "rendering_version": meshes.VERSION,
        "licence": "CC0-1.0 AND CC-BY-3.0 AND CC-BY-3.0-US",
        "source": "meshes by the creators below, decimated and rendered by infogan_keras.datasets.chairs",
        "creators": creators,
    }
    factors = meshes.cached(f"chairs-{split}", parameters, lambda: _render(size, _SEEDS[split]), data_dir)
    return factors.pop("images"), factors


def _render(size, seed):
    rng = np.random.default_rng(seed)
    # Whole rounds through all views, each in an order of its own: the first images of any number are a fair draw.
    view = np.concatenate([rng.permutation(VIEWS) for _ in range(-(-size // VIEWS))])[:size]
    model, azimuth, elevation = np.unravel_index(view, (MODELS, AZIMUTHS, len(ELEVATIONS)))
    factors = {
        "azimuth": np.float32(azimuth * 360 / AZIMUTHS),
        "elevation": np.float32(ELEVATIONS)[elevation],
        "width": rng.uniform(*WIDTHS, size).astype(np.float32),
    }
    with np.load(PACKED / "chairs.npz") as content:
        geometry = [(content[f"vertices_{i}"].astype(np.float32), content[f"faces_{i}"]) for i in range(MODELS)]

    def make_chair(index):
        vertices, faces = geometry[index]
        # Even the widest stays in the unit sphere, and so in the frame from all sides, with a margin.
        return meshes.Mesh(0.95 * vertices / np.linalg.norm(vertices * [WIDTHS[1], 1, 1], axis=1).max(), faces)

    images = meshes.render_all(make_chair, model, IMAGE_SIZE, factors, **LOOK)
    return {"images": images, "model": model, **factors}
