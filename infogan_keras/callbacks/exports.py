"""Servables while training goes on."""

import keras

from infogan_keras.export.versions import delete_version, export_saved_model
from infogan_keras.replicas import is_chief


class ExportVersions(keras.callbacks.Callback):
    """Exports the model every so many epochs, so that a server which polls the folder always has a recent one.

    Each export is the next free version. Of those that this callback wrote, the last `keep` stay; versions that were
    there before are never touched. Of several workers only the chief exports.

    Args:
        directory: the model's folder, see `export_saved_model`.
        every: epochs between exports; the last one of `fit(epochs=...)` is always exported.
        keep: how many versions stay, at least 2: a server may still be loading the one before the newest.
        **options: `storage` and `facts` of `export_saved_model`.

    Raises:
        ValueError: for less than one epoch or two versions.

    Example:
        model.fit(images, epochs=50, steps_per_epoch=100, callbacks=[ExportVersions("served/mnist", every=10)])
    """

    def __init__(self, directory, every=1, keep=3, **options):
        super().__init__()
        for name, value, least in (("every", every, 1), ("keep", keep, 2)):
            if value < least:
                raise ValueError(f"{name}={value!r}: expected an integer of at least {least}.")
        self.directory = directory
        self.every = every
        self.keep = keep
        self.options = options
        self._written = []

    def on_epoch_end(self, epoch, logs=None):
        """Writes a version and deletes what is too old."""
        due = (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]
        if not due or not is_chief(self.model.distribute_strategy):
            return
        self._written.append(export_saved_model(self.model, self.directory, **self.options))
        while len(self._written) > self.keep:
            oldest = self._written.pop(0)
            if oldest.exists():
                delete_version(self.directory, oldest.name)
