"""The fast layers against Keras' own, which have the same weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from infogan_keras import layers

SHAPES = [(6, 5), (6, 3, 4, 5)]


def pair(ours, theirs, shape, **arguments):
    """Our layer and Keras', with the same weights."""
    made = [layer(**arguments) for layer in (ours, theirs)]
    for layer in made:
        layer.build((None, *shape[1:]))
    random = np.random.default_rng(1)
    values = [w + random.uniform(0.1, 0.5, w.shape) for w in made[0].get_weights()]
    for layer in made:
        layer.set_weights(values)
    return made


def run(layer, x, weight, **arguments):
    """Outputs and gradients of the inputs and of every weight."""
    x = tf.constant(x, layer.compute_dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, **arguments)
        loss = tf.reduce_sum(tf.cast(y, tf.float64) * weight)
    sources = [x, *layer.trainable_variables]
    return [np.asarray(tf.cast(v, tf.float64)) for v in (y, *tape.gradient(loss, sources))]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "tolerance"), [("float32", 1e-5), ("float64", 1e-12), ("mixed_bfloat16", 0.05), ("mixed_float16", 5e-3)]
)
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_is_keras_s(shape, name, tolerance, training, policy):
    policy(name)
    random = np.random.default_rng(0)
    x, weight = random.normal(2.0, 3.0, shape), random.normal(size=shape)
    ours, theirs = pair(layers.BatchNormalization, keras.layers.BatchNormalization, shape, momentum=0.9, epsilon=1e-5)
    for a, b in zip(*(run(layer, x, weight, training=training) for layer in (ours, theirs)), strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance * max(1, np.abs(b).max()))
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance)


def test_batch_norm_by_hand():
    layer = layers.BatchNormalization(momentum=0.75, epsilon=0.0)
    y = layer(np.array([[1.0], [3.0]], np.float32), training=True)
    np.testing.assert_allclose(y, [[-1], [1]], rtol=1e-5)
    # Mean 2, variance 1 (divided by 2, not by 1): 0.75 * 0 + 0.25 * 2 and 0.75 * 1 + 0.25 * 1.
    np.testing.assert_allclose([layer.moving_mean[0], layer.moving_variance[0]], [0.5, 1.0], rtol=1e-5)


def test_frozen_batch_norm_uses_its_averages():
    layer = layers.BatchNormalization(trainable=False)
    y = layer(np.full((4, 2), 3.0, np.float32), training=True)
    np.testing.assert_allclose(y, 3.0, rtol=1e-3)
    np.testing.assert_array_equal(layer.moving_mean, [0, 0])


@pytest.mark.parametrize("arguments", [{"axis": 1}, {"scale": False}, {"center": False}, {"renorm": True}])
def test_batch_norm_says_what_it_does_not_do(arguments):
    with pytest.raises(ValueError, match="Keras' own does the rest"):
        layers.BatchNormalization(**arguments)


@pytest.mark.parametrize("shape", [(6, 5), (6, 2, 5)])
@pytest.mark.parametrize(
    ("name", "tolerance"), [("float32", 1e-6), ("float64", 1e-13), ("mixed_bfloat16", 0.02), ("mixed_float16", 2e-3)]
)
@pytest.mark.parametrize("arguments", [{}, {"use_bias": False, "activation": "tanh"}])
def test_dense_is_keras_s(shape, name, tolerance, arguments, policy):
    policy(name)
    random = np.random.default_rng(0)
    x, weight = random.normal(size=shape), random.normal(size=(*shape[:-1], 3))
    ours, theirs = pair(layers.Dense, keras.layers.Dense, shape, units=3, **arguments)
    for a, b in zip(*(run(layer, x, weight) for layer in (ours, theirs)), strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance * max(1, np.abs(b).max()))


@pytest.mark.parametrize("layer", [layers.Dense(3), layers.BatchNormalization(synchronized=True)])
def test_round_trip(layer, tmp_path):
    model = keras.Sequential([keras.Input((4,)), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[0]) is type(layer)
    assert loaded.layers[0].get_config() == layer.get_config()
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(loaded(x), model(x))
