import csv
import errno
import json
import shutil
import signal
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from conftest import make_latents, make_model, weights
from PIL import Image

import infogan_keras as ig
from infogan_keras import callbacks

STEPS = 3


def train(run_dir, epochs, pixels, resume=False, model=None, extra=()):
    """A run as a user's script makes it."""
    model = model or make_model()
    run = callbacks.for_run(run_dir, model, settings={"batch_size": 8}, resume=resume)
    done = model.updates
    data = ig.datasets.images.load(pixels, model.image_shape, batch_size=8, start_step=done)
    model.fit(
        data,
        epochs=epochs,
        initial_epoch=done // STEPS,
        steps_per_epoch=STEPS,
        callbacks=[*run, *extra],
        verbose=0,
    )
    return model


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """(run folder, its model) of three epochs."""
    run_dir = tmp_path_factory.mktemp("runs") / "finished"
    return run_dir, train(run_dir, 3, np.random.default_rng(0).uniform(size=(16, 8, 8, 1)))


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished run's folder."""
    return Path(shutil.copytree(finished[0], tmp_path / "copy"))


def read_log(run_dir):
    with (run_dir / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_what_a_run_leaves_behind(finished):
    run_dir, model = finished
    files = {str(path.relative_to(run_dir)) for path in run_dir.rglob("*") if path.is_file()}
    names = ["samples", "traversals/digit", "traversals/rotation", "traversals/width[0]", "traversals/width[1]"]
    pictures = {f"{name}/epoch-{epoch:03d}.png" for name in names for epoch in (1, 2, 3)}
    gifs = {f"{name}.gif" for name in names}
    checkpoints = {"checkpoints/epoch-002.keras", "checkpoints/epoch-003.keras"}
    rest = {"config.json", "log.csv", "model.keras", "reals.png"}
    assert {name for name in files if not name.startswith("tensorboard")} == pictures | gifs | checkpoints | rest
    assert [name for name in files if name.startswith("tensorboard/images")]
    assert [name for name in files if name.startswith("tensorboard/train")]

    rows = read_log(run_dir)
    assert [(row["epoch"], row["updates"]) for row in rows] == [("1", "3"), ("2", "6"), ("3", "9")]
    assert all(float(row["mi/digit"]) < 1.1 and float(row["seconds"]) > 0 for row in rows)
    config = json.loads((run_dir / "config.json").read_text())
    assert config["settings"] == {"batch_size": 8}
    assert config["compile"]["d_optimizer"]["config"]["beta_1"] == 0.5

    loaded = keras.saving.load_model(run_dir / "model.keras")
    for path, value in weights(model).items():
        np.testing.assert_array_equal(value, weights(loaded)[path], err_msg=path)


def test_pictures_of_two_epochs_have_the_same_latents(finished):
    run_dir, model = finished
    grid = ig.traversal.traversal_grid(model.latents, "digit", samples=5, seed=0)
    expected = ig.traversal.draw(model.decode(grid.latents), grid, model.image_range)
    with Image.open(run_dir / "traversals" / "digit" / "epoch-003.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(expected))


def test_kill_9_in_the_middle_of_an_epoch_and_resume(tmp_path, finished, pixels):
    """The resumed run's weights, optimizers and log equal those of the run that was never killed, bit for bit."""
    script = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import keras, numpy as np
        from test_callbacks import train

        class KillNine(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.epoch = epoch
            def on_train_batch_end(self, batch, logs=None):
                if (self.epoch, batch) == (2, 1):
                    os.kill(os.getpid(), signal.SIGKILL)

        train("killed", 3, np.random.default_rng(0).uniform(size=(16, 8, 8, 1)), extra=[KillNine()])
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, capture_output=True)
    assert result.returncode == -signal.SIGKILL, result.stderr.decode()
    run_dir = tmp_path / "killed"
    assert not (run_dir / "model.keras").exists()
    assert len(read_log(run_dir)) == 2

    whole_dir, whole = finished
    resumed = train(run_dir, 3, np.random.default_rng(0).uniform(size=(16, 8, 8, 1)), resume=True)
    for path, value in weights(whole).items():
        np.testing.assert_array_equal(value, weights(resumed)[path], err_msg=path)
    times = ("seconds",)
    for ours, theirs in zip(read_log(run_dir), read_log(whole_dir), strict=True):
        assert {k: v for k, v in ours.items() if k not in times} == {k: v for k, v in theirs.items() if k not in times}


def test_a_log_row_that_is_made_again_is_replaced(copy, finished):
    """As after a kill between the log's row and the checkpoint of the same epoch."""
    (copy / "checkpoints" / "epoch-003.keras").unlink()
    train(copy, 3, np.random.default_rng(0).uniform(size=(16, 8, 8, 1)), resume=True)
    assert [row["epoch"] for row in read_log(copy)] == ["1", "2", "3"]
    assert read_log(copy)[-1]["d_loss"] == read_log(finished[0])[-1]["d_loss"]


def test_a_kill_between_the_first_pictures_and_the_first_checkpoint(copy):
    shutil.rmtree(copy / "checkpoints")
    (copy / "checkpoints").mkdir()
    (copy / "checkpoints" / ".123-epoch-001.keras").write_bytes(b"half")
    (copy / "model.keras").unlink()
    (copy / "log.csv").write_text("".join((copy / "log.csv").read_text().splitlines(keepends=True)[:2]))
    model = train(copy, 1, np.random.default_rng(0).uniform(size=(16, 8, 8, 1)), resume=True)
    assert model.updates == STEPS
    assert [path.name for path in (copy / "checkpoints").iterdir()] == ["epoch-001.keras"]


def test_a_second_fit_goes_on_in_the_folder(tmp_path, pixels):
    model = make_model(run_eagerly=True)
    run = callbacks.for_run(tmp_path / "run", model, settings={"from": tmp_path, "size": np.int64(8)})
    for epoch in (0, 1):
        model.fit(pixels, batch_size=8, initial_epoch=epoch, epochs=epoch + 1, callbacks=run, verbose=0)
    assert [row["epoch"] for row in read_log(tmp_path / "run")] == ["1", "2"]
    with pytest.raises(FileExistsError, match=r"run exists. Choose another folder"):
        model.fit(pixels, batch_size=8, callbacks=callbacks.for_run(tmp_path / "run", model), verbose=0)


def test_going_back_is_refused(copy, pixels):
    before = {path: path.read_bytes() for path in (copy / "checkpoints").iterdir()}
    with pytest.raises(ValueError, match=r"holds epoch 3 already, and this is epoch 1\. .* initial_epoch=3"):
        make_model().fit(pixels, batch_size=8, callbacks=[callbacks.Checkpoints(copy)], verbose=0)
    assert {path: path.read_bytes() for path in (copy / "checkpoints").iterdir()} == before
    other = copy / "other"
    (other / "checkpoints").mkdir(parents=True)
    (other / "checkpoints" / "epoch-001.keras").write_bytes(b"another run's")
    with pytest.raises(ValueError, match="holds epoch 1 already, and this is epoch 1"):
        make_model().fit(pixels, batch_size=8, callbacks=[callbacks.Checkpoints(other)], verbose=0)
    assert (other / "checkpoints" / "epoch-001.keras").read_bytes() == b"another run's"
    with pytest.raises(ValueError, match="keep=0: expected an integer of at least 1"):
        callbacks.Checkpoints(copy, keep=0)


def test_another_run_s_log_is_not_overwritten(copy, pixels):
    before = (copy / "log.csv").read_text()
    with pytest.raises(FileExistsError, match=r"log\.csv is the log of an earlier run"):
        make_model().fit(pixels, batch_size=8, callbacks=[callbacks.LogFile(copy / "log.csv")], verbose=0)
    assert (copy / "log.csv").read_text() == before


def test_a_log_of_epochs_with_and_without_validation(tmp_path, model):
    log = callbacks.LogFile(tmp_path / "log.csv")
    log.set_model(model)
    for epoch, logs in enumerate([{"d_loss": 1.0}, {"d_loss": 2.0, "val_d_loss": 3.0}, {"d_loss": 4.0}]):
        log.on_epoch_begin(epoch)
        log.on_epoch_end(epoch, logs)
    assert [(row["d_loss"], row["val_d_loss"]) for row in read_log(tmp_path)] == [
        ("1.0", ""),
        ("2.0", "3.0"),
        ("4.0", ""),
    ]


def test_resuming_with_views_in_the_same_process(tmp_path, pixels):
    def make():
        template = make_model()
        views = keras.Sequential([ig.views.RandomAffine(), keras.layers.RandomZoom(0.1)])
        model = ig.InfoGAN(template.generator, template.discriminator, template.latents, augmentation=views)
        model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), consistency_weight=1.0, run_eagerly=True)
        return model

    train(tmp_path / "run", 1, pixels, model=make())
    assert train(tmp_path / "run", 2, pixels, model=make(), resume=True).updates == 2 * STEPS


