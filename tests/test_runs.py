import contextlib
import errno
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import make_latents, make_model, weights
from test_callbacks import read_log

import infogan_keras as ig
from infogan_keras import callbacks, runs
from infogan_keras.architectures import Architecture, Dense
from infogan_keras.runs import checkpoints

DATA = Path(__file__).parent / "data"
PIXELS = np.random.default_rng(0).uniform(size=(16, 8, 8, 1)).astype(np.float32)
STEPS = 2
SMALL = Architecture(
    name="small",
    image_shape=(8, 8, 1),
    image_range=(0, 1),
    trunk=(Dense((4,)),),
    recognition=(),
    generator=(Dense((4, 4, 2)),),
)


def make(**arguments):
    latents = make_latents(digit=ig.Categorical(3), width=ig.Uniform(1))
    return make_model(latents, architecture=SMALL, **arguments)


class StopError(Exception):
    pass


class StopAt(keras.callbacks.Callback):
    """Ends training in the middle of an epoch, as a signal does."""

    def __init__(self, epoch, how=None):
        super().__init__()
        self.stop, self.how = epoch, how

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == (self.stop, 0):
            if self.how is not None:
                os.kill(os.getpid(), self.how)
            raise StopError


def train(run, **arguments):
    data = ig.datasets.images.load(PIXELS, run.model.image_shape, batch_size=8, start_step=run.model.updates)
    run.fit(data, verbose=0, **arguments)
    return run


def start(directory, epochs=3, model=None, **arguments):
    return runs.start(directory, model or make(), epochs=epochs, steps_per_epoch=STEPS, **arguments)


def start_and_stop(directory, epoch, epochs=3):
    with pytest.raises(StopError):
        train(start(directory, epochs, settings={"batch_size": 8}), callbacks=[StopAt(epoch)])
    return directory


