"""Pictures below a folder: which files they are, and their pixels."""

import concurrent.futures
import os
import warnings
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from infogan_keras import _decoding

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
LISTED = 20


def find_files(folder: str | Path) -> list[Path]:
    """The picture files below a folder, in the order of their paths.

    Linked subfolders are followed, each folder once. Hidden files and folders (`.Trash`, `.ipynb_checkpoints`),
    `__MACOSX`, and what this package has written (runs and exported models) are left out.

    Raises:
        FileNotFoundError: for a folder that does not exist.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder}.")
    paths, visited = [], set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited or _is_of_a_model(folders, files):
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        paths += [
            Path(parent, name) for name in files if not _is_hidden(name) and Path(name).suffix.lower() in SUFFIXES
        ]
    return sorted(paths)


def _require_files(folder):
    paths = find_files(folder)
    if not paths:
        raise ValueError(f"{folder} holds no images: expected files that end in {', '.join(SUFFIXES)}.")
    return paths


def _is_of_a_model(folders, files):
    """Whether a folder with these entries is a run's, or a version of a servable: its pictures are no data."""
    return ("config.json" in files and "checkpoints" in folders) or "saved_model.pb" in files


def _is_hidden(name):
    return name.startswith(".") or name == "__MACOSX"


def read_folder(
    folder: str | os.PathLike, image_shape: tuple[int, int, int], skip_unreadable: bool = False
) -> np.ndarray:
    """Every picture below a folder, (n, *image_shape) uint8. Arguments and errors as in `images.load`."""
    paths = _require_files(folder)
    pixels, modes, unreadable = np.empty((len(paths), *image_shape), np.uint8), set(), []
    whites: dict[int, Path] = {}
    bar = keras.utils.Progbar(len(paths), unit_name="image") if len(paths) > 500 else None

    def read(path):
        try:
            picture = _decoding.decode_bytes(_content(path))
        except (OSError, ValueError) as error:
            return error, None
        return picture, _decoding.fit(picture.pixels[np.newaxis], image_shape)[0].numpy()

    count = 0
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for index, (path, (picture, fitted)) in enumerate(zip(paths, pool.map(read, paths), strict=True)):
            if fitted is not None:
                pixels[count] = fitted
                count += 1
                modes.add(picture.mode)
                whites.setdefault(picture.white, path)
            elif skip_unreadable:
                unreadable.append(f"{path} ({picture})")
            else:
                pool.shutdown(wait=False, cancel_futures=True)
                raise _unreadable(path, picture)
            if bar and (index % 100 == 99 or index + 1 == len(paths)):
                bar.update(index + 1)
    if unreadable:
        listed = "\n  ".join(unreadable[:LISTED] + ["..."] * (len(unreadable) > LISTED))
        warnings.warn(f"{len(unreadable)} of {len(paths)} images in {folder} are left out:\n  {listed}", stacklevel=3)
    _check_whites(whites, folder)
    other = modes - {"L", "1"} - ({"RGB"} if image_shape[2] == 3 else set())
    if other:
        kind = "gray" if image_shape[2] == 1 else "RGB"
        warnings.warn(f"Images of the modes {', '.join(sorted(other))} in {folder} were made {kind}.", stacklevel=3)
    return pixels[:count]


def count_channels(folder: str | Path, skip_unreadable: bool = False) -> int:
    """The channels that a network for a folder's images needs: 1 where all of them are gray, else 3.

    Raises:
        FileNotFoundError: for a folder that does not exist.
        ValueError: for a folder without images, or a file that is not one, unless `skip_unreadable`.
    """

    def is_gray(path):
        try:
            with Image.open(path) as image:
                return Image.getmodebase(image.mode) == "L"
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            if skip_unreadable:
                return True
            raise _unreadable(path, error) from None

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return 1 if all(pool.map(is_gray, _require_files(folder))) else 3


def _check_whites(whites, folder):
    """Warns of 16-bit files that hold fewer bits, and refuses those of which some do and some do not."""
    whites.pop(0, None)
    if len(whites) > 1:
        values = ", ".join(f"up to {white} in {path}" for white, path in sorted(whites.items()))
        raise ValueError(
            f"16-bit images in {folder} hold values of different ranges ({values}), so that nobody knows what is white "
            "in all of them. Convert them to 8 bits with one scale."
        )
    for white in set(whites) - {_decoding.WHITES[-1]}:
        warnings.warn(
            f"16-bit images in {folder} have values of at most {white}, which is taken for white, as a served model "
            "does. Convert them to 8 bits if it is not.",
            stacklevel=4,
        )


def _content(path):
    if not path.is_file():
        raise ValueError("it is not a file, or a link to nothing")
    return path.read_bytes()


def _unreadable(path, error):
    return ValueError(
        f"{path} cannot be read as an image ({error}). Remove it, get it again, or leave such files out with "
        "skip_unreadable=True (--skip-unreadable)."
    )
