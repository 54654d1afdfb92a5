import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "examples"))

import command_line
import own_images

from infogan_keras import architectures


def parse(*argv):
    return command_line.parse_training(command_line.training_parser("Trains.", "mnist", epochs=50), argv)


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
        (["--run-dir", "gs://bucket/run"], "gs://bucket/run is an address: expected a folder"),
        (["--resume"], "--resume needs --run-dir"),
        (["--resume", "--run-dir", "old"], "there is no run in old"),
        (["--epochs", "0"], "expected an integer of at least 1"),
        (["--epoch-count", "3"], "unrecognized arguments: --epoch-count"),
        (["--precision", "float64"], "invalid choice: 'float64'"),
        (["--strategy", "two"], "invalid choice: 'two'"),
        (["--strategy", "workers"], "--strategy workers needs --run-dir"),
        (["--strategy", "workers", "--run-dir", "new"], "needs the environment variable TF_CONFIG"),
    ],
)
def test_wrong_flags(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    Path("old").mkdir()
    with pytest.raises(SystemExit):
        parse(*argv)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--data-dir", "none"], "there is no folder"),
        (["--data-dir", ".", "--categories", "1"], "--categories 1: expected at least 2"),
        (["--data-dir", ".", "--categories", "0", "--continuous", "0"], "--continuous 0: expected"),
        (["--data-dir", ".", "--size", "48"], "invalid choice: 48"),
    ],
)
def test_wrong_flags_of_own_images(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        own_images.parse(argv)
    assert message in capsys.readouterr().err


def test_resume(tmp_path):
    resume = ("--resume", "--run-dir", str(tmp_path))
    (tmp_path / "config.json").touch()
    assert (parse(*resume).resume, parse(*resume).epochs) == (True, 50)
    (tmp_path / "config.json").write_text('{"epochs": 7}')
    assert (parse(*resume).epochs, parse(*resume, "--epochs", "9").epochs) == (7, 9)


def test_data_dir(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse("--data-dir", "photos").data_dir == tmp_path / "photos"
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


def test_variants_are_those_of_the_networks():
    assert command_line.VARIANTS == architectures.VARIANTS


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}
    )


def test_flags_are_read_without_tensorflow():
    code = "import sys, command_line as c; c.training_parser('', 'mnist', 5); print('tensorflow' in sys.modules)"
    assert python(code, PYTHONPATH=str(ROOT / "examples")).stdout == "False\n"


@pytest.mark.parametrize(("times", "warned"), [(7.0, True), (0.7, False)])
def test_a_precision_that_is_slow_here_is_warned_of(times, warned, policy, monkeypatch, capsys):
    monkeypatch.setattr(command_line, "_times_as_long", lambda dtype: {"bfloat16": times}[dtype])
    command_line.start_tensorflow("mixed_bfloat16")
    assert ("mixed_bfloat16 is slower than float32 on this machine" in capsys.readouterr().out) == warned


def test_an_export_that_is_older_than_the_model_is_not_of_it(tmp_path):
    model, export = tmp_path / "model.keras", tmp_path / "1"
    assert not command_line._follows(export, [])
    export.mkdir()
    model.touch()
    os.utime(export, (5, 5))
    assert not command_line._follows(export, [model])
    os.utime(model, (5, 5))
    assert command_line._follows(export, [model])


def test_float32_is_not_compared(monkeypatch):
    monkeypatch.setattr(command_line, "_times_as_long", lambda dtype: pytest.fail("compared"))
    command_line.start_tensorflow()


def test_times_as_long_is_measured():
    assert command_line._times_as_long("bfloat16") > 0


def test_tensorflow_starts_quietly():
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    environment["PYTHONPATH"] = str(ROOT / "examples")
    code = "import command_line; command_line.start_tensorflow(); import tensorflow as tf; tf.zeros(1) + 1"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert result.stdout.startswith("Keras 3.")
    assert result.stderr == ""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="oneDNN's switch is of these processors")
@pytest.mark.parametrize(("said", "on"), [(None, "True"), ("0", "False")])
def test_onednn_is_on_unless_the_environment_says_no(said, on):
    environment = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
    environment |= {"PYTHONPATH": str(ROOT / "examples"), **({"TF_ENABLE_ONEDNN_OPTS": said} if said else {})}
    code = """
import command_line
command_line.start_tensorflow()
from tensorflow.python.util import _pywrap_util_port
print(_pywrap_util_port.IsMklEnabled())
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert result.stdout.splitlines()[1:] == [on], result.stderr
