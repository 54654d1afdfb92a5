"""Each example script, run as a user runs it."""

import subprocess
import sys

import keras
import tensorflow as tf
from conftest import ROOT


def run(script, *flags, cwd):
    return subprocess.run([sys.executable, ROOT / "examples" / script, *flags], cwd=cwd, capture_output=True, text=True)


def test_mnist(training_commands):
    cwd, results = training_commands
    result = results["python examples/mnist.py"]
    assert result.stderr == ""
    assert "Pictures, log and checkpoints are in runs/mnist-001." in result.stdout
    assert "test error of the digit code" in result.stdout
    assert "bound of width" in result.stdout
    model = keras.saving.load_model(cwd / "runs" / "mnist-001" / "model.keras")
    assert model.updates == 6
    served = tf.saved_model.load(str(cwd / "runs" / "mnist-001" / "saved_model" / "1"))
    assert "encode" in served.signatures


def test_mnist_does_not_overwrite_and_resumes(training_commands):
    cwd, _ = training_commands
    refused = run("mnist.py", "--smoke", "--run-dir", "runs/mnist-001", cwd=cwd)
    assert refused.returncode == 2
    assert "exists. Add --resume" in refused.stderr
    other = run("mnist.py", "--smoke", "--run-dir", "runs/mnist-001", "--resume", "--seed", "5", cwd=cwd)
    assert other.returncode == 1
    assert other.stderr.splitlines()[-1] == (
        "ValueError: The run in runs/mnist-001 has another configuration: model.seed was 0 and is 5. Resume it as it "
        "was started, or start a new run."
    )


def test_help_says_what_the_script_does(tmp_path):
    result = run("mnist.py", "--help", cwd=tmp_path)
    assert result.stdout.startswith("usage: mnist.py")
    assert "Train InfoGAN on MNIST" in result.stdout
    for flag in ("epochs", "batch-size", "run-dir", "seed", "resume", "data-dir", "precision", "variant", "smoke"):
        assert f"--{flag}" in result.stdout