def require_equal(model, other):
    for path, value in weights(model).items():
        np.testing.assert_array_equal(value, weights(other)[path], err_msg=path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of three epochs."""
    settings = {"batch_size": 8, "from": Path("photos"), "size": np.int64(8)}
    return train(start(tmp_path_factory.mktemp("runs") / "finished", settings=settings))


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished run's folder."""
    return Path(shutil.copytree(finished.directory, tmp_path / "copy"))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_run_leaves_behind(finished):
    directory = finished.directory
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    grids = ["samples", "traversals/digit", "traversals/width"]
    pictures = {f"{name}/epoch-{epoch:03d}.png" for name in grids for epoch in (1, 2, 3)}
    gifs = {f"{name}.gif" for name in grids}
    saved = {"checkpoints/epoch-002.keras", "checkpoints/epoch-003.keras", "model.keras"}
    rest = {"config.json", "log.csv", "reals.png"}
    assert {name for name in files if not name.startswith("tensorboard")} == pictures | gifs | saved | rest
    assert [name for name in files if name.startswith("tensorboard/images")]
    assert [name for name in files if name.startswith("tensorboard/train")]

    rows = read_log(directory)
    assert [(row["epoch"], row["updates"]) for row in rows] == [("1", "2"), ("2", "4"), ("3", "6")]
    assert all(float(row["mi/digit"]) < 1.1 and float(row["seconds"]) > 0 for row in rows)
    config = json.loads((directory / "config.json").read_text())
    assert (config["epochs"], config["steps_per_epoch"], config["limit"]) == (3, 2, 1.0)
    assert config["compile"]["d_optimizer"]["config"]["beta_1"] == 0.5
    require_equal(finished.model, keras.saving.load_model(directory / "model.keras"))
    assert finished.finished
    assert finished.epochs_done == 3


def test_a_resumed_run_is_the_one_that_was_started(finished):
    resumed = runs.resume(finished.directory)
    require_equal(finished.model, resumed.model)
    assert resumed.settings == finished.settings == {"batch_size": 8, "from": "photos", "size": "8"}
    assert (resumed.epochs, resumed.steps_per_epoch, resumed.limit) == (3, 2, 1.0)
    assert resumed.model.get_compile_config()["d_optimizer"]["config"]["beta_1"] == 0.5


@pytest.mark.parametrize("epoch", [0, 2])
def test_a_stopped_run_goes_on_bit_for_bit(tmp_path, finished, epoch):
    """Its weights, optimizers, log and pictures are those of the run that was never stopped."""
    directory = start_and_stop(tmp_path / "run", epoch)
    resumed = runs.resume(directory)
    assert (resumed.epochs_done, resumed.finished) == (epoch, False)
    assert train(resumed).finished
    require_equal(finished.model, resumed.model)
    for ours, theirs in zip(read_log(directory), read_log(finished.directory), strict=True):
        assert ours | {"seconds": 0} == theirs | {"seconds": 0}
    for picture in finished.directory.rglob("*.png"):
        assert (directory / picture.relative_to(finished.directory)).read_bytes() == picture.read_bytes()


@pytest.mark.slow
def test_kill_9_and_resume(tmp_path):
    script = f"""
        import signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_runs import StopAt, make, start, train
        train(start("killed", model=make(run_eagerly=False)), callbacks=[StopAt(2, signal.SIGKILL)])
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, capture_output=True)
    assert result.returncode == -signal.SIGKILL, result.stderr.decode()
    run = runs.resume(tmp_path / "killed")
    assert run.epochs_done == 2
    require_equal(train(start(tmp_path / "whole", model=make(run_eagerly=False))).model, train(run).model)


def test_a_run_of_version_0_1_goes_on(tmp_path):
    directory = shutil.copytree(DATA / "old_run", tmp_path / "run")
    run = runs.resume(directory)
    assert (run.epochs, run.steps_per_epoch, run.epochs_done, run.finished) == (2, 2, 2, True)
    assert run.settings["batch_size"] == 8
    run = runs.resume(directory, epochs=3)
    assert not run.finished
    assert train(run).finished
    assert runs.resume(directory).finished
    assert [row["updates"] for row in read_log(directory)] == ["2", "4", "6"]
    assert names(directory / "samples") == ["epoch-001.png", "epoch-002.png", "epoch-003.png"]


@pytest.mark.parametrize(("name", "kind"), [("old_infogan", ig.InfoGAN), ("old_acgan", ig.ACGAN)])
def test_models_of_version_0_1_load(name, kind):
    model = keras.saving.load_model(DATA / f"{name}.keras")
    assert type(model) is kind
    assert model.updates == 2
    assert model.generate(2, digit=1).shape == (2, 8, 8, 1)


def test_custom_networks_views_and_precision_come_from_the_checkpoint(tmp_path):
    """Nothing is built again: neither layers' names nor the policy of the process matter."""
    latents = make_latents(digit=ig.Categorical(3))
    inputs = keras.Input((latents.size,))
    images = keras.layers.Dense(64, "sigmoid", dtype="mixed_bfloat16")(inputs)
    images = keras.layers.Reshape((8, 8, 1), dtype="float32")(images)
    pixels = keras.Input((8, 8, 1))
    trunk = keras.layers.Dense(8, "relu")(keras.layers.Flatten()(pixels))
    outputs = {"logits": keras.layers.Dense(1)(trunk), "digit": keras.layers.Dense(3)(trunk)}
    views = keras.Sequential([ig.views.RandomAffine(), keras.layers.RandomZoom(0.1)])
    networks = keras.Model(inputs, images), keras.Model(pixels, outputs)
    model = ig.InfoGAN(*networks, latents, views=[views])
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.RMSprop(0.1), consistency_weight=1.0, run_eagerly=True)
    train(start(tmp_path / "run", 1, model))
    resumed = train(runs.resume(tmp_path / "run", epochs=2)).model
    assert resumed.updates == 2 * STEPS
    assert resumed.run_eagerly
    assert isinstance(resumed.g_optimizer, keras.optimizers.RMSprop)
    assert [layer.dtype_policy.name for layer in resumed.generator.layers[1:]] == ["mixed_bfloat16", "float32"]


def fade(images, amounts):
    return images * keras.ops.reshape(1 - amounts, (-1, 1, 1, 1))


