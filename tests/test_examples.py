"""Each example script, run as a user runs it, and the README's commands among them."""

import argparse
import os
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT, readme_commands, weights

import infogan_keras as ig

CLUSTER = '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}'


def run(script, *flags, cwd):
    return subprocess.run([sys.executable, ROOT / "examples" / script, *flags], cwd=cwd, capture_output=True, text=True)


def test_training_commands(training_commands):
    _, results = training_commands
    assert results
    for command, result in results.items():
        assert result.returncode == 0, (command, result.stderr)
        assert ("has its 2 epochs" if "--resume" in command else "exported: ") in result.stdout


def test_evaluation_commands(training_commands, tmp_path):
    """On the runs of the training commands."""
    cwd, _ = training_commands
    commands = [command for command in readme_commands() if command.startswith("python examples/evaluate.py")]
    assert commands
    for command in commands:
        script, *flags = shlex.split(command)[1:]
        line = [sys.executable, ROOT / script, *flags, "--smoke"]
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
        result = subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, (command, result.stderr)
        assert (cwd / line[2] / "evaluation.json").is_file()
        assert (cwd / line[2] / "evaluation.png").is_file()
        assert ("slant" in result.stdout) == ("fashion" not in command)


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
    card = (cwd / "runs" / "mnist-001" / "saved_model" / "1" / "card.md").read_text()
    for fact in (
        "| data | MNIST,",
        "| licence of the data | CC BY-SA 3.0",
        "| test error of `digit` |",
        "| a smoke run |",
    ):
        assert fact in card
    assert "| bound of `width` |" in card and "| images in a batch | 16 |" in card


def test_mnist_is_the_experiment(training_commands):
    cwd, _ = training_commands
    model = keras.saving.load_model(cwd / "runs" / "mnist-001" / "model.keras")
    expected = ig.experiments.MNIST.build_model()
    for name in ("d_optimizer", "g_optimizer"):
        ours, theirs = (getattr(m, name).get_config() for m in (model, expected))
        assert {**ours, "name": ""} == {**theirs, "name": ""}
    assert (model.latents, model.mi_weight) == (expected.latents, expected.mi_weight)
    shapes = [[w.shape for w in m.generator.weights + m.discriminator.weights] for m in (model, expected)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("script", "experiment", "stand_in"),
    [
        ("svhn", ig.experiments.SVHN, "svhn_cropped"),
        ("celeba", ig.experiments.CELEBA_LATER, "celeb_a"),
        ("faces", ig.experiments.FACES_AZIMUTH, None),
        ("chairs", ig.experiments.CHAIRS_ROTATION, None),
    ],
)
def test_the_paper_s_experiments(training_commands, script, experiment, stand_in):
    cwd, results = training_commands
    (result,) = (result for command, result in results.items() if f"examples/{script}.py" in command)
    assert result.stderr == ""
    assert f"Pictures, log and checkpoints are in runs/{script}-001." in result.stdout
    if stand_in:
        assert f"64 images of random pixels stand in for {stand_in}." in result.stdout
    for name in experiment.latents.codes:
        assert f"bound of {name}: " in result.stdout
    model = keras.saving.load_model(cwd / "runs" / f"{script}-001" / "model.keras")
    assert (model.latents, model.mi_weight, model.updates) == (experiment.latents, experiment.mi_weight, 6)
    assert float(model.d_optimizer.learning_rate) == pytest.approx(experiment.d_learning_rate)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(experiment.g_learning_rate)


@pytest.mark.parametrize("script", ["mnist", "svhn", "celeba", "faces", "chairs"])
def test_the_default_length_is_the_experiment_s(tmp_path, script):
    names = [name for name in vars(ig.experiments) if name.split("_")[0] == script.upper()]
    lengths = {getattr(ig.experiments, name).updates for name in names}
    assert f"(default {lengths.pop() // 100};" in run(f"{script}.py", "--help", cwd=tmp_path).stdout
    assert not lengths


def test_robust(training_commands):
    _, results = training_commands
    assert results["python examples/mnist.py --robust"].stderr == ""


