import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import infogan_keras as ig

ALL = [ig.Categorical(4), ig.Bernoulli(3), ig.Uniform(2), ig.Uniform(1, fix_std=True), ig.Normal(2), ig.Normal(1, True)]


@pytest.mark.parametrize(
    ("distribution", "entropy", "floor", "ceiling"),
    [
        (ig.Categorical(10), 2.302585, 0, 2.302585),
        (ig.Categorical(20), 2.995732, 0, 2.995732),
        (ig.Bernoulli(3), 2.079442, 0, 2.079442),
        (ig.Uniform(1, fix_std=True), 0.693147, -0.392458, -0.225791),
        (ig.Uniform(1), 0.693147, -0.176485, 2.769941),
        (ig.Uniform(2), 1.386294, -0.352970, 5.539882),
        (ig.Normal(1, fix_std=True), 1.418939, 0, 0.5),
        (ig.Normal(1), 1.418939, 0, 3.495732),
    ],
)
def test_entropy_floor_and_ceiling(distribution, entropy, floor, ceiling):
    assert distribution.entropy == pytest.approx(entropy, abs=1e-6)
    assert distribution.mi_floor == pytest.approx(floor, abs=1e-6)
    assert distribution.mi_ceiling == pytest.approx(ceiling, abs=1e-6)


@pytest.mark.parametrize("distribution", ALL, ids=repr)
def test_floor_is_the_best_bound_of_a_constant_posterior(distribution):
    values = distribution.sample(200_000, (1, 2))

    def bound(constant):
        parameters = tf.repeat(tf.constant([constant], tf.float32), len(values), 0)
        return float(distribution.entropy + tf.reduce_mean(distribution.log_likelihood(values, parameters)))

    if not hasattr(distribution, "variance"):
        best = np.zeros(distribution.posterior_size)
    else:
        log_std = math.log(math.sqrt(distribution.variance) - distribution.min_std)
        best = np.array([0.0] * distribution.dim + [log_std] * (distribution.posterior_size - distribution.dim))
    assert bound(best) == pytest.approx(distribution.mi_floor, abs=0.01)
    for index in range(len(best)):
        for step in (-0.3, 0.3):
            assert bound(best + step * np.eye(len(best))[index]) < bound(best)


@pytest.mark.parametrize("distribution", ALL, ids=repr)
def test_a_perfect_posterior_reaches_the_ceiling_and_no_more(distribution):
    values = distribution.sample(1000, (1, 2))
    if isinstance(distribution, ig.Categorical | ig.Bernoulli):
        parameters = 200 * values - 100
    elif distribution.fix_std:
        parameters = values
    else:
        parameters = tf.concat([values, tf.fill(values.shape, -50.0)], 1)
    bound = distribution.entropy + tf.reduce_mean(distribution.log_likelihood(values, parameters))
    assert float(bound) == pytest.approx(distribution.mi_ceiling, abs=1e-4)


def test_log_likelihood_of_the_release():
    """The values of tests/test_distributions.py in openai/InfoGAN, whose posteriors are given as probabilities."""
    probabilities = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], np.float32)
    values = np.array([[0, 1, 0], [0, 0, 1]], np.float32)
    likelihood = ig.Categorical(3).log_likelihood(values, np.log(probabilities))
    np.testing.assert_allclose(likelihood, np.log([0.5, 0.1]), rtol=1e-5)

    probabilities = np.array([[0.9, 0.9, 0.9], [0.1, 0.1, 0.1]], np.float32)
    values = np.array([[1, 0, 1], [1, 1, 1]], np.float32)
    likelihood = ig.Bernoulli(3).log_likelihood(values, np.log(probabilities / (1 - probabilities)))
    np.testing.assert_allclose(likelihood, [2 * np.log(0.9) + np.log(0.1), 3 * np.log(0.1)], rtol=1e-5)


def test_log_likelihood_of_a_gaussian_posterior():
    values = np.array([[0.3, -0.8], [0.0, 1.0]], np.float32)
    mean, log_std = np.array([[0.1, -1], [0.5, 0.5]], np.float32), np.array([[-1, 0], [0.2, -2]], np.float32)
    expected = stats.norm(mean, 0.05 + np.exp(log_std)).logpdf(values).sum(1)
    for kind in (ig.Uniform, ig.Normal):
        learned = kind(2).log_likelihood(values, np.concatenate([mean, log_std], 1))
        np.testing.assert_allclose(learned, expected, rtol=1e-5)
        fixed = kind(2, fix_std=True).log_likelihood(values, mean)
        np.testing.assert_allclose(fixed, stats.norm(mean, 1).logpdf(values).sum(1), rtol=1e-5)


def test_the_likelihood_stays_finite_and_has_a_gradient_at_any_std():
    parameters = tf.Variable([[0.0, -60.0], [0.0, 20.0]])
    with tf.GradientTape() as tape:
        likelihood = ig.Uniform(1).log_likelihood(tf.constant([[0.5], [0.5]]), parameters)
    assert np.all(np.isfinite(likelihood))
    assert np.all(np.isfinite(tape.gradient(likelihood, parameters)))