class TestWhatCouldNotBeReadBack:
    """It is refused before the first step, and the folder is not made."""

    def require_refused(self, directory, model, message):
        with pytest.raises(ValueError, match=message):
            start(directory, model=model)
        assert not directory.exists()

    @pytest.mark.parametrize("function", [lambda images, amounts: images, fade], ids=["lambda", "not registered"])
    def test_a_view(self, tmp_path, function):
        networks = make()
        views = [ig.views.Custom(0.5, function=function)]
        model = ig.InfoGAN(networks.generator, networks.discriminator, networks.latents, views=views)
        model.compile("adam", "adam", consistency_weight=1.0)
        self.require_refused(tmp_path / "run", model, "Custom.* could not be read back .* register them")

    def test_a_magnitude(self, tmp_path):
        follows = {"follows": ig.views.Mirror(), "magnitude": lambda images: images[:, 0, 0, 0]}
        latents = make_latents(digit=ig.Categorical(3), azimuth=ig.Uniform(1, **follows))
        self.require_refused(tmp_path / "run", make_model(latents, architecture=SMALL), "azimuth.* could not be read")

    def test_a_function_without_a_name(self, tmp_path):
        magnitude = functools.partial(tf.reduce_mean, axis=(1, 2, 3))
        latents = make_latents(azimuth=ig.Uniform(1, follows=ig.views.Mirror(), magnitude=magnitude))
        self.require_refused(tmp_path / "run", make_model(latents, architecture=SMALL), "azimuth.* could not be read")

    def test_a_registered_function_is_not(self, tmp_path):
        keras.saving.register_keras_serializable("test_runs")(fade)
        try:
            networks = make()
            views = [ig.views.Custom(0.5, function=fade)]
            model = ig.InfoGAN(networks.generator, networks.discriminator, networks.latents, views=views)
            model.compile("adam", "adam", consistency_weight=1.0)
            assert start(tmp_path / "run", model=model).epochs == 3
        finally:
            keras.saving.get_custom_objects().pop("test_runs>fade")


class TestFinished:
    def test_file_times_do_not_matter(self, copy):
        os.utime(copy / "model.keras", (0, 0))
        assert runs.resume(copy).finished

    def test_a_lengthened_run(self, copy):
        """The model.keras of the shorter run does not count, however new it is."""
        stale = (copy / "model.keras").read_bytes()
        train(runs.resume(copy, epochs=4))
        assert runs.resume(copy).finished
        (copy / "model.keras").write_bytes(stale)
        assert not runs.resume(copy).finished
        assert not runs.resume(copy, epochs=5).finished
        assert train(runs.resume(copy)).finished

    @pytest.mark.parametrize("content", [None, b"", b"PK"])
    def test_a_model_that_is_missing_or_damaged(self, copy, content):
        if content is None:
            (copy / "model.keras").unlink()
        else:
            (copy / "model.keras").write_bytes(content)
        run = runs.resume(copy)
        assert not run.finished
        log = (copy / "log.csv").read_bytes()
        train(run)
        assert runs.resume(copy).finished
        assert (copy / "log.csv").read_bytes() == log

    def test_fewer_epochs_than_it_has(self, copy):
        with pytest.raises(ValueError, match=r"epochs=2: the run in .* has made 3 of 3"):
            runs.resume(copy, epochs=2)
        assert runs.resume(copy, epochs=3).finished


def directory_entry(name, offset, value):
    """A change of one byte in a zip file's directory, in the entry of one member."""

    def damage(content):
        entry = content.rindex(name) - 46
        assert content[entry : entry + 4] == b"PK\x01\x02"
        content[entry + offset] ^= value

    return damage


