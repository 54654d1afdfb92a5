"""The command `infogan` in process, with tiny networks; two real processes for what only a process can show."""

import argparse
import errno
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from helpers import make_model, weights, write_photos
from PIL import Image

import infogan_keras as ig
from infogan_keras import _model_paths, architectures, cli
from infogan_keras.cli import command, errors, flags, start
from infogan_keras.cli.commands import info, traverse
from infogan_keras.cli.commands.train import EXPERIMENTS

SMOKE_BYTES = 30 * 2**20


def parse(*argv):
    return cli.training_flags("Trains.", name="mnist", epochs=50, argv=list(argv))


def infogan(*argv):
    command.main(list(map(str, argv)))


def failure(capsys, *argv):
    """The one line on stderr of a command that fails with exit code 2."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        infogan(*argv)
    assert stopped.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and line.endswith("\n"), line
    return line


def folder_size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def float32(policy):
    """The commands set Keras' policy, in this process too."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A smoke run of MNIST."""
    run = tmp_path_factory.mktemp("finished") / "run"
    flags = ("--seed", 7, "--variant", "openai", "--precision", "mixed_bfloat16")
    infogan("train", "mnist", "--smoke", "--run-dir", run, *flags)
    keras.config.set_dtype_policy("float32")
    return run


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "run")


# Flags


def test_defaults(here):
    given = parse()
    assert (given.epochs, given.steps_per_epoch, given.batch_size) == (50, 100, 128)
    assert (given.seed, given.precision, given.variant, given.strategy) == (0, "float32", None, "one")
    assert (given.resume, given.smoke, given.chief, given.data_dir) == (False, False, True, None)
    assert given.run_dir == Path("runs/mnist-001")
    assert given.settings == {
        **{"batch_size": 128, "seed": 0, "precision": "float32", "variant": None, "smoke": False},
        "data_dir": None,
    }
    # The folder is made at once, so that two runs never share it.
    assert given.run_dir.is_dir() and parse().run_dir == Path("runs/mnist-002")


def test_smoke_flags(here):
    given = parse("--smoke", "--epochs", "9", "--batch-size", "64")
    assert (given.epochs, given.steps_per_epoch, given.batch_size) == (2, 3, 16)


def test_own_options(here):
    options = {"--robust": {"action": "store_true"}}
    assert cli.training_flags("Trains.", name="a", epochs=1, argv=["--robust"], options=options).robust


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--run-dir", "old"], "old exists. Add --resume to go on with it"),
        (["--run-dir", "gs://bucket/run"], "gs://bucket/run is an address: expected a folder"),
        (["--run-dir", "file/run"], "file is a file"),
        (["--resume"], "--resume needs --run-dir"),
        (["--resume", "--run-dir", "old"], "There is no run in old"),
        (["--epochs", "0"], "'0': expected an integer of at least 1."),
        (["--seed", "-1"], "'-1': expected an integer from 0 to 2147483647."),
        (["--seed", "x"], "'x': expected an integer from 0"),
        (["--data-dir", "none"], "there is no file or folder"),
        (["--epoch-count", "3"], "unrecognized arguments: --epoch-count"),
        (["--precision", "float64"], "There is no precision 'float64'. Did you mean float32?"),
        (["--strategy", "mirorred"], "There is no strategy 'mirorred'. Did you mean mirrored?"),
        (["--strategy", "workers"], "--strategy workers needs --run-dir"),
        (["--strategy", "workers", "--run-dir", "new"], "needs the environment variable TF_CONFIG"),
    ],
)
def test_wrong_flags(argv, message, here, capsys):
    Path("old").mkdir()
    Path("file").touch()
    with pytest.raises(SystemExit) as stopped:
        parse(*argv)
    line = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message in line and line.count("\n") == 1
    assert sorted(path.name for path in here.iterdir()) == ["file", "old"]


def test_an_unwritable_folder(here, monkeypatch):
    # The tests may run as root, who may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match=r"new cannot be made: .* is not writable"):
        flags.require_writable(Path("new"))


def test_data_dir(here):
    Path("photos").mkdir()
    assert parse("--data-dir", "photos").data_dir == here / "photos"
    assert parse("--data-dir", "gs://bucket/tfds").data_dir == "gs://bucket/tfds"


