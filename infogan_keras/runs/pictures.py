"""Pictures after each epoch."""

import importlib.util
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_file, local_path
from infogan_keras._replicas import is_chief
from infogan_keras.plotting import traversal


class TraversalGrid(keras.callbacks.Callback):
    """Writes pictures of traversals and samples after each epoch, and joins them to GIFs at the end.

    `<run_dir>/traversals/<code>/epoch-007.png` has one fixed latent per row and the code's values in its columns;
    `<run_dir>/samples/epoch-007.png` has random images, and `<run_dir>/reals.png` the data, before the first step.
    All latents are fixed for the run, so pictures of two epochs can be compared. With TensorBoard installed, images
    go there too. Of several workers only the chief draws. A GIF that cannot be made is a warning.

    Args:
        run_dir: the folder, made if needed.
        every: epochs between pictures; the last one of `fit(epochs=...)` always gets one.
        samples: rows of a traversal.
        values: columns of a continuous code.
        limit: continuous codes go from -limit to limit.
        values_down: the release's orientation, values from top to bottom.
        pairs: two-code grids, as (rows, columns) tuples of code names, drawn beside the traversals.
        seed: of the fixed latents.
        resume: go on in a folder that holds pictures of the same run.

    Raises:
        ValueError: for less than one epoch, row or column, or an address (`gs://...`) as the folder.
        FileExistsError: when training begins in a folder that holds pictures already, without `resume`.

    Example:
        model.fit(images, epochs=5, steps_per_epoch=100, callbacks=[ig.callbacks.TraversalGrid("runs/mine")])
    """

    def __init__(
        self,
        run_dir: str | Path,
        every: int = 1,
        samples: int = 5,
        values: int = 10,
        limit: float = 1.0,
        values_down: bool = False,
        pairs: Sequence[tuple[str, str]] = (),
        seed: int = 0,
        resume: bool = False,
    ):
        super().__init__()
        self.run_dir = local_path(run_dir)
        self.every = positive_int("every", every)
        self.options = {"values": positive_int("values", values), "limit": limit, "seed": seed}
        self.samples = positive_int("samples", samples)
        self.values_down = values_down
        self.pairs = pairs
        self.resume = resume
        self._grids: dict[str, traversal.Grid] = {}
        self._writer = None

    def on_train_begin(self, logs=None):
        """Fixes the latents and writes `reals.png`."""
        if not is_chief(self.model.distribute_strategy):
            return
        latents = self.model.latents
        self._grids = {"samples": traversal.sample_grid(latents, seed=self.options["seed"])}
        for name in traversal.traversal_names(latents):
            grid = traversal.traversal_grid(latents, name, samples=self.samples, **self.options)
            self._grids[f"traversals/{name}"] = grid
        for rows, columns in self.pairs:
            grid = traversal.traversal_grid(latents, columns, rows, **self.options)
            self._grids[f"traversals/{rows}-{columns}"] = grid
        if not self.resume and any(self._pictures(name) for name in self._grids):
            raise FileExistsError(
                f"{self.run_dir} holds the pictures of an earlier run. Choose another folder, or resume=True."
            )
        self.resume = True
        reals = self.run_dir / "reals.png"
        if self.model.examples is not None and not reals.exists():
            _save(traversal.draw_images(self.model.examples, self.model.image_range), reals)
        if has_tensorboard():
            self._writer = tf.summary.create_file_writer(str(self.run_dir / "tensorboard" / "images"))

    def on_epoch_end(self, epoch, logs=None):
        """Draws every grid."""
        due = (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]
        if due and self._grids:
            self._draw(epoch)

    def on_train_end(self, logs=None):
        """Joins the epochs to GIFs."""
        for name in self._grids:
            path = self.run_dir / f"{name}.gif"
            try:
                if pictures := self._pictures(name):
                    traversal.write_gif(
                        pictures, path, captions=[f"epoch {int(picture.stem[6:])}" for picture in pictures]
                    )
            except Exception as error:  # Pillow's are of many kinds, and the training was good.
                warnings.warn(f"{path} was not written: {error}", stacklevel=2)
        if self._writer is not None:
            self._writer.close()

    def _pictures(self, name):
        """A grid's pictures in the order of their epochs."""
        pictures = (self.run_dir / name).glob("epoch-*.png")
        return sorted((p for p in pictures if re.fullmatch(r"epoch-\d{3,}", p.stem)), key=lambda p: int(p.stem[6:]))

    def _draw(self, epoch):
        sizes = [len(grid.row_labels) * len(grid.column_labels) for grid in self._grids.values()]
        joined = {
            name: np.concatenate([grid.latents[name] for grid in self._grids.values()])
            for name in self.model.latents.parts
        }
        images = np.split(self.model.decode(joined), np.cumsum(sizes)[:-1])
        for (name, grid), cells in zip(self._grids.items(), images, strict=True):
            down = self.values_down and name != "samples"
            picture = traversal.draw(cells, grid, self.model.image_range, values_down=down)
            _save(picture, self.run_dir / name / f"epoch-{epoch + 1:03d}.png")
            if self._writer is not None:
                with self._writer.as_default():
                    tf.summary.image(name, np.asarray(picture)[np.newaxis], step=epoch)


def _save(picture, path):
    with atomic_file(path) as temporary:
        picture.save(temporary)


def has_tensorboard():
    """Whether pictures and scalars can go to TensorBoard too."""
    return importlib.util.find_spec("tensorboard") is not None
