"""A model back from what was written: by its name, from a run, a `.keras` file or a servable."""

import json
from pathlib import Path

import keras
import tensorflow as tf

from infogan_keras._model_paths import find, servable_folder
from infogan_keras.models import GAN
from infogan_keras.models._metadata import MODEL, named_variables


def load_model(source: str | Path, version: int | None = None) -> GAN:
    """Loads a model: the whole InfoGAN, to generate, encode, traverse, train further and export again.

    It opens what `model.save`, `model.export` and `export_saved_model` write. A servable holds no optimizers: call
    `compile(d_optimizer=..., g_optimizer=...)` before `fit`. Of averaged networks it holds the averages, from which
    training goes on; weights that were stored in float16 are float32 again, within float16's rounding.

    Args:
        source: the name of a model that comes with the package (`ig.export.shipped_models()`), a `.keras` file, the
            folder of a finished run, or a servable: its folder of versions, or one version.
        version: of a servable; None for the newest.

    Returns:
        An `InfoGAN`, `ACGAN` or `GAN`.

    Raises:
        FileNotFoundError: for a name or path that does not exist, or a folder without a model.
        ValueError: for a file that is damaged or holds something else, a servable from before version 0.2, which says
            nothing of its networks, or a version of something that is not a servable.

    Example:
        >>> import infogan_keras as ig
        >>> model = ig.load_model("mnist")
        >>> model.generate(16, digit=7).shape
        (16, 28, 28, 1)
    """
    path = find(source)
    if path.is_dir() and (path / "model.keras").is_file():
        path /= "model.keras"
    elif path.is_dir() and (path / "checkpoints").is_dir():
        raise FileNotFoundError(f"The run {path} has not finished: ig.runs.resume({str(path)!r}).model is its model.")
    if path.is_dir():
        return _from_servable(servable_folder(path, version))
    if version is not None:
        raise ValueError(f"version={version!r} of {path}: only a servable has versions.")
    try:
        model = keras.saving.load_model(path)
    except Exception as error:  # Damaged files raise errors of many kinds.
        raise _unreadable(path, error) from error
    if not isinstance(model, GAN):
        raise ValueError(f"{path} holds a {type(model).__name__}: expected an InfoGAN or a GAN.")
    return model


def _from_servable(folder):
    if not (folder / MODEL).is_file():
        raise ValueError(
            f"{folder} has no {MODEL}, which describes the networks: it was written before version 0.2, or has layers "
            "without a config. ig.load_servable uses it as it is; to load it as a model, export it again."
        )
    try:
        written = json.loads((folder / MODEL).read_text())
        model = keras.saving.deserialize_keras_object(written["model"])
        stored = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
        for network, names in written["weights"].items():
            _assign(getattr(model, network), names, network, stored)
        model.set_averages()
        model._updates.assign(written["updates"])
    except Exception as error:  # Damaged files raise errors of many kinds.
        raise _unreadable(folder, error) from error
    return model


def _assign(network, names, prefix, stored):
    """Gives a network's variables the values that the SavedModel's checkpoint holds, in the order of `names`."""
    variables = named_variables(network)
    for index, name in enumerate(names):
        value = stored.get_tensor(f"{prefix}/{index}/.ATTRIBUTES/VARIABLE_VALUE")
        variables[name].assign(tf.cast(value, variables[name].dtype))


def _unreadable(path, error):
    """The error for a damaged file, or one whose classes are not known; Keras quotes whole networks in its own."""
    reason = str(error).rpartition("Exception encountered: ")[2].partition(" Full object config")[0]
    return ValueError(f"{path} cannot be read as a model ({type(error).__name__}: {reason[:500]}).")
