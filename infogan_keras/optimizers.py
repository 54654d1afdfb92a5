"""Adam, in one pass over the weights."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("infogan_keras")
class Adam(keras.optimizers.Adam):
    """Keras' Adam, the same arguments and the same mathematics, in one TensorFlow kernel per variable.

    Keras writes the update as a chain of elementwise operations, each of which reads and writes all parameters; on a
    CPU that adds 5 to 12 % to the MNIST run's step. With `amsgrad` it does as Keras does.

    Example (the discriminator's of the MNIST run; TensorFlow 1's Adam, which the release used, has epsilon 1e-8):
        >>> import infogan_keras as ig
        >>> ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8).beta_1
        0.5
    """

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable and its two moments; Keras calls it, per replica under a strategy."""
        if self.amsgrad:
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        weight, momentum, velocity = (
            v.value if isinstance(v, keras.Variable) else v
            for v in (variable, self._momentums[index], self._velocities[index])
        )
        dtype = weight.dtype
        step = tf.cast(self.iterations + 1, dtype)
        # tf.cast would round a Python float to float32 first.
        beta_1, beta_2, epsilon = (tf.constant(x, dtype) for x in (self.beta_1, self.beta_2, self.epsilon))
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=momentum.handle,
            v=velocity.handle,
            beta1_power=beta_1**step,
            beta2_power=beta_2**step,
            lr=tf.cast(learning_rate, dtype),
            beta1=beta_1,
            beta2=beta_2,
            epsilon=epsilon,
            grad=tf.cast(gradient, dtype),
        )
