"""A training run in a folder of its own: started, resumed, finished."""

import json
from pathlib import Path
from typing import Any

import keras

from infogan_keras import __version__
from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_file, local_path, remove_unfinished, sync_folder
from infogan_keras._replicas import is_chief
from infogan_keras.runs.checkpoints import Checkpoints, FinishedModel, load_newest, require_readable, saved_updates
from infogan_keras.runs.health import HealthWarnings, StopOnNaN
from infogan_keras.runs.log_file import LogFile, read_log
from infogan_keras.runs.pictures import TraversalGrid, has_tensorboard


class Run:
    """A model in training, and the folder that holds what the training leaves behind; see `start` and `resume`.

    Attributes:
        directory: the folder, a `pathlib.Path`.
        model: a compiled model.
        settings: the dict that the run was started with.
        epochs: of the whole run.
        steps_per_epoch: updates.
        limit: of the pictures: continuous codes go from -limit to limit. Runs of version 0.1 did not note it, and get
            1 unless it is set before `fit`.
    """

    def __init__(
        self,
        directory: Path,
        model: keras.Model,
        *,
        epochs: int,
        steps_per_epoch: int,
        settings: dict[str, Any],
        limit: float,
        resumed: bool,
    ):
        self.directory = directory
        self.model = model
        self.epochs = positive_int("epochs", epochs)
        self.steps_per_epoch = positive_int("steps_per_epoch", steps_per_epoch)
        self.settings = settings
        self.limit = limit
        self._resumed = resumed
        self._callbacks: list[keras.callbacks.Callback] | None = None

    @property
    def epochs_done(self) -> int:
        """Whole epochs of updates that the model has made."""
        return self.model.updates // self.steps_per_epoch

    @property
    def finished(self) -> bool:
        """Whether the model has made all updates, and `model.keras` in the folder is this model.

        Both are counted in updates, so copied folders and wrong clocks change nothing.
        """
        if self.epochs_done < self.epochs:
            return False
        return saved_updates(self.directory / "model.keras") == self.model.updates

    @property
    def callbacks(self) -> list[keras.callbacks.Callback]:
        """What fills the folder; of several workers the chief has them all, the others what all do together."""
        if self._callbacks is None:
            self._callbacks = self._make_callbacks()
        return self._callbacks

    def fit(self, x, *args, callbacks=(), **kwargs) -> keras.callbacks.History:
        """Trains up to the run's last epoch.

        Args:
            x: as in `model.fit`, such as a dataset of images. To go on bit for bit it begins at batch
                `model.updates`; the loaders of `ig.datasets` have `start_step` for that.
            *args: likewise.
            callbacks: more of them.
            **kwargs: further arguments of `model.fit`.

        Returns:
            Keras' `History`.

        Raises:
            FileExistsError: for a new run, where the folder has been filled since `start`.
            FileNotFoundError: where the folder is deleted or moved meanwhile, at the end of the epoch.
            ValueError: where the data ends before an epoch does.
        """
        return self.model.fit(
            x,
            *args,
            epochs=self.epochs,
            initial_epoch=self.epochs_done,
            steps_per_epoch=self.steps_per_epoch,
            callbacks=[*self.callbacks, *keras.tree.flatten(callbacks or [])],
            **kwargs,
        )

    def _make_callbacks(self):
        resume = self._resumed
        checkpoints = Checkpoints(self.directory, resume=resume)
        finished = FinishedModel(self.directory)
        if not is_chief(self.model.distribute_strategy):
            return [StopOnNaN(), checkpoints, finished]
        # At the end the model is written before pictures are joined; in each epoch the checkpoint comes last, so that
        # what a kill prevented is made again.
        return [
            _Folder(self),
            StopOnNaN(),
            finished,
            LogFile(self.directory / "log.csv", resume=resume),
            HealthWarnings(),
            TraversalGrid(self.directory, limit=self.limit, resume=resume),
            *_tensorboard(self.directory),
            checkpoints,
        ]


def start(
    directory: str | Path,
    model: keras.Model,
    *,
    epochs: int,
    steps_per_epoch: int = 100,
    settings: dict[str, Any] | None = None,
    limit: float = 1.0,
) -> Run:
    """A new run, whose folder is filled once `fit` has looked at the data.

    A folder holds

        config.json   settings, epochs and steps; for people, the model's configuration too
        log.csv       every logged quantity, one row per epoch
        reals.png     real images, written before the first step
        samples/      one picture of random images per epoch; samples.gif at the end
        traversals/   one folder of pictures and one GIF per code
        checkpoints/  the last two epochs, each a loadable .keras file
        tensorboard/  where TensorBoard is installed
        model.keras   the finished model

    Of several workers (`tf.distribute.MultiWorkerMirroredStrategy`) the chief fills the folder, and every one of them
    calls this and `fit`, as saving a model is something that all do together.

    Args:
        directory: a folder that does not exist, or is empty, as from `new_directory`.
        model: a compiled model.
        epochs: of the whole run.
        steps_per_epoch: updates.
        settings: whatever else defines the run (data, batch size, ...), for `resume` to give back: JSON. What JSON
            cannot hold becomes text.
        limit: of the pictures: continuous codes go from -limit to limit.

    Raises:
        FileExistsError: for a folder that holds something: nothing is overwritten.
        RuntimeError: for a model that is not compiled.
        ValueError: for an address (`gs://...`) as the folder, epochs or steps that are not positive integers, a model
            that has made updates which do not end an epoch before the last, and codes, views or learning rates that
            could not be read back from a checkpoint, as those with a lambda.

    Example:
        run = ig.runs.start("runs/photos", model, epochs=50, steps_per_epoch=100, settings={"batch_size": 64})
        run.fit(ig.datasets.images.load("photos", (64, 64, 3), batch_size=64))
    """
    if model.d_optimizer is None:
        raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before runs.start.")
    require_readable(model)
    run = Run(
        local_path(directory),
        model,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        settings=json.loads(json.dumps(settings or {}, default=str)),
        limit=limit,
        resumed=False,
    )
    if model.updates % run.steps_per_epoch or run.epochs_done >= run.epochs:
        raise ValueError(
            f"The model has made {model.updates} updates already, which epochs={epochs} and "
            f"steps_per_epoch={steps_per_epoch} count: expected a multiple of the steps, and more epochs."
        )
    if is_chief(model.distribute_strategy):
        _require_empty(run.directory)
    return run


