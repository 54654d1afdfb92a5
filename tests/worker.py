"""A tiny training run: one of several workers where TF_CONFIG says so, else alone.

    python worker.py RUN_DIR EPOCHS [--resume] [--die]

Epochs have five updates, in float64, as float32's rounding grows along them. With `--die` the second worker is killed
after the second epoch. `test_replicas.py` starts it.
"""

import os
import signal
import sys

import tensorflow as tf

tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
alone = "TF_CONFIG" not in os.environ
strategy = tf.distribute.get_strategy() if alone else tf.distribute.MultiWorkerMirroredStrategy()

import keras  # noqa: E402
import numpy as np  # noqa: E402
from helpers import make_model  # noqa: E402

import infogan_keras as ig  # noqa: E402
from infogan_keras import _replicas  # noqa: E402

run_dir, epochs, *flags = sys.argv[1:]
keras.config.set_dtype_policy("float64")
pixels = np.random.default_rng(0).uniform(size=(64, 8, 8, 1))
with strategy.scope():
    if "--resume" in flags:
        run = ig.runs.resume(run_dir)
    else:
        run = ig.runs.start(run_dir, make_model(run_eagerly=False), epochs=int(epochs), steps_per_epoch=5)
die = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: os.kill(os.getpid(), signal.SIGKILL) if epoch == 1 else None
)
callbacks = [die] if "--die" in flags and not _replicas.is_chief(strategy) else []
data = ig.datasets.images.load(pixels, run.model.image_shape, batch_size=16, start_step=run.model.updates)
run.fit(data, callbacks=callbacks, verbose=0)
