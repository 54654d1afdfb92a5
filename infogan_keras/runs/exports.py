"""Servables while training goes on."""

import warnings
from pathlib import Path
from typing import Any

import keras

from infogan_keras._arguments import positive_int
from infogan_keras._files import local_path
from infogan_keras._replicas import is_chief
from infogan_keras.export.versions import delete_version, export_saved_model, require_metadata
from infogan_keras.models._signatures import require_storage
from infogan_keras.runs.health import first_not_finite


class ExportVersions(keras.callbacks.Callback):
    """Exports the model every so many epochs, so that a server which polls the folder always has a recent one.

    Each export is the next free version. Of those that this callback wrote, the last `keep` stay; versions that were
    there before are never touched. Of several workers only the chief exports.

    Args:
        directory: the model's folder, see `export_saved_model`.
        every: epochs between exports; the last one of `fit(epochs=...)` is always exported.
        keep: how many versions stay, at least 2: a server may still be loading the one before the newest.
        storage: of the weights, see `export_saved_model`.
        metadata: for the cards, likewise.

    A model whose weights are no longer finite is not exported, with a warning.

    Raises:
        ValueError: for less than one epoch or two versions, an unknown storage, metadata that is not a dict, or an
            address (`gs://...`) as the folder.

    Example:
        model.fit(images, epochs=50, steps_per_epoch=100, callbacks=[ExportVersions("served/mnist", every=10)])
    """

    def __init__(
        self,
        directory: str | Path,
        every: int = 1,
        keep: int = 3,
        storage: str = "float32",
        metadata: dict[str, Any] | None = None,
    ):
        super().__init__()
        require_storage(storage)
        require_metadata(metadata)
        self.directory = local_path(directory)
        self.every = positive_int("every", every)
        self.keep = positive_int("keep", keep, least=2)
        self.storage = storage
        self.metadata = metadata
        self._written: list[Path] = []

    def on_epoch_end(self, epoch, logs=None):
        """Writes a version and deletes what is too old."""
        due = (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]
        if not due or not is_chief(self.model.distribute_strategy):
            return
        weights = [*self.model.sampling_generator.weights, *self.model.encoding_discriminator.weights]
        if first_not_finite(weights) is not None:
            warnings.warn(f"Epoch {epoch + 1} was not exported: there are weights that are not finite.", stacklevel=2)
            return
        version = export_saved_model(self.model, self.directory, storage=self.storage, metadata=self.metadata)
        self._written.append(version)
        while len(self._written) > self.keep:
            oldest = self._written.pop(0)
            if oldest.exists():
                delete_version(self.directory, oldest.name)
