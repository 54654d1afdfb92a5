"""Keras' layers on faster kernels: the same weights, arguments and mathematics.

The networks of `architectures` are made of these. Everything else takes any Keras layer too.
"""

import keras
import tensorflow as tf

from infogan_keras import _replicas


@keras.saving.register_keras_serializable("infogan_keras")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalization over the last axis, in one TensorFlow kernel where there is one.

    There is none for float64, nor for statistics of several replicas together (`synchronized=True`); these are computed
    step by step. Without `synchronized` every replica normalizes its own rows, and the moving averages are those of the
    first. Keyword arguments as in Keras; `renorm`, masks and other axes are not built.

    Raises:
        ValueError: for another axis, `renorm`, or no scale or no offset.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(axis, **kwargs)
        self.supports_masking = False
        if axis != -1 or self.renorm or not (self.scale and self.center):
            raise ValueError(
                f"axis={axis}, renorm={self.renorm}, scale={self.scale}, center={self.center}: this layer normalizes "
                "the last axis, scales and centers, and does not renormalize. Keras' own does the rest."
            )

    def call(self, inputs, training=None):
        """Normalizes (rows, ..., channels): in training by the batch, which moves the averages, else by them."""
        if not (training and self.trainable):
            return super().call(inputs, training=False)
        together = self.synchronized and _replicas.num_replicas() > 1
        normalize = self._normalize_plainly if together or inputs.dtype == tf.float64 else self._normalize_fused
        outputs, mean, variance = normalize(inputs)
        for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + tf.cast(value, average.dtype) * (1 - self.momentum))
        return outputs

    def _normalize_fused(self, x):
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x if x.shape.rank == 4 else tf.reshape(x, [-1, 1, 1, x.shape[-1]]),
            scale=tf.cast(self.gamma, tf.float32),
            offset=tf.cast(self.beta, tf.float32),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        # The kernel divides by one less than the count; Keras' averages are of the plain variance.
        count = tf.cast(tf.size(x) / x.shape[-1], variance.dtype)
        return tf.reshape(y, tf.shape(x)), mean, variance * (count - 1) / count

    def _normalize_plainly(self, x):
        values = x if x.dtype == tf.float64 else tf.cast(x, tf.float32)
        mean, variance = tf.nn.moments(values, list(range(x.shape.rank - 1)))
        if self.synchronized and _replicas.num_replicas() > 1:
            everyone = tf.distribute.get_replica_context().all_gather(tf.stack([[mean, variance]]), axis=0)
            means, variances = everyone[:, 0], everyone[:, 1]
            mean = tf.reduce_mean(means, 0)
            variance = tf.reduce_mean(variances + (means - mean) ** 2, 0)
        gamma, beta = tf.cast(self.gamma, values.dtype), tf.cast(self.beta, values.dtype)
        y = tf.nn.batch_normalization(values, mean, variance, beta, gamma, self.epsilon)
        return tf.cast(y, x.dtype), mean, variance


@keras.saving.register_keras_serializable("infogan_keras")
class Dense(keras.layers.Dense):
    """Keras' dense layer, whose input gradient reads the weights as they are stored, which is faster on a CPU."""

    def call(self, inputs, training=None):
        """(rows, inputs) → (rows, units)."""
        if inputs.shape.rank != 2:
            return super().call(inputs, training=training)
        x = _product(inputs, tf.convert_to_tensor(self.kernel))
        if self.bias is not None:
            x = tf.nn.bias_add(x, self.bias)
        return x if self.activation is None else self.activation(x)


@tf.custom_gradient
def _product(x, weights):
    def gradient(dy):
        # Autodiff writes dy @ transpose(weights), which takes up to half again as long on a CPU.
        dx = tf.transpose(tf.matmul(weights, dy, transpose_b=True))
        return dx, tf.matmul(x, dy, transpose_a=True)

    return tf.matmul(x, weights), gradient