@pytest.mark.parametrize("distribution", ALL, ids=repr)
def test_samples_are_a_function_of_the_seed(distribution):
    first, again, other = (distribution.sample(50, seed).numpy() for seed in ((1, 2), (1, 2), (1, 3)))
    assert first.shape == (50, distribution.size)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_samples_have_the_prior_moments():
    assert ig.Categorical(4).sample(40_000, (0, 0)).numpy().mean(0) == pytest.approx([0.25] * 4, abs=0.01)
    assert ig.Bernoulli(2).sample(40_000, (0, 0)).numpy().mean(0) == pytest.approx([0.5] * 2, abs=0.01)
    for distribution in (ig.Uniform(2), ig.Normal(2)):
        sample = distribution.sample(40_000, (0, 0)).numpy()
        assert sample.mean(0) == pytest.approx([0, 0], abs=0.02)
        assert sample.var(0) == pytest.approx([distribution.variance] * 2, rel=0.03)
    assert np.abs(ig.Uniform(2).sample(40_000, (0, 0))).max() <= 1


def test_activation():
    probabilities = ig.Categorical(2).activate(tf.constant([[0.0, math.log(3)]]))
    assert probabilities["probabilities"].numpy()[0] == pytest.approx([0.25, 0.75])
    assert probabilities["id"].numpy().tolist() == [1]
    assert ig.Bernoulli(1).activate(tf.constant([[math.log(3)]]))["probability"].numpy() == pytest.approx(0.75)
    learned = ig.Uniform(1).activate(tf.constant([[0.3, math.log(0.2)]]))
    assert learned["mean"].numpy() == pytest.approx(0.3)
    assert learned["std"].numpy() == pytest.approx(0.25)
    assert ig.Uniform(1, fix_std=True).activate(tf.constant([[0.3]]))["std"].numpy() == 1


@pytest.mark.parametrize("distribution", ALL, ids=repr)
def test_diagnostics_have_the_declared_names(distribution):
    diagnostics = distribution.diagnostics(distribution.sample(4, (0, 0)), tf.zeros((4, distribution.posterior_size)))
    assert tuple(diagnostics) == distribution.diagnostic_names


def test_explained_share():
    code = ig.Uniform(1, fix_std=True)
    values = code.sample(50_000, (0, 0))
    assert float(code.diagnostics(values, values)["explained"]) == 1
    assert float(code.diagnostics(values, tf.zeros_like(values))["explained"]) == pytest.approx(0, abs=0.02)
    learned = ig.Uniform(1).diagnostics(tf.zeros((2, 1)), tf.constant([[0, 0.0], [0, math.log(0.1)]]))
    assert float(learned["std_min"]) == pytest.approx(0.15)
    assert float(learned["std_max"]) == pytest.approx(1.05)


def test_traversal_values():
    np.testing.assert_array_equal(ig.Categorical(3).traversal_values(10, 2), np.eye(3))
    np.testing.assert_array_equal(ig.Bernoulli(3).traversal_values(10, 2), [0, 1])
    np.testing.assert_allclose(ig.Uniform(2).traversal_values(5, 2), [-2, -1, 0, 1, 2])


def test_values_of_users():
    np.testing.assert_array_equal(ig.Categorical(3).as_rows([2, 0], 2, "c"), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(ig.Categorical(3).as_rows(1, 2, "c"), [[0, 1, 0], [0, 1, 0]])
    np.testing.assert_array_equal(ig.Uniform(1).as_rows([1, 2], 2, "c"), [[1], [2]])
    np.testing.assert_array_equal(ig.Uniform(2).as_rows([[1, 2]], 1, "c"), [[1, 2]])
    np.testing.assert_array_equal(ig.Bernoulli(2).as_rows(1, 1, "c"), [[1, 1]])


@pytest.mark.parametrize(
    ("distribution", "value", "message"),
    [
        (ig.Categorical(3), 3, r"digit=3: expected a category id, an integer from 0 to 2"),
        (ig.Categorical(3), -1, "from 0 to 2"),
        (ig.Categorical(3), 0.5, "from 0 to 2"),
        (ig.Categorical(3), float("nan"), "from 0 to 2"),
        (ig.Categorical(3), "two", "from 0 to 2"),
        (ig.Categorical(3), [0, 1, 2], r"digit has shape \(3,\): expected one id, or one per image, for 2 images"),
        (ig.Uniform(1), [1.0, 2.0, 3.0], r"shape \(3,\): expected one number, or one per image, for 2 images"),
        (ig.Uniform(2), [1.0, 2.0], r"an array \(2, 2\)"),
        (ig.Uniform(1), float("inf"), "finite"),
        (ig.Uniform(1), "left", "expected numbers"),
        (ig.Bernoulli(1), 0.5, "expected 0 or 1"),
    ],
)
def test_wrong_values_of_users(distribution, value, message):
    with pytest.raises(ValueError, match=message):
        distribution.as_rows(value, 2, "digit")


@pytest.mark.parametrize("distribution", ALL, ids=repr)
def test_serialization(distribution):
    config = keras.saving.serialize_keras_object(distribution)
    assert keras.saving.deserialize_keras_object(config) == distribution


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ig.Categorical(1), "categories=1: expected an integer of at least 2"),
        (lambda: ig.Categorical(2.5), "categories=2.5: expected an integer"),
        (lambda: ig.Uniform(0), "dim=0: expected an integer of at least 1"),
        (lambda: ig.Bernoulli(True), "dim=True: expected an integer"),
        (lambda: ig.Uniform(1, min_std=0), "between 0 and the prior's own 0.577"),
        (lambda: ig.Uniform(1, min_std=0.6), "between 0 and the prior's own 0.577"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_numpy_integers_are_integers():
    assert ig.Categorical(np.int64(3)) == ig.Categorical(3)
    assert type(ig.Uniform(np.int32(2)).get_config()["dim"]) is int
