"""What surrounds the training step: data, `fit`, pictures, evaluation, checkpoints, export, import, memory.

    python benchmarks/costs.py > benchmarks/results/costs.csv

On the MNIST run in float32. Alone on the machine it takes about ten minutes.
"""

import os
import re
import statistics
import tempfile
import time
from pathlib import Path

import processes
from one_step import make_model

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

BATCH, EPOCH = 128, 100


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def import_seconds(rounds=7):
    """What importing infogan_keras adds to importing TensorFlow and Keras: the median of processes in turn."""
    command = "import time; start = time.perf_counter(); import tensorflow, keras{}; print(time.perf_counter() - start)"
    differences = []
    for _ in range(rounds):
        without, added = (float(processes.run("-c", command.format(more))) for more in ("", ", infogan_keras"))
        differences.append(added - without)
    return statistics.median(differences)


def resident_mb():
    """Memory of this process that is in use."""
    pages = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text()).group(1)
    return int(pages) / 1024


def pipeline_rate():
    """Images per second of the training data alone."""
    from infogan_keras.datasets import mnist

    batches = iter(mnist.load("train", BATCH))
    for _ in range(50):
        next(batches)
    return 1000 * BATCH / seconds(lambda: [next(batches) for _ in range(1000)])


def fit_seconds(model, rounds=5, steps=40):
    """Seconds of some steps alone and under `fit`, medians of alternating rounds."""
    import tensorflow as tf

    from infogan_keras.datasets import mnist

    data = mnist.load("train", BATCH)
    step, batches = tf.function(model.train_step), iter(data)
    step(next(batches))
    model.fit(data, steps_per_epoch=2, verbose=0)
    alone, fitted = [], []
    for _ in range(rounds):
        alone.append(seconds(lambda: [step(next(batches))["d_loss"].numpy() for _ in range(steps)]))
        fitted.append(seconds(lambda: model.fit(data, steps_per_epoch=steps, verbose=0)))
    return statistics.median(alone) / steps, statistics.median(fitted) / steps


def callback_seconds(model, run_dir):
    """Seconds per epoch of each of a run's callbacks, and memory after 10 and after 50 epochs of three updates."""
    import keras

    from infogan_keras import callbacks
    from infogan_keras.datasets import mnist

    taken, memory = {}, {}

    class Timed(keras.callbacks.Callback):
        """Another callback, timed at the end of each epoch."""

        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def set_model(self, model):
            self.inner.set_model(model)

        def set_params(self, params):
            self.inner.set_params(params)

        def on_train_begin(self, logs=None):
            self.inner.on_train_begin(logs)

        def on_epoch_begin(self, epoch, logs=None):
            self.inner.on_epoch_begin(epoch, logs)

        def on_epoch_end(self, epoch, logs=None):
            spent = seconds(lambda: self.inner.on_epoch_end(epoch, logs))
            taken.setdefault(type(self.inner).__name__, []).append(spent)
            memory[epoch + 1] = resident_mb()

        def on_train_end(self, logs=None):
            self.inner.on_train_end(logs)

    timed = [Timed(callback) for callback in callbacks.for_run(run_dir, model, limit=2)]
    model.fit(mnist.load("train", BATCH), epochs=50, steps_per_epoch=3, callbacks=timed, verbose=0)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}, memory


def main():
    """Measures everything, one row each."""
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
        costs, memory = callback_seconds(model, run_dir)
        for name, spent in costs.items():
            row(f"{name} per epoch", spent, "s")
            row(f"{name} over an epoch of {EPOCH} updates", 100 * spent / (EPOCH * alone), "%")
        row("checkpoint", (run_dir / "model.keras").stat().st_size / 2**20, "MB")
        row("memory after 10 epochs", memory[10], "MB")
        row("memory after 50 epochs", memory[50], "MB")
        splits = {split: ig.datasets.mnist.arrays(split) for split in ("train", "test")}
        row("evaluation on 70,000 images", seconds(lambda: clustering.evaluate_code(model, "digit", **splits)), "s")
        row("export", seconds(lambda: ig.export_saved_model(model, Path(folder) / "served")), "s")
        size = sum(path.stat().st_size for path in (Path(folder) / "served").rglob("*") if path.is_file())
        row("exported model", size / 2**20, "MB")
    processes.write(rows)


if __name__ == "__main__":
    main()
