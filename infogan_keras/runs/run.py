"""The run folder: settings, log and checkpoints, and how a run is resumed."""

import csv
import io
import json
import re
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

import keras

from infogan_keras import __version__
from infogan_keras._arguments import positive_int
from infogan_keras._files import local_path, atomic_file
from infogan_keras.runs.health import HealthWarnings, StopOnNaN
from infogan_keras.runs.pictures import TraversalGrid, has_tensorboard
from infogan_keras._replicas import is_chief


def for_run(run_dir, model, *, settings=None, resume=False, limit=1.0):
    """The callbacks that fill a new run folder, or that go on with one.

    With `resume`, the newest intact checkpoint is loaded into the model first; `model.updates` then says how many
    updates were made. A run that was killed loses at most the epoch that it was in.

    Of several workers (`tf.distribute.MultiWorkerMirroredStrategy`) the chief fills the folder, and every one of them
    calls this, as saving a model is something that all do together.

    Args:
        run_dir: the folder; to resume, every worker must see it.
        model: a compiled model.
        settings: whatever else defines the run (batch size, steps per epoch, ...), as JSON; a resumed run must have
            the same. What JSON cannot hold is written as text.
        resume: go on with the run in that folder.
        limit: of the traversals, see `TraversalGrid`.

    Returns:
        A list for `fit(callbacks=...)`.

    Raises:
        FileExistsError: for an existing folder without `resume`: nothing is overwritten.
        FileNotFoundError: with `resume`, where there is no run.
        ValueError: with `resume`, for a run with another configuration, checkpoints of which none can be read, or none
            at all beside later results; for an address (`gs://...`) as the folder.

    Example:
        callbacks = for_run("runs/mine", model, settings={"batch_size": 128}, resume=True)
        done = model.updates
        model.fit(mnist.load(start_step=done), epochs=50, steps_per_epoch=100, initial_epoch=done // 100,
                  callbacks=callbacks)
    """
    run_dir = local_path(run_dir)
    config = json.loads(json.dumps(_config(model, settings or {}), default=str))
    if resume:
        config = _require_same_config(run_dir, config)
        if not restore(run_dir / "checkpoints", model) and _is_beyond_first_epoch(run_dir):
            raise ValueError(f"{run_dir} has the results of a run, and no checkpoint to go on from. Start a new run.")
    if not is_chief(model.distribute_strategy):
        return [StopOnNaN(), Checkpoints(run_dir)]
    if run_dir.exists() and not resume:
        raise _exists(run_dir)
    return [
        _Folder(run_dir, config, resume),
        StopOnNaN(),
        LogFile(run_dir / "log.csv", resume=resume),
        HealthWarnings(),
        TraversalGrid(run_dir, limit=limit, resume=resume),
        *_tensorboard(run_dir),
        Checkpoints(run_dir),
    ]


class _Folder(keras.callbacks.Callback):
    """Makes the run folder when training begins, so that data which `fit` refuses leaves nothing behind.

    Its `config.json` has the configuration, and of the latest `fit` the epochs.
    """

    def __init__(self, run_dir, config, resume):
        super().__init__()
        self.run_dir = run_dir
        self.config = config
        self.made = resume

    def on_train_begin(self, logs=None):
        if not self.made:
            try:
                self.run_dir.mkdir(parents=True)
            except FileExistsError:
                raise _exists(self.run_dir) from None
            self.made = True
        with atomic_file(self.run_dir / "config.json") as path:
            path.write_text(json.dumps({**self.config, "epochs": self.params["epochs"]}, indent=1))


class LogFile(keras.callbacks.Callback):
    """Writes every logged quantity to a CSV file, one row per epoch, with its updates and seconds.

    The file is rewritten whole after each epoch. A resumed run replaces the rows of the epochs that it makes again.
    (Keras' CSVLogger would append them, after columns for a validation that there is none of.)

    Args:
        path: of the file.
        resume: go on with the file of the same run.

    Raises:
        FileExistsError: when training begins and there is the file, without `resume`.
    """

    def __init__(self, path, resume=False):
        super().__init__()
        self.path = local_path(path)
        self.resume = resume
        self._rows = []
        self._started = 0.0

    def on_train_begin(self, logs=None):
        """Reads what an earlier part of the run wrote."""
        if self.path.is_file():
            if not self.resume:
                raise FileExistsError(f"{self.path} is the log of an earlier run. Choose another path, or resume=True.")
            self._rows = _read_log(self.path)
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
            writer = csv.DictWriter(file, dict.fromkeys(name for row in self._rows for name in row))
            writer.writeheader()
            writer.writerows(self._rows)


