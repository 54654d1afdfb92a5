"""A model's signatures, and the SavedModel that holds them with one copy of the weights.

    generate        seed (int64), and each code: a categorical as its id (int64), others as floats → images
    generate_png    the same → png_bytes
    from_latents    noise and codes in full, categoricals one-hot → images
    encode          images → <code>_probabilities and <code>_id, or <code>_mean and <code>_std
    encode_bytes    image_bytes, PNG or JPEG of up to 4 megapixels, read as training reads files → the same

All are pure and row-wise: every input and output has one row per request, so that a server can merge the requests of
several users. Images are in [0, 1] whatever the network's own range. Each answer has `valid`, a bool per row: a row
with an id out of range, NaN or bytes that are no picture is answered by zeros (JSON has no NaN), leaves its neighbours
alone and does not go through the network. A wrong rank or shape fails the whole request, and those that the server
merged with it.

Where real images were at hand at the export, the answers of encode and encode_bytes have `typical`, a float per row:
how many standard deviations an image's brightness, or D's logit of it, is from the real images' mean, whichever is
farther. Near 0 is like them; above 4 is unusual, and what Q reads there means little (black on white, for a model that
saw white on black).
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _decoding
from infogan_keras._files import atomic_folder, local_path
from infogan_keras.models import _metadata

STORAGES = ("float32", "float16")
SIGNATURES = ("generate", "generate_png", "from_latents", "encode", "encode_bytes")
ROUNDING = 1e-4
# Of brightness in [0, 1], and of logits: images that are all alike shall not make each other unusual.
SMALLEST_STD = {"brightness": 0.01, "logit": 0.1}


def write_saved_model(
    model: keras.Model,
    path: str | Path,
    signatures: Sequence[str] | None = None,
    storage: str = "float32",
    examples: np.ndarray | None = None,
) -> None:
    """Writes signatures of a model as a SavedModel at `path`, a folder that does not exist yet.

    Beside the graph there are `latents.json`, for clients, and `model.json`, from which `load_model` makes the Keras
    model again (except for networks with layers that have no config). Of an averaged generator the average is what is
    written, and what a model that is loaded again starts from.

    Args:
        model: a `GAN` or `InfoGAN`.
        path: the folder.
        signatures: names; the first is `serving_default` too. None for all that the model has: one without codes does
            not encode. Some converters read `serving_default` only, and know no random numbers or image formats: give
            them `["from_latents"]` or `["encode"]`.
        storage: "float32", or "float16" for files of half the size. Computation is the network's own in both.
        examples: some real images, (n, height, width, channels) in the model's `image_range`, for `typical`; None for
            those that `fit` kept, if it did.

    Raises:
        FileExistsError: for a path that exists.
        ValueError: for an unknown signature or storage, weights that are not finite, examples that do not fit, or an
            address (`gs://...`) as the path.
    """
    folder = local_path(path)
    if folder.exists():
        raise FileExistsError(f"{folder} exists: nothing is overwritten.")
    require_exportable(model, storage, examples)
    known = [name for name in SIGNATURES if model.latents.codes or not name.startswith("encode")]
    signatures = list(known if signatures is None else signatures)
    if not signatures or set(signatures) - set(known):
        raise ValueError(f"signatures={signatures!r}: this model has {', '.join(known)}.")
    statistics = _metadata.image_statistics(model, model.examples if examples is None else examples)
    module = tf.Module()
    weights: dict = {}
    functions = _functions(model, storage, statistics, module, weights)
    concrete = {name: _traced(*functions[name]) for name in signatures}
    with atomic_folder(folder) as temporary:
        tf.saved_model.save(module, str(temporary), {"serving_default": concrete[signatures[0]], **concrete})
        _metadata.write_latents(model, temporary, statistics)
        _metadata.write_model(model, temporary, weights)


def require_exportable(model: keras.Model, storage: str, examples: np.ndarray | None) -> None:
    """Raises ValueError for what `write_saved_model` refuses, before anything is written."""
    require_storage(storage)
    if model.image_shape[2] not in (1, 3):
        raise ValueError(f"The model makes images of {model.image_shape[2]} channels: exports have 1 or 3.")
    require_finite(model)
    _metadata.require_examples(model, examples)


def require_storage(storage: str) -> None:
    """Raises ValueError for an unknown storage of weights."""
    if storage not in STORAGES:
        raise ValueError(f"storage={storage!r}: expected one of {', '.join(STORAGES)}.")


def require_finite(model: keras.Model) -> None:
    """Raises ValueError for weights of the exported networks that are NaN or infinite."""
    for network in (model.sampling_generator, model.encoding_discriminator):
        for weight in network.weights:
            if not np.isfinite(keras.ops.convert_to_numpy(weight)).all():
                raise ValueError(
                    f"The {network.name}'s weight {weight.path} has values that are not finite: nothing was exported. "
                    "Export a checkpoint from before training diverged."
                )


def _functions(model, storage, statistics, module, weights):
    """`{signature: (function, its inputs' specs)}`.

    The networks' weights become variables of `module`, and their names, in the same order, items of `weights`.
    """
    latents, shape, (low, high) = model.latents, model.image_shape, model.image_range
    generator, module.generator, weights["generator"] = _stored(model.sampling_generator, storage)
    discriminator, module.discriminator, weights["discriminator"] = _stored(model.encoding_discriminator, storage)

    def make(vectors):
        return {"images": (generator(vectors) - low) / (high - low)}

    def read(images):
        outputs = latents.split(discriminator(images * (high - low) + low))
        answer = model.activate_posteriors(outputs)
        if statistics is not None:
            answer["typical"] = _distance(images, outputs["logits"], statistics)
        return answer

    def draw(values, valid):
        images = _of_valid_rows(make, latents.join(values), valid)["images"]
        # Numbers that are finite and huge may overflow on the way.
        return _answer({"images": images}, valid & _all_finite(images))

    def generate(seed, **inputs):
        values, valid = latents.sample_each(seed), tf.ones_like(seed, tf.bool)
        for name, value in inputs.items():
            values[name], good = latents.codes[name].parse_request(value)
            valid &= good
        return draw(values, valid)

    def generate_png(**inputs):
        answer = generate(**inputs)
        pixels = tf.cast(tf.clip_by_value(answer["images"], 0, 1) * 255 + 0.5, tf.uint8)
        return {"png_bytes": tf.where(answer["valid"], tf.io.encode_png(pixels), ""), "valid": answer["valid"]}

    def from_latents(**values):
        valid = tf.reduce_all(tf.stack([_all_finite(value) for value in values.values()]), 0)
        return draw(values, valid)

    def encode(images):
        in_range = tf.logical_and(images >= -ROUNDING, images <= 1 + ROUNDING)
        return read_valid(images, tf.reduce_all(in_range, [1, 2, 3]))

    def encode_bytes(image_bytes):
        return read_valid(*_decoded(image_bytes, shape))

    def read_valid(images, valid):
        return {**_of_valid_rows(read, images, valid), "valid": valid}

    seed = {"seed": tf.TensorSpec([None], tf.int64, "seed")}
    given = seed | {name: code.request_spec(name) for name, code in latents.codes.items()}
    full = {name: tf.TensorSpec([None, part.size], tf.float32, name) for name, part in latents.parts.items()}
    return {
        "generate": (generate, given),
        "generate_png": (generate_png, given),
        "from_latents": (from_latents, full),
        "encode": (encode, {"images": tf.TensorSpec([None, *shape], tf.float32, "images")}),
        "encode_bytes": (encode_bytes, {"image_bytes": tf.TensorSpec([None], tf.string, "image_bytes")}),
    }


def _stored(network, storage):
    """The network in inference as a function of its inputs, the variables that it reads, and their names."""

    def variable(weight):
        # Vectors are small, and moving variances may leave float16's range.
        dtype = storage if len(weight.shape) > 1 else weight.dtype
        return tf.Variable(tf.cast(weight.value, dtype), trainable=False), weight.dtype

    trainable = [variable(weight) for weight in network.trainable_variables]
    others = [variable(weight) for weight in network.non_trainable_variables]

    def call(inputs):
        weights = [[tf.cast(stored, dtype) for stored, dtype in group] for group in (trainable, others)]
        # Convolutions refuse batches of no rows.
        rows = tf.shape(inputs)[0]
        inputs = tf.pad(inputs, [[0, tf.maximum(1 - rows, 0)], *[[0, 0]] * (inputs.shape.rank - 1)])
        outputs, _ = network.stateless_call(*weights, inputs, training=False)
        return tf.nest.map_structure(lambda values: values[:rows], outputs)

    named = {id(weight): name for name, weight in _metadata.named_variables(network).items()}
    names = [named[id(weight)] for weight in (*network.trainable_variables, *network.non_trainable_variables)]
    return call, [stored for stored, _ in (*trainable, *others)], names


def _traced(function, specs):
    """The concrete function of a signature, which checks the shapes that a server does not."""

    def checked(**inputs):
        inputs = {name: tf.ensure_shape(value, specs[name].shape, name) for name, value in inputs.items()}
        rows = [tf.shape(value)[0] for value in inputs.values()]
        same = [tf.debugging.assert_equal(n, rows[0], "the inputs have different numbers of rows") for n in rows[1:]]
        with tf.control_dependencies(same):
            return function(**{name: tf.identity(value) for name, value in inputs.items()})

    return tf.function(checked, autograph=False).get_concrete_function(**specs)


def _answer(outputs, valid):
    return {**{name: _or_zeros(value, valid) for name, value in outputs.items()}, "valid": valid}


def _or_zeros(values, valid):
    """Rows that are not valid as zeros."""
    valid = tf.reshape(valid, [-1] + [1] * (values.shape.rank - 1))
    return tf.where(valid, values, tf.zeros_like(values))


def _of_valid_rows(function, values, valid):
    """The function's outputs by name of the rows that are valid, and zeros for the others, which it does not see."""
    places = tf.where(valid)
    outputs = function(tf.gather(values, places[:, 0]))
    rows = tf.shape(valid, tf.int64)
    return {
        name: tf.scatter_nd(places, output, tf.concat([rows, tf.shape(output, tf.int64)[1:]], 0))
        for name, output in outputs.items()
    }


