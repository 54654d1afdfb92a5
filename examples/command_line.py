"""What the training scripts share: the flags, the run folder, and a TensorFlow that starts quietly.

This module imports nothing heavy, so that `--help` and a wrong flag answer at once.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

STRATEGIES = ("one", "mirrored", "workers")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
VARIANTS = ("paper", "openai")


def training_parser(description, name, epochs, batch_size=128):
    """The flags of a training script.

    Args:
        description: what the script does.
        name: of the data set; runs go to `runs/<name>-001` and up.
        epochs: the default length, in epochs of 100 updates.
        batch_size: the default batch.

    Returns:
        An `argparse.ArgumentParser`; `parse_training` reads it.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(name=name, steps_per_epoch=100)
    parser.add_argument("--epochs", type=_positive, default=epochs, help=f"epochs of 100 updates (default {epochs})")
    parser.add_argument("--batch-size", type=_positive, default=batch_size, help=f"default {batch_size}")
    parser.add_argument("--run-dir", type=Path, help=f"new folder for the run (default: the next free runs/{name}-001)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run-dir, exactly where it was")
    parser.add_argument("--seed", type=int, default=0, help="of weights, latents and data order (default 0)")
    parser.add_argument("--data-dir", type=Path, help="your own copy of the data")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32", help="default float32")
    parser.add_argument(
        "--strategy", choices=STRATEGIES, default="one", help="one device, all GPUs of this machine, or several hosts"
    )
    parser.add_argument("--variant", choices=VARIANTS, default="paper", help="the paper's networks, or the release's")
    parser.add_argument("--smoke", action="store_true", help="a run of seconds, to see that everything works")
    return parser


def parse_training(parser, argv=None):
    """Reads the flags and settles the run folder, before TensorFlow is imported.

    Of several workers only the chief (`arguments.chief`) makes the folder. Exits with a message for a folder that
    exists without `--resume`, `--resume` without a run, or `--strategy workers` without a cluster.
    """
    arguments = parser.parse_args(argv)
    arguments.chief = True
    if arguments.strategy == "workers":
        if arguments.run_dir is None:
            parser.error("--strategy workers needs --run-dir, a folder that every worker sees.")
        arguments.chief = _is_chief(parser)
    if arguments.smoke:
        arguments.epochs, arguments.steps_per_epoch, arguments.batch_size = 2, 3, 16
    if arguments.data_dir is not None:
        arguments.data_dir = arguments.data_dir.resolve()
    if arguments.resume:
        if arguments.run_dir is None:
            parser.error("--resume needs --run-dir, the folder of the run.")
        if not (arguments.run_dir / "config.json").is_file():
            parser.error(f"--resume: there is no run in {arguments.run_dir}.")
    elif arguments.run_dir is None:
        arguments.run_dir = next_free(Path("runs") / arguments.name)
    elif arguments.run_dir.exists() and arguments.chief:
        parser.error(f"--run-dir: {arguments.run_dir} exists. Add --resume to go on with it, or choose another folder.")
    return arguments


def next_free(stem):
    """The first of `<stem>-001`, `<stem>-002`, ... that does not exist."""
    number = 1
    while (path := stem.with_name(f"{stem.name}-{number:03d}")).exists():
        number += 1
    return path


def start_tensorflow(precision="float32"):
    """Imports TensorFlow and Keras without their start-up messages, and says in a line what they run on.

    The messages are shown after all when the import fails. Set TF_CPP_MIN_LOG_LEVEL=0 to see everything.

    Args:
        precision: Keras' global dtype policy.
    """
    verbose = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    # Whatever stops a run is raised in Python as well.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with contextlib.nullcontext() if verbose else _hidden_stderr():
        import keras
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
    keras.config.set_dtype_policy(precision)
    names = [tf.config.experimental.get_device_details(device).get("device_name", "GPU") for device in devices]
    where = ", ".join(names) or f"CPU, {os.cpu_count()} cores"
    print(f"Keras {keras.__version__}, TensorFlow {tf.__version__}, {where}, {precision}")


def make_strategy(name):
    """The `tf.distribute` strategy that `--strategy` names; build and compile the model in its `scope()`."""
    import tensorflow as tf

    makers = {
        "one": tf.distribute.get_strategy,
        "mirrored": tf.distribute.MirroredStrategy,
        "workers": tf.distribute.MultiWorkerMirroredStrategy,
    }
    return makers[name]()


def _is_chief(parser):
    """Whether TF_CONFIG says that this is the first worker."""
    try:
        config = json.loads(os.environ["TF_CONFIG"])
        task, cluster = config["task"], config["cluster"]
        return (task["type"], int(task["index"])) == ("chief" if "chief" in cluster else "worker", 0)
    except (KeyError, TypeError, ValueError):
        parser.error(
            "--strategy workers needs the environment variable TF_CONFIG on every host, such as "
            '{"cluster": {"worker": ["host-a:12345", "host-b:12345"]}, "task": {"type": "worker", "index": 0}}'
        )


@contextlib.contextmanager
def _hidden_stderr():
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


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}: expected an integer of at least 1")
    return value
