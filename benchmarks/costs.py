"""What surrounds the training step: data, `fit`, pictures, evaluation, checkpoints, export, import, memory.

    python benchmarks/costs.py > benchmarks/results/costs.csv

On the MNIST run in float32. Alone on the machine it takes about ten minutes.
"""

import contextlib
import statistics
import sys
import tempfile
from pathlib import Path

import processes
from one_step import make_model, seconds

BATCH, EPOCH = 128, 100


def import_seconds(rounds=7):
    """What importing infogan_keras adds to importing TensorFlow and Keras: the median of some processes."""
    command = "import time, tensorflow, keras; start = time.perf_counter(); import infogan_keras; "
    command += "print(time.perf_counter() - start)"
    return statistics.median(float(processes.run("-c", command)) for _ in range(rounds))


def pipeline_rate():
    """Images per second of the training data alone."""
    from infogan_keras.datasets import mnist

    batches = iter(mnist.load("train", BATCH))
    for _ in range(50):
        next(batches)
    return 1000 * BATCH / seconds(lambda: [next(batches) for _ in range(1000)])


def fit_seconds(model, rounds=3):
    """Seconds of a step alone and under `fit`, medians of alternating epochs."""
    import tensorflow as tf

    from infogan_keras.datasets import mnist

    data = mnist.load("train", BATCH)
    step = tf.function(model.train_step)

    def epoch():
        batches = iter(data)
        for _ in range(EPOCH):
            step(next(batches))["d_loss"].numpy()

    step(next(iter(data)))
    model.fit(data, steps_per_epoch=2, verbose=0)
    alone, fitted = [], []
    for _ in range(rounds):
        alone.append(seconds(epoch))
        fitted.append(seconds(lambda: model.fit(data, steps_per_epoch=EPOCH, verbose=0)))
    return statistics.median(alone) / EPOCH, statistics.median(fitted) / EPOCH


def callback_seconds(model, run_dir, epochs=50, updates=3):
    """Seconds of each of a run's callbacks, `{name: (per epoch, per update)}`, and memory in MB after each epoch."""
    import keras

    from infogan_keras import runs
    from infogan_keras.datasets import mnist

    at_epochs, at_batches, memory = {}, {}, []

    class Timed(keras.callbacks.Callback):
        """Another callback and a clock."""

        def __init__(self, inner):
            super().__init__()
            self.inner = inner
            self.name = type(inner).__name__

        def set_model(self, model):
            self.inner.set_model(model)

        def set_params(self, params):
            self.inner.set_params(params)

        def on_train_begin(self, logs=None):
            self.inner.on_train_begin(logs)

        def on_epoch_begin(self, epoch, logs=None):
            self.inner.on_epoch_begin(epoch, logs)

        def on_train_batch_begin(self, batch, logs=None):
            spent = seconds(lambda: self.inner.on_train_batch_begin(batch, logs))
            at_batches.setdefault(self.name, []).append(spent)

        def on_train_batch_end(self, batch, logs=None):
            at_batches[self.name][-1] += seconds(lambda: self.inner.on_train_batch_end(batch, logs))

        def on_epoch_end(self, epoch, logs=None):
            at_epochs.setdefault(self.name, []).append(seconds(lambda: self.inner.on_epoch_end(epoch, logs)))

        def on_train_end(self, logs=None):
            self.inner.on_train_end(logs)

    class Memory(keras.callbacks.Callback):
        """The process' size after each epoch."""

        def on_epoch_end(self, epoch, logs=None):
            memory.append(processes.resident_mb())

    run = runs.start(run_dir, model, epochs=epochs, steps_per_epoch=updates, limit=2)
    timed = [Timed(callback) for callback in run.callbacks]
    model.fit(
        mnist.load("train", BATCH), epochs=epochs, steps_per_epoch=updates, callbacks=[*timed, Memory()], verbose=0
    )
    per_epoch = {name: statistics.median(values[1:]) for name, values in at_epochs.items()}
    per_batch = {name: statistics.median(at_batches[name]) for name in per_epoch}
    return {name: (per_epoch[name], per_batch[name]) for name in per_epoch if name[0] != "_"}, memory


def measure():
    """Everything, one row each."""
    import infogan_keras as ig
    from infogan_keras.evaluation import clustering

    rows = []

    def row(quantity, value, unit):
        rows.append({"quantity": quantity, "value": f"{value:.4g}", "unit": unit})
        processes.say(f"{quantity}: {value:.4g} {unit}")

    row("import added to TensorFlow and Keras", import_seconds(), "s")
    model = make_model()
    alone, fitted = fit_seconds(model)
    row("step alone", 1e3 * alone, "ms")
    row("fit added to the step", 100 * (fitted / alone - 1), "%")
    rate = pipeline_rate()
    row("input pipeline alone", rate, "images/s")
    row("input pipeline over the step's need", rate * alone / BATCH, "times")
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder) / "run"
        costs, memory = callback_seconds(make_model(), run_dir)
        for name, (per_epoch, per_batch) in costs.items():
            row(f"{name} at an epoch's end", per_epoch, "s")
            row(f"{name} over an epoch of {EPOCH} updates", 100 * (per_epoch / EPOCH + per_batch) / alone, "%")
        for epoch in (10, 20, 30, 40, 50):
            row(f"memory after {epoch} epochs", memory[epoch - 1], "MB")
        row("checkpoint", (run_dir / "model.keras").stat().st_size / 2**20, "MB")
        splits = {split: ig.datasets.mnist.arrays(split) for split in ("train", "test")}
        row("evaluation on 70,000 images", seconds(lambda: clustering.evaluate_code(model, "digit", **splits)), "s")
        row("export", seconds(lambda: ig.export_saved_model(model, Path(folder) / "served")), "s")
        size = sum(path.stat().st_size for path in (Path(folder) / "served").rglob("*") if path.is_file())
        row("exported model", size / 2**20, "MB")
    return rows


if __name__ == "__main__":
    processes.no_flags(__doc__)
    # Progress bars go to standard output, where the CSV belongs.
    with contextlib.redirect_stdout(sys.stderr):
        rows = measure()
    processes.write(rows)
