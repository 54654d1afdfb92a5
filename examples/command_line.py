"""What the training scripts share: the flags, a TensorFlow that starts quietly, and the run from fit to export.

This module imports nothing heavy, so that `--help` and a wrong flag answer at once.
"""

import argparse
import atexit
import contextlib
import functools
import json
import os
import shutil
import sys
import tempfile
import timeit
from pathlib import Path

STRATEGIES = ("one", "mirrored", "workers")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
VARIANTS = ("paper", "openai")


def training_parser(description, name, epochs, batch_size=128, data_dir="your own copy of the data"):
    """The flags of a training script.

    Args:
        description: what the script does.
        name: of the data set; runs go to `runs/<name>-001` and up.
        epochs: the default length, in epochs of 100 updates.
        batch_size: the default batch.
        data_dir: the help text of --data-dir; None for a script that adds its own.

    Returns:
        An `argparse.ArgumentParser`; `parse_training` reads it.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(name=name, steps_per_epoch=100, default_epochs=epochs)
    parser.add_argument(
        "--epochs", type=_positive, help=f"epochs of 100 updates (default {epochs}; with --resume, the run's)"
    )
    parser.add_argument("--batch-size", type=_positive, default=batch_size, help=f"default {batch_size}")
    parser.add_argument(
        "--run-dir", type=local_folder, help=f"new folder for the run (default: the next free runs/{name}-001)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run-dir, exactly where it was")
    parser.add_argument("--seed", type=int, default=0, help="of weights, latents and data order (default 0)")
    if data_dir:
        parser.add_argument("--data-dir", type=place, help=data_dir)
    parser.add_argument("--precision", choices=PRECISIONS, default="float32", help="default float32")
    parser.add_argument(
        "--strategy",
        choices=STRATEGIES,
        default="one",
        help="one device, all GPUs of this machine, or several hosts (default one)",
    )
    parser.add_argument(
        "--variant",
        choices=VARIANTS,
        default="paper",
        help="the paper's networks, or its authors' code (default paper)",
    )
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
    if arguments.resume:
        if arguments.run_dir is None:
            parser.error("--resume needs --run-dir, the folder of the run.")
        configs = [*arguments.run_dir.glob("**/config.json")]
        if not configs:
            parser.error(f"--resume: there is no run in {arguments.run_dir}.")
        arguments.epochs = arguments.epochs or _epochs(configs[0])
    elif arguments.run_dir is None:
        arguments.run_dir = next_free(Path("runs") / arguments.name)
    elif arguments.run_dir.exists() and arguments.chief:
        parser.error(f"--run-dir: {arguments.run_dir} exists. Add --resume to go on with it, or choose another folder.")
    arguments.epochs = arguments.epochs or arguments.default_epochs
    if arguments.smoke:
        arguments.epochs, arguments.steps_per_epoch, arguments.batch_size = 2, 3, 16
    return arguments


def place(text):
    """A flag's folder as its whole path, or an address (`gs://...`) as it is."""
    return text if "://" in text else Path(text).resolve()


def local_folder(text):
    """A flag's folder to write to."""
    if "://" in text:
        raise argparse.ArgumentTypeError(f"{text} is an address: expected a folder, which may be a mounted one.")
    return Path(text)


def next_free(stem):
    """The first of `<stem>-001`, `<stem>-002`, ... that does not exist."""
    number = 1
    while (path := stem.with_name(f"{stem.name}-{number:03d}")).exists():
        number += 1
    return path


