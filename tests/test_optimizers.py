import keras
import numpy as np
import pytest
import tensorflow as tf

import infogan_keras as ig


def trajectory(optimizer, dtype="float32", compiled=False, steps=5):
    """Values of two variables after some updates, with the optimizer's own variables."""
    random = np.random.default_rng(0)
    variables = [keras.Variable(random.normal(size=shape), dtype=dtype) for shape in ((3, 2), (2,))]
    gradients = [[random.normal(size=v.shape) for v in variables] for _ in range(steps)]
    optimizer.build(variables)
    apply = tf.function(lambda *g: optimizer.apply(list(g), variables), jit_compile=compiled)
    for step in gradients:
        apply(*[tf.constant(g, dtype) for g in step])
    return [v.numpy() for v in (*variables, *optimizer.variables)]


# Keras rounds its betas to float32; these two have no digits to lose.
EXACT = {"beta_1": 0.5, "beta_2": 0.9375}
OPTIONS = [
    {},
    {"epsilon": 1e-8},
    {"amsgrad": True},
    {"clipnorm": 0.1, "weight_decay": 0.01},
    {"use_ema": True, "gradient_accumulation_steps": 2},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("float64", 1e-14)])
def test_updates_are_keras_s(options, dtype, tolerance):
    ours = trajectory(ig.optimizers.Adam(0.01, **EXACT, **options), dtype)
    theirs = trajectory(keras.optimizers.Adam(0.01, **EXACT, **options), dtype)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_first_update_by_hand():
    variable = keras.Variable([1.0, 1.0, 1.0])
    optimizer = ig.optimizers.Adam(0.1, beta_1=0.5, beta_2=0.75, epsilon=1.0)
    optimizer.build([variable])
    optimizer.apply([tf.constant([4.0, -4.0, 0.0])], [variable])
    # m = 0.5 g = 2, v = 0.25 g^2 = 4, rate 0.1 sqrt(0.25) / 0.5 = 0.1: 1 - 0.1 * 2 / (sqrt(4) + 1).
    np.testing.assert_allclose(variable, [1 - 0.2 / 3, 1 + 0.2 / 3, 1.0], rtol=1e-6)


def test_schedules_and_xla():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    plain = trajectory(ig.optimizers.Adam(schedule))
    compiled = trajectory(ig.optimizers.Adam(schedule), compiled=True)
    theirs = trajectory(keras.optimizers.Adam(schedule))
    for a, b, c in zip(plain, compiled, theirs, strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(b, c, rtol=1e-5, atol=1e-6)


def test_config_round_trip():
    optimizer = ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, ig.optimizers.Adam)
    assert again.get_config() == optimizer.get_config()
