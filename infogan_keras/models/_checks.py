"""What a model asks of its networks, optimizers and callbacks, before anything is computed."""

import numbers

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _replicas
from infogan_keras.models import _data
from infogan_keras.views import RandomAffine


def require_networks(generator, discriminator, latents):
    """Raises ValueError for networks that do not fit each other or the latents, or whose outputs are too coarse."""
    if generator.input_shape != (None, latents.size):
        raise ValueError(
            f"The generator takes {generator.input_shape}, and the latents make vectors of {latents.size} numbers: "
            "build it for this LatentSpec."
        )
    if generator.output_shape != discriminator.input_shape:
        raise ValueError(
            f"The generator makes {generator.output_shape}, and the discriminator takes {discriminator.input_shape}."
        )
    expected = {"logits": (None, 1), **{name: (None, code.posterior_size) for name, code in latents.codes.items()}}
    outputs = discriminator.compute_output_shape(discriminator.input_shape)
    if outputs != expected:
        raise ValueError(f"The discriminator's outputs are {outputs}: expected {expected}.")
    for network in (generator, discriminator):
        narrow = {output.dtype for output in network.outputs} - {"float32", "float64"}
        if narrow:
            raise ValueError(
                f"The {network.name}'s outputs are {', '.join(sorted(narrow))}, in which images and losses lose their "
                "digits: give its last layers dtype='float32'."
            )
        if network.losses or any(getattr(layer, "activity_regularizer", None) for layer in network.layers):
            raise ValueError(
                f"The {network.name}'s layers have losses of their own (regularizers), which its step would leave out: "
                "add them in d_objective or g_objective of a subclass, or leave them out."
            )


def require_augmentation(augmentation, image_shape, image_range):
    """Builds an augmentation; ValueError for one that has weights, changes shape or range, or fills with gray."""
    for layer in getattr(augmentation, "layers", [augmentation]):
        if isinstance(layer, RandomAffine) and layer.fill != image_range[0]:
            raise ValueError(
                f"RandomAffine(fill={layer.fill:g}): expected {image_range[0]:g}, the lowest value of the images."
            )
    augmentation.build((None, *image_shape))
    if any(variable.shape != (2,) for variable in augmentation.variables):
        raise ValueError("The augmentation has weights: expected layers that have none, and draw at random.")
    shape = augmentation.compute_output_shape((None, *image_shape))
    if shape != (None, *image_shape):
        raise ValueError(f"The augmentation makes images of the shape {shape[1:]}: expected {tuple(image_shape)}.")
    extremes = np.random.default_rng(0).choice(np.float32(image_range), (64, *image_shape))
    states = [variable.value for variable in augmentation.non_trainable_variables]
    views, _ = augmentation.stateless_call([], states, extremes, training=True)
    low, high = image_range
    _data.require_range(
        np.asarray(views), image_range, f"These are the augmentation's: expected {low:g} to {high:g} (value_range)."
    )


def require_range(generator, image_range):
    """Raises ValueError for a range that is none, or that is not the one of the generator's last activation."""
    if len(image_range) != 2 or not image_range[0] < image_range[1]:
        raise ValueError(f"image_range={image_range!r}: expected (lowest, highest).")
    activation = getattr(generator.layers[-1], "activation", None)
    expected = {keras.activations.sigmoid: (0, 1), keras.activations.tanh: (-1, 1)}.get(activation)
    if expected is not None and tuple(image_range) != expected:
        raise ValueError(
            f"image_range={image_range!r}, and the generator ends in a {activation.__name__}: expected {expected}, and "
            "data in that range."
        )


def require_momentum(momentum):
    """Raises ValueError for a momentum that is none."""
    if momentum is None:
        return
    if isinstance(momentum, bool) or not isinstance(momentum, numbers.Real) or not 0 <= momentum < 1:
        raise ValueError(f"ema_momentum={momentum!r}: expected None, or a number from 0 to below 1, such as 0.999.")


def require_strategy(model, optimizers, options):
    """Raises ValueError for parts made in different scopes, or for what Keras cannot do with several replicas.

    Args:
        model: the model, in `compile`.
        optimizers: what it is compiled with.
        options: `run_eagerly`, `steps_per_execution` and `jit_compile`, by name.
    """
    strategy = tf.distribute.get_strategy()
    made = [*model.variables, *(variable for optimizer in optimizers for variable in optimizer.variables)]
    inside = all(strategy.extended.variable_created_in_scope(variable.value) for variable in made)
    if strategy is not model.distribute_strategy or not inside:
        raise ValueError("Build the networks, the model and the optimizers, and compile, in one strategy.scope().")
    if _replicas.num_replicas() == 1:
        return
    if options["run_eagerly"] or options["steps_per_execution"] != 1 or options["jit_compile"] is True:
        raise ValueError(
            f"{options} under a strategy of {_replicas.num_replicas()} replicas: Keras can do none of them there "
            "(keras#19246). Leave them out."
        )
    for optimizer in optimizers:
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        for name in ("clipnorm", "global_clipnorm", "clipvalue", "gradient_accumulation_steps"):
            if getattr(inner, name) is not None:
                raise ValueError(
                    f"{name}={getattr(inner, name)} under a strategy of {_replicas.num_replicas()} replicas: Keras "
                    "does it to each replica's gradients, before they are summed. Leave it out."
                )


def require_two_optimizers(callbacks):
    """Raises ValueError for Keras' callbacks that work on `model.optimizer`, which a GAN does not have."""
    single = {
        keras.callbacks.LearningRateScheduler: "Give each optimizer a keras.optimizers.schedules.LearningRateSchedule.",
        keras.callbacks.ReduceLROnPlateau: "Give each optimizer a keras.optimizers.schedules.LearningRateSchedule.",
        keras.callbacks.SwapEMAWeights: "Call finalize_variable_values of the optimizer whose averages you want.",
    }
    inner = callbacks.callbacks if isinstance(callbacks, keras.callbacks.CallbackList) else callbacks
    for callback in keras.tree.flatten(inner or []):
        for kind, instead in single.items():
            if isinstance(callback, kind):
                raise ValueError(f"{kind.__name__} works on one optimizer, and a GAN has two. {instead}")