def flip_middle(content):
    content[len(content) // 2] ^= 1


def lose_a_member(content):
    """The directory's end counts one member less, and its size fits."""
    end = content.rindex(b"PK\x05\x06")
    last = content.rindex(b"PK\x01\x02")
    content[end + 8] -= 1
    content[end + 10] -= 1
    content[end + 12 : end + 16] = (int.from_bytes(content[end + 12 : end + 16], "little") - (end - last)).to_bytes(
        4, "little"
    )
    del content[last:end]


DAMAGES = {
    "truncated": lambda content: content.__delitem__(slice(-5000, None)),
    "empty": lambda content: content.clear(),
    "zeros": lambda content: content.__setitem__(slice(None), bytes(len(content))),
    "no zip": lambda content: content.__setitem__(slice(None), b"text"),
    "flipped bit": flip_middle,
    "member lost": lose_a_member,
    "member renamed": directory_entry(b"model.weights.h5", 46, 1),
    "compression": directory_entry(b"model.weights.h5", 10, 0xFF),
    "checksum": directory_entry(b"config.json", 16, 1),
    "offset": directory_entry(b"config.json", 42, 0xFF),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_passed_over(copy, damage):
    newest = copy / "checkpoints" / "epoch-003.keras"
    content = bytearray(newest.read_bytes())
    DAMAGES[damage](content)
    newest.write_bytes(content)
    with pytest.warns(UserWarning, match=r"epoch-003.keras is damaged .* an older checkpoint is tried"):
        run = runs.resume(copy)
    assert run.epochs_done == 2
    assert names(copy / "checkpoints") == ["epoch-002.keras", "epoch-003.keras.damaged"]
    assert (copy / "checkpoints" / "epoch-003.keras.damaged").read_bytes() == content


def test_a_damaged_checkpoint_is_made_again(copy, finished):
    (copy / "checkpoints" / "epoch-003.keras").write_bytes(b"")
    with pytest.warns(UserWarning, match="is damaged"):
        run = runs.resume(copy)
    require_equal(finished.model, train(run).model)


def test_only_damaged_checkpoints(copy):
    for path in (copy / "checkpoints").iterdir():
        path.write_bytes(b"")
    before = sorted(copy.rglob("*"))
    for _ in range(2):
        with pytest.warns(UserWarning, match="damaged"), pytest.raises(ValueError, match="None of the 2 checkpoints"):
            runs.resume(copy)
        assert sorted(copy.rglob("*")) == before


def test_a_checkpoint_that_cannot_be_read_now_is_not_called_damaged(copy, monkeypatch):
    def read_bytes(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    with pytest.raises(OSError, match="Input/output error"):
        runs.resume(copy)
    assert names(copy / "checkpoints") == ["epoch-002.keras", "epoch-003.keras"]


def test_an_intact_checkpoint_that_cannot_be_loaded_is_not_called_damaged(copy):
    path = copy / "checkpoints" / "epoch-003.keras"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["config.json"] = members["config.json"].replace(b'"InfoGAN"', b'"Mine"').replace(b">InfoGAN", b">Mine")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=r"epoch-003\.keras is intact and cannot be loaded: .*Mine"):
        runs.resume(copy)
    assert names(copy / "checkpoints") == ["epoch-002.keras", "epoch-003.keras"]


OTHERS = ["epoch-best.keras", "epoch-003 copy.keras", "epoch-9.keras", "epoch-009.keras.bak", "my-epoch-009.keras"]


def test_files_of_other_names_are_no_checkpoints(copy):
    """Neither restored nor deleted."""
    for name in OTHERS:
        (copy / "checkpoints" / name).write_bytes(b"a user's")
    run = train(runs.resume(copy, epochs=5))
    assert run.epochs_done == 5
    assert names(copy / "checkpoints") == sorted([*OTHERS, "epoch-004.keras", "epoch-005.keras"])


def test_epochs_of_four_digits():
    folder = Path("nowhere")

    class Folder:
        def glob(self, pattern):
            return [folder / f"epoch-{number}.keras" for number in ("999", "1000", "002", "best")]

    assert list(checkpoints.find_checkpoints(Folder())) == [1000, 999, 2]


def test_an_older_checkpoint_goes_after_the_newer_one_is_on_the_disk(tmp_path, monkeypatch):
    checkpoint = callbacks.Checkpoints(tmp_path, keep=1)
    checkpoint.set_model(make())
    checkpoint.on_epoch_begin(0)

    def power_cut(path):
        raise StopError

    monkeypatch.setattr("infogan_keras._files.sync_folder", power_cut)
    with pytest.raises(StopError):
        checkpoint.on_epoch_end(0)
    assert names(tmp_path / "checkpoints") == ["epoch-000.keras", "epoch-001.keras"]


def test_results_without_checkpoints(copy):
    shutil.rmtree(copy / "checkpoints")
    for name in ("model.keras", "log.csv"):
        with pytest.raises(ValueError, match="has the results of a run, and no checkpoint to go on from"):
            runs.resume(copy)
        (copy / name).unlink()
    with pytest.raises(ValueError, match="has a run that was stopped before its first epoch, and no checkpoint"):
        runs.resume(copy)


def test_resuming_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no run to resume in .*nowhere"):
        runs.resume(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="gs://bucket/run is an address"):
        runs.resume("gs://bucket/run")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "1", '{"epochs": 3}'])
