"""Keras' callbacks on a GAN: each works, or is refused naming what to use instead."""

import keras
import pytest
from helpers import make_model

REFUSED = {
    "LearningRateScheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3),
    "ReduceLROnPlateau": lambda: keras.callbacks.ReduceLROnPlateau(monitor="mi"),
    "SwapEMAWeights": keras.callbacks.SwapEMAWeights,
    "TerminateOnNaN": keras.callbacks.TerminateOnNaN,
}


@pytest.fixture(scope="module")
def trained():
    """A model whose step is traced once for all of them."""
    return make_model(run_eagerly=False)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(trained, pixels, name):
    with pytest.raises(ValueError, match=f"{name} (works on one optimizer|reads a log)"):
        trained.fit(pixels, batch_size=8, verbose=0, callbacks=[REFUSED[name]()])
    assert trained.updates % 2 == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: keras.callbacks.BackupAndRestore(folder / "backup"),
        lambda folder: keras.callbacks.ModelCheckpoint(folder / "{epoch}.keras"),
        lambda folder: keras.callbacks.ModelCheckpoint(folder / "best.keras", "mi", save_best_only=True, mode="max"),
        lambda folder: keras.callbacks.CSVLogger(folder / "log.csv"),
        lambda folder: keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs["mi"]),
        lambda folder: keras.callbacks.History(),
        lambda folder: keras.callbacks.TensorBoard(folder / "board", write_graph=False),
    ],
)
def test_works(trained, pixels, tmp_path, make):
    before = trained.updates
    trained.fit(pixels, batch_size=8, verbose=0, callbacks=[make(tmp_path)])
    assert trained.updates == before + 2


def test_early_stopping(trained, pixels):
    stopping = keras.callbacks.EarlyStopping("mi", mode="max", patience=0, min_delta=100)
    history = trained.fit(pixels, batch_size=8, epochs=5, verbose=0, callbacks=[stopping])
    assert len(history.epoch) == 2


def test_every_callback_of_keras_is_in_the_table():
    from helpers import ROOT

    page = (ROOT / "docs" / "reference" / "keras-callbacks.md").read_text()
    others = {"Callback", "CallbackList", "RemoteMonitor", "MonitorCallback", "OrbaxCheckpoint"}
    names = {name for name in dir(keras.callbacks) if name[0].isupper()} - others
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
