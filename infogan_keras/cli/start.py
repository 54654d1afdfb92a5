"""TensorFlow, started quietly and with its fast kernels."""

import contextlib
import functools
import os
import sys
import tempfile
import timeit
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def start_tensorflow(precision: str = "float32", seed: int | None = None) -> None:
    """Imports TensorFlow and Keras without their start-up messages, and says in a line what they run on.

    oneDNN's kernels are switched on, also where TensorFlow leaves them off by itself, as on AMD's Zen 3, where they are
    faster too. Whatever the environment says of them (TF_ENABLE_ONEDNN_OPTS) is kept.

    The messages are shown after all when the import fails. Set TF_CPP_MIN_LOG_LEVEL=0 to see everything. Warns of a
    precision that is slower than float32 here, as bfloat16 is on CPUs without instructions for it, and on some with.

    Args:
        precision: Keras' global dtype policy.
        seed: of Keras' global random state, from which weights are drawn; None leaves it.
    """
    verbose = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    # Whatever stops a run is raised in Python as well.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with contextlib.nullcontext() if verbose else _hidden_stderr():
        import keras
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
    keras.config.set_dtype_policy(precision)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    names = [tf.config.experimental.get_device_details(device).get("device_name", "GPU") for device in devices]
    where = ", ".join(names) or f"CPU, {os.cpu_count()} cores"
    print(f"Keras {keras.__version__}, TensorFlow {tf.__version__}, {where}, {precision}")
    # Of several workers each must make its strategy before the first operation.
    if precision != "float32" and not devices and "TF_CONFIG" not in os.environ:
        times = _times_as_long(keras.DTypePolicy(precision).compute_dtype)
        if times > 1.2:
            print(
                f"Warning: --precision {precision} is slower than float32 on this machine: gradients of convolutions "
                f"take {times:.1f} times as long. Runs without the flag are faster."
            )


@functools.cache
def make_strategy(name: str) -> "tf.distribute.Strategy":
    """The `tf.distribute` strategy that `--strategy` names, one per process; build and compile models in its `scope()`.

    (TensorFlow numbers the exchanges of a second one like those of the first.)
    """
    import tensorflow as tf

    makers = {
        "one": tf.distribute.get_strategy,
        "mirrored": tf.distribute.MirroredStrategy,
        "workers": tf.distribute.MultiWorkerMirroredStrategy,
    }
    return makers[name]()


def _times_as_long(dtype):
    """How many times as long as in float32 the gradient of a convolution takes in `dtype`."""
    import tensorflow as tf

    def seconds(dtype):
        images, errors = tf.zeros((32, 14, 14, 64), dtype), tf.zeros((32, 7, 7, 128), dtype)

        def gradient():
            tf.raw_ops.Conv2DBackpropFilter(
                input=images, filter_sizes=(4, 4, 64, 128), out_backprop=errors, strides=[1, 2, 2, 1], padding="SAME"
            ).numpy()

        return min(timeit.repeat(gradient, number=1, repeat=3))

    return seconds(dtype) / seconds("float32")


@contextlib.contextmanager
def _hidden_stderr() -> Iterator[None]:
    """Holds back what C++ writes to file descriptor 2, and shows it if the block fails."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
