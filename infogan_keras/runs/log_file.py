"""The log of a run: one CSV row per epoch."""

import csv
import time
from pathlib import Path

import keras

from infogan_keras._files import atomic_file, local_path


class LogFile(keras.callbacks.Callback):
    """Writes every logged quantity to a CSV file, one row per epoch, with its updates and seconds.

    The file is rewritten whole after each epoch. A resumed run replaces the rows of the epochs that it makes again.
    (Keras' CSVLogger appends them, and fixes its columns at the first epoch, validation or not.)

    Args:
        path: of the file.
        resume: go on with the file of the same run.

    Raises:
        FileExistsError: when training begins and the file exists, without `resume`.
        ValueError: for an address (`gs://...`) as the path.

    Example:
        model.fit(images, epochs=5, steps_per_epoch=100, callbacks=[ig.callbacks.LogFile("runs/mine/log.csv")])
    """

    def __init__(self, path: str | Path, resume: bool = False):
        super().__init__()
        self.path = local_path(path)
        self.resume = resume
        self._rows: list[dict] = []
        self._started = 0.0

    def on_train_begin(self, logs=None):
        """Reads what an earlier part of the run wrote."""
        if self.path.is_file():
            if not self.resume:
                raise FileExistsError(f"{self.path} is the log of an earlier run. Choose another path, or resume=True.")
            self._rows = read_log(self.path)
        self.resume = True

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Writes the file."""
        seconds = round(time.monotonic() - self._started, 2)
        row = {"epoch": epoch + 1, "updates": self.model.updates, "seconds": seconds, **(logs or {})}
        self._rows = [earlier for earlier in self._rows if int(earlier["epoch"]) <= epoch] + [row]
        with atomic_file(self.path) as temporary, temporary.open("w", newline="") as file:
            # Not every epoch has the same quantities: validation may come now and then.
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in self._rows for name in row)))
            writer.writeheader()
            writer.writerows(self._rows)


def read_log(path: Path) -> list[dict]:
    """The rows of a log, as dicts of text."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
