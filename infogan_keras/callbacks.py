"""What a training run leaves behind: pictures, logs, checkpoints, warnings; `for_run` gives them all.

A run folder holds

    config.json   model, optimizers and settings, to be compared when the run is resumed
    log.csv       every logged quantity, one row per epoch
    reals.png     real images, written before the first step
    samples/      one picture of random images per epoch; samples.gif at the end
    traversals/   one folder of pictures and one GIF per code
    checkpoints/  the last two epochs, each a loadable .keras file
    tensorboard/  where TensorBoard is installed
    model.keras   the finished model
"""

import csv
import importlib.util
import json
import math
import re
import time
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np

import infogan_keras
from infogan_keras import traversal
from infogan_keras.atomic import replacing


def for_run(run_dir, model, *, settings=None, resume=False, limit=1.0):
    """The callbacks that fill a new run folder, or that go on with one.

    With `resume`, the newest intact checkpoint is loaded into the model first; `model.updates` then says how many
    updates were made. A run that was killed loses at most the epoch that it was in.

    Args:
        run_dir: the folder.
        model: a compiled model.
        settings: whatever else defines the run (batch size, steps per epoch, ...), as JSON; a resumed run must have
            the same.
        resume: go on with the run in that folder.
        limit: of the traversals, see `TraversalGrid`.

    Returns:
        A list for `fit(callbacks=...)`.

    Raises:
        FileExistsError: for an existing folder without `resume`: nothing is overwritten.
        FileNotFoundError: with `resume`, where there is no run.
        ValueError: with `resume`, for a run with another configuration, or checkpoints of which none can be read.

    Example:
        callbacks = for_run("runs/mine", model, settings={"batch_size": 128}, resume=True)
        done = int(model.updates)
        model.fit(mnist.load(start_step=done), epochs=50, steps_per_epoch=100, initial_epoch=done // 100,
                  callbacks=callbacks)
    """
    run_dir = Path(run_dir)
    config = json.loads(json.dumps(_config(model, settings or {})))
    if resume:
        _require_same_config(run_dir, config)
        restore(run_dir / "checkpoints", model)
    elif run_dir.exists():
        raise FileExistsError(
            f"{run_dir} exists. Choose another folder, or resume the run in it (resume=True, --resume)."
        )
    return [
        *([] if resume else [_NewFolder(run_dir, config)]),
        StopOnNaN(),
        LogFile(run_dir / "log.csv"),
        HealthWarnings(),
        TraversalGrid(run_dir, limit=limit),
        *_tensorboard(run_dir),
        Checkpoints(run_dir),
    ]


class _NewFolder(keras.callbacks.Callback):
    """Makes the run folder when training begins, so that data which `fit` refuses leaves nothing behind."""

    def __init__(self, run_dir, config):
        super().__init__()
        self.run_dir = run_dir
        self.config = config

    def on_train_begin(self, logs=None):
        self.run_dir.mkdir(parents=True)
        with replacing(self.run_dir / "config.json") as path:
            path.write_text(json.dumps(self.config, indent=1))


class TraversalGrid(keras.callbacks.Callback):
    """Writes pictures of traversals and samples after each epoch, and joins them to GIFs at the end.

    `<run_dir>/traversals/<code>/epoch-007.png` has one fixed latent per row and the code's values in its columns;
    `<run_dir>/samples/epoch-007.png` has random images, and `<run_dir>/reals.png` the data, before the first step.
    All latents are fixed for the run, so pictures of two epochs can be compared. With TensorBoard installed, images
    go there too.

    Args:
        run_dir: the folder, made if needed. Pictures of an earlier run are not overwritten.
        every: epochs between pictures; the last epoch always gets one.
        samples: rows of a traversal.
        values: columns of a continuous code.
        limit: continuous codes go from -limit to limit.
        values_down: the release's orientation, values from top to bottom.
        pairs: two-code grids, as (rows, columns) tuples of code names, drawn beside the traversals.
        seed: of the fixed latents.
    """

    def __init__(self, run_dir, every=1, samples=5, values=10, limit=1.0, values_down=False, pairs=(), seed=0):
        super().__init__()
        self.run_dir = Path(run_dir)
        self.every = every
        self.options = {"values": values, "limit": limit, "seed": seed}
        self.samples = samples
        self.values_down = values_down
        self.pairs = pairs
        self._grids = {}
        self._writer = None

    def on_train_begin(self, logs=None):
        """Fixes the latents and writes `reals.png`."""
        latents = self.model.latents
        self._grids = {"samples": traversal.sample_grid(latents, seed=self.options["seed"])}
        for name in traversal.traversal_names(latents):
            grid = traversal.traversal_grid(latents, name, samples=self.samples, **self.options)
            self._grids[f"traversals/{name}"] = grid
        for rows, columns in self.pairs:
            grid = traversal.traversal_grid(latents, columns, rows, **self.options)
            self._grids[f"traversals/{rows}-{columns}"] = grid
        reals = self.run_dir / "reals.png"
        if self.model.first_batch is not None and not reals.exists():
            _save(traversal.draw_images(self.model.first_batch, self.model.image_range), reals)
        if _has_tensorboard():
            import tensorflow as tf

            self._writer = tf.summary.create_file_writer(str(self.run_dir / "tensorboard" / "images"))

    def on_epoch_end(self, epoch, logs=None):
        """Draws every grid."""
        if (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]:
            self._draw(epoch)

    def on_train_end(self, logs=None):
        """Joins the epochs to GIFs."""
        for name in self._grids:
            pictures = sorted((self.run_dir / name).glob("epoch-*.png"))
            if pictures:
                traversal.write_gif(pictures, self.run_dir / f"{name}.gif")
        if self._writer is not None:
            self._writer.close()

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
                import tensorflow as tf

                with self._writer.as_default():
                    tf.summary.image(name, np.asarray(picture)[np.newaxis], step=epoch)


