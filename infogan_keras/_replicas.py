"""A batch spread over the replicas of a `tf.distribute` strategy.

Latents are drawn for the whole batch, and each replica generates images of its own rows. What D says of them is
gathered, so that every replica computes the losses and the logs of the whole batch: the number of replicas changes
nothing.
"""

import tensorflow as tf


def num_replicas():
    """How many replicas make an update together; 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def local_shard(values):
    """This replica's equal share of the rows of a dict of tensors that are the same on every replica."""
    if num_replicas() == 1:
        return values
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    return {name: tf.reshape(v, [num_replicas(), -1, *v.shape[1:]])[replica] for name, v in values.items()}


def all_gather(values):
    """A dict of every replica's tensors, (rows, n, ...), joined in the replicas' order; gradients flow through it."""
    if num_replicas() == 1 or not values:
        return values
    joined = tf.concat(list(values.values()), 1)
    rows = tf.distribute.get_replica_context().all_gather(joined, axis=0)
    return dict(zip(values, tf.split(rows, [v.shape[1] for v in values.values()], 1), strict=True))


def propagate_nonfinite(gradients):
    """The gradients; all NaN on every replica if any of any replica is not finite.

    An optimizer that skips such updates, as loss scaling does, looks at its own replica's gradients only.
    """
    if num_replicas() == 1:
        return gradients
    finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(gradient)) for gradient in gradients])
    missing = tf.where(finite, 0.0, 1.0)
    missing = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, missing)
    nothing = tf.where(missing > 0, float("nan"), 0.0)
    return [gradient + tf.cast(nothing, gradient.dtype) for gradient in gradients]


def worker_index(strategy):
    """(index, count) of this process among the workers that train; (0, 1) for the only one, or without a strategy."""
    resolver = strategy.cluster_resolver if strategy is not None else None
    if resolver is None or not resolver.cluster_spec():
        return 0, 1
    jobs = resolver.cluster_spec().as_dict()
    chiefs = len(jobs.get("chief", []))
    index = resolver.task_id + (chiefs if resolver.task_type == "worker" else 0)
    return index, chiefs + len(jobs.get("worker", []))


def is_chief(strategy):
    """Whether this process writes the files: the first worker, or the only process there is."""
    return worker_index(strategy)[0] == 0
