"""What a model does around its own steps, as Keras' callbacks may."""

import os
import platform
import warnings

import keras
import tensorflow as tf


class StepDuties(keras.callbacks.Callback):
    """Raises what the steps found wrong with their data, and puts optimizers' averages into the weights at the end.

    Keras does the latter (`use_ema=True`) for `model.optimizer`, which a GAN does not have.
    """

    def on_train_begin(self, logs=None):
        """Says once where training would be faster."""
        if leaves_onednn_off():
            warnings.warn(
                "TensorFlow leaves oneDNN's kernels off on this processor; with them training takes three quarters "
                "of the time. Set TF_ENABLE_ONEDNN_OPTS=1 in the environment before TensorFlow is imported, or 0 to "
                "keep them off without this line.",
                stacklevel=2,
            )

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the data of the steps before it."""
        self.model.step_checks.raise_violations()

    def on_test_batch_end(self, batch, logs=None):
        """Likewise."""
        self.model.step_checks.raise_violations()

    def on_train_end(self, logs=None):
        """Writes the averages, before other callbacks save the model."""
        model = self.model
        for optimizer, network in ((model.d_optimizer, model.discriminator), (model.g_optimizer, model.generator)):
            inner = getattr(optimizer, "inner_optimizer", optimizer)
            inner.finalize_variable_values(network.trainable_variables)


def leaves_onednn_off() -> bool:
    """Whether TensorFlow leaves oneDNN off on this processor by itself, and nobody has said that it should."""
    if (
        "TF_ENABLE_ONEDNN_OPTS" in os.environ
        or platform.machine() != "x86_64"
        or tf.config.list_physical_devices("GPU")
    ):
        return False
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:  # It is not public.
        return False
    return not _pywrap_util_port.IsMklEnabled()


def with_step_duties(callbacks):
    """A user's callbacks after the model's own; a `CallbackList`, which `fit` hands to its validation, has them."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    return [StepDuties(), *keras.tree.flatten(callbacks or [])]
