"""A progress bar of one line per epoch, as wide as the terminal, with the time left of the whole run."""

import datetime
import shutil
import sys
import time

import keras

SHOWN = ("d_loss", "g_loss", "mi")
BAR = 20
INTERVAL = 0.1


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Shows the losses, the bound and the codes' parts of it, as far as they fit the terminal; logs keep everything.

    (Keras' own bar leaves a line per update where its text is longer than the terminal.) Where the output is no
    terminal or notebook, and with `verbose=2`, it prints one whole line per epoch.
    """

    def on_train_begin(self, logs=None):
        """Starts the clock of the run."""
        super().on_train_begin(logs)
        self._made = 0
        self._clock = None

    def on_epoch_begin(self, epoch, logs=None):
        """Begins a line."""
        self._begin(f"Epoch {epoch + 1}/{self.epochs}", epoch)

    def on_train_batch_end(self, batch, logs=None):
        """Updates the line."""
        self._made += batch + 1 - self.seen
        self._update(batch, logs)
        # The first update builds the graph.
        self._clock = self._clock or (time.monotonic(), self._made)

    def on_epoch_end(self, epoch, logs=None):
        """Ends the line."""
        self._end(logs)

    def on_test_begin(self, logs=None):
        """Begins an evaluation's line; inside `fit` there is none."""
        if not self._called_in_fit:
            self._begin("Evaluation")

    def on_test_batch_end(self, batch, logs=None):
        """Updates an evaluation's line."""
        if not self._called_in_fit:
            self._update(batch, logs)

    def on_test_end(self, logs=None):
        """Ends an evaluation's line."""
        if not self._called_in_fit:
            self._end(logs)

    def _begin(self, title, epoch=None):
        self.seen = 0
        self._title, self._epoch = title, epoch
        self._began, self._drawn, self._length = time.monotonic(), 0.0, 0

    def _update(self, batch, logs):
        self.seen = batch + 1
        now = time.monotonic()
        if self.verbose == 1 and _is_interactive() and now - self._drawn >= INTERVAL:
            self._drawn = now
            left = self._seconds_left(now)
            self._draw("" if left is None else f"{_duration(left)} left", logs)

    def _end(self, logs):
        self.target = self.target or self.seen
        took = _duration(time.monotonic() - self._began)
        if self.verbose == 1 and _is_interactive():
            self._draw(took, logs)
            print(flush=True)
        elif self.verbose:
            print("  ".join([self._title, self._count(), took, *_quantities(logs)]), flush=True)

    def _draw(self, when, logs):
        """Writes the line over the last one, never wider than the terminal."""
        # The last column stays free: some terminals go to the next line once it is filled.
        width = shutil.get_terminal_size().columns - 1
        fields = [self._title, self._count(), when]
        if width >= 99 and self.target:
            done = BAR * self.seen // self.target
            fields.insert(1, f"[{'=' * done}{' ' * (BAR - done)}]")
        line = "  ".join(filter(None, fields))
        for quantity in _quantities(logs):
            if len(line) + 2 + len(quantity) > width:
                break
            line += f"  {quantity}"
        line = line[:width]
        print(f"\r{line.ljust(min(self._length, width))}", end="", flush=True)
        self._length = len(line)

    def _count(self):
        return f"{self.seen}/{self.target or '?'}"

    def _seconds_left(self, now):
        """Of the whole run, or of an evaluation; None while that cannot be known."""
        if not self.target:
            return None
        if self._epoch is None:
            return (now - self._began) / self.seen * (self.target - self.seen)
        if self._clock is None or self._made == self._clock[1]:
            return None
        started, before = self._clock
        missing = (self.epochs - self._epoch) * self.target - self.seen
        return (now - started) / (self._made - before) * missing


def with_progress_bar(callbacks, verbose):
    """A user's callbacks, and a `ProgressBar` where Keras would add a bar of its own."""
    if not verbose or isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    callbacks = keras.tree.flatten(callbacks) if callbacks else []
    if any(isinstance(callback, keras.callbacks.ProgbarLogger) for callback in callbacks):
        return callbacks
    # The first, so that its line has ended when others print or warn.
    return [ProgressBar(), *callbacks]


def _quantities(logs):
    """The losses and the bound, those of a validation, and the bound's parts, as texts in this order."""
    logs = logs or {}
    names = [*SHOWN, *(f"val_{name}" for name in SHOWN), *(name for name in logs if name.startswith("mi/"))]
    return [f"{name} {float(logs[name]):.3f}" for name in names if name in logs]


def _duration(seconds):
    return str(datetime.timedelta(seconds=round(seconds)))


def _is_interactive():
    """Whether a line can be written over: in terminals and notebooks."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules
