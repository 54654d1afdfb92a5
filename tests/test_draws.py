import numpy as np
import pytest
import tensorflow as tf

from infogan_keras import _random

SEEDS = np.random.default_rng(0).integers(-(2**31), 2**31, (20, 2), np.int32)


def ours(seed):
    return _random.bits([3, 5], seed), _random.integers([4], seed, 10), _random.fold_in(seed, 7)


def tensorflow_s(seed):
    random = tf.random
    return (
        random.stateless_uniform([3, 5], seed, None, None, tf.uint32, alg="philox"),
        random.stateless_uniform([4], seed, 0, 10, tf.int32, alg="philox"),
        random.experimental.stateless_fold_in(seed, 7, alg="philox"),
    )


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function, lambda f: tf.function(f, jit_compile=True)])
def test_draws_are_those_of_tensorflow(wrap):
    draw = wrap(ours)
    for seed in SEEDS:
        for value, expected in zip(draw(tf.constant(seed)), tensorflow_s(tf.constant(seed)), strict=True):
            assert value.dtype == expected.dtype
            np.testing.assert_array_equal(value, expected)


def test_graphs_are_small():
    sizes = [
        len(tf.function(f).get_concrete_function(tf.TensorSpec([2], tf.int32)).graph.get_operations())
        for f in (ours, tensorflow_s)
    ]
    assert sizes[0] < sizes[1] / 3