class LogFile(keras.callbacks.Callback):
    """Writes every logged quantity to a CSV file, one row per epoch, with its updates and seconds.

    The file is rewritten whole after each epoch. A resumed run replaces the rows of the epochs that it makes again.
    (Keras' CSVLogger would append them, after columns for a validation that there is none of.)

    Args:
        path: of the file.
    """

    def __init__(self, path):
        super().__init__()
        self.path = Path(path)
        self._rows = []
        self._started = 0.0

    def on_train_begin(self, logs=None):
        """Reads what an earlier part of the run wrote."""
        if self.path.is_file():
            with self.path.open(newline="") as file:
                self._rows = list(csv.DictReader(file))

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Writes the file."""
        seconds = round(time.monotonic() - self._started, 2)
        row = {"epoch": epoch + 1, "updates": int(self.model.updates), "seconds": seconds, **(logs or {})}
        self._rows = [earlier for earlier in self._rows if int(earlier["epoch"]) <= epoch] + [row]
        with replacing(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, row, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self._rows)


class StopOnNaN(keras.callbacks.Callback):
    """Raises FloatingPointError at the first update whose losses are NaN or infinite, as the release did.

    Nothing of that epoch is saved, so the last checkpoint is from before. (Keras' TerminateOnNaN reads a key, `loss`,
    that a GAN does not have.)
    """

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the losses."""
        bad = [name for name in ("d_loss", "g_loss") if not math.isfinite((logs or {}).get(name, 0.0))]
        if bad:
            raise FloatingPointError(
                f"{' and '.join(bad)} became NaN or infinite at batch {batch} of this epoch. The last checkpoint is "
                "from before; lower the learning rates, or the bound's weight of continuous codes with a learned std."
            )


class HealthWarnings(keras.callbacks.Callback):
    """Warns, once each, of what users of InfoGAN report: dead codes, a discriminator that has won, unused categories.

    - A code is dead when its bound stays within a tenth of the way from floor to ceiling (learned std: within 0.02
      nats of the floor) after `patience` epochs.
    - The discriminator has won when it tells every image rightly and the generator's loss has climbed for `patience`
      epochs.
    - A category is unused when Q gives it to none of the first batch's real images for `patience` epochs.

    Args:
        patience: epochs.
    """

    def __init__(self, patience=5):
        super().__init__()
        self.patience = patience
        self._streaks = {}
        self._last_g_loss = math.inf

    def on_epoch_end(self, epoch, logs=None):
        """Looks for each trouble."""
        self._look_at_discriminator(logs or {})
        for name, code in self.model.latents.codes.items():
            if f"mi/{name}" in (logs or {}):
                self._look_at_bound(name, code, logs[f"mi/{name}"])
        if self.model.first_batch is not None and hasattr(self.model, "encode"):
            self._look_at_categories()

    def _look_at_bound(self, name, code, bound):
        learned_std = "std_min" in code.diagnostic_names
        margin = 0.02 if learned_std else 0.1 * (code.mi_ceiling - code.mi_floor)
        self._count(
            f"dead/{name}",
            bound < code.mi_floor + margin,
            f"The code {name!r} is dead: its bound is {bound:.3f} nats, and {code.mi_floor:.3f} needs no image. Raise "
            f"its mi_weight, or give it fewer competitors.",
        )

    def _look_at_discriminator(self, logs):
        won = logs.get("d_accuracy", 0) > 0.999 and logs.get("g_loss", 0) > self._last_g_loss
        self._last_g_loss = logs.get("g_loss", math.inf)
        self._count(
            "discriminator",
            won,
            "The discriminator has won: it tells every image and the generator's loss climbs. Lower d_optimizer's "
            "learning rate, or raise g_optimizer's.",
        )

    def _look_at_categories(self):
        codes = self.model.encode(self.model.first_batch)
        for name, code in self.model.latents.codes.items():
            ids = codes.get(f"{name}_id")
            if ids is None or len(ids) < 10 * code.size:
                continue
            unused = sorted(set(range(code.size)) - set(ids.tolist()))
            self._count(
                f"unused/{name}",
                bool(unused),
                f"Q gives none of {len(ids)} real images these categories of {name!r}: "
                f"{', '.join(map(str, unused))}. The generator may use them for images that the data does not have.",
            )

    def _count(self, trouble, present, message):
        self._streaks[trouble] = self._streaks.get(trouble, 0) + 1 if present else 0
        if self._streaks[trouble] == self.patience:
            warnings.warn(message, stacklevel=2)


