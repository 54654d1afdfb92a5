"""Versions of a servable: folders named 1, 2, ... beside each other, of which a server loads the largest."""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_folder, local_path
from infogan_keras._model_paths import versions
from infogan_keras.export import card, serving
from infogan_keras.models._signatures import require_exportable, write_saved_model


def export_saved_model(
    model: keras.Model,
    directory: str | Path,
    version: int | None = None,
    storage: str = "float32",
    metadata: Mapping | None = None,
    examples: np.ndarray | None = None,
) -> Path:
    """Writes `directory/<version>/`, a SavedModel for TensorFlow Serving, with its card.

    It is written beside its place and renamed, so a server that polls the folder never sees half a model. It holds the
    SavedModel with its signatures (`write_saved_model`), warm-up requests, `models.config` and `batching.config` for
    the server, `card.md` and `traversals.png` for people, `latents.json` for programs, and what `load_model(directory)`
    needs to open it as a Keras model again.

    Args:
        model: a trained `GAN` or `InfoGAN`.
        directory: the model's folder, whose name is the model's name; versions are the integers in it.
        version: an integer; None for the largest there plus one.
        storage: "float32", or "float16" for files of half the size.
        metadata: `{name: text or number}` of the run for the card: data, licence, errors.
        examples: some hundred real images, (n, height, width, channels) in the model's `image_range`. The card and
            `latents.json` then say what the model expects, and encoding answers how `typical` an image is. None for
            those that `fit` kept (`model.examples`), if it did.

    Returns:
        The `pathlib.Path` of the new version.

    Raises:
        FileExistsError: for a version that exists; nothing is overwritten.
        ValueError: for a version that is not a positive integer, a folder's name that a server's configuration cannot
            hold, an unknown storage, weights that are not finite, examples that do not fit, metadata that is not a
            dict, or an address (`gs://...`) as the folder. Nothing is written then.
    """
    folder = local_path(directory)
    name = folder.resolve().name
    serving.require_name(name)
    earlier = versions(folder)
    version = max(earlier, default=0) + 1 if version is None else positive_int("version", version)
    require_metadata(metadata)
    path = folder / str(version)
    if version in earlier:
        raise FileExistsError(f"{earlier[version]} exists. Leave version unset for the next free one.")
    require_exportable(model, storage, examples)
    with atomic_folder(path) as temporary:
        write_saved_model(model, temporary, storage=storage, examples=examples)
        serving.write_warm_up(model, temporary, name)
        serving.write_configuration(temporary, name, version, earlier)
        card.write_card(model, temporary, name, version, storage, metadata or {})
    return path


def require_metadata(metadata: Mapping | None) -> None:
    """Raises ValueError for metadata that is not a dict, or None."""
    if not isinstance(metadata, Mapping | None):
        raise ValueError(f"metadata={metadata!r}: expected a dict of names and texts.")


def delete_version(directory: str | Path, version: int) -> None:
    """Deletes a version; a server that polls the folder never sees a part of it."""
    directory = Path(directory)
    leaving = directory / f".deleting-{version}-{secrets.token_hex(4)}"
    (directory / str(version)).rename(leaving)
    shutil.rmtree(leaving)