def start_tensorflow(precision="float32"):
    """Imports TensorFlow and Keras without their start-up messages, and says in a line what they run on.

    oneDNN's kernels are switched on, also where TensorFlow leaves them off by itself, as on AMD's Zen 3, where they are
    faster too. Whatever the environment says of them (TF_ENABLE_ONEDNN_OPTS) is kept.

    The messages are shown after all when the import fails. Set TF_CPP_MIN_LOG_LEVEL=0 to see everything. Warns of a
    precision that is slower than float32 here, as bfloat16 is on CPUs without instructions for it.

    Args:
        precision: Keras' global dtype policy.
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
    names = [tf.config.experimental.get_device_details(device).get("device_name", "GPU") for device in devices]
    where = ", ".join(names) or f"CPU, {os.cpu_count()} cores"
    print(f"Keras {keras.__version__}, TensorFlow {tf.__version__}, {where}, {precision}")
    # Of several workers each must make its strategy before the first operation.
    if precision != "float32" and not devices and "TF_CONFIG" not in os.environ:
        times = _times_as_long(keras.DTypePolicy(precision).compute_dtype)
        if times > 1.5:
            print(
                f"Warning: --precision {precision} is slower than float32 on this machine: gradients of convolutions "
                f"take {times:.1f} times as long. Runs without the flag are faster."
            )


@functools.cache
def make_strategy(name):
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


def train(model, load, arguments, limit=1.0):
    """Trains as the flags say, with a run folder that `--resume` goes on with.

    Where the run has all its epochs, it is left alone, and `arguments.finished` is set.

    Args:
        model: a compiled model.
        load: a function of `start_step` that gives the training batches.
        arguments: the flags.
        limit: of the pictures: continuous codes go from -limit to limit.
    """
    import infogan_keras as ig

    settings = {name: getattr(arguments, name) for name in ("batch_size", "steps_per_epoch", "data_dir")}
    callbacks = ig.callbacks.for_run(arguments.run_dir, model, settings=settings, resume=arguments.resume, limit=limit)
    done = model.updates
    has = done // arguments.steps_per_epoch
    checkpoints = (arguments.run_dir / "checkpoints").glob("epoch-*.keras")
    arguments.finished = has >= arguments.epochs and _follows(arguments.run_dir / "model.keras", checkpoints)
    if arguments.finished:
        print(f"The run in {arguments.run_dir} has its {has} epochs. Pass --epochs, more than these, to go on.")
        return
    images = load(start_step=done)
    print(f"Pictures, log and checkpoints are in {arguments.run_dir}.")
    model.fit(
        images,
        epochs=arguments.epochs,
        initial_epoch=has,
        steps_per_epoch=arguments.steps_per_epoch,
        callbacks=callbacks,
    )


def report(model, images, arguments, facts, steps=100):
    """Prints the bound of each code, and exports the model with a card, if this one was not before.

    Args:
        model: a trained model.
        images: batches, of training's size; as many are generated to measure the bounds.
        arguments: the flags.
        facts: `{name: text}` for the card: the data, its licence, what was measured.
        steps: batches to measure on; None for all.
    """
    import infogan_keras as ig

    logs = model.evaluate(images, steps=3 if arguments.smoke else steps, verbose=0, return_dict=True)
    facts = {**facts, "images in a batch": arguments.batch_size}
    if arguments.data_dir is not None:
        facts["from"] = arguments.data_dir
    if arguments.smoke:
        facts["a smoke run"] = "a few updates, perhaps on stand-in images: nothing was learned"
    for name, code in model.latents.codes.items():
        bound = f"{logs[f'mi/{name}']:.3f} nats, from {code.mi_floor:.3f} to {code.mi_ceiling:.3f}"
        print(f"bound of {name}: {bound}")
        facts[f"bound of `{name}`"] = bound
    directory = arguments.run_dir / "saved_model"
    model_files = [arguments.run_dir / "model.keras"]
    exported = any(_follows(version, model_files) for version in directory.glob("[0-9]*"))
    if arguments.chief and not (arguments.finished and exported):
        print(f"exported: {ig.export_saved_model(model, directory, facts=facts)}")


def model_file(run):
    """The `.keras` file of a run folder, or the file itself; FileNotFoundError with advice where there is none."""
    if run.is_dir():
        path = run / "model.keras"
        if path.is_file():
            return path
        checkpoints = sorted((run / "checkpoints").glob("epoch-*.keras"))
        advice = f"It has not finished: try {checkpoints[-1]}." if checkpoints else "It is no run."
        raise FileNotFoundError(f"There is no model.keras in {run}. {advice}")
    if not run.is_file():
        raise FileNotFoundError(f"There is no {run}: expected the folder of a run, or a .keras file.")
    return run


def load_model(path):
    """The GAN in a `.keras` file; ValueError for anything else."""
    import keras

    import infogan_keras as ig

    try:
        model = keras.saving.load_model(path)
    except Exception as error:  # Damaged files raise errors of many kinds.
        raise ValueError(f"{path} cannot be read as a model ({error}).") from None
    if not isinstance(model, ig.GAN):
        raise ValueError(f"{path} holds a {type(model).__name__}: expected an InfoGAN or a GAN.")
    return model


def make_stand_in(name, strategy, count=64):
    """A data set of random pixels in place of one of tensorflow-datasets, to try a script without its data.

    Args:
        name: of the data set.
        strategy: of `--strategy`; exits with a message for workers, who cannot share its one file.
        count: images in each of its splits "train" and "extra".

    Returns:
        The folder, to be passed as `data_dir`; deleted when the process ends.

    Raises:
        ImportError: without tensorflow-datasets.
    """
    if strategy == "workers":
        raise SystemExit(f"error: --smoke: {name} needs --data-dir where workers share it.")
    import tensorflow as tf
    from absl import logging

    from infogan_keras.datasets import tfds

    tensorflow_datasets = tfds.require()

    folder = tempfile.mkdtemp(prefix=f"{name}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    builder = tensorflow_datasets.builder(name, data_dir=folder)

    def value(spec, number):
        if not spec.shape:
            return tf.zeros((), spec.tf_dtype)
        return tf.cast(tf.random.stateless_uniform(spec.shape, [0, number], 0, 256, tf.int32), spec.tf_dtype)

    specs = builder.info.features.get_tensor_info()
    images = tf.data.Dataset.range(count).map(lambda n: tf.nest.map_structure(lambda spec: value(spec, n), specs))
    logging.set_verbosity(logging.ERROR)
    tensorflow_datasets.disable_progress_bar()
    with contextlib.redirect_stdout(None):
        tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
            name=name,
            version=str(builder.version),
            data_dir=folder,
            features=builder.info.features,
            split_datasets=dict.fromkeys(("train", "extra"), images),
        )
    print(f"{count} images of random pixels stand in for {name}.")
    return folder


def _follows(path, others):
    """Whether a file or folder is there, and none of the others was written after it."""
    return path.exists() and all(path.stat().st_mtime_ns >= other.stat().st_mtime_ns for other in others)


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


def _epochs(config):
    """How long the run of a `config.json` is; None for what has none."""
    try:
        return json.loads(config.read_text()).get("epochs")
    except ValueError:
        return None


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value}: expected an integer of at least 1")
    return value