class Checkpoints(keras.callbacks.Callback):
    """Saves the whole model after each epoch, and the finished one at the end.

    `<run_dir>/checkpoints/epoch-007.keras` holds networks, both optimizers and the number of updates. It is written
    beside its place and renamed, and older ones are deleted after that, so a kill at any moment leaves `keep` intact
    ones. `<run_dir>/model.keras` is written when training ends.

    Args:
        run_dir: the folder.
        keep: how many of the newest are kept.
    """

    def __init__(self, run_dir, keep=2):
        super().__init__()
        self.run_dir = Path(run_dir)
        self.keep = keep

    def on_epoch_end(self, epoch, logs=None):
        """Writes this epoch's and deletes what is too old."""
        folder = self.run_dir / "checkpoints"
        with replacing(folder / f"epoch-{epoch + 1:03d}.keras") as path:
            self.model.save(path)
        for old in _checkpoints(folder)[self.keep :]:
            old.unlink()

    def on_train_end(self, logs=None):
        """Writes the finished model."""
        with replacing(self.run_dir / "model.keras") as path:
            self.model.save(path)


def restore(folder, model):
    """Loads the newest intact checkpoint of a folder into a model, and says which epochs it holds.

    A damaged one is passed over with a warning.

    Args:
        folder: that `Checkpoints` wrote to.
        model: a compiled model of the same configuration.

    Returns:
        The number of finished epochs; 0, with the model as it was, where there is no checkpoint yet.

    Raises:
        ValueError: where there are checkpoints and none can be read.
    """
    checkpoints = _checkpoints(Path(folder))
    for path in checkpoints:
        try:
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()
            if damaged:
                raise OSError(f"{damaged} fails its checksum")
            model.load_weights(path)
        except (OSError, zipfile.BadZipFile) as error:
            warnings.warn(f"{path} is damaged ({error}); an older checkpoint is tried.", stacklevel=2)
        else:
            return _epoch(path)
    if checkpoints:
        raise ValueError(f"None of the {len(checkpoints)} checkpoints in {folder} can be read. Start a new run.")
    return 0


def _checkpoints(folder):
    """The newest first."""
    return sorted((p for p in folder.glob("epoch-*.keras")), key=_epoch, reverse=True)


def _epoch(path):
    return int(re.search(r"epoch-(\d+)", path.name).group(1))


def _config(model, settings):
    if model.d_optimizer is None:
        raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before for_run.")
    compiled = model.get_compile_config()
    for optimizer in ("d_optimizer", "g_optimizer"):
        # Keras counts the optimizers of a process: adam, adam_1, ...
        compiled[optimizer]["config"].pop("name", None)
    return {
        "infogan_keras": infogan_keras.__version__,
        "settings": settings,
        "compile": compiled,
        "model": model.get_config(),
    }


def _require_same_config(run_dir, config):
    path = run_dir / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"There is no run to resume in {run_dir} (no config.json).")
    earlier = json.loads(path.read_text())
    ours, theirs = _flat(config), _flat(earlier)
    different = [
        f"{key} was {theirs.get(key)!r} and is {ours.get(key)!r}"
        for key in sorted({*ours, *theirs} - {"infogan_keras"})
        if ours.get(key) != theirs.get(key)
    ]
    if different:
        raise ValueError(
            f"The run in {run_dir} has another configuration: {'; '.join(different[:5])}"
            f"{f'; and {len(different) - 5} more' if len(different) > 5 else ''}. Resume it as it was started, or "
            "start a new run."
        )


def _flat(value, prefix=""):
    """Nested dicts and lists as one dict with dotted keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {prefix.removesuffix("."): value}
    return {key: leaf for name, inner in items for key, leaf in _flat(inner, f"{prefix}{name}.").items()}


def _save(picture, path):
    with replacing(path) as temporary:
        picture.save(temporary)


def _has_tensorboard():
    return importlib.util.find_spec("tensorboard") is not None


def _tensorboard(run_dir):
    if not _has_tensorboard():
        return []
    return [keras.callbacks.TensorBoard(run_dir / "tensorboard", write_graph=False, profile_batch=0)]