def test_fashion_mnist(training_commands):
    cwd, results = training_commands
    (result,) = (result for command, result in results.items() if "fashion_mnist" in command)
    assert result.stderr == ""
    assert "test error of the code `kind`: " in result.stdout
    model = keras.saving.load_model(cwd / "runs" / "fashion-mnist-001" / "model.keras")
    experiment = ig.experiments.FASHION_MNIST
    assert (model.latents, model.updates, model.augmentation.degrees) == (experiment.latents, 6, 5)


def test_own_images(training_commands):
    cwd, results = training_commands
    (result,) = (result for command, result in results.items() if "own_images" in command)
    assert result.stderr == ""
    model = keras.saving.load_model(cwd / "runs" / "own-images-001" / "model.keras")
    assert model.image_shape == (32, 32, 3)
    codes = {"kind": ig.Categorical(10), "style_1": ig.Uniform(1), "style_2": ig.Uniform(1)}
    assert model.latents == ig.LatentSpec(ig.Uniform(128), codes)


def test_mnist_does_not_overwrite_and_resumes(training_commands):
    cwd, results = training_commands
    finished = results["python examples/mnist.py --run-dir runs/mnist-001 --resume"]
    assert "The run in runs/mnist-001 has its 2 epochs. Pass --epochs, more than these, to go on." in finished.stdout
    assert [path.name for path in (cwd / "runs" / "mnist-001" / "saved_model").glob("[0-9]*")] == ["1"]
    refused = run("mnist.py", "--smoke", "--run-dir", "runs/mnist-001", cwd=cwd)
    assert refused.returncode == 2
    assert "exists. Add --resume" in refused.stderr
    other = run("mnist.py", "--smoke", "--run-dir", "runs/mnist-001", "--resume", "--seed", "5", cwd=cwd)
    assert other.returncode == 1
    assert other.stderr.splitlines()[-1] == (
        "ValueError: The run in runs/mnist-001 has another configuration: model.seed was 0 and is 5. Resume it as it "
        "was started, or start a new run."
    )


def test_a_killed_run_goes_on_to_its_end(tmp_path):
    """In the networks and the precision that it was started with."""
    flags = ("--smoke", "--run-dir", "run", "--precision", "mixed_bfloat16", "--variant", "openai")
    assert run("mnist.py", *flags, cwd=tmp_path).returncode == 0
    folder = tmp_path / "run"
    whole = keras.saving.load_model(folder / "model.keras")
    assert whole.generator.layers[1].dtype_policy.name == "mixed_bfloat16"
    _, openai = ig.architectures.MNIST.build(whole.latents, variant="openai")
    assert [type(layer) for layer in whole.discriminator.layers] == [type(layer) for layer in openai.layers]
    slopes = [[getattr(layer, "negative_slope", None) for layer in d.layers] for d in (whole.discriminator, openai)]
    assert slopes[0] == slopes[1]
    for killed in ("model.keras", "checkpoints/epoch-002.keras"):
        (folder / killed).unlink()
    resumed = run("mnist.py", *flags, "--resume", cwd=tmp_path)
    assert resumed.returncode == 0 and f"exported: {Path('run', 'saved_model', '2')}" in resumed.stdout
    again = weights(keras.saving.load_model(folder / "model.keras"))
    for name, value in weights(whole).items():
        np.testing.assert_array_equal(again[name], value, name)
    # As where a run that was made longer is killed after its last checkpoint.
    os.utime(folder / "model.keras", (0, 0))
    assert "exported: " in run("mnist.py", *flags, "--resume", cwd=tmp_path).stdout
    assert (folder / "model.keras").stat().st_mtime > 0


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("mnist", "mnist"),
        ("mnist --robust", "mnist-robust"),
        ("celeba", "celeba"),
        ("celeba --rates later", "celeba-later"),
        ("faces --configuration azimuth", "faces-azimuth"),
        ("faces --configuration elevation", "faces-elevation"),
        ("faces --configuration lighting", "faces-lighting"),
        ("chairs --configuration rotation", "chairs-rotation"),
        ("chairs --configuration width", "chairs-width"),
    ],
)
def test_flags_choose_the_experiment(tmp_path, monkeypatch, command, expected):
    class ChosenError(Exception):
        pass

    def build_model(experiment, seed, variant):
        raise ChosenError(experiment.name, seed, variant)

    script, *flags = command.split()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.setattr(ig.experiments.Experiment, "build_model", build_model)
    monkeypatch.setattr(sys, "argv", [script, *flags, "--seed", "5", "--variant", "openai"])
    with pytest.raises(ChosenError) as chosen:
        runpy.run_path(str(ROOT / "examples" / f"{script}.py"), run_name="__main__")
    assert chosen.value.args == (expected, 5, "openai")


