"""What a model asks of its networks, optimizers and callbacks, before anything is computed."""

import functools
import numbers

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _replicas, views
from infogan_keras.architectures import require_channels_last
from infogan_keras.models import _data


def require_networks(generator, discriminator, latents):
    """Raises ValueError for networks that do not fit each other or the latents, or whose outputs cannot be used."""
    require_channels_last()
    for network in (generator, discriminator):
        if not isinstance(network, keras.Model) or not network.built or not hasattr(network, "input_shape"):
            raise ValueError(
                f"{network!r}: expected a functional or Sequential keras.Model that is built, such as those of "
                "ig.architectures.MNIST.build(latents)."
            )
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
    activation = getattr(_last_layer(discriminator.output["logits"]), "activation", None)
    if activation not in (None, keras.activations.linear):
        raise ValueError(f"The logits end in a {activation.__name__}: expected no activation, the losses have it.")
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


def require_views(given, latents, image_shape, image_range):
    """All views of a model, those that codes follow first; ValueError for views that do not fit it, or each other."""
    every = (*latents.followed_views, *given)
    for view in given:
        if not isinstance(view, views.View | keras.layers.Layer):
            raise ValueError(f"views: {view!r}: expected views such as ig.views.Zoom(0.1), or Keras layers.")
    names = [view.name for view in every if isinstance(view, views.View)]
    if not names and latents.declared:
        raise ValueError(
            f"{', '.join(latents.declared)} shall stay under all views (follows=()), and there are none: give the "
            "model some, such as InfoGAN(..., views=[ig.views.Brightness(0.3)])."
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"The views {', '.join(twice)} are there twice, perhaps with other amounts: give each once.")
    if any(isinstance(view, views.Hue) for view in every) and image_shape[2] != 3:
        raise ValueError(f"Hue turns colours, and the images have shape {tuple(image_shape)}: expected 3 channels.")
    for layer in given:
        if isinstance(layer, keras.layers.Layer):
            _require_random_layer(layer, image_shape, image_range)
    _require_functions(every, latents, image_shape)
    return every


def _require_functions(every, latents, image_shape):
    """Tries users' functions on two images, in a graph as in a step; ValueError, with their names, where they fail."""
    for view in every:
        if isinstance(view, views.Custom):
            amounts = tf.reshape([-view.amount, view.amount], [2, 1, 1, 1])
            _tried(f"The view {view.name}", functools.partial(view.change, amounts=amounts), image_shape)
    for name, code in latents.declared.items():
        if code.magnitude is not None:
            values = _tried(f"The magnitude of {name}", code.magnitude, image_shape)
            if values.shape != (2,):
                raise ValueError(f"The magnitude of {name} has the shape {values.shape} of 2 images: expected (rows,).")


def _tried(what, function, image_shape):
    images = np.random.default_rng(0).uniform(size=(2, *image_shape)).astype(np.float32)
    try:
        values = tf.function(lambda images: tf.convert_to_tensor(function(images)))(images)
    except Exception as error:  # A user's function, and TensorFlow's tracing of it, raise errors of every kind.
        reason = str(error).strip().splitlines()[-1].strip()
        raise ValueError(f"{what}, of TensorFlow's operations on images in [0, 1], fails: {reason}") from error
    if not np.isfinite(values).all():
        raise ValueError(f"{what} has values that are not finite on images in [0, 1].")
    return values


def _require_random_layer(layer, image_shape, image_range):
    """Builds a preprocessing layer; ValueError for one that has weights, or changes shape or range."""
    for inner in getattr(layer, "layers", [layer]):
        if isinstance(inner, views.RandomAffine) and inner.fill != image_range[0]:
            raise ValueError(
                f"RandomAffine(fill={inner.fill:g}): expected {image_range[0]:g}, the lowest value of the images."
            )
    layer.build((None, *image_shape))
    if any(variable.shape != (2,) for variable in layer.variables):
        raise ValueError(f"{layer.name} has weights: expected a layer that has none, and draws at random.")
    shape = layer.compute_output_shape((None, *image_shape))
    if shape != (None, *image_shape):
        raise ValueError(f"{layer.name} makes images of the shape {shape[1:]}: expected {tuple(image_shape)}.")
    extremes = np.random.default_rng(0).choice(np.float32(image_range), (64, *image_shape))
    states = [variable.value for variable in layer.non_trainable_variables]
    shown, _ = layer.stateless_call([], states, extremes, training=True)
    low, high = image_range
    _data.require_range(
        np.asarray(shown), image_range, f"These are {layer.name}'s: expected {low:g} to {high:g} (value_range)."
    )


def require_range(generator, image_range):
    """Raises ValueError for a range that is not (lowest, highest), or not that of the generator's last activation."""
    if len(image_range) != 2 or not image_range[0] < image_range[1]:
        raise ValueError(f"image_range={image_range!r}: expected (lowest, highest).")
    activation = getattr(_last_layer(generator.outputs[0]), "activation", None)
    if activation is keras.activations.linear:
        raise ValueError("The generator ends in a linear layer, and images have a range: end it in a sigmoid or tanh.")
    expected = {keras.activations.sigmoid: (0, 1), keras.activations.tanh: (-1, 1)}.get(activation)
    if expected is not None and tuple(image_range) != expected:
        raise ValueError(
            f"image_range={image_range!r}, and the generator ends in a {activation.__name__}: expected {expected}, and "
            "data in that range."
        )


def _last_layer(output):
    """The layer that makes an output of a functional model."""
    return output._keras_history.operation


def require_seed(seed):
    """Raises ValueError for a seed that is not a 31-bit integer."""
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or not 0 <= seed < 2**31:
        raise ValueError(f"seed={seed!r}: expected an integer from 0 to 2**31 - 1.")


def require_optimizers(model, optimizers, options):
    """Raises ValueError for optimizers that cannot train the model, or not under its strategy.

    Args:
        model: the model, in `compile`.
        optimizers: what it is compiled with.
        options: `run_eagerly`, `steps_per_execution` and `jit_compile`, by name.
    """
    if optimizers[0] is optimizers[1]:
        raise ValueError("d_optimizer and g_optimizer are the same object: make one for each network.")
    layers = [*model.generator.layers, *model.discriminator.layers]
    if narrow := {layer.variable_dtype for layer in layers} & {"float16", "bfloat16"}:
        raise ValueError(
            f"The weights are {narrow.pop()}, too coarse for an optimizer's small steps: use the policy mixed_float16 "
            "or mixed_bfloat16."
        )
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


def require_callbacks(callbacks):
    """Raises ValueError for Keras' callbacks that cannot work on a GAN, with what to use instead."""
    schedule = "Give each optimizer a keras.optimizers.schedules.LearningRateSchedule."
    instead = {
        keras.callbacks.LearningRateScheduler: f"works on one optimizer, and a GAN has two. {schedule}",
        keras.callbacks.ReduceLROnPlateau: f"works on one optimizer, and a GAN has two. {schedule}",
        keras.callbacks.SwapEMAWeights: (
            "works on one optimizer, and a GAN has two. Averages of an optimizer with use_ema=True are in the weights "
            "when fit ends; InfoGAN(ema_momentum=...) keeps the generator's beside them."
        ),
        keras.callbacks.TerminateOnNaN: "reads a log `loss`, which a GAN does not have. Use ig.callbacks.StopOnNaN().",
    }
    inner = callbacks.callbacks if isinstance(callbacks, keras.callbacks.CallbackList) else callbacks
    for callback in keras.tree.flatten(inner or []):
        for kind, why in instead.items():
            if isinstance(callback, kind):
                raise ValueError(f"{kind.__name__} {why}")
