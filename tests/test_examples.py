"""The example scripts, in process and with tiny networks."""

import importlib
import re

import keras
import numpy as np
import pytest
from helpers import ROOT, weights

import infogan_keras as ig

CLUSTER = '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}'
LINES = 70


@pytest.fixture(autouse=True)
def float32(policy):
    """The scripts set Keras' policy, in this process too."""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """A function that calls a script's `main` with flags, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(ROOT / "examples")
    return lambda name, *flags: importlib.import_module(name).main([*map(str, flags)])


def code(script, *arguments):
    with pytest.raises(SystemExit) as stopped:
        script(*arguments)
    return stopped.value.code


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_a_script_is_all_there_is_to_copy(path):
    text = path.read_text()
    others = {other.stem for other in path.parent.glob("*.py")}
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    assert not imported & others
    assert not re.search(r"infogan_keras[\w.]*(\._| import _)", text), "The public API only."
    if path.stem not in ("baselines", "figure1", "serve_client"):
        assert text.count("\n") < LINES


@pytest.mark.slow
def test_mnist(script, tmp_path, capsys):
    script("mnist", "--smoke")
    out = capsys.readouterr().out
    assert "test error of digit: " in out and "bound of width: -" in out and "exported: runs/mnist-001" in out
    run = tmp_path / "runs" / "mnist-001"
    model = keras.saving.load_model(run / "model.keras")
    assert model.updates == 6
    card = (run / "saved_model" / "1" / "card.md").read_text()
    for fact in ("data | MNIST", "test error of `digit` |", "images in a batch | 16 |", "a smoke run |"):
        assert f"| {fact}" in card
    # A finished run is left alone, a contradiction refused, and `infogan resume` goes on with what a script began.
    script("mnist", "--run-dir", run, "--resume")
    assert "has its 2 epochs. Pass --epochs, more than these" in capsys.readouterr().out
    assert [path.name for path in (run / "saved_model").glob("[0-9]*")] == ["1"]
    assert code(script, "mnist", "--run-dir", run) == 2
    assert "exists. Add --resume" in capsys.readouterr().err
    assert code(script, "mnist", "--run-dir", run, "--resume", "--seed", 5) == 2
    assert "was started with --seed 0, not 5" in capsys.readouterr().err
    ig.cli.main(["resume", str(run), "--epochs", "3"])
    assert keras.saving.load_model(run / "model.keras").updates == 9
    assert f"exported: {run / 'saved_model' / '2'}" in capsys.readouterr().out


def test_mnist_is_the_experiment(script):
    flags = ig.cli.training_flags("", name="mnist", epochs=1, argv=["--smoke"], options={"--robust": {"type": bool}})
    keras.utils.set_random_seed(0)
    ours = importlib.import_module("mnist").build_model(flags)
    keras.utils.set_random_seed(0)
    theirs = ig.experiments.MNIST.tiny().build_model()
    assert (ours.latents, ours.mi_weight, ours.image_range) == (theirs.latents, theirs.mi_weight, theirs.image_range)
    for name in ("d_optimizer", "g_optimizer"):
        ours_, theirs_ = (getattr(model, name).get_config() for model in (ours, theirs))
        assert {**ours_, "name": ""} == {**theirs_, "name": ""}
    for name, value in weights(theirs).items():
        np.testing.assert_array_equal(weights(ours)[name], value, name)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("mnist --robust", "mnist-robust"),
        ("fashion_mnist", "fashion-mnist"),
        ("svhn", "svhn"),
        ("celeba", "celeba"),
        ("celeba --rates later", "celeba-later"),
        ("faces", "faces-azimuth"),
        ("faces --configuration elevation", "faces-elevation"),
        ("faces --configuration lighting", "faces-lighting"),
        ("faces --configuration declared", "faces-declared"),
        ("chairs", "chairs-rotation"),
        ("chairs --configuration width", "chairs-width"),
        ("chairs --configuration circular", "chairs-circular"),
    ],
)
def test_flags_choose_the_experiment(script, monkeypatch, command, expected):
    class ChosenError(Exception):
        pass

    def build_model(experiment, seed, variant):
        raise ChosenError(experiment.name, seed, variant)

    monkeypatch.setattr(ig.experiments.Experiment, "build_model", build_model)
    name, *flags = command.split()
    with pytest.raises(ChosenError) as chosen:
        script(name, *flags, "--seed", "5", "--variant", "openai")
    assert chosen.value.args == (expected, 5, "openai")


def test_a_falling_rate_ends_with_the_run(script, monkeypatch):
    class BuiltError(Exception):
        pass

    def build_model(experiment, seed, variant):
        raise BuiltError(experiment.updates)

    monkeypatch.setattr(ig.experiments.Experiment, "build_model", build_model)
    for flags, updates in (((), 2_000), (("--epochs", "7"), 700)):
        with pytest.raises(BuiltError, match=f"^{updates}$"):
            script("mnist", "--robust", *flags)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "svhn", "celeba", "faces", "chairs"])
def test_the_default_length_is_the_experiment_s(script, name, capsys):
    names = [constant for constant in vars(ig.experiments) if constant.split("_")[0] == name.split("_")[0].upper()]
    lengths = {getattr(ig.experiments, constant).epochs for constant in names}
    assert code(script, name, "--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    default = lengths.pop() if len(lengths) == 1 else "the experiment's"
    assert out.startswith("usage: ") and f"(default {default};" in out
    for flag in ("epochs", "batch-size", "run-dir", "seed", "resume", "data-dir", "precision", "variant", "smoke"):
        assert f"--{flag}" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "flags", "experiment"),
    [
        ("faces", ("--configuration", "lighting"), ig.experiments.FACES_LIGHTING),
        ("celeba", ("--rates", "later"), ig.experiments.CELEBA_LATER),
    ],
)
def test_scripts_train_their_experiment(name, flags, experiment, script, tmp_path, capsys):
    script(name, "--smoke", *flags)
    model = keras.saving.load_model(tmp_path / "runs" / f"{name}-001" / "model.keras")
    assert (model.latents, model.mi_weight, model.updates) == (experiment.latents, experiment.mi_weight, 6)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(experiment.g_learning_rate)
    out = capsys.readouterr().out
    assert all(f"bound of {code}: " in out for code in experiment.latents.codes)


@pytest.mark.slow
def test_baselines(script, tmp_path, monkeypatch, capsys):
    flags = ("--smoke", "--run-dir", "all", "--model", "gan", "semi-supervised")
    script("baselines", *flags)
    out = capsys.readouterr().out
    assert "fid200_mnist_cnn" in out and "nmi/digit" in out
    models = {name: keras.saving.load_model(tmp_path / "all" / name / "model.keras") for name in flags[4:]}
    assert {name: type(model) for name, model in models.items()} == {"gan": ig.GAN, "semi-supervised": ig.ACGAN}
    assert {(model.updates, model.latents.size) for model in models.values()} == {(6, 74)}
    assert (tmp_path / "all" / "models.png").is_file()
    assert code(script, "baselines", *flags) == 2
    capsys.readouterr()
    monkeypatch.setenv("TF_CONFIG", CLUSTER)
    assert code(script, "baselines", "--strategy", "workers", "--run-dir", "new") == 2
    assert "Several hosts train one system" in capsys.readouterr().err


def test_systems_of_the_baselines(script):
    baselines = importlib.import_module("baselines")
    flags = ig.cli.training_flags("", name="baselines", epochs=1, argv=["--smoke"])
    model = baselines.build_model("gan-with-q", 0, smoke=True)
    assert set(model.generator_mi_weight.values()) == {0.0} and set(model.mi_weight.values()) == {1.0}
    model = baselines.build_model("acgan", 0, smoke=True)
    assert (type(model), [*model.latents.codes], model.latents.size) == (ig.ACGAN, ["digit"], 74)
    images, labels = baselines.load("acgan", None, flags).element_spec
    assert (images.shape, labels.shape) == ((16, 28, 28, 1), (16,))


def test_the_baselines_infogan_is_the_experiment(script):
    ours = importlib.import_module("baselines").build_model("infogan", 3, smoke=True)
    keras.utils.set_random_seed(3)
    experiment = ig.experiments.MNIST.tiny().build_model(3)
    assert (ours.latents, ours.mi_weight, ours.seed) == (experiment.latents, experiment.mi_weight, 3)
    for name, value in weights(experiment).items():
        np.testing.assert_array_equal(weights(ours)[name], value, name)


@pytest.mark.slow
def test_figure1(script, tmp_path, monkeypatch, capsys):
    script("figure1", "--smoke", "--seeds", "1", "--run-dir", "figure")
    lines = (tmp_path / "figure" / "figure1.csv").read_text().splitlines()
    assert lines[0] == "update,InfoGAN 0,GAN 0" and len(lines) == 7
    assert (tmp_path / "figure" / "figure1.png").is_file()
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setenv("TF_CONFIG", CLUSTER)
    for flags in (("--resume", "--run-dir", "."), ("--strategy", "workers", "--run-dir", "new")):
        capsys.readouterr()
        assert code(script, "figure1", *flags) == 2
        assert "neither resumed nor spread" in capsys.readouterr().err
