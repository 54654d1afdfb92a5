import csv
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from helpers import make_latents, make_model
from PIL import Image

import infogan_keras as ig
from infogan_keras import callbacks


def read_log(run_dir):
    with (run_dir / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_another_run_s_log_is_not_overwritten(tmp_path, model, pixels):
    (tmp_path / "log.csv").write_text("epoch,updates\n1,2\n")
    with pytest.raises(FileExistsError, match=r"log\.csv is the log of an earlier run"):
        model.fit(pixels, batch_size=8, callbacks=[callbacks.LogFile(tmp_path / "log.csv")], verbose=0)
    assert (tmp_path / "log.csv").read_text() == "epoch,updates\n1,2\n"


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


@pytest.mark.parametrize(
    "make", [callbacks.LogFile, callbacks.Checkpoints, callbacks.FinishedModel, callbacks.TraversalGrid]
)
def test_addresses_are_no_folders(make):
    with pytest.raises(ValueError, match="gs://bucket/run is an address: expected a folder of this machine"):
        make("gs://bucket/run")
    with pytest.raises(ValueError, match="gs:/bucket/run is an address"):
        make(Path("gs://bucket/run"))


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


def test_gifs_that_cannot_be_made_are_warnings(tmp_path, model, pixels):
    """A damaged picture of an earlier epoch, and one wider than GIF can hold; other files in the folder are ignored."""
    grid = callbacks.TraversalGrid(tmp_path)
    model.fit(pixels, batch_size=8, callbacks=[grid], verbose=0)
    gifs = {name: (tmp_path / name).read_bytes() for name in ("samples.gif", "traversals/digit.gif")}
    (tmp_path / "samples" / "epoch-001.png").write_bytes(b"\x89PNG")
    Image.new("L", (70_000, 1)).save(tmp_path / "traversals" / "digit" / "epoch-001.png")
    (tmp_path / "traversals" / "rotation" / "epoch-best.png").write_bytes(b"a user's")
    with pytest.warns(UserWarning) as caught:
        grid.on_train_end()
    assert [str(w.message).split(" was not written: ")[0] for w in caught] == [str(tmp_path / name) for name in gifs]
    assert {name: (tmp_path / name).read_bytes() for name in gifs} == gifs


def test_stop_on_nan(pixels):
    model = make_model(g_optimizer=keras.optimizers.SGD(float("inf")))
    with pytest.raises(FloatingPointError, match=r"d_loss.*became NaN or infinite at batch \d"):
        model.fit(pixels, batch_size=8, epochs=2, callbacks=[callbacks.StopOnNaN()], verbose=0)
    model = make_model()
    callback = callbacks.StopOnNaN()
    callback.set_model(model)
    callback.on_epoch_end(0)
    model.generator.trainable_variables[-1].assign([np.nan])
    with pytest.raises(FloatingPointError, match="image/bias became NaN or infinite in the last update of epoch 1"):
        callback.on_epoch_end(0)


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
        ({"mi/digit": 0.05}, "The code 'digit' is dead: its bound is 0.050 nats, and 0.000 is reached without"),
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
    with pytest.warns(UserWarning, match="none of 64 real images to these categories of 'digit': 2"):
        callback.on_epoch_end(1, HEALTHY)
