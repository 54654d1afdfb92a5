"""Each example script, run as a user runs it."""

import subprocess
import sys
from pathlib import Path

import keras
import pytest
import tensorflow as tf

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(script, *flags, cwd):
    command = [sys.executable, EXAMPLES / script, *flags]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    """(folder, what the script printed) of a smoke run."""
    cwd = tmp_path_factory.mktemp("mnist")
    return cwd, run("mnist.py", "--smoke", cwd=cwd)


def test_mnist(mnist):
    cwd, result = mnist
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    for line in ("Pictures, log and checkpoints are in runs/mnist-001.", "test error of the digit code"):
        assert line in result.stdout
    model = keras.saving.load_model(cwd / "runs" / "mnist-001" / "model.keras")
    assert int(model.updates) == 6
    served = tf.saved_model.load(str(cwd / "runs" / "mnist-001" / "saved_model" / "1"))
    assert "encode" in served.signatures


def test_mnist_does_not_overwrite_and_resumes(mnist):
    cwd, _ = mnist
    refused = run("mnist.py", "--smoke", "--run-dir", "runs/mnist-001", cwd=cwd)
    assert refused.returncode == 2
    assert "exists. Add --resume" in refused.stderr
    other = run("mnist.py", "--smoke", "--run-dir", "runs/mnist-001", "--resume", "--seed", "5", cwd=cwd)
    assert other.returncode == 1
    assert other.stderr.splitlines()[-1] == (
        "ValueError: The run in runs/mnist-001 has another configuration: model.seed was 0 and is 5. Resume it as it "
        "was started, or start a new run."
    )


def test_help_is_quick_and_says_what_the_script_does(tmp_path):
    result = run("mnist.py", "--help", cwd=tmp_path)
    assert result.stdout.startswith("usage: mnist.py")
    assert "Train InfoGAN on MNIST" in result.stdout
    for flag in ("epochs", "batch-size", "run-dir", "seed", "resume", "data-dir", "precision", "variant", "smoke"):
        assert f"--{flag}" in result.stdout
