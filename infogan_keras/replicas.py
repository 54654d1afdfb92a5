"""A batch spread over the replicas of a `tf.distribute` strategy.

Latents are drawn for the whole batch, and each replica generates images of its own rows. What D says of them is
gathered, so that every replica computes the losses and the logs of the whole batch: the number of replicas changes
nothing.
"""

import tensorflow as tf


def count():
    """How many replicas make an update together; 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def own_rows(values):
    """This replica's equal share of the rows of a dict of tensors that are the same on every replica."""
    if count() == 1:
        return values
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    return {name: tf.reshape(v, [count(), -1, v.shape[1]])[replica] for name, v in values.items()}


def all_rows(values):
    """A dict of every replica's tensors, (rows, n), joined in the replicas' order; gradients flow back through it."""
    if count() == 1:
        return values
    joined = tf.concat(list(values.values()), 1)
    rows = tf.distribute.get_replica_context().all_gather(joined, axis=0)
    return dict(zip(values, tf.split(rows, [v.shape[1] for v in values.values()], 1), strict=True))


def is_chief(strategy):
    """Whether this process writes the files: the first worker of a cluster, or the only process there is."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.cluster_spec():
        return True
    has_chief = "chief" in resolver.cluster_spec().jobs
    return (resolver.task_type, resolver.task_id) == ("chief" if has_chief else "worker", 0)