class Checkpoints(keras.callbacks.Callback):
    """Saves the whole model after each epoch, and the finished one at the end.

    `<run_dir>/checkpoints/epoch-007.keras` holds networks, both optimizers and the number of updates. It is written
    beside its place and renamed, and older ones are deleted after that, so a kill at any moment leaves `keep` intact
    ones. `<run_dir>/model.keras` is written when training ends. Workers other than the chief write to a folder of their
    own, which is deleted at the end.

    Args:
        run_dir: the folder.
        keep: how many of the newest are kept.

    Raises:
        ValueError: for keeping none, and when training begins before the last epoch that the folder holds.
    """

    def __init__(self, run_dir, keep=2):
        super().__init__()
        self.run_dir = local_path(run_dir)
        self.keep = positive_int("keep", keep)
        self._elsewhere = None

    def on_train_begin(self, logs=None):
        """Deletes what a killed process was writing."""
        if not is_chief(self.model.distribute_strategy):
            self._elsewhere = tempfile.TemporaryDirectory(prefix="infogan-worker-")
        for path in (self._folder / "checkpoints").glob(".*-epoch-*.keras"):
            path.unlink()

    def on_epoch_begin(self, epoch, logs=None):
        """Refuses to go back behind what the folder holds."""
        last = max(map(_epoch, _checkpoints(self._folder / "checkpoints")), default=0)
        if last > epoch:
            raise ValueError(
                f"{self._folder} holds epoch {last} already, and this is epoch {epoch + 1}. Call fit with "
                f"initial_epoch={last}, or choose another folder."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Writes this epoch's and deletes what is too old."""
        folder = self._folder / "checkpoints"
        with atomic_file(folder / f"epoch-{epoch + 1:03d}.keras") as path:
            self.model.save(path)
        for old in _checkpoints(folder)[self.keep :]:
            old.unlink()

    def on_train_end(self, logs=None):
        """Writes the finished model."""
        with atomic_file(self._folder / "model.keras") as path:
            self.model.save(path)
        if self._elsewhere is not None:
            self._elsewhere.cleanup()

    @property
    def _folder(self):
        return self.run_dir if self._elsewhere is None else Path(self._elsewhere.name)


def restore(folder, model):
    """Loads the newest intact checkpoint of a folder into a model; without any, the model stays as it was.

    Damaged ones are passed over with a warning and, once an older one is loaded, renamed to `<name>.damaged`.

    Args:
        folder: that `Checkpoints` wrote to.
        model: a compiled model of the same configuration.

    Returns:
        Whether one was loaded.

    Raises:
        OSError: for a checkpoint that cannot be read now, as on a disk that is away.
        ValueError: where there are checkpoints and all are damaged, or the newest intact one is of another model
            (which leaves this one with a part of its weights).
    """
    checkpoints = _checkpoints(Path(folder))
    damaged = []
    for path in checkpoints:
        if damage := _damage(path):
            warnings.warn(f"{path} is damaged ({damage}); an older checkpoint is tried.", stacklevel=2)
            damaged.append(path)
            continue
        try:
            model.load_weights(path)
        except ValueError as error:
            raise ValueError(f"{path} is of another model: {error}") from None
        if is_chief(model.distribute_strategy):
            for later in damaged:
                later.rename(f"{later}.damaged")
        return True
    if checkpoints:
        raise ValueError(f"None of the {len(checkpoints)} checkpoints in {folder} can be read. Start a new run.")
    return False


def _is_beyond_first_epoch(run_dir):
    """Whether a run has what is written after a checkpoint."""
    log = run_dir / "log.csv"
    # The first epoch's row is written just before its checkpoint.
    return (run_dir / "model.keras").exists() or (log.is_file() and len(_read_log(log)) > 1)


def _read_log(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _damage(path):
    """What is wrong with a zip file, None where nothing is."""
    try:
        content = io.BytesIO(path.read_bytes())
    except FileNotFoundError as error:  # The chief has renamed it just now.
        return error
    try:
        with zipfile.ZipFile(content) as archive:
            damaged = archive.testzip()
    except Exception as error:  # Those of zip files are of many kinds.
        return error
    return f"{damaged} fails its checksum" if damaged else None


def _checkpoints(folder):
    """The newest first."""
    return sorted((p for p in folder.glob("epoch-*.keras")), key=_epoch, reverse=True)


def _epoch(path):
    return int(re.search(r"epoch-(\d+)", path.name).group(1))


def _config(model, settings):
    if model.d_optimizer is None:
        raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before for_run.")
    compiled = model.get_compile_config()
    for key in ("d_optimizer", "g_optimizer"):
        # Keras counts the optimizers of a process: adam, adam_1, ...; a scaled one has another inside.
        optimizer = compiled[key]
        while optimizer:
            optimizer["config"].pop("name", None)
            optimizer = optimizer["config"].get("inner_optimizer")
    return {
        "infogan_keras": __version__,
        "settings": settings,
        "compile": compiled,
        "model": model.get_config(),
    }


def _require_same_config(run_dir, config):
    """The configuration that the run has in its folder, which is checked to be the same."""
    path = run_dir / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"There is no run to resume in {run_dir} (no config.json).")
    earlier = json.loads(path.read_text())
    ours, theirs = _flat(config), _flat(earlier)
    different = [
        f"{key} was {theirs.get(key)!r} and is {ours.get(key)!r}"
        for key in sorted({*ours, *theirs} - {"infogan_keras", "epochs"})
        if _uncounted(key, ours.get(key)) != _uncounted(key, theirs.get(key))
    ]
    if different:
        raise ValueError(
            f"The run in {run_dir} has another configuration: {'; '.join(different[:5])}"
            f"{f'; and {len(different) - 5} more' if len(different) > 5 else ''}. Resume it as it was started, or "
            "start a new run."
        )
    return earlier


def _uncounted(key, value):
    """Without the number of a layer's name: Keras counts the layers of a process, dense, dense_1, ..."""
    of_layers = key.startswith(("model.generator.", "model.discriminator.", "model.augmentation."))
    return re.sub(r"_\d+$", "", value) if of_layers and isinstance(value, str) else value


def _exists(run_dir):
    return FileExistsError(f"{run_dir} exists. Choose another folder, or resume the run in it (resume=True, --resume).")


def _flat(value, prefix=""):
    """Nested dicts and lists as one dict with dotted keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {prefix.removesuffix("."): value}
    return {key: leaf for name, inner in items for key, leaf in _flat(inner, f"{prefix}{name}.").items()}


def _tensorboard(run_dir):
    if not has_tensorboard():
        return []
    return [keras.callbacks.TensorBoard(run_dir / "tensorboard", write_graph=False, profile_batch=0)]
