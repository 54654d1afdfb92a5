"""Keras' progress bar with the few numbers that fit a line."""

import keras

SHOWN = ("d_loss", "g_loss", "mi")


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Keras' own bar, showing the losses and the bound; history and log files keep every quantity."""

    def on_train_batch_end(self, batch, logs=None):
        """Updates the bar."""
        super().on_train_batch_end(batch, _shown(logs))

    def on_epoch_end(self, epoch, logs=None):
        """Closes the bar's line."""
        super().on_epoch_end(epoch, _shown(logs))


def _shown(logs):
    """The losses, the bound and its parts; an evaluation's after them."""
    return {
        name: value
        for name, value in (logs or {}).items()
        if name.removeprefix("val_") in SHOWN or name.startswith("mi/")
    }