def test_the_baselines_infogan_is_the_experiment(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import baselines

    ours = baselines.make_model("infogan", argparse.Namespace(seed=3, strategy="one", variant="paper"))
    keras.utils.set_random_seed(3)
    experiment = ig.experiments.MNIST.build_model(3)
    assert (ours.latents, ours.mi_weight, ours.seed) == (experiment.latents, experiment.mi_weight, 3)
    for name, value in weights(experiment).items():
        np.testing.assert_array_equal(weights(ours)[name], value, name)


def test_stand_ins_are_for_one_host(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", CLUSTER)
    result = run("svhn.py", "--smoke", "--strategy", "workers", "--run-dir", "run", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == "error: --smoke: svhn_cropped needs --data-dir where workers share it.\n"


def test_help_says_what_the_script_does(tmp_path):
    result = run("mnist.py", "--help", cwd=tmp_path)
    assert result.stdout.startswith("usage: mnist.py")
    assert "Train InfoGAN on MNIST" in result.stdout
    for flag in ("epochs", "batch-size", "run-dir", "seed", "resume", "data-dir", "precision", "variant", "smoke"):
        assert f"--{flag}" in result.stdout


def test_baselines(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # examples/mnist.py trains the fifth.
    flags = ("--smoke", "--run-dir", "all", "--model", "gan", "gan-with-q", "acgan", "semi-supervised")
    result = run("baselines.py", *flags, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "fid200_mnist_cnn" in result.stdout and "nmi/digit" in result.stdout
    model = keras.saving.load_model(tmp_path / "all" / "semi-supervised" / "model.keras")
    assert (type(model), model.updates, model.latents.size) == (ig.ACGAN, 6, 74)
    assert type(keras.saving.load_model(tmp_path / "all" / "gan" / "model.keras")) is ig.GAN
    model = keras.saving.load_model(tmp_path / "all" / "gan-with-q" / "model.keras")
    assert set(model.generator_mi_weight.values()) == {0.0} and set(model.mi_weight.values()) == {1.0}
    model = keras.saving.load_model(tmp_path / "all" / "acgan" / "model.keras")
    assert (type(model), [*model.latents.codes], model.latents.size) == (ig.ACGAN, ["digit"], 74)
    assert (tmp_path / "all" / "models.png").is_file()
    assert run("baselines.py", *flags, cwd=tmp_path).returncode == 2
    monkeypatch.setenv("TF_CONFIG", CLUSTER)
    workers = run("baselines.py", "--strategy", "workers", "--run-dir", "new", cwd=tmp_path)
    assert workers.returncode == 2 and "several hosts train one system" in workers.stderr


def test_figure1(tmp_path, monkeypatch):
    result = run("figure1.py", "--smoke", "--seeds", "1", "--run-dir", "figure", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    lines = (tmp_path / "figure" / "figure1.csv").read_text().splitlines()
    assert lines[0] == "update,InfoGAN 0,GAN 0" and len(lines) == 7
    assert (tmp_path / "figure" / "figure1.png").is_file()
    (tmp_path / "config.json").touch()
    resumed = run("figure1.py", "--resume", "--run-dir", ".", cwd=tmp_path)
    assert resumed.returncode == 2 and "neither resumed nor spread" in resumed.stderr
    monkeypatch.setenv("TF_CONFIG", CLUSTER)
    workers = run("figure1.py", "--strategy", "workers", "--run-dir", "new", cwd=tmp_path)
    assert workers.returncode == 2 and "neither resumed nor spread" in workers.stderr
