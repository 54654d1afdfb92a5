"""What a model does around its own steps, as Keras' callbacks may."""

import keras


class StepDuties(keras.callbacks.Callback):
    """Raises what the steps found wrong with their data, and puts optimizers' averages into the weights at the end.

    Keras does the latter (`use_ema=True`) for `model.optimizer`, which a GAN does not have.
    """

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


def with_step_duties(callbacks):
    """A user's callbacks after the model's own; a `CallbackList`, which `fit` hands to its validation, has them."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    return [StepDuties(), *keras.tree.flatten(callbacks or [])]