@pytest.mark.parametrize(
    ("jobs", "task", "chief"),
    [
        (["worker"], ("worker", 0), True),
        (["worker"], ("worker", 1), False),
        (["chief", "worker"], ("chief", 0), True),
        (["chief", "worker"], ("worker", 0), False),
    ],
)
def test_workers_other_than_the_chief_leave_its_folder_alone(jobs, task, chief, tmp_path, monkeypatch):
    config = {"cluster": {job: ["a:1", "b:1"] for job in jobs}, "task": {"type": task[0], "index": task[1]}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert parse("--strategy", "workers", "--run-dir", str(tmp_path / "new")).chief is chief
    if chief:
        with pytest.raises(SystemExit):
            parse("--strategy", "workers", "--run-dir", str(tmp_path))
    else:
        assert parse("--strategy", "workers", "--run-dir", str(tmp_path)).chief is False


def test_a_resumed_run_keeps_its_settings(tmp_path, capsys):
    settings = {"batch_size": 32, "precision": "mixed_bfloat16", "smoke": True, "data_dir": "/data"}
    config = {"epochs": 7, "settings": settings, "model": {"seed": 5}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    resume = ("--resume", "--run-dir", str(tmp_path))
    given = parse(*resume)
    assert (given.epochs, given.batch_size, given.seed, given.data_dir) == (7, 32, 5, "/data")
    assert (given.precision, given.smoke, given.steps_per_epoch) == ("mixed_bfloat16", True, 3)
    assert parse(*resume, "--epochs", "9", "--seed", "5", "--smoke").epochs == 9
    with pytest.raises(SystemExit):
        parse(*resume, "--seed", "6")
    assert "was started with --seed 5, not 6. Leave the flag out" in capsys.readouterr().err
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(SystemExit):
        parse(*resume)
    assert "config.json is damaged" in capsys.readouterr().err


def test_variants_are_those_of_the_networks():
    assert flags.VARIANTS == architectures.VARIANTS


# The command


def test_names():
    known = {value.name for value in vars(ig.experiments).values() if isinstance(value, ig.experiments.Experiment)}
    assert set(EXPERIMENTS) == known and len(EXPERIMENTS) == len(known)


@pytest.mark.parametrize("name", command.COMMANDS)
def test_help(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        infogan(name, "--help")
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: infogan {name} ")


def test_version(capsys):
    with pytest.raises(SystemExit):
        infogan("--version")
    assert capsys.readouterr().out == f"infogan {ig.__version__}\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["trian"], "There is no command 'trian'. Did you mean train?"),
        (["train", "mnsit"], "There is no experiment or folder 'mnsit'. Did you mean mnist?"),
        (["train", "mnist", "--size", "64"], "--size is for a folder of your own images"),
        (["train", "empty"], "empty is empty: expected a folder of images"),
        (["train", "texts", "--data-dir", "texts"], "texts is a folder of images already"),
        (["train", "texts", "--categories", "1"], "--categories 1: expected at least 2"),
        (["train", "texts", "--categories", "0", "--continuous", "0"], "--continuous 0: expected at least 1"),
        (["train", "texts", "--size", "8"], "'8': expected an integer of at least 16"),
        (["train", "texts"], "holds no images: expected files that end in"),
        (["train", "mnist", "--data-dir", "texts"], "There is neither train-images-idx3-ubyte nor"),
        (["train", "mnist", "--batch-size", "60001"], "batch_size=60001: expected 1 to 60000"),
        (["train", "faces-azimuth", "--data-dir", "photos"], "0.jpg cannot be read as an image"),
        (["resume", "nowhere"], "There is no run in nowhere"),
        (["resume", "empty"], "There is no run in empty"),
        (["evaluate", "nowhere"], "There is no nowhere: expected the folder of a run"),
        (["evaluate", "empty"], "There is no model.keras in empty. It is no run."),
        (["evaluate", "unfinished"], f"It has not finished: try {Path('unfinished/checkpoints/epoch-1000.keras')}"),
        (["evaluate", "texts/a.txt"], "texts/a.txt cannot be read as a model"),
        (["evaluate", "layer.keras"], "holds a Sequential: expected an InfoGAN or a GAN"),
        (["export", "nowhere", "to"], "There is no model or path 'nowhere'"),
        (["export", "layer.keras", "texts/a.txt/to"], "a.txt is a file"),
        (["export", "layer.keras", "to", "--metadata", "none.json"], "none.json"),
        (["export", "layer.keras", "to", "--metadata", "texts/a.txt"], "texts/a.txt is not JSON"),
        (["traverse", "nowhere"], "There is no model or path 'nowhere'"),
        (["traverse", "layer.keras", "--output", "a.jpg"], "a.jpg is no .png or .gif file"),
        (["traverse", "layer.keras", "--output", "taken.png"], "taken.png exists. Name another file"),
        (["info", "mnsit"], "There is no model or path 'mnsit'. Did you mean mnist?"),
        (["explore", "mnsit"], "There is no model or path 'mnsit'. Did you mean mnist?"),
        (["explore", "mnist", "--output", "page.txt"], "page.txt is no .html file"),
        (["traverse", "mnist", "--samples", "100000"], "expected an integer from 1 to 200"),
    ],
)
def test_errors_of_users_are_one_line(argv, message, here, capsys):
    for folder in ("empty", "texts", "photos", "unfinished/checkpoints"):
        Path(folder).mkdir(parents=True)
    for number in (999, 1000):
        Path(f"unfinished/checkpoints/epoch-{number:03d}.keras").touch()
    for file in ("texts/a.txt", "photos/0.jpg", "taken.png"):
        Path(file).write_text("text")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save("layer.keras")
    assert message in failure(capsys, *argv)
    assert not [*here.glob("runs/*")], "A run that was refused left a folder."


def test_a_corrupt_file_of_mnist(here, capsys):
    for path in Path(ig.datasets.mnist.PACKED).glob("*.gz"):
        Path(path.name).write_bytes(path.read_bytes()[:1000])
    assert "is corrupt or truncated" in failure(capsys, "train", "mnist", "--data-dir", here)


def test_ctrl_c_names_the_command_that_resumes(run, capsys):
    with pytest.raises(SystemExit) as stopped, errors.one_line_errors("infogan"), errors.resumable(run):
        raise KeyboardInterrupt
    assert stopped.value.code == 130
    assert capsys.readouterr().err == f"Interrupted. Go on with: infogan resume {run}\n"
    with pytest.raises(SystemExit), errors.one_line_errors("infogan"), errors.resumable(run):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert f"The disk is full. Make room, then go on with: infogan resume {run}\n" in capsys.readouterr().err
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(SystemExit), errors.one_line_errors("infogan"), errors.resumable(run):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "Interrupted before the first checkpoint: there is nothing to resume.\n"


def test_warnings_are_one_line_and_bugs_keep_their_traceback():
    before = warnings.formatwarning
    with errors.one_line_errors("infogan"):
        assert warnings.formatwarning(UserWarning("Beware."), UserWarning, "a.py", 1) == "Warning: Beware.\n"
    assert warnings.formatwarning is before
    with pytest.raises(KeyError), errors.one_line_errors("infogan"):
        raise KeyError("bug")


def test_a_traceback_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("INFOGAN_TRACEBACK", "1")
    with pytest.raises(ValueError, match="why"), errors.one_line_errors("infogan"):
        raise ValueError("why")


# Training


def test_train(finished):
    assert folder_size(finished) < SMOKE_BYTES
    model = keras.saving.load_model(finished / "model.keras")
    assert (model.updates, model.seed, model.latents) == (6, 7, ig.experiments.MNIST.latents)
    assert model.generator.layers[1].dtype_policy.name == "mixed_bfloat16"
    assert model.discriminator.get_layer("d1-activation").negative_slope == pytest.approx(0.01)
    card = (finished / "saved_model" / "1" / "card.md").read_text()
    for fact in (
        "| data | MNIST,",
        "| licence of the data | CC BY-SA 3.0",
        "| test error of `digit` |",
        "| a smoke run |",
    ):
        assert fact in card
    assert re.search(r"\| bound of `width` \| -\d\.\d\d nats", card) and "| images in a batch | 16 |" in card


def test_a_finished_run_is_left_alone(run, capsys):
    infogan("resume", run)
    assert f"The run in {run} has its 2 epochs. Pass --epochs, more than these, to go on." in capsys.readouterr().out
    assert [path.name for path in (run / "saved_model").glob("[0-9]*")] == ["1"]


def test_a_run_is_resumed_as_what_it_is(run, here, capsys):
    go_on = f"Go on with it by: infogan resume {run}"
    line = failure(capsys, "train", "fashion-mnist", "--run-dir", run, "--resume")
    assert f"has the experiment mnist, not fashion-mnist. {go_on}" in line
    write_photos(here / "photos", 3)
    assert "has the experiment mnist, not own-images" in failure(
        capsys, "train", "photos", "--run-dir", run, "--resume"
    )
    assert (
        "epochs=1: the run in" in (line := failure(capsys, "resume", run, "--epochs", 1)) and "has made 2 of 2" in line
    )
    config = json.loads((run / "config.json").read_text())
    config["settings"] |= {"experiment": "own-images", "size": 32, "data_dir": str(here / "others")}
    (run / "config.json").write_text(json.dumps(config))
    line = failure(capsys, "train", "photos", "--run-dir", run, "--resume")
    assert f"has the data dir {here / 'others'}, not {here / 'photos'}" in line
    line = failure(capsys, "train", "photos", "--run-dir", run, "--resume", "--size", 64)
    assert "has the size 32, not 64" in line


def test_a_stopped_run_goes_on_to_the_same_end(run, capsys):
    """In the networks and the precision that it was started with."""
    whole = weights(keras.saving.load_model(run / "model.keras"))
    for later in ("model.keras", "checkpoints/epoch-002.keras"):
        (run / later).unlink()
    shutil.rmtree(run / "saved_model")
    infogan("resume", run)
    assert f"exported: {run / 'saved_model' / '1'}" in capsys.readouterr().out
    again = weights(keras.saving.load_model(run / "model.keras"))
    for name, value in whole.items():
        np.testing.assert_array_equal(again[name], value, name)


def test_a_run_that_does_not_say_its_data(run, capsys):
    config = json.loads((run / "config.json").read_text())
    del config["settings"]["experiment"]
    (run / "config.json").write_text(json.dumps(config))
    assert f"infogan train EXPERIMENT --run-dir {run} --resume" in failure(capsys, "resume", run)


@pytest.mark.slow
def test_a_folder_with_a_file_that_cannot_be_read(here, capsys):
    write_photos(here / "photos", 20)
    (here / "photos" / "broken.png").write_bytes(b"no picture")
    line = failure(capsys, "train", "photos", "--smoke", "--size", 28)
    assert "broken.png" in line
    with pytest.warns(UserWarning, match=r"broken\.png"):
        infogan("train", "photos", "--smoke", "--size", 28, "--skip-unreadable")


def test_train_on_a_folder(here, monkeypatch, capsys):
    write_photos(here / "photos", 20)
    infogan("train", "photos", "--smoke", "--size", 28, "--categories", 3, "--continuous", 1)
    model = keras.saving.load_model("runs/own-images-001/model.keras")
    assert (model.image_shape, model.updates) == ((28, 28, 3), 6)
    assert model.latents.codes == {"kind": ig.Categorical(3), "style_1": ig.Uniform(1)}
    # From another folder, and without its options.
    monkeypatch.chdir("photos")
    infogan("resume", "../runs/own-images-001")
    assert "has its 2 epochs" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fashion-mnist", "svhn", "chairs-width"])
def test_smoke_runs_need_no_network_and_little_space(name, here, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(here / "cache"))
    infogan("train", name, "--smoke")
    run = here / "runs" / f"{name}-001"
    assert folder_size(run) < SMOKE_BYTES
    model = keras.saving.load_model(run / "model.keras")
    experiment = ig.experiments.by_name(name)
    assert (model.updates, model.latents, model.mi_weight) == (6, experiment.latents, experiment.mi_weight)
    out = capsys.readouterr().out
    for code in experiment.latents.codes:
        assert f"bound of {code}: " in out
    assert ("stand in for" in out) == (name != "chairs-width")


def test_stand_ins_are_for_one_host(here, monkeypatch, capsys):
    cluster = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    line = failure(capsys, "train", "svhn", "--smoke", "--strategy", "workers", "--run-dir", "run")
    assert "--smoke: svhn needs --data-dir where workers share it." in line


def test_bounds_say_what_their_limits_are():
    fixed, learned = ig.Uniform(1, fix_std=True), ig.Uniform(1)
    assert cli.describe_bound(fixed, -0.31) == "-0.31 nats (-0.39 says nothing of the image, -0.23 is the most)"
    assert cli.describe_bound(learned, -0.469) == (
        "-0.47 nats (below -0.18, which says nothing of the image; 2.77 is the most)"
    )
    assert cli.describe_bound(ig.Categorical(10), -0.003).startswith("0.00 nats (0.00 says nothing")


# What is trained


def test_evaluate(run, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    infogan("evaluate", run, "--smoke")
    out = capsys.readouterr().out
    assert f"written: {run / 'evaluation.json'}, {run / 'evaluation.png'}" in out
    for name in ("test_error/digit", "test_error_train_matched/digit", "slant_spearman/rotation", "fid200_mnist_cnn"):
        assert name in out
    assert json.loads((run / "evaluation.json").read_text())["generated_images"] == 200
    assert "--overwrite" in failure(capsys, "evaluate", run, "--smoke")
    infogan("info", run)
    assert "test_error/digit: " in capsys.readouterr().out


def test_evaluate_takes_the_run_s_data(run, tmp_path):
    from infogan_keras.cli.commands import evaluate

    assert evaluate._data_of(run) == "mnist"
    config = {"settings": {"experiment": "fashion-mnist"}}
    (run / "config.json").write_text(json.dumps(config))
    assert evaluate._data_of(run) == "fashion-mnist"
    assert evaluate._data_of(tmp_path / "none") == "mnist"
    (run / "config.json").write_text(json.dumps({"settings": {"experiment": "own-images"}}))
    with pytest.raises(ValueError, match="is of own-images, and this command has labels for mnist and fashion-mnist"):
        evaluate._data_of(run)


def test_evaluate_refuses_images_of_another_shape(tmp_path, capsys):
    make_model().save(tmp_path / "tiny.keras")
    line = failure(capsys, "evaluate", tmp_path / "tiny.keras", "--smoke")
    assert "makes images of shape (8, 8, 1), and mnist has others: see --data." in line


def test_export(run, tmp_path, capsys):
    (tmp_path / "metadata.json").write_text('{"found by": "us"}')
    infogan("export", run, tmp_path / "served", "--storage", "float16", "--metadata", tmp_path / "metadata.json")
    assert f"exported: {tmp_path / 'served' / '1'}" in capsys.readouterr().out
    assert "| found by | us |" in (tmp_path / "served" / "1" / "card.md").read_text()
    assert "exists" in failure(capsys, "export", run, tmp_path / "served", "--version", 1)


def test_traverse(run, here, capsys):
    infogan("traverse", run)
    infogan("traverse", run, "rotation", "--down", "digit", "--output", "two.png")
    infogan("traverse", run / "model.keras", "width", "--range", 0, 3, "--values", 4, "--output", "width.gif")
    for file, frames, columns, rows in (("digit.png", 1, 10, 5), ("two.png", 1, 10, 10), ("width.gif", 4, 5, 1)):
        with Image.open(file) as picture:
            assert getattr(picture, "n_frames", 1) == frames
            assert picture.size[0] > columns * 56 and picture.size[1] > rows * 56
    assert "digit.png exists. Name another file" in failure(capsys, "traverse", run)
    infogan("traverse", run, "--overwrite", "--samples", 1)
    assert "Unknown code 'hue'" in failure(capsys, "traverse", run, "hue")
    line = failure(capsys, "traverse", run, "digit", "--range", 0, 1, "--output", "new.png")
    assert "--range is for continuous codes, and digit is Categorical" in line


def test_a_range_need_not_be_symmetric():
    model = make_model()
    grid = ig.traversal.traversal_grid(model.latents, "width[1]", samples=2, values=3)
    stretched = traverse.with_range(grid, model.latents, 1, 2)
    assert stretched.column_labels == ("1", "1.5", "2")
    np.testing.assert_array_equal(stretched.latents["width"][:, 1], [1, 1.5, 2] * 2)
    np.testing.assert_array_equal(stretched.latents["width"][:, 0], grid.latents["width"][:, 0])


def test_info(run, capsys):
    infogan("info", run)
    out = capsys.readouterr().out
    for line in (
        "images: 28x28, 1 channel, from 0 to 1",
        "code digit: Categorical(categories=10",
        "updates: 6",
        "seed: 7",
        "licence of the data: CC BY-SA 3.0",
        f"card: {run / 'saved_model' / '1' / 'card.md'}",
    ):
        assert line in out
    assert re.search(r"bound of width: -\d\.\d\d nats", out) and "test error of digit: " in out
    shutil.rmtree(run / "saved_model")
    infogan("info", run)
    out = capsys.readouterr().out
    assert re.search(r"bound of digit: -?\d\.\d\d nats \((below )?0\.00.* of the image[,;] 2\.30 is the most\)", out)


def test_runs_of_version_0_1(tmp_path, capsys):
    run = shutil.copytree(Path(__file__).parent / "data" / "old_run", tmp_path / "run")
    infogan("info", run)
    assert "bound of digit: " in capsys.readouterr().out
    infogan("traverse", run, "--output", tmp_path / "digit.png")
    assert f"infogan train EXPERIMENT --run-dir {run} --resume" in failure(capsys, "resume", run)
    infogan("info", Path(__file__).parent / "data" / "old_servable")
    assert "code digit: Categorical(" in capsys.readouterr().out


def test_info_of_a_servable(run, capsys):
    infogan("traverse", run / "saved_model", "width", "--output", run / "width.png")
    assert (run / "width.png").is_file()
    capsys.readouterr()
    infogan("info", run / "saved_model")
    out = capsys.readouterr().out
    for line in (
        "version: 1",
        "images: 28x28, 1 channel",
        "code digit: Categorical(categories=10",
        "updates: 6",
        "card: ",
    ):
        assert line in out
    assert "test error of digit: " in out and "bound of digit: " in out


def test_metadata_of_a_card(tmp_path):
    (tmp_path / "card.md").write_text(
        "# A\n\n| | |\n| --- | --- |\n| data | D |\n| bound of `a` | 1 |\n| noise | z |\n"
    )
    assert info.metadata_of_card(tmp_path / "card.md") == {"data": "D", "bound of a": "1"}


def test_the_newest_card(tmp_path):
    for version in ("2", "10", "11-old"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "card.md").touch()
        (tmp_path / version / "saved_model.pb").touch()
    assert info.newest_card(tmp_path) == tmp_path / "10" / "card.md"
    assert info.newest_card(tmp_path / "model.keras") is None


def test_models(tmp_path, monkeypatch, capsys):
    for name in ("b", "a"):
        (tmp_path / name / "1").mkdir(parents=True)
        (tmp_path / name / "1" / "saved_model.pb").touch()
    (tmp_path / "other").mkdir()
    monkeypatch.setattr(_model_paths, "SHIPPED", tmp_path)
    infogan("models")
    assert capsys.readouterr().out == f"a\t{tmp_path / 'a'}\nb\t{tmp_path / 'b'}\n"
    assert _model_paths.find_model("a") == tmp_path / "a"


# The start


@pytest.mark.parametrize(("times", "warned"), [(7.0, True), (0.7, False)])
def test_a_precision_that_is_slow_here_is_warned_of(times, warned, policy, monkeypatch, capsys):
    monkeypatch.setattr(start, "_times_as_long", lambda dtype: {"bfloat16": times}[dtype])
    cli.start_tensorflow("mixed_bfloat16")
    assert ("mixed_bfloat16 is slower than float32 on this machine" in capsys.readouterr().out) == warned


def test_float32_is_not_compared(monkeypatch):
    monkeypatch.setattr(start, "_times_as_long", lambda dtype: pytest.fail("compared"))
    cli.start_tensorflow()


def test_times_as_long_is_measured():
    assert start._times_as_long("bfloat16") > 0


def test_run_script(here, capsys):
    def fail(given):
        raise ValueError(f"No {given.what}.")

    (here / "run").mkdir()
    given = argparse.Namespace(precision="float32", seed=0, run_dir=here / "run", what="data")
    with pytest.raises(SystemExit) as stopped:
        cli.run_script(fail, given)
    assert stopped.value.code == 2 and capsys.readouterr().err.endswith("error: No data.\n")
    assert not (here / "run").exists()


def python(*arguments, without=(), **environment):
    environment = {**{k: v for k, v in os.environ.items() if k not in without}, **environment}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment)


def test_help_imports_neither_tensorflow_nor_keras():
    result = python("-X", "importtime", "-m", "infogan_keras", "--help")
    assert result.stdout.startswith("usage: infogan")
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in result.stderr.splitlines()}
    assert "infogan_keras" in imported
    assert not imported & {"tensorflow", "keras", "numpy", "PIL", "matplotlib", "scipy", "sklearn"}


def test_tensorflow_starts_quietly_and_with_onednn():
    code = """
from infogan_keras import cli
cli.start_tensorflow()
import tensorflow as tf
tf.zeros(1) + 1
from tensorflow.python.util import _pywrap_util_port
print(_pywrap_util_port.IsMklEnabled())
"""
    result = python("-c", code, without=("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS"))
    first, onednn = result.stdout.splitlines()
    assert first.startswith("Keras 3.") and result.stderr == ""
    assert onednn in ("True", "False") if os.uname().machine != "x86_64" else onednn == "True"
