"""Versions of a servable: folders named 1, 2, ... beside each other, of which a server loads the largest."""

import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_folder, local_path
from infogan_keras.export import card, serving
from infogan_keras.models._signatures import write_saved_model


def export_saved_model(model, directory, version=None, storage="float32", facts=None):
    """Writes `directory/<version>/`, a SavedModel for TensorFlow Serving, with its card.

    It is written beside its place and renamed, so a server that polls the folder never sees half a model. Besides the
    SavedModel (see `signatures.py`) it holds warm-up requests, `models.config` and `batching.config` for the server,
    and `card.md`, `latents.json` and `traversals.png` for people.

    Args:
        model: a trained `GAN` or `InfoGAN`.
        directory: the model's folder, whose name is the model's name; versions are the integers in it.
        version: an integer; None for the largest there plus one.
        storage: "float32", or "float16" for files of half the size.
        facts: `{name: text or number}` of the run for the card: data, licence, errors.

    Returns:
        The `pathlib.Path` of the new version.

    Raises:
        FileExistsError: for a version that exists; nothing is overwritten.
        ValueError: for a version that is not a positive integer, an unknown storage, facts that are no dict, or an
            address (`gs://...`) as the folder.
    """
    directory = local_path(directory)
    earlier = versions(directory)
    version = max(earlier, default=0) + 1 if version is None else positive_int("version", version)
    require_facts(facts)
    path = directory / str(version)
    if version in earlier:
        raise FileExistsError(f"{earlier[version]} exists. Leave version unset for the next free one.")
    name = directory.resolve().name
    with atomic_folder(path) as temporary:
        write_saved_model(model, temporary, storage=storage)
        serving.write_warm_up(model, temporary, name)
        serving.write_configuration(temporary, name, version, earlier)
        card.write_card(model, temporary, name, version, storage, facts or {})
    return path


def require_facts(facts):
    """Raises ValueError for facts that are no dict; None is none."""
    if not isinstance(facts, Mapping | None):
        raise ValueError(f"facts={facts!r}: expected a dict of names and texts.")


def versions(directory):
    """The versions in a model's folder, `{number: path}` in order; 00000007 is 7, as for the server."""
    folders = (path for path in Path(directory).glob("*") if re.fullmatch("[0-9]+", path.name) and path.is_dir())
    return dict(sorted((int(path.name), path) for path in folders))


def delete_version(directory, version):
    """Deletes a version; a server that polls the folder never sees a part of it."""
    directory = Path(directory)
    leaving = directory / f".deleting-{version}-{secrets.token_hex(4)}"
    (directory / str(version)).rename(leaving)
    shutil.rmtree(leaving)