def resume(directory: str | Path, *, epochs: int | None = None) -> Run:
    """The run in a folder, with model, optimizers and settings as its newest intact checkpoint has them.

    A run that was killed loses at most the epoch that it was in, and goes on bit for bit. Damaged checkpoints are
    passed over with a warning and renamed. Under a `tf.distribute` strategy call this in `strategy.scope()`, and on
    every worker; they all must see the folder.

    Args:
        directory: the folder.
        epochs: of the whole run; None for as many as before.

    Raises:
        FileNotFoundError: where there is no run.
        OSError: for a checkpoint that cannot be read now, as on a disk that is away.
        ValueError: where no checkpoint can be loaded, or config.json is damaged, and for fewer epochs than were made.

    Example:
        run = ig.runs.resume("runs/photos")
        if not run.finished:
            run.fit(ig.datasets.images.load("photos", (64, 64, 3), batch_size=run.settings["batch_size"],
                                            start_step=run.model.updates))
    """
    directory = local_path(directory)
    config = _read_config(directory)
    loaded = load_newest(directory / "checkpoints")
    if loaded is None:
        has = "the results of a run" if _has_results(directory) else "a run that was stopped before its first epoch"
        raise ValueError(f"{directory} has {has}, and no checkpoint to go on from. Start a new run in another folder.")
    epoch, model = loaded
    run = Run(
        directory,
        model,
        epochs=config["epochs"] if epochs is None else epochs,
        # Version 0.1 did not write it; its checkpoints begin with epoch 1.
        steps_per_epoch=config.get("steps_per_epoch") or model.updates // epoch,
        settings=config["settings"],
        limit=config.get("limit", 1.0),
        resumed=True,
    )
    if run.epochs < run.epochs_done:
        raise ValueError(f"epochs={epochs}: the run in {directory} has made {run.epochs_done} of {config['epochs']}.")
    return run


class _Folder(keras.callbacks.Callback):
    """Claims the folder when training begins, writes config.json, and sees that the folder stays there.

    So data that `fit` refuses leaves nothing behind.
    """

    def __init__(self, run):
        super().__init__()
        self.run = run

    def on_train_begin(self, logs=None):
        run = self.run
        if run._resumed:
            self._require_folder()
            remove_unfinished(run.directory)
        else:
            self._claim()
            run._resumed = True
        config = {
            "infogan_keras": __version__,
            "settings": run.settings,
            "epochs": run.epochs,
            "steps_per_epoch": run.steps_per_epoch,
            "limit": run.limit,
            "compile": run.model.get_compile_config(),
            "model": run.model.get_config(),
        }
        with atomic_file(run.directory / "config.json") as path:
            path.write_text(json.dumps(config, indent=1, default=str))

    def on_epoch_end(self, epoch, logs=None):
        self._require_folder()
        expected = (epoch + 1) * self.run.steps_per_epoch
        if self.model.updates != expected:
            raise ValueError(
                f"Epoch {epoch + 1} ended after {self.model.updates} updates in all, and {expected} were expected: "
                "the data ended, or a callback stopped the epoch. Pass data that repeats, or fewer steps_per_epoch."
            )

    def on_train_end(self, logs=None):
        self._require_folder()

    def _claim(self):
        directory = self.run.directory
        directory.mkdir(parents=True, exist_ok=True)
        _require_empty(directory)
        try:
            # Of two runs that find the folder empty, one makes this one.
            (directory / "checkpoints").mkdir()
        except FileExistsError:
            raise _exists(directory) from None
        sync_folder(directory.parent)

    def _require_folder(self):
        if not (self.run.directory / "config.json").is_file():
            raise FileNotFoundError(
                f"{self.run.directory} was deleted or moved while its run trained. Nothing more is written; to go on, "
                "resume the folder where it is now."
            )


def _require_empty(directory):
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise _exists(directory)


def _exists(directory):
    return FileExistsError(f"{directory} exists. Choose another folder, or resume the run in it.")


def _read_config(directory):
    path = directory / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"There is no run to resume in {directory} (no config.json).")
    try:
        config = json.loads(path.read_text())
        if not {"epochs", "settings"} <= set(config):
            raise ValueError("it has no epochs or settings")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {error}. Put back a copy of it, or start a new run.") from None
    return config


def _has_results(directory):
    log = directory / "log.csv"
    # The first epoch's row is written just before its checkpoint.
    return (directory / "model.keras").exists() or (log.is_file() and len(read_log(log)) > 1)


def _tensorboard(directory):
    if not has_tensorboard():
        return []
    return [keras.callbacks.TensorBoard(directory / "tensorboard", write_graph=False, profile_batch=0)]
