"""Networks in a training step."""

import keras
import tensorflow as tf

from infogan_keras import _random, _replicas


def run_training(network, inputs, seed, *, record):
    """A network's outputs in training.

    Args:
        network: a Keras model.
        inputs: of it.
        seed: a function that gives (2,) integers, for layers that draw (noise, dropout): Keras' own states of them are
            in no checkpoint.
        record: whether to move the averages of batch normalization.
    """
    variables = network.non_trainable_variables
    draws = [variable.name == "seed_generator_state" for variable in variables]
    states = [variable.value for variable in variables]
    if any(draws):
        seed = _random.fold_in(seed(), tf.distribute.get_replica_context().replica_id_in_sync_group)
        states = [
            tf.cast(tf.abs(_random.fold_in(seed, number)), state.dtype) if draw else state
            for number, (state, draw) in enumerate(zip(states, draws, strict=True))
        ]
    weights = [variable.value for variable in network.trainable_variables]
    outputs, states = network.stateless_call(weights, states, inputs, training=True)
    if record:
        for variable, state, draw in zip(variables, states, draws, strict=True):
            if not draw:
                variable.assign(state)
    return outputs


def with_loss_scales(optimizers, *networks):
    """The optimizers, wrapped where the networks compute in float16, whose small gradients vanish."""
    if all(layer.compute_dtype != "float16" for network in networks for layer in network.layers):
        return optimizers
    scaled = keras.optimizers.LossScaleOptimizer
    return [optimizer if isinstance(optimizer, scaled) else scaled(optimizer) for optimizer in optimizers]


def scaled_loss(loss, optimizer):
    """The loss whose gradients an optimizer sums over the replicas, each of which has computed all of it."""
    return optimizer.scale_loss(loss / _replicas.num_replicas())
