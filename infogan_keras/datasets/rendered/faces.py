"""3D faces: 32x32 gray heads in [0, 1], rendered here from a packed mesh, with true factors.

They stand in for the paper's faces (Section 7.2, Figure 3), which were rendered from the Basel Face Model, whose
licence forbids passing them on. Pose and light have the ranges that others use with that model. The mesh is
MakeHuman's head (CC0; see `data/faces/README.md`), and so are the images.

| factor | range | |
| --- | --- | --- |
| `azimuth` | -90 to 90 degrees | positive: the face looks to the image's right |
| `elevation` | -20 to 20 degrees | positive: seen from above |
| `light_azimuth` | -90 to 90 degrees | positive: lit from the image's right, whatever the pose |
| `width` | -1 to 1 | the head is 1 + 0.2 width times as wide |

All are uniform and independent. What is left to the noise is who it is: each head, a random mix of the mesh's ages,
sexes and shapes, is in ten images. They are rendered once, in a few minutes on two cores, and kept in a
file (`meshes.cached`); rendering takes `pip install -e ".[render]"`.
"""

import hashlib
from pathlib import Path

import numpy as np

from infogan_keras._arguments import positive_int
from infogan_keras.datasets import images, sampling
from infogan_keras.datasets._folder import find_files
from infogan_keras.datasets.rendered import meshes

PACKED = Path(__file__).parents[2] / "data" / "faces" / "head.npz"
SIZES = {"train": 50_000, "test": 5_000}
FACTORS = {"azimuth": (-90, 90), "elevation": (-20, 20), "light_azimuth": (-90, 90), "width": (-1, 1)}
IMAGE_SIZE = 32
IMAGES_PER_HEAD = 10
STRETCH = 0.2
LOOK = {"light_elevation": 20, "ambient": 0.15, "diffuse": 0.8, "background": 0}
_SEEDS = {"train": 0, "test": 1}
_PEOPLE = ("male_young", "male_old", "male_child", "female_young", "female_old", "female_child")


def load(split="train", batch_size=128, seed=0, start_step=0, data_dir=None, drop_remainder=False, size=None):
    """Faces for `fit` and `evaluate`.

    Args:
        split: "train" repeats for ever, its batch t a function of (seed, t); "test" is one pass over other heads.
        batch_size: images in a batch; the last one of "test" may be smaller.
        seed: of the training order. The images are the same for every seed.
        start_step: the first batch of "train" to give: the updates already made, when a run is resumed.
        data_dir: a folder that keeps the rendered sets; None for the user's cache. Or a folder of your own renders, see
            `holds_own_renders`, which are then the training images.
        drop_remainder: leave the smaller last batch of "test" out, as several replicas need it.
        size: images to render; None for 50,000 to train on and 5,000 to test.

    Returns:
        A `tf.data.Dataset` of (batch, 32, 32, 1) float32 in [0, 1].

    Raises:
        ImportError: where images must be rendered, without embreex.
        FileNotFoundError: for a `data_dir` that does not exist.
        ValueError: for an unknown split or size, or one that your own renders do not have.
    """
    if holds_own_renders(data_dir):
        if split != "train" or size is not None:
            raise ValueError(f"{data_dir} holds your own images, which are split='train' with size=None as a whole.")
        return images.load(data_dir, (IMAGE_SIZE, IMAGE_SIZE, 1), (0, 1), batch_size, seed, start_step)
    return sampling.batches_of(arrays(split, data_dir, size)[0], split, batch_size, seed, start_step, drop_remainder)


def arrays(split="train", data_dir=None, size=None):
    """One split as numpy arrays: images (n, 32, 32, 1) uint8 and the factors, `{name: (n,) float32}`. As in `load`."""
    if split not in SIZES:
        raise ValueError(f"split={split!r}: expected 'train' or 'test'.")
    size = SIZES[split] if size is None else positive_int("size", size)
    if holds_own_renders(data_dir):
        raise ValueError(f"{data_dir} holds your own images, of which no factors are known. Use load.")
    parameters = {
        "name": "faces",
        "split": split,
        "size": size,
        "seed": _SEEDS[split],
        "factors": FACTORS,
        "image_size": IMAGE_SIZE,
        "images_per_head": IMAGES_PER_HEAD,
        "stretch": STRETCH,
        "look": LOOK,
        "mesh_sha256": hashlib.sha256(PACKED.read_bytes()).hexdigest(),
        "rendering_version": meshes.VERSION,
        "licence": "CC0-1.0",
        "source": "MakeHuman's base mesh and targets, rendered by infogan_keras.datasets.faces",
    }
    factors = meshes.cached(f"faces-{split}", parameters, lambda: _render(size, _SEEDS[split]), data_dir)
    return factors.pop("images"), factors


def holds_own_renders(data_dir):
    """Whether a folder has image files, in it or its subfolders, and no set that was rendered here.

    Raises:
        FileNotFoundError: for a folder that does not exist.
    """
    if data_dir is None:
        return False
    folder = Path(data_dir)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {data_dir}.")
    return not any(folder.glob("faces-*.npz")) and bool(find_files(folder))


def _render(size, seed):
    rng = np.random.default_rng(seed)
    factors = {name: rng.uniform(*limits, size).astype(np.float32) for name, limits in FACTORS.items()}
    heads = np.arange(size) // IMAGES_PER_HEAD
    views = {**factors, "width": 1 + STRETCH * factors["width"]}
    pixels = meshes.render_all(_make_heads(heads[-1] + 1, rng), heads, IMAGE_SIZE, views, **LOOK)
    return {"images": pixels, **factors}


def _make_heads(count, rng):
    """A function of 0 to count - 1 that gives random heads, all of one size and in one place."""
    with np.load(PACKED) as content:
        base, quads = content["vertices"], content["quads"].astype(np.int32)
        morphs = {name: content[name].astype(np.float32) for name in content if name.startswith("morph_")}
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    # Without the shoulders, of which the frame would show two scraps.
    inside = (np.abs(base[:, 0]) < 0.8) | (base[:, 1] > 6.7)
    faces = faces[inside[faces].all(axis=1)]
    weights = dict(zip(_PEOPLE, rng.dirichlet(np.full(len(_PEOPLE), 0.5), count).T, strict=True))
    fat = rng.uniform(-1, 1, count)
    weights |= {"head_fat_incr": np.maximum(fat, 0), "head_fat_decr": np.maximum(-fat, 0)}
    weights |= {name: rng.uniform(0, 1, count) for name in ("head_round", "head_square")}

    def make_head(index):
        vertices = base + sum(weight[index] * morphs[f"morph_{name}"] for name, weight in weights.items())
        vertices -= vertices.mean(axis=0)
        vertices /= np.sqrt(np.mean(np.sum(vertices**2, axis=1)))
        # In these units: the middle of the head, and how much the frame holds, which ends at the neck.
        return meshes.Mesh((vertices - [0, 0.22, -0.4]) / 1.6, faces, smooth=True)

    return make_head