def _distance(images, logits, statistics):
    """Standard deviations from real images' brightness or logit, whichever are more, (rows,) float32."""
    values = {"brightness": tf.reduce_mean(images, [1, 2, 3]), "logit": tf.cast(logits[:, 0], tf.float32)}
    scores = [
        tf.abs(value - statistics[name]["mean"]) / max(statistics[name]["std"], SMALLEST_STD[name])
        for name, value in values.items()
    ]
    return tf.reduce_max(tf.stack(scores), 0)


def _all_finite(values):
    return tf.reduce_all(tf.math.is_finite(values), list(range(1, values.shape.rank)))


def _decoded(files, image_shape):
    """Images (rows, *image_shape) in [0, 1], zeros where the file is no picture, and which rows (rows,) have one.

    Decoders raise an error for bytes that are no picture, and a graph cannot catch it; a dataset can leave out the
    elements that raise one.
    """
    rows = tf.size(files, tf.int64)
    decoded = (
        tf.data.Dataset.range(rows)
        .map(lambda row: (row, _decode(files[row], image_shape)), num_parallel_calls=tf.data.AUTOTUNE)
        .ignore_errors()
    )
    # One row more, because a batch of none is no element.
    extra = tf.data.Dataset.from_tensors((rows, tf.zeros(image_shape)))
    options = tf.data.Options()
    options.autotune.enabled = False
    batch = decoded.concatenate(extra).batch(rows + 1).with_options(options)
    places, images = batch.get_single_element()
    images = tf.scatter_nd(places[:, tf.newaxis], images, [rows + 1, *image_shape])
    valid = tf.scatter_nd(places[:, tf.newaxis], tf.ones_like(places), [rows + 1]) > 0
    return images[:rows], valid[:rows]


def _decode(file, image_shape):
    """One PNG or JPEG as an image of the network's size in [0, 1]; an error for other bytes, or too many pixels."""
    pixels, _ = _decoding.decode(file, _decoding.LARGEST_PICTURE)
    return tf.cast(_decoding.fit(pixels[tf.newaxis], image_shape)[0], tf.float32) / 255