def test_resuming_custom_networks_in_the_same_process(tmp_path, pixels):
    """Keras names their layers dense, dense_1, ..., other ones each time."""
    latents = make_latents(digit=ig.Categorical(3))

    def make():
        inputs = keras.Input((latents.size,))
        images = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64, "sigmoid")(inputs))
        pixels_of = keras.Input((8, 8, 1))
        trunk = keras.layers.Dense(8, "relu")(keras.layers.Flatten()(pixels_of))
        outputs = {"logits": keras.layers.Dense(1)(trunk), "digit": keras.layers.Dense(3)(trunk)}
        model = ig.InfoGAN(keras.Model(inputs, images), keras.Model(pixels_of, outputs), latents)
        model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        return model

    train(tmp_path / "run", 1, pixels, model=make())
    assert train(tmp_path / "run", 2, pixels, model=make(), resume=True).updates == 2 * STEPS


@pytest.mark.parametrize("damage", ["truncated", "flipped byte", "directory", "empty"])
def test_a_damaged_checkpoint_is_passed_over(copy, damage):
    newest = copy / "checkpoints" / "epoch-003.keras"
    content = bytearray(newest.read_bytes())
    if damage == "flipped byte":
        content[len(content) // 2] ^= 1
    if damage == "directory":
        content[content.rindex(b"PK\x01\x02") + 10] ^= 0xFF
    newest_bytes = {"truncated": bytes(content[:-5000]), "empty": b""}.get(damage, bytes(content))
    newest.write_bytes(newest_bytes)
    model = make_model()
    model.run_eagerly = True
    with pytest.warns(UserWarning, match=r"epoch-003.keras is damaged .* an older checkpoint is tried"):
        run = callbacks.for_run(copy, model, settings={"batch_size": 8}, resume=True)
    assert model.updates == 6
    assert (copy / "checkpoints" / "epoch-003.keras.damaged").read_bytes() == newest_bytes
    pixels = np.random.default_rng(0).uniform(size=(16, 8, 8, 1))
    model.fit(pixels, batch_size=8, initial_epoch=2, epochs=3, callbacks=run, verbose=0)
    assert newest.is_file()


def test_only_damaged_checkpoints(copy):
    for path in (copy / "checkpoints").iterdir():
        path.write_bytes(b"")
    before = sorted(copy.rglob("*"))
    for _ in range(2):
        with (
            pytest.warns(UserWarning, match="is damaged"),
            pytest.raises(ValueError, match="None of the 2 checkpoints"),
        ):
            callbacks.for_run(copy, make_model(), settings={"batch_size": 8}, resume=True)
        assert sorted(copy.rglob("*")) == before


def test_results_without_checkpoints_are_not_overwritten(copy):
    shutil.rmtree(copy / "checkpoints")
    for name in ("model.keras", "log.csv"):
        with pytest.raises(ValueError, match="has the results of a run, and no checkpoint to go on from"):
            callbacks.for_run(copy, make_model(), settings={"batch_size": 8}, resume=True)
        (copy / name).unlink()
    callbacks.for_run(copy, make_model(), settings={"batch_size": 8}, resume=True)


def test_a_checkpoint_that_cannot_be_read_now_is_not_called_damaged(copy, monkeypatch):
    def read_bytes(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    with pytest.raises(OSError, match="Input/output error"):
        callbacks.restore(copy / "checkpoints", make_model())
    assert len(list((copy / "checkpoints").glob("epoch-*.keras"))) == 2


def test_numbers_at_the_end_of_a_setting_count(tmp_path, pixels):
    run = callbacks.for_run(tmp_path / "run", model := make_model(run_eagerly=True), settings={"data": "photos_1"})
    model.fit(pixels, batch_size=8, callbacks=run, verbose=0)
    with pytest.raises(ValueError, match=r"settings\.data was 'photos_1' and is 'photos_2'"):
        callbacks.for_run(tmp_path / "run", make_model(run_eagerly=True), settings={"data": "photos_2"}, resume=True)


@pytest.mark.parametrize("make", [callbacks.LogFile, callbacks.Checkpoints, callbacks.TraversalGrid])
def test_addresses_are_no_folders(make):
    with pytest.raises(ValueError, match="gs://bucket/run is an address: expected a folder of this machine"):
        make("gs://bucket/run")
    with pytest.raises(ValueError, match="gs://bucket/run is an address"):
        callbacks.for_run("gs://bucket/run", make_model())
    with pytest.raises(ValueError, match="gs:/bucket/run is an address"):
        make(Path("gs://bucket/run"))


def test_checkpoints_of_another_model_are_not_called_damaged(copy, recwarn):
    with pytest.raises(ValueError, match=r"epoch-003\.keras is of another model"):
        callbacks.restore(copy / "checkpoints", make_model(make_latents(digit=ig.Categorical(4))))
    assert not [warning for warning in recwarn if "damaged" in str(warning.message)]
    assert (copy / "checkpoints" / "epoch-003.keras").is_file()


def test_an_existing_folder_is_not_overwritten(copy):
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    with pytest.raises(FileExistsError, match=r"copy exists\. Choose another folder, or resume"):
        callbacks.for_run(copy, make_model())
    assert before == {path: path.stat().st_mtime_ns for path in copy.rglob("*")}


def test_data_that_is_refused_leaves_no_folder(tmp_path):
    with pytest.raises(ValueError, match="The images have values from 255"):
        model = make_model()
        model.fit(np.full((8, 8, 8, 1), 255.0), callbacks=callbacks.for_run(tmp_path / "run", model), verbose=0)
    assert not list(tmp_path.iterdir())


def test_resuming_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no run to resume in .*nowhere"):
        callbacks.for_run(tmp_path / "nowhere", make_model(), resume=True)


def test_resuming_with_another_configuration(copy):
    for model, settings, message in [
        (make_model(), {"batch_size": 16}, r"settings\.batch_size was 8 and is 16"),
        (make_model(mi_weight=2.0), {"batch_size": 8}, r"compile\.generator_mi_weight\.digit was 1\.0 and is 2\.0"),
        (make_model(d_optimizer=keras.optimizers.SGD()), {"batch_size": 8}, "d_optimizer"),
        (make_model(make_latents(digit=ig.Categorical(4))), {"batch_size": 8}, r"; and \d+ more"),
    ]:
        with pytest.raises(ValueError, match=f"has another configuration: .*{message}"):
            callbacks.for_run(copy, model, settings=settings, resume=True)


def test_a_run_needs_a_compiled_model(tmp_path):
    template = make_model()
    model = ig.InfoGAN(template.generator, template.discriminator, template.latents)
    with pytest.raises(RuntimeError, match="before for_run"):
        callbacks.for_run(tmp_path / "run", model)
    assert not (tmp_path / "run").exists()


def test_traversal_grid_alone(tmp_path, pixels):
    """The callback on its own, with its options: every second epoch and the last, values down, and a two-code grid."""
    model = make_model(make_latents(digit=ig.Categorical(3), slant=ig.Uniform(1)))
    grid = callbacks.TraversalGrid(tmp_path, every=2, values=4, values_down=True, pairs=[("slant", "digit")])
    model.fit(pixels, batch_size=8, epochs=3, callbacks=[grid], verbose=0)
    written = sorted(path.name for path in (tmp_path / "traversals" / "slant-digit").iterdir())
    assert written == ["epoch-002.png", "epoch-003.png"]
    with Image.open(tmp_path / "traversals" / "slant" / "epoch-003.png") as picture:
        assert picture.height > 4 * 16
        assert picture.width > 5 * 16
    assert (tmp_path / "traversals" / "slant-digit.gif").is_file()

    updates = model.updates
    with pytest.raises(FileExistsError, match="holds the pictures of an earlier run"):
        model.fit(pixels, batch_size=8, callbacks=callbacks.TraversalGrid(tmp_path), verbose=0)
    assert model.updates == updates
    for option in ("every", "samples", "values"):
        for value in (0, 2.5):
            with pytest.raises(ValueError, match=f"{option}={value}: expected an integer of at least 1"):
                callbacks.TraversalGrid(tmp_path, **{option: value})
    model.fit(pixels, batch_size=8, callbacks=[grid], initial_epoch=3, epochs=4, verbose=0)
    assert (tmp_path / "traversals" / "slant" / "epoch-004.png").is_file()


def test_stop_on_nan(tmp_path, pixels):
    model = make_model(g_optimizer=keras.optimizers.SGD(float("inf")), run_eagerly=True)
    with pytest.raises(FloatingPointError, match=r"d_loss.*became NaN or infinite at batch \d"):
        train(tmp_path / "run", 2, pixels, model=model)
    assert not list((tmp_path / "run").glob("checkpoints/*"))
    model = make_model()
    callback = callbacks.StopOnNaN()
    callback.set_model(model)
    callback.on_epoch_end(0)
    model.generator.trainable_variables[-1].assign([np.nan])
    with pytest.raises(FloatingPointError, match="image/bias became NaN or infinite in the last update of epoch 1"):
        callback.on_epoch_end(0)
    assert not (tmp_path / "run" / "model.keras").exists()


def health(model, patience=2):
    callback = callbacks.HealthWarnings(patience)
    callback.set_model(model)
    return callback


HEALTHY = {"mi/digit": 1.0, "mi/rotation": -0.25, "mi/width": 1.0, "d_accuracy": 0.8, "g_loss": 1.0}


def test_a_healthy_run_gets_no_warning(model):
    with pytest.raises(ValueError, match="patience=0: expected an integer of at least 1"):
        health(model, patience=0)
    callback = health(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in range(5):
            callback.on_epoch_end(epoch, HEALTHY)


@pytest.mark.parametrize(
    ("logs", "message"),
    [
        ({"mi/digit": 0.05}, "The code 'digit' is dead: its bound is 0.050 nats, and 0.000 needs no image"),
        ({"mi/rotation": -0.38}, "The code 'rotation' is dead"),
        ({"mi/width": -0.34}, "The code 'width' is dead"),
    ],
)
def test_dead_codes(model, logs, message):
    callback = health(model)
    callback.on_epoch_end(0, HEALTHY | logs)
    with pytest.warns(UserWarning, match=message):
        callback.on_epoch_end(1, HEALTHY | logs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback.on_epoch_end(2, HEALTHY | logs)


def test_a_learned_std_is_dead_only_very_near_its_floor(model):
    callback = health(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in range(3):
            callback.on_epoch_end(epoch, HEALTHY | {"mi/width": -0.30})


def test_a_discriminator_that_has_won(model):
    callback = health(model)
    callback.on_epoch_end(0, HEALTHY | {"d_accuracy": 1.0, "g_loss": 3.0})
    callback.on_epoch_end(1, HEALTHY | {"d_accuracy": 1.0, "g_loss": 4.0})
    with pytest.warns(UserWarning, match="The discriminator has won"):
        callback.on_epoch_end(2, HEALTHY | {"d_accuracy": 1.0, "g_loss": 5.0})


def test_categories_that_are_never_used(model, monkeypatch):
    model.examples = np.zeros((64, 8, 8, 1), np.float32)
    monkeypatch.setattr(model, "encode", lambda images: {"digit_id": np.arange(64) % 2})
    callback = health(model)
    callback.on_epoch_end(0, HEALTHY)
    with pytest.warns(UserWarning, match="none of 64 real images these categories of 'digit': 2"):
        callback.on_epoch_end(1, HEALTHY)


def test_a_killed_write_leaves_the_old_file(tmp_path):
    from infogan_keras._files import atomic_file

    path = tmp_path / "file.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("old")
    with pytest.raises(KeyError), atomic_file(path) as temporary:
        temporary.write_text("new")
        raise KeyError
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    """As on two hosts that share a folder; their processes may have one number."""
    from infogan_keras._files import atomic_file

    path = tmp_path / "file.txt"
    with atomic_file(path) as later, atomic_file(path) as first:
        later.write_text("later")
        first.write_text("first")
    assert path.read_text() == "later"
