"""The training step against a plain one: Keras' own layers, formulas written out, no kernel chosen for speed."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents, make_model

import infogan_keras as ig
from infogan_keras.models.gan import D_STEP, G_STEP

# Keras rounds Adam's betas to float32; these have no digits to lose.
ADAM = {"beta_1": 0.5, "beta_2": 0.9375, "epsilon": 1e-8}


def plain_copy(network):
    """The same network, weights included, of Keras' own layers."""
    own = {ig.layers.BatchNormalization: keras.layers.BatchNormalization, ig.layers.Dense: keras.layers.Dense}

    def clone(layer):
        return own.get(type(layer), type(layer)).from_config(layer.get_config())

    copy = keras.models.clone_model(network, clone_function=clone)
    copy.set_weights(network.get_weights())
    return copy


def bound(latents, outputs):
    """H(c) + E[log q(c|x)] of the codes of `make_latents`, summed."""
    digit = math.log(3) + tf.reduce_sum(latents["digit"] * tf.nn.log_softmax(outputs["digit"]), 1)
    error = latents["rotation"][:, 0] - outputs["rotation"][:, 0]
    rotation = math.log(2) - 0.5 * math.log(2 * math.pi) - 0.5 * error**2
    mean, std = outputs["width"][:, :2], 0.05 + tf.exp(outputs["width"][:, 2:])
    density = tf.exp(-0.5 * ((latents["width"] - mean) / std) ** 2) / (std * math.sqrt(2 * math.pi))
    width = 2 * math.log(2) + tf.reduce_sum(tf.math.log(density), 1)
    return tf.reduce_mean(digit + rotation + width)


class Reference:
    """The release's alternation: D and Q on a real batch and a generated one, then G on fresh latents."""

    def __init__(self, model, rates):
        self.model = model
        self.generator, self.discriminator = plain_copy(model.generator), plain_copy(model.discriminator)
        self.optimizers = {name: keras.optimizers.Adam(rate, **ADAM) for name, rate in rates.items()}

    def judge_fakes(self, fakes):
        """D on generated images, which leave no trace in its moving averages."""
        averages = [v.numpy() for v in self.discriminator.non_trainable_variables]
        outputs = self.discriminator(fakes, training=True)
        for variable, value in zip(self.discriminator.non_trainable_variables, averages, strict=True):
            variable.assign(value)
        return outputs

    def make(self, latents):
        vectors = tf.concat([latents[name] for name in ("noise", "digit", "rotation", "width")], 1)
        return self.generator(vectors, training=True)

    def step(self, images):
        """Losses and gradients of one update, which `self.model` has not made yet."""
        latents = self.model._draw(len(images), D_STEP)
        fakes = self.make(latents)
        with tf.GradientTape() as tape:
            real, fake = self.discriminator(images, training=True), self.judge_fakes(fakes)
            d_loss = -tf.reduce_mean(tf.math.log(tf.sigmoid(real["logits"])))
            d_loss -= tf.reduce_mean(tf.math.log(1 - tf.sigmoid(fake["logits"]))) + bound(latents, fake)
        d_variables = self.discriminator.trainable_variables
        d_gradients = tape.gradient(d_loss, d_variables)
        self.optimizers["d_optimizer"].apply(d_gradients, d_variables)

        latents = self.model._draw(len(images), G_STEP)
        with tf.GradientTape() as tape:
            fake = self.judge_fakes(self.make(latents))
            g_loss = -tf.reduce_mean(tf.math.log(tf.sigmoid(fake["logits"]))) - bound(latents, fake)
        g_variables = self.generator.trainable_variables
        g_gradients = tape.gradient(g_loss, g_variables)
        self.optimizers["g_optimizer"].apply(g_gradients, g_variables)
        return d_loss, g_loss, d_gradients, g_gradients


def has_no_gradient(path):
    """A bias before batch normalization has none: what it shifts is subtracted again."""
    return path.endswith("bias") and ("-conv" in path or "-dense" in path) and "d1-conv" not in path


def networks(model):
    return [*model.discriminator.trainable_variables, *model.generator.trainable_variables]


def make(architecture, **rates):
    optimizers = {name: ig.optimizers.Adam(rate, **ADAM) for name, rate in rates.items()}
    model = make_model(make_latents(), architecture=architecture, run_eagerly=False, **optimizers)
    return model, Reference(model, rates)


def test_ten_steps_in_float64(policy, pixels, monkeypatch):
    policy("float64")
    images = tf.constant(pixels, tf.float64)
    model, reference = make(TINY, d_optimizer=2e-4, g_optimizer=1e-3)
    losses = []
    for name in ("d_objective", "g_objective"):
        objective = getattr(model, name)

        def recorded(*arguments, objective=objective):
            loss, logs = objective(*arguments)
            losses.append(loss)
            return loss, logs

        monkeypatch.setattr(model, name, recorded)
    for _ in range(10):
        expected = reference.step(images)[:2]
        losses.clear()
        model.train_step(images)
        np.testing.assert_allclose(losses, expected, atol=1e-8, rtol=0)
    assert model.updates == 10
    for ours, theirs in zip(networks(model), networks(reference), strict=True):
        assert ours.dtype == "float64"
        if not has_no_gradient(ours.path):
            np.testing.assert_allclose(ours, theirs, atol=1e-8, rtol=0, err_msg=ours.path)


@pytest.mark.slow
def test_first_gradients_of_the_mnist_networks_in_float32():
    images = tf.constant(ig.datasets.mnist.arrays("test")[0][:16] / np.float32(255))
    # D stays as it is: Adam's first update is as large where a gradient is nothing but rounding.
    model, reference = make(ig.architectures.MNIST, d_optimizer=0.0, g_optimizer=1e-3)
    *_, d_gradients, g_gradients = reference.step(images)
    tf.function(model.train_step)(images)
    moments = [
        variable
        for optimizer in (model.d_optimizer, model.g_optimizer)
        for variable in optimizer.variables
        if variable.path.endswith("momentum")
    ]
    for variable, moment, gradient in zip(networks(model), moments, d_gradients + g_gradients, strict=True):
        if not has_no_gradient(variable.path):
            # After one step the first moment is (1 - beta_1) times the gradient.
            error = np.linalg.norm(2 * moment.numpy() - gradient) / np.linalg.norm(gradient)
            # In float32 the order of sums, which differs between processors, leaves up to 2e-5.
            assert error < 1e-4, (variable.path, error)
