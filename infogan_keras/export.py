"""A trained model as a SavedModel with named signatures, for TensorFlow Serving and other programs.

All signatures are row-wise: every input and output has one row per request, so that a server can merge requests.
Images are in [0, 1] whatever the network's own range.

    generate (serving_default)  seed (int64), and each code: a categorical as its id (int64), others as floats
                                → images
    from_latents                noise and codes in full, categoricals one-hot → images
    encode                      images → <code>_probabilities and <code>_id, or <code>_mean and <code>_std; where
                                there are codes
"""

import shutil
from pathlib import Path

import keras
import tensorflow as tf

from infogan_keras.distributions import Categorical


def export_saved_model(model, directory, version=None):
    """Writes `directory/<version>/`, a SavedModel for TensorFlow Serving.

    It is written beside its place and renamed, so a server that polls the folder never sees half a model.

    Args:
        model: a trained `GAN` or `InfoGAN`.
        directory: the model's folder; versions are the integers in it.
        version: an integer; None for the largest there plus one.

    Returns:
        The `pathlib.Path` of the new version.

    Raises:
        FileExistsError: for a version that exists; nothing is overwritten.
        ValueError: for a version that is not a positive integer.
    """
    directory = Path(directory)
    if version is None:
        taken = [int(p.name) for p in directory.glob("*") if p.name.isdigit()]
        version = max(taken, default=0) + 1
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(f"version={version!r}: expected a positive integer.")
    path = directory / str(version)
    if path.exists():
        raise FileExistsError(f"{path} exists. Leave version unset for the next free one.")
    temporary = directory / f".writing-{version}"
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        write_saved_model(model, temporary)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path


def write_saved_model(model, path):
    """Writes a model's signatures as a SavedModel at `path`, a folder that does not exist yet."""
    latents = model.latents
    low, high = model.image_range

    def images(values):
        vectors = latents.join(values)
        return {"images": (model.generator(vectors, training=False) - low) / (high - low)}

    def generate(**inputs):
        values = latents.sample_each(inputs.pop("seed"))
        for name, value in inputs.items():
            code = latents.codes[name]
            values[name] = tf.one_hot(value, code.categories) if isinstance(code, Categorical) else value
        return images(values)

    def from_latents(**values):
        return images(values)

    def encode(images):
        outputs = model.discriminator(images * (high - low) + low, training=False)
        return model.activate_posteriors(outputs)

    archive = keras.export.ExportArchive()
    archive.track(model.generator)
    archive.track(model.discriminator)
    given = {name: _code_signature(name, code) for name, code in latents.codes.items()}
    seed = {"seed": tf.TensorSpec([None], tf.int64, "seed")}
    full = {name: tf.TensorSpec([None, part.size], tf.float32, name) for name, part in latents.parts.items()}
    pictures = {"images": tf.TensorSpec([None, *model.image_shape], tf.float32, "images")}
    signatures = [(generate, given | seed), (from_latents, full)]
    if latents.codes:
        signatures.append((encode, pictures))
    for function, inputs in signatures:
        traced = tf.function(function, autograph=False)
        traced.get_concrete_function(**inputs)
        archive.add_endpoint(function.__name__, traced)
    archive.write_out(str(path), verbose=False)


def _code_signature(name, code):
    if isinstance(code, Categorical):
        return tf.TensorSpec([None], tf.int64, name)
    return tf.TensorSpec([None, code.size], tf.float32, name)
