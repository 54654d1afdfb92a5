"""Keras networks as LiteRT files: float32 activations, weights as 8-bit integers, a signature for each batch size."""

import tempfile

import keras
import tensorflow as tf

FOLLOWED_BY_BATCH_NORM = (keras.layers.Dense, keras.layers.Conv2D, keras.layers.Conv2DTranspose)


def to_litert(network, batch_sizes, before=None, after=None):
    """Converts a functional model for a runtime of fixed shapes.

    Weights of more than a thousand numbers are stored as 8-bit integers, one scale per output channel, and all
    signatures share them. Before, each batch normalization is folded into the layer it follows: its scales differ from
    channel to channel, and would be rounded with the weights of their neighbours.

    Args:
        network: a functional Keras model of one input (rows, ...).
        batch_sizes: for each of them, n, the file has a signature `rows_<n>`.
        before: applied to the input, tensors to tensors.
        after: applied to the output, to a tensor or a dict of tensors.

    Returns:
        The file, bytes. Signatures take `inputs` and answer with `after`'s dict, or `output`.

    Raises:
        ValueError: for a layer that LiteRT has no operation for; the message names it.
    """
    folded = fold_batch_norm(network)
    try:
        return _convert(folded, batch_sizes, before, after)
    except Exception as error:
        for layer in folded.layers:
            if not _is_convertible(layer):
                raise ValueError(
                    f"The page cannot run the layer {layer.name!r}, a {type(layer).__name__}, of the "
                    f"{network.name}: LiteRT has no operation for a part of it ({_first_line(error)})."
                ) from error
        raise ValueError(f"The page cannot run the {network.name}: {_first_line(error)}.") from error


def fold_batch_norm(network):
    """A float32 copy of a functional model, in which batch normalization is part of the layers that it follows.

    One that follows something else, or a layer whose output goes elsewhere too, stays.
    """
    folded = {norm.name: layer.name for layer, norm in _pairs(network)}

    def clone(layer):
        if layer.name in folded:
            return keras.layers.Identity(name=layer.name, dtype="float32")
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    copy = keras.models.clone_model(network, clone_function=clone)
    copy.name = network.name
    for layer in network.layers:
        if layer.weights and layer.name not in folded:
            copy.get_layer(layer.name).set_weights([weight.astype("float32") for weight in layer.get_weights()])
    for layer, norm in _pairs(network):
        _scale(copy.get_layer(layer.name), norm)
    return copy


def _pairs(network):
    """Each `(layer, batch normalization)` of which the first feeds the second and nothing else, linearly."""
    pairs = []
    for norm in network.layers:
        if not isinstance(norm, keras.layers.BatchNormalization) or norm.axis not in (-1, len(norm.output.shape) - 1):
            continue
        layer = norm.input._keras_history.operation
        if (
            isinstance(layer, FOLLOWED_BY_BATCH_NORM)
            and layer.activation is keras.activations.linear
            and layer.use_bias
            and len(layer._outbound_nodes) == len(layer._inbound_nodes) == len(norm._inbound_nodes) == 1
        ):
            pairs.append((layer, norm))
    return pairs


def _scale(layer, norm):
    """Gives `layer` the weights that make it compute itself and then `norm`."""
    kernel, bias = layer.get_weights()
    scale = 1 / (norm.moving_variance.numpy().astype("float64") + norm.epsilon) ** 0.5
    if norm.scale:
        scale *= norm.gamma.numpy()
    bias = (bias - norm.moving_mean.numpy()) * scale
    if norm.center:
        bias += norm.beta.numpy()
    # A transposed convolution's kernel is (height, width, outputs, inputs).
    along = scale[:, None] if isinstance(layer, keras.layers.Conv2DTranspose) else scale
    layer.set_weights([kernel * along, bias])


def _convert(network, batch_sizes, before=None, after=None):
    module = tf.Module()
    # Without them the file has no weights: a module does not see a Keras 3 model's.
    module.variables_of_network = [weight.value for weight in network.weights]

    def call(inputs):
        outputs = network(inputs if before is None else before(inputs), training=False)
        outputs = outputs if after is None else after(outputs)
        return outputs if isinstance(outputs, dict) else {"output": outputs}

    signatures = {}
    for rows in batch_sizes:
        spec = tf.TensorSpec([rows, *network.input_shape[1:]], tf.float32, "inputs")
        signatures[f"rows_{rows}"] = tf.function(call, autograph=False).get_concrete_function(inputs=spec)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(signatures))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return converter.convert()


def _is_convertible(layer):
    """Whether a layer alone can be converted."""
    if isinstance(layer, keras.layers.InputLayer) or isinstance(layer.input, list | tuple | dict):
        return True
    try:
        alone = keras.Input(layer.input.shape[1:])
        _convert(keras.Model(alone, layer(alone)), [1])
    except Exception:
        return False
    return True


def _first_line(error):
    return str(error).strip().partition("\n")[0][:300]
