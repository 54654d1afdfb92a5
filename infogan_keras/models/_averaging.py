"""Exponential moving averages of both networks' weights: the part of `GAN` that keeps and uses them."""

import numbers

import keras
import tensorflow as tf


class Averaging:
    """The averages of a model with `generator` and `discriminator`; each is None without a momentum."""

    generator: keras.Model
    discriminator: keras.Model

    def make_averages(self, ema_momentum, d_ema_momentum):
        """Begins with the networks as they are; ValueError for a momentum outside of [0, 1)."""
        self.ema_momentum = _momentum("ema_momentum", ema_momentum)
        self.d_ema_momentum = _momentum("d_ema_momentum", d_ema_momentum)
        self.averaged_generator = None if ema_momentum is None else _clone(self.generator)
        self.averaged_discriminator = None if d_ema_momentum is None else _clone(self.discriminator)

    @property
    def sampling_generator(self) -> keras.Model:
        """The one that `generate`, `evaluate` and exports use: the averaged one where there is one."""
        return self.averaged_generator or self.generator

    @property
    def encoding_discriminator(self) -> keras.Model:
        """The one that `encode`, `model(images)` and exports use: the averaged one where there is one."""
        return self.averaged_discriminator or self.discriminator

    def move_averages(self, updates):
        """Moves them towards the networks, after so many updates."""
        if self.averaged_generator is not None:
            average_weights(self.averaged_generator, self.generator, self.ema_momentum, updates)
        if self.averaged_discriminator is not None:
            average_weights(self.averaged_discriminator, self.discriminator, self.d_ema_momentum, updates)

    def set_averages(self):
        """Makes them the networks as they are."""
        if self.averaged_generator is not None:
            self.averaged_generator.set_weights(self.generator.get_weights())
        if self.averaged_discriminator is not None:
            self.averaged_discriminator.set_weights(self.discriminator.get_weights())


def average_weights(averaged, network, momentum, updates):
    """Moves a network's average towards it, batch normalization's own averages included.

    Args:
        averaged: a clone of the network.
        network: the one that was trained.
        momentum: of the average; early on it is smaller, (1 + updates) / (10 + updates).
        updates: how many were made.
    """
    updates = tf.cast(updates, tf.float32)
    share = 1 - tf.minimum(momentum, (1 + updates) / (10 + updates))
    for average, weight in zip(averaged.weights, network.weights, strict=True):
        step = tf.cast(share, average.dtype) * (average.value - weight.value)
        # Each replica's own copy: what they add is the same.
        tf.raw_ops.AssignSubVariableOp(resource=average.value.handle, value=step)


def _clone(network):
    averaged = keras.models.clone_model(network)
    averaged.set_weights(network.get_weights())
    averaged.trainable = False
    return averaged


def _momentum(name, value):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value < 1:
        raise ValueError(f"{name}={value!r}: expected None, or a number from 0 to below 1, such as 0.999.")
    return float(value)
