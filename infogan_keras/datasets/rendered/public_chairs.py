"""The public rendered chairs of Aubry et al. (Seeing 3D Chairs, CVPR 2014), on which the paper's chairs were trained.

`rendered_chairs.tar` holds `rendered_chairs/<id>/renders/image_NNN_pEEE_tAAA_rRRR.png`: 600x600 on white, of 1,393
models, 62 views each, with the elevation E and the azimuth A in whole degrees. Here they are 64x64 gray images of the
central 360x360 pixels. Neither tar file nor folder is changed: what was read is kept in the user's cache
(`meshes.cached`). Loaded through `chairs.load` and `chairs.arrays`.
"""

import concurrent.futures
import hashlib
import os
import re
import tarfile
from pathlib import Path

import keras
import numpy as np

from infogan_keras import _decoding
from infogan_keras.datasets.rendered import meshes

IMAGE_SHAPE = (64, 64, 1)
BORDER = 0.2
TEST_EVERY = 10
_NAME = "rendered_chairs"
_VIEW = re.compile(r"([0-9a-f]{32})/renders/image_\d+_p(\d+)_t(\d+)_r\d+\.png$")
_CHUNK = 256


def find(data_dir):
    """The set's tar file or unpacked folder, which `data_dir` is or holds, or None.

    Raises:
        FileNotFoundError: for a `data_dir` that does not exist.
    """
    place = Path(data_dir)
    if not place.exists():
        raise FileNotFoundError(f"There is no folder {place}.")
    if place.is_file() or place.name == _NAME:
        return place
    return next((found for found in (place / f"{_NAME}.tar", place / _NAME) if found.exists()), None)


def arrays(place, split="train", size=None):
    """Images (n, 64, 64, 1) uint8 and the factors, `{name: (n,)}`: model (int64), azimuth and elevation (float32).

    Args:
        place: what `find` gives.
        split: "test" has the first of the models, in the order of their ids, and every tenth after it, "train" the
            others.
        size: a number of images, drawn from all views of the split; None for all.

    Raises:
        ValueError: for a tar file or an image that is damaged, another layout, or more images than there are.
    """
    place = Path(place)
    if place.is_dir():
        paths = sorted(place.glob("*/renders/*.png"))
        if unreadable := [path for path in paths if not path.is_file()]:
            raise ValueError(f"{unreadable[0]} is not a file, or a link to nothing. Get it again.")
        names = [path.relative_to(place).as_posix() for path in paths]
        files = {"names_sha256": hashlib.sha256("\n".join(names).encode()).hexdigest()}
    else:
        # A checksum of these gigabytes would take as long as reading them.
        files = {"bytes": place.stat().st_size, "modified": place.stat().st_mtime_ns}
    parameters = {
        "name": _NAME,
        "split": split,
        "size": size,
        "files": files,
        "image_shape": IMAGE_SHAPE,
        "border": BORDER,
        "test_every": TEST_EVERY,
        "source": "Aubry, Maturana, Efros, Russell, Sivic: Seeing 3D Chairs, CVPR 2014",
    }

    def make():
        if place.is_dir():
            return _read_views(place, split, size, names, lambda name: (place / name).read_bytes())
        try:
            with tarfile.open(place, "r:") as tar:
                members = {member.name: member for member in tar}
                _check_end(place, tar.offset)
                return _read_views(place, split, size, members, lambda name: _extract(tar, members[name]))
        except (tarfile.TarError, EOFError) as error:
            raise ValueError(f"{place} is not a tar file, or damaged or truncated ({error}). Get it again.") from None

    factors = meshes.cached(f"{_NAME}-{split}", parameters, make)
    return factors.pop("images"), factors


def _check_end(tar, offset):
    """Raises ValueError unless only zeros follow: the module tarfile takes a damaged header for the end."""
    with tar.open("rb") as file:
        file.seek(offset)
        blocks = 0
        while block := file.read(512):
            if block != bytes(512):
                raise ValueError(f"{tar} is damaged at byte {offset + 512 * blocks:,}. Get it again.")
            blocks += 1
    if not blocks:
        raise ValueError(f"{tar} is truncated. Get it again.")


def _extract(tar, member):
    # A link may lead to nothing or in circles, and a device never ends.
    if not member.isreg():
        raise ValueError(f"{tar.name} holds {member.name} as a link or device: expected a file. Get it again.")
    return tar.extractfile(member).read()


def _read_views(place, split, size, names, read):
    """Images and factors of those of the files that are views of the split, in the order of the names."""
    views = [match for name in names if (match := _VIEW.search(name))]
    models = {name: index for index, name in enumerate(sorted({view[1] for view in views}))}
    views = [view for view in views if (models[view[1]] % TEST_EVERY == 0) == (split == "test")]
    if not views:
        raise ValueError(
            f"{place} has no images for split={split!r}: expected {_NAME}/<32 hexadecimal digits>/renders/"
            "image_001_p020_t011_r096.png and so on, of at least two models."
        )
    if size is not None:
        if size > len(views):
            raise ValueError(f"size={size}: expected at most {len(views)}, which split={split!r} of {place} has.")
        chosen = np.sort(np.random.default_rng(0).permutation(len(views))[:size])
        views = [views[index] for index in chosen]
    pixels = np.empty((len(views), *IMAGE_SHAPE), np.uint8)
    bar = keras.utils.Progbar(len(views), unit_name="image")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(views), _CHUNK):
            names = [view.string for view in views[start : start + _CHUNK]]
            results = list(pool.map(_decode, names, [read(name) for name in names]))
            pixels[start : start + len(results)] = results
            bar.add(len(results))
    return {
        "images": pixels,
        "model": np.array([models[view[1]] for view in views]),
        "azimuth": np.array([view[3] for view in views], np.float32),
        "elevation": np.array([view[2] for view in views], np.float32),
    }


def _decode(name, content):
    try:
        pixels = _decoding.decode_bytes(content).pixels
    except ValueError as error:
        raise ValueError(f"{name} cannot be read as an image ({error}). Get it again.") from None
    top, left = (int(BORDER * side) for side in pixels.shape[:2])
    middle = pixels[top : len(pixels) - top, left : pixels.shape[1] - left]
    return _decoding.fit(middle[np.newaxis], IMAGE_SHAPE)[0]
