"""Keras' progress bar with the few numbers that fit a line."""

import keras

SHOWN = ("d_loss", "g_loss", "mi")
PARTS = 4


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Keras' own bar, showing the losses, the bound and up to four codes' parts of it; log files keep everything."""

    def on_train_batch_end(self, batch, logs=None):
        """Updates the bar."""
        super().on_train_batch_end(batch, _shown(logs))

    def on_test_batch_end(self, batch, logs=None):
        """Updates an evaluation's bar."""
        super().on_test_batch_end(batch, _shown(logs))

    def on_epoch_end(self, epoch, logs=None):
        """Closes the bar's line."""
        super().on_epoch_end(epoch, _shown(logs))

    def on_test_end(self, logs=None):
        """Closes an evaluation's line."""
        super().on_test_end(_shown(logs))


def with_progress_bar(callbacks, verbose):
    """A user's callbacks, and a `ProgressBar` where Keras would add a bar of its own."""
    if not verbose or isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    callbacks = keras.tree.flatten(callbacks) if callbacks else []
    if any(isinstance(callback, keras.callbacks.ProgbarLogger) for callback in callbacks):
        return callbacks
    return [*callbacks, ProgressBar()]


def _shown(logs):
    """The losses, the bound and, if they are few, its parts; the losses and the bound of a validation after them."""
    logs = logs or {}
    parts = [name for name in logs if name.startswith("mi/")]
    return {
        name: value
        for name, value in logs.items()
        if name.removeprefix("val_") in SHOWN or (name in parts and len(parts) <= PARTS)
    }
