import contextlib
import io
import itertools

import keras
import numpy as np
import pyte
import pytest
from helpers import make_latents, make_model

import infogan_keras as ig
from infogan_keras.models import _progress

EPOCHS, STEPS = 3, 40
LOGS = {"d_loss": 0.6931, "g_loss": 12.3456, "mi": -1.5, "d_accuracy": 0.5, "mi/digit": 2.3, "mi/rotation": -0.39}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Each look at it is half a second later than the one before; there is one per update."""
    ticks = itertools.count(step=0.5)
    monkeypatch.setattr(_progress.time, "monotonic", lambda: next(ticks))


def fake_run(verbose=1, epochs=EPOCHS, steps=STEPS, first=0):
    bar = ig.callbacks.ProgressBar()
    bar.set_params({"verbose": verbose, "epochs": epochs, "steps": steps})
    bar.on_train_begin()
    for epoch in range(first, epochs):
        bar.on_epoch_begin(epoch)
        for batch in range(STEPS):
            bar.on_train_batch_end(batch, LOGS)
        bar.on_test_begin()
        bar.on_test_batch_end(0, LOGS)
        bar.on_test_end(LOGS)
        bar.on_epoch_end(epoch, LOGS | {"val_mi": -1.25})
    return bar


def replay(text, columns):
    screen = pyte.Screen(columns, 50)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return [line.rstrip() for line in screen.display if line.strip()]


@pytest.mark.parametrize("columns", [10, 60, 80, 120, 200])
@pytest.mark.parametrize("steps", [STEPS, None])
def test_one_line_per_epoch(clock, monkeypatch, columns, steps):
    monkeypatch.setenv("COLUMNS", str(columns))
    with contextlib.redirect_stdout(Terminal()) as output:
        fake_run(steps=steps)
    lines = replay(output.getvalue(), columns)
    assert len(lines) == EPOCHS
    assert all(line.startswith(f"Epoch {epoch}/3"[: columns - 1]) for epoch, line in enumerate(lines, 1))
    assert ("d_loss 0.693" in lines[0]) == (columns >= 60)
    assert ("mi -1.500" in lines[0]) == (columns >= 80)
    assert ("[====================]" in lines[0]) == (columns >= 120)
    assert ("val_mi -1.250  mi/digit 2.300  mi/rotation -0.390" in lines[0]) == (columns >= 200)
    assert len(output.getvalue().split("\r")) > EPOCHS * STEPS / 2


def test_a_terminal_that_is_made_narrower(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with contextlib.redirect_stdout(Terminal()):
        bar = fake_run(epochs=1)
        bar.on_epoch_begin(1)
        bar.on_train_batch_end(0, LOGS)
    monkeypatch.setenv("COLUMNS", "60")
    with contextlib.redirect_stdout(Terminal()) as output:
        bar.on_train_batch_end(1, LOGS)
    assert len(replay(output.getvalue(), 60)) == 1


def test_the_time_left_is_that_of_the_whole_run(clock):
    with contextlib.redirect_stdout(Terminal()) as output:
        fake_run(epochs=10, first=8)
    drawn = [line for line in output.getvalue().split("\r") if "left" in line]
    assert "Epoch 9/10" in drawn[0]
    left = [int(m) * 60 + int(s) for m, s in (line.split(" left")[0][-5:].split(":") for line in drawn)]
    assert left == sorted(left, reverse=True)
    assert left[0] == pytest.approx(78 * 0.5, abs=1)
    assert "Epoch 10/10" in drawn[-1]
    assert left[-1] == 0


@pytest.mark.parametrize("verbose", [1, 2])
def test_files_get_one_line_per_epoch(capsys, verbose):
    fake_run(verbose)
    lines = capsys.readouterr().out.splitlines()
    rest = "d_loss 0.693  g_loss 12.346  mi -1.500  val_mi -1.250  mi/digit 2.300  mi/rotation -0.390"
    assert lines == [f"Epoch {epoch}/3  40/40  0:00:00  {rest}" for epoch in (1, 2, 3)]


def test_in_fit_and_evaluate(capsys):
    model = make_model(make_latents(**{f"style_{number}": ig.Uniform(1) for number in range(5)}))
    pixels = np.random.default_rng(0).uniform(size=(16, 8, 8, 1)).astype("float32")
    printing = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("mine"))
    model.fit(pixels, batch_size=8, epochs=2, validation_data=pixels[:8], validation_batch_size=8, callbacks=[printing])
    model.evaluate(pixels, batch_size=8, verbose=2)
    model.fit(pixels, batch_size=8, verbose=0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [
        ["Epoch 1/2", "2/2"],
        ["mine"],
        ["Epoch 2/2", "2/2"],
        ["mine"],
        ["Evaluation", "2/2"],
    ]
    assert "val_mi" in lines[0]
    assert "mi/style_4" in lines[0]
    assert "std_max" not in lines[0]
