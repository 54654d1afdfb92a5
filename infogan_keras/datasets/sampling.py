"""The order of training: which examples batch t holds, as a function of (seed, t)."""

import numpy as np
import tensorflow as tf


def shuffled_indices(size, batch_size, seed=0, start_step=0):
    """Batches of indices into a data set of `size` examples, for ever, a new permutation in every pass.

    Batch t is a function of (seed, t) alone, so a run that stopped after t updates goes on exactly with
    `start_step=t`. A batch may span the end of one pass and the beginning of the next; none is short.

    Args:
        size: number of examples.
        batch_size: indices in a batch, at most `size`.
        seed: of the permutations.
        start_step: the first batch to give.

    Returns:
        A `tf.data.Dataset` of (batch_size,) int64 tensors.

    Raises:
        ValueError: for a batch that the data cannot fill.

    >>> [batch.numpy().tolist() for batch in shuffled_indices(4, 2, seed=1).take(2)]
    [[3, 0], [1, 2]]
    """
    if not 1 <= batch_size <= size:
        raise ValueError(f"batch_size={batch_size}: expected 1 to {size}, the number of examples.")

    def batch(step):
        places = step * batch_size + tf.range(batch_size, dtype=tf.int64)
        passes, places = places // size, places % size
        seeds = tf.stack([tf.fill([batch_size], tf.cast(seed, tf.int64)), passes, tf.zeros_like(passes)], 1)
        # tf.random.experimental.index_shuffle is this operation for one seed only; a batch may span two passes.
        # After its default of 4 rounds, small sets are hardly shuffled with seed 0, and large ones not evenly.
        return tf.raw_ops.RandomIndexShuffle(index=places, seed=seeds, max_index=tf.cast(size - 1, tf.int64), rounds=16)

    return shard_by_row(tf.data.Dataset.counter(start_step).map(batch, num_parallel_calls=tf.data.AUTOTUNE))


def batches_of(images, split, batch_size=128, seed=0, start_step=0, drop_remainder=False, labels=None):
    """Batches of images in memory, scaled to [0, 1].

    Args:
        images: (n, height, width, channels) uint8.
        split: "train" repeats for ever in the order of `shuffled_indices`; any other is one pass in the array's order.
        batch_size: images in a batch; the last one of a pass may be smaller.
        seed: of the training order.
        start_step: the first batch of "train" to give.
        drop_remainder: leave the smaller last batch of a pass out.
        labels: (n,) integers to go with the images; None for images alone.

    Returns:
        A `tf.data.Dataset` of (batch, height, width, channels) float32, or of these and labels (batch,).
    """
    images = tf.constant(images)
    labels = None if labels is None else tf.constant(labels)

    def chosen(indices):
        scaled = tf.cast(tf.gather(images, indices), tf.float32) / 255
        return scaled if labels is None else (scaled, tf.gather(labels, indices))

    if split == "train":
        batches = shuffled_indices(len(images), batch_size, seed, start_step)
    else:
        batches = shard_by_row(tf.data.Dataset.range(len(images)).batch(batch_size, drop_remainder))
    return prefetch(batches.map(chosen, num_parallel_calls=tf.data.AUTOTUNE))


def few_of_each(labels, per_class, seed=0):
    """Indices of `per_class` examples of each class, chosen at random by the seed: (classes * per_class,) int64.

    Raises:
        ValueError: for a class that has fewer.
    """
    labels = np.asarray(labels)
    classes, counts = np.unique(labels, return_counts=True)
    if per_class < 1 or counts.min() < per_class:
        raise ValueError(f"per_class={per_class}: expected 1 to {counts.min()}, the examples of the smallest class.")
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.choice(np.flatnonzero(labels == each), per_class, replace=False) for each in classes])


def prefetch(batches):
    """The dataset, two batches of which are made while the model works on others.

    Without tf.data's autotuning: its thread sleeps for up to a minute at a time and is not woken when `fit` ends, so
    that `fit` often returned as much later (TensorFlow 2.21; `benchmarks/costs.py`). The numbers of parallel calls are
    then those of the cores.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(2).with_options(options)


def shard_by_row(dataset):
    """The dataset, of which several workers take their rows of each batch, as there are no files to share out."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options)
