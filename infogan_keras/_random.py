"""Random draws that follow from a seed alone: the same in every process, graph and device, and under XLA.

A seed is two integers. The draws are those of `tf.random.stateless_*` with `alg="philox"`, each of which adds some
forty operations to a graph; here it is a dozen. (With `alg="auto_select"` it is as few, but XLA draws others.)
"""

import tensorflow as tf

PHILOX = 1
# TensorFlow mixes a seed by drawing from this key (tensorflow/core/kernels/stateless_random_ops.cc).
MIXING_KEY = 0x02461E293EC8F720


def bits(shape, seed, dtype=tf.uint32):
    """Integers of `dtype` and this shape, all of whose bits are random."""
    return tf.raw_ops.StatelessRandomUniformFullIntV2(shape=shape, dtype=dtype, alg=PHILOX, **_key_and_counter(seed))


def integers(shape, seed, below):
    """Integers from 0 to `below`, exclusive, int32; all but equally likely (`below` in 2**32 parts)."""
    key_and_counter = _key_and_counter(seed)
    return tf.raw_ops.StatelessRandomUniformIntV2(shape=shape, minval=0, maxval=below, alg=PHILOX, **key_and_counter)


def uniform(shape, seed):
    """Numbers between 0 and 1, exclusive, float32.

    TensorFlow's kernels draw the same bits everywhere, but those of XLA make other floats of them than the rest.
    """
    mantissas = tf.bitwise.right_shift(bits(shape, seed), 9)
    return (tf.cast(mantissas, tf.float32) + 0.5) * 2.0**-23


def fold_in(seed, number):
    """The seed, (2,) int32, of a numbered part of what `seed` is for.

    Example:
        >>> from infogan_keras import _random
        >>> bool((_random.fold_in((0, 0), 1) == _random.fold_in((0, 0), 2)).numpy().all())
        False
    """
    return tf.stack([bits([], seed, tf.int32), tf.cast(number, tf.int32)])


def _key_and_counter(seed):
    mixed = tf.raw_ops.StatelessRandomUniformFullIntV2(
        shape=[2], key=[MIXING_KEY], counter=tf.cast(seed, tf.uint64), dtype=tf.uint64, alg=PHILOX
    )
    key, counter = tf.unstack(mixed)
    return {"key": tf.stack([key]), "counter": tf.stack([0, counter])}
