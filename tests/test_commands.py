import os
import subprocess
import sys
from pathlib import Path

import pytest

from infogan_keras import architectures, commands


def parse(*argv):
    return commands.parse_training(commands.training_parser("Trains.", "mnist", epochs=50), argv)


def test_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = parse()
    assert (arguments.epochs, arguments.steps_per_epoch, arguments.batch_size) == (50, 100, 128)
    assert (arguments.seed, arguments.precision, arguments.variant) == (0, "float32", "paper")
    assert arguments.run_dir == Path("runs/mnist-001")
    Path("runs/mnist-001").mkdir(parents=True)
    assert parse().run_dir == Path("runs/mnist-002")


def test_smoke():
    arguments = parse("--smoke", "--epochs", "9")
    assert (arguments.epochs, arguments.steps_per_epoch, arguments.batch_size) == (2, 3, 16)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--run-dir", "old"], "old exists. Add --resume to go on with it"),
        (["--resume"], "--resume needs --run-dir"),
        (["--resume", "--run-dir", "old"], "there is no run in old"),
        (["--epochs", "0"], "expected an integer of at least 1"),
        (["--epoch-count", "3"], "unrecognized arguments: --epoch-count"),
        (["--precision", "float64"], "invalid choice: 'float64'"),
    ],
)
def test_wrong_flags(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("old").mkdir()
    with pytest.raises(SystemExit):
        parse(*argv)
    assert message in capsys.readouterr().err


def test_resume(tmp_path):
    (tmp_path / "config.json").touch()
    assert parse("--resume", "--run-dir", str(tmp_path)).resume


def test_variants_are_those_of_the_networks():
    assert commands.VARIANTS == architectures.VARIANTS


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}
    )


def test_flags_are_read_without_tensorflow():
    code = (
        "import sys, infogan_keras.commands as c; c.training_parser('', 'mnist', 5); print('tensorflow' in sys.modules)"
    )
    assert python(code).stdout == "False\n"


def test_tensorflow_starts_quietly():
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    code = "from infogan_keras import commands; commands.start_tensorflow(); import tensorflow as tf; tf.zeros(1) + 1"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert result.stdout.startswith("Keras 3.")
    assert result.stderr == ""


def test_another_keras_backend_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    for environment, backend in (({"KERAS_BACKEND": "jax"}, "jax"), ({"KERAS_HOME": str(tmp_path)}, "torch")):
        result = python("import infogan_keras", **environment)
        expected = f"ImportError: infogan_keras needs Keras on TensorFlow, and Keras is set to '{backend}' here. Set"
        assert expected in result.stderr
    assert python("import infogan_keras", KERAS_HOME=str(tmp_path), KERAS_BACKEND="tensorflow").returncode == 0
    (tmp_path / "keras.json").write_text("not JSON")
    assert python("import infogan_keras", KERAS_HOME=str(tmp_path)).returncode == 0


def test_public_names():
    import infogan_keras as ig

    for name in ig.__all__:
        assert getattr(ig, name) is not None
        assert name in dir(ig)
    with pytest.raises(AttributeError, match="no attribute 'InfoGan'"):
        ig.InfoGan  # noqa: B018