def test_a_damaged_config(copy, content):
    (copy / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"config\.json is damaged: .* Put back a copy of it, or start a new run"):
        runs.resume(copy)


def test_a_log_row_that_is_made_again_is_replaced(copy, finished):
    """As after a kill between the log's row and the checkpoint of the same epoch."""
    (copy / "checkpoints" / "epoch-003.keras").unlink()
    train(runs.resume(copy))
    assert [row["epoch"] for row in read_log(copy)] == ["1", "2", "3"]
    assert read_log(copy)[-1]["d_loss"] == read_log(finished.directory)[-1]["d_loss"]


def test_what_a_killed_process_was_writing_is_removed(copy):
    (copy / "checkpoints" / ".0123abcd-epoch-004.keras").write_bytes(b"half")
    train(runs.resume(copy))
    assert names(copy / "checkpoints") == ["epoch-002.keras", "epoch-003.keras"]


def test_a_second_fit_goes_on(tmp_path):
    run = start(tmp_path / "run", epochs=1)
    train(run)
    run.epochs = 2
    assert train(run).finished
    assert [row["epoch"] for row in read_log(run.directory)] == ["1", "2"]


def test_the_model_is_written_before_the_gifs(tmp_path, monkeypatch):
    def write_gif(pictures, path, captions):
        assert (tmp_path / "run" / "model.keras").is_file()
        raise RuntimeError("too wide")

    monkeypatch.setattr("infogan_keras.plotting.traversal.write_gif", write_gif)
    with pytest.warns(UserWarning, match=r"\.gif was not written: too wide"):
        run = train(start(tmp_path / "run", epochs=1))
    assert run.finished


