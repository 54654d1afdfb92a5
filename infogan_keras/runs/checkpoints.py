"""Checkpoints of a run: written each epoch, and the newest intact one loaded."""

import io
import re
import tempfile
import warnings
import zipfile
from pathlib import Path

import h5py
import keras

from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_file, local_path
from infogan_keras._replicas import is_chief

MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}


class Checkpoints(keras.callbacks.Callback):
    """Saves the whole model after each epoch, and before the first one.

    `<run_dir>/checkpoints/epoch-007.keras` holds networks, both optimizers and the number of updates; epoch 0 is the
    model as training found it. Each is on the disk before older ones are deleted, so a kill or a power cut at any
    moment leaves one intact. Files of other names are left alone. Of several workers only the chief's files are kept.

    Args:
        run_dir: the folder.
        keep: how many of the newest are kept.
        resume: go on in a folder that holds checkpoints of the same run.

    Raises:
        ValueError: for keeping none, for an address (`gs://...`) as the folder, and when an epoch begins that the
            folder has a later one of.
        FileExistsError: when training begins in a folder that holds checkpoints already, without `resume`.

    Example:
        model.fit(images, epochs=5, steps_per_epoch=100, callbacks=[ig.callbacks.Checkpoints("runs/mine")])
    """

    def __init__(self, run_dir: str | Path, keep: int = 2, resume: bool = False):
        super().__init__()
        self.folder = local_path(run_dir) / "checkpoints"
        self.keep = positive_int("keep", keep)
        self.resume = resume

    def on_train_begin(self, logs=None):
        """Refuses the folder of another run."""
        if not self.resume and is_chief(self.model.distribute_strategy) and find_checkpoints(self.folder):
            raise FileExistsError(
                f"{self.folder} holds the checkpoints of an earlier run. Choose another folder, or resume=True."
            )

    def on_epoch_begin(self, epoch, logs=None):
        """Writes the model that training begins with; refuses to go back behind what the folder holds."""
        last = max(find_checkpoints(self.folder), default=0) if is_chief(self.model.distribute_strategy) else 0
        if last > epoch:
            raise ValueError(
                f"{self.folder} holds epoch {last} already, and this is epoch {epoch + 1}. Call fit with "
                f"initial_epoch={last}, or choose another folder."
            )
        if not self.resume:
            self._save(epoch)
        self.resume = True

    def on_epoch_end(self, epoch, logs=None):
        """Writes this epoch's and deletes what is too old."""
        self._save(epoch + 1)
        if is_chief(self.model.distribute_strategy):
            for old in list(find_checkpoints(self.folder).values())[self.keep :]:
                old.unlink()

    def _save(self, epoch):
        _save(self.model, self.folder / f"epoch-{epoch:03d}.keras")


class FinishedModel(keras.callbacks.Callback):
    """Writes `<run_dir>/model.keras` when training ends; of several workers the chief's is kept.

    Args:
        run_dir: the folder.

    Raises:
        ValueError: for an address (`gs://...`) as the folder.
    """

    def __init__(self, run_dir: str | Path):
        super().__init__()
        self.path = local_path(run_dir) / "model.keras"

    def on_train_end(self, logs=None):
        """Writes the file."""
        _save(self.model, self.path)


def require_readable(model):
    """Tries what loading a checkpoint will do with the parts that may hold a user's functions.

    Raises:
        ValueError: for codes, views and learning rates with a function that no checkpoint could give back.
    """
    for part in (model.latents, *getattr(model, "views", ()), model.d_optimizer, model.g_optimizer):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Keras warns of a lambda, which it then refuses to read.
                config = keras.saving.serialize_keras_object(part)
            keras.saving.deserialize_keras_object(config)
        except Exception as error:  # Keras raises several kinds, and the constructors of users' classes any.
            raise ValueError(
                f"{part} could not be read back from this run's checkpoints. Write its functions with def, and "
                "register them and your classes: @keras.saving.register_keras_serializable()."
            ) from error


def load_newest(folder: str | Path) -> tuple[int, keras.Model] | None:
    """(epoch, model) of the newest intact checkpoint of a folder; None where there are no checkpoints.

    Damaged ones are passed over with a warning and, once an older one is loaded, renamed to `<name>.damaged`.

    Raises:
        OSError: for a checkpoint that cannot be read now, as on a disk that is away.
        ValueError: where all checkpoints are damaged, or the newest intact one cannot be loaded, as when a layer of
            the user's own is not registered with Keras.
    """
    checkpoints = find_checkpoints(Path(folder))
    damaged = []
    for epoch, path in checkpoints.items():
        if damage := _damage(path):
            warnings.warn(f"{path} is damaged ({damage}); an older checkpoint is tried.", stacklevel=2)
            damaged.append(path)
            continue
        try:
            model = keras.saving.load_model(path)
        except Exception as error:  # Whatever the constructors of a user's layers raise.
            raise ValueError(f"{path} is intact and cannot be loaded: {error}") from error
        if is_chief(model.distribute_strategy):
            for later in damaged:
                later.rename(f"{later}.damaged")
        return epoch, model
    if checkpoints:
        raise ValueError(f"None of the {len(checkpoints)} checkpoints in {folder} can be read. Start a new run.")
    return None


def find_checkpoints(folder: Path) -> dict[int, Path]:
    """`{epoch: path}` of the checkpoints in a folder, the newest first; other files are not looked at."""
    names = ((re.fullmatch(r"epoch-(\d{3,})\.keras", path.name), path) for path in folder.glob("epoch-*.keras"))
    return dict(sorted(((int(name[1]), path) for name, path in names if name), reverse=True))


def saved_updates(path: Path) -> int | None:
    """How many updates the model of a `.keras` file has made; None where there is no intact file."""
    if not path.is_file() or _damage(path):
        return None
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
        return int(weights["vars/0"][()])


def _save(model, path):
    """Saves a model: something that all workers do together, and of which the chief keeps the file."""
    if is_chief(model.distribute_strategy):
        with atomic_file(path) as temporary:
            model.save(temporary)
    else:
        with tempfile.TemporaryDirectory(prefix="infogan-worker-") as folder:
            model.save(Path(folder) / path.name)


def _damage(path):
    """What is wrong with a `.keras` file, None where nothing is."""
    try:
        content = io.BytesIO(path.read_bytes())
    except FileNotFoundError as error:  # The chief has renamed it just now.
        return error
    try:
        with zipfile.ZipFile(content) as archive:
            if missing := MEMBERS - set(archive.namelist()):
                return f"it has no {', '.join(sorted(missing))}"
            damaged = archive.testzip()
    except Exception as error:  # Those of zip files are of many kinds.
        return error
    return f"{damaged} fails its checksum" if damaged else None