@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_a_folder_that_goes_away(tmp_path, how):
    run = start(tmp_path / "run")

    class Away(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                shutil.move(run.directory, tmp_path / "elsewhere")
                if how == "deleted":
                    shutil.rmtree(tmp_path / "elsewhere")

    with pytest.raises(FileNotFoundError, match="run was deleted or moved while its run trained"):
        train(run, callbacks=[Away()])
    assert not (run.directory / "checkpoints").exists()
    with pytest.raises(FileNotFoundError, match="deleted or moved"):
        train(run)
    if how == "moved":
        assert train(runs.resume(tmp_path / "elsewhere")).finished


def test_data_that_ends_too_early(tmp_path):
    run = start(tmp_path / "run")
    with pytest.warns(UserWarning, match="ran out of data"), pytest.raises(ValueError, match="after 1 updates in all"):
        run.fit(PIXELS[:8], batch_size=8, verbose=0)
    assert names(tmp_path / "run" / "checkpoints") == ["epoch-000.keras"]


def test_nan_is_not_saved(tmp_path):
    model = make(g_optimizer=keras.optimizers.SGD(float("inf")))
    with pytest.raises(FloatingPointError, match=r"d_loss.*became NaN or infinite at batch \d"):
        train(start(tmp_path / "run", model=model))
    assert names(tmp_path / "run" / "checkpoints") == ["epoch-000.keras"]
    assert not (tmp_path / "run" / "model.keras").exists()


class TestStart:
    def test_nothing_is_overwritten(self, copy):
        before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
        with pytest.raises(FileExistsError, match=r"copy exists\. Choose another folder, or resume"):
            start(copy)
        with pytest.raises(FileExistsError, match=r"config\.json exists"):
            start(copy / "config.json")
        assert before == {path: path.stat().st_mtime_ns for path in copy.rglob("*")}

    @pytest.mark.parametrize("made", [False, True])
    def test_two_runs_started_together(self, tmp_path, made):
        """One gets the folder, which both found free or empty; its files stay as they are."""
        directory = tmp_path / "run"
        if made:
            directory.mkdir()
        first, second = start(directory, 1), start(directory, 1)
        train(first)
        before = {path: path.stat().st_mtime_ns for path in directory.rglob("*")}
        with pytest.raises(FileExistsError, match=r"run exists"):
            train(second)
        assert before == {path: path.stat().st_mtime_ns for path in directory.rglob("*")}

    def test_two_runs_that_find_the_folder_empty_in_one_moment(self, tmp_path, monkeypatch):
        first, second = start(tmp_path / "run", 1), start(tmp_path / "run", 1)
        train(first)
        monkeypatch.setattr("infogan_keras.runs.run._require_empty", lambda directory: None)
        with pytest.raises(FileExistsError, match="run exists"):
            train(second)

    def test_data_that_is_refused_leaves_no_folder(self, tmp_path):
        with pytest.raises(ValueError, match="The images have values from 255"):
            start(tmp_path / "run").fit(np.full((8, 8, 8, 1), 255.0))
        assert not list(tmp_path.iterdir())

    def test_bad_arguments(self, tmp_path):
        model = make()
        uncompiled = ig.InfoGAN(model.generator, model.discriminator, model.latents)
        with pytest.raises(RuntimeError, match=r"before runs\.start"):
            runs.start(tmp_path / "run", uncompiled, epochs=1)
        for arguments in ({"epochs": 0}, {"epochs": 2.5}, {"epochs": 1, "steps_per_epoch": 0}):
            with pytest.raises(ValueError, match="expected an integer of at least 1"):
                runs.start(tmp_path / "run", model, **arguments)
        with pytest.raises(ValueError, match="gs://bucket/run is an address"):
            start("gs://bucket/run")
        assert not (tmp_path / "run").exists()

    def test_a_model_that_has_made_updates(self, tmp_path, finished):
        model = keras.saving.load_model(finished.directory / "model.keras")
        for epochs, steps in ((3, 2), (5, 4)):
            with pytest.raises(ValueError, match="has made 6 updates already"):
                runs.start(tmp_path / "run", model, epochs=epochs, steps_per_epoch=steps)
        run = train(start(tmp_path / "run", 4, model))
        assert run.finished
        assert names(tmp_path / "run" / "checkpoints") == ["epoch-003.keras", "epoch-004.keras"]


def test_new_directories(tmp_path):
    made = [runs.new_directory(tmp_path / "deep" / "mnist") for _ in range(3)]
    assert [path.name for path in made] == ["mnist-001", "mnist-002", "mnist-003"]
    made[1].rmdir()
    assert runs.new_directory(tmp_path / "deep" / "mnist") == made[1]
    assert all(path.is_dir() for path in made)
    with pytest.raises(ValueError, match="is an address"):
        runs.new_directory("gs://bucket/mnist")


class TestCheckpointsAlone:
    def test_going_back_is_refused(self, copy):
        before = {path: path.read_bytes() for path in (copy / "checkpoints").iterdir()}
        for resume, error, message in (
            (True, ValueError, r"holds epoch 3 already, and this is epoch 1\. .* initial_epoch=3"),
            (False, FileExistsError, "holds the checkpoints of an earlier run"),
        ):
            with pytest.raises(error, match=message):
                checkpoint = callbacks.Checkpoints(copy, resume=resume)
                make().fit(PIXELS, batch_size=8, callbacks=[checkpoint], verbose=0)
        assert {path: path.read_bytes() for path in (copy / "checkpoints").iterdir()} == before

    def test_keep(self, tmp_path):
        model = make()
        checkpoint = callbacks.Checkpoints(tmp_path, keep=3)
        with contextlib.suppress(StopError):
            model.fit(PIXELS, batch_size=8, epochs=4, callbacks=[checkpoint, StopAt(3)], verbose=0)
        assert names(tmp_path / "checkpoints") == [f"epoch-00{number}.keras" for number in (1, 2, 3)]
        with pytest.raises(ValueError, match="keep=0: expected an integer of at least 1"):
            callbacks.Checkpoints(tmp_path, keep=0)
