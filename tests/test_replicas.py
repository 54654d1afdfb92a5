"""Batches spread over devices and over processes."""

import csv
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import make_model, weights

import infogan_keras as ig

WORKER = Path(__file__).parent / "worker.py"


@pytest.fixture(scope="module")
def mirrored():
    # TensorFlow numbers the exchanges of every strategy alike, so a second one in a process would disturb the first.
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@pytest.fixture
def policy():
    """A setter of the dtype policy that is undone at the end."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def make_in(strategy, **arguments):
    with strategy.scope():
        return make_model(**arguments)


def batches(pixels, rows=8):
    return tf.data.Dataset.from_tensor_slices(pixels).batch(rows, drop_remainder=True).repeat()


def fit(model, pixels):
    return model.fit(batches(pixels), epochs=2, steps_per_epoch=3, verbose=0).history


def test_the_number_of_replicas_changes_nothing(mirrored, policy, pixels):
    policy("float64")
    pixels = pixels.astype(np.float64)
    one, two = make_model(), make_in(mirrored)
    logs, expected = fit(two, pixels), fit(one, pixels)
    assert logs.keys() == expected.keys()
    for name in logs:
        np.testing.assert_allclose(logs[name], expected[name], rtol=1e-6, err_msg=name)
    for name, value in weights(one).items():
        np.testing.assert_allclose(weights(two)[name], value, atol=1e-8, err_msg=name)
    evaluated = [model.evaluate(batches(pixels), steps=2, verbose=0, return_dict=True) for model in (one, two)]
    assert evaluated[0] == pytest.approx(evaluated[1], rel=1e-6)


def test_every_replica_holds_the_same_weights(mirrored, pixels):
    model = make_in(mirrored)
    fit(model, pixels)
    for variable in model.trainable_variables:
        first, second = mirrored.experimental_local_results(variable.value)
        np.testing.assert_array_equal(first, second)


def test_batch_norm_of_each_replica_alone(mirrored, pixels):
    apart, together = make_in(mirrored, synchronized=False), make_in(mirrored)
    histories = fit(apart, pixels), fit(together, pixels)
    assert histories[0]["d_loss"] != pytest.approx(histories[1]["d_loss"], abs=1e-5)
    assert np.isfinite(histories[0]["d_loss"]).all()


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(mirrored, policy, pixels, name):
    policy(name)
    one, two = make_model(), make_in(mirrored)
    assert fit(one, pixels)["d_loss"] == pytest.approx(fit(two, pixels)["d_loss"], abs=0.01)


def test_models_move_between_strategies(mirrored, pixels, tmp_path):
    model = make_in(mirrored)
    fit(model, pixels)
    model.save(tmp_path / "model.keras")
    alone = keras.saving.load_model(tmp_path / "model.keras")
    back = make_in(mirrored, seed=1)
    back.load_weights(tmp_path / "model.keras")
    for name, value in weights(model).items():
        np.testing.assert_array_equal(weights(alone)[name], value, err_msg=name)
        np.testing.assert_array_equal(weights(back)[name], value, err_msg=name)
    assert back.updates == 6
    np.testing.assert_array_equal(model.generate(3, seed=0), alone.generate(3, seed=0))
    np.testing.assert_array_equal(model.encode(pixels)["width_mean"], alone.encode(pixels)["width_mean"])


def test_run_folder(mirrored, pixels, tmp_path):
    model = make_in(mirrored)
    callbacks = ig.callbacks.for_run(tmp_path / "run", model)
    model.fit(batches(pixels), epochs=1, steps_per_epoch=2, callbacks=callbacks, verbose=0)
    assert (tmp_path / "run" / "checkpoints" / "epoch-001.keras").is_file()
    assert (tmp_path / "run" / "traversals" / "digit" / "epoch-001.png").is_file()


def test_everything_is_built_in_one_scope(mirrored):
    message = r"in one strategy.scope\(\)"
    inside, outside = make_in(mirrored), make_model()
    with pytest.raises(ValueError, match=message):
        inside.compile(ig.optimizers.Adam(), ig.optimizers.Adam())
    with mirrored.scope(), pytest.raises(ValueError, match=message):
        outside.compile(ig.optimizers.Adam(), ig.optimizers.Adam())
    optimizer = ig.optimizers.Adam()
    with mirrored.scope(), pytest.raises(ValueError, match=message):
        make_model(d_optimizer=optimizer)


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"steps_per_execution": 2}, {"jit_compile": True}])
def test_what_keras_cannot_do_is_refused(mirrored, options):
    with pytest.raises(ValueError, match="Keras can do none of them"):
        make_in(mirrored, **options)


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (lambda x: tf.data.Dataset.from_tensor_slices(x).batch(8), "batches of any size"),
        (lambda x: tf.data.Dataset.from_tensor_slices(x).batch(5, drop_remainder=True), "batches of 5"),
        (lambda x: tf.data.Dataset.from_tensor_slices(x).batch(2, drop_remainder=True), "batches of 2"),
        (lambda x: x, "batches of any size"),
    ],
)
def test_batches_that_cannot_be_shared(mirrored, pixels, make, given):
    model = make_in(mirrored)
    for use in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=f"2 replicas share .* has {given}: expected .*drop_remainder=True"):
            use(make(pixels), verbose=0)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("localhost", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run_workers(count, *arguments):
    """Starts `worker.py` as that many processes, and waits for them all."""
    workers = [f"localhost:{port}" for port in free_ports(count)]
    processes = []
    for index in range(count):
        config = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, **({"TF_CONFIG": json.dumps(config)} if count > 1 else {})}
        command = [sys.executable, WORKER, *map(str, arguments)]
        processes.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    for process in processes:
        errors = process.communicate(timeout=300)[1]
        assert process.returncode == 0, errors


def test_two_processes_equal_one_and_resume(tmp_path):
    run_workers(1, tmp_path / "one", 4)
    run_workers(2, tmp_path / "two", 2)
    run_workers(2, tmp_path / "two", 4, "--resume")
    logs = []
    for name in ("one", "two"):
        with (tmp_path / name / "log.csv").open(newline="") as file:
            logs.append(list(csv.DictReader(file)))
    assert [row["updates"] for row in logs[1]] == ["5", "10", "15", "20"]
    for one, two in zip(*logs, strict=True):
        for quantity in ("d_loss", "g_loss", "mi", "d_real_max", "explained/rotation"):
            assert float(two[quantity]) == pytest.approx(float(one[quantity]), abs=1e-4), quantity
    files = [
        {path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*.png")} for name in ("one", "two")
    ]
    assert files[0] == files[1]
    models = [keras.saving.load_model(tmp_path / name / "model.keras") for name in ("one", "two")]
    assert [model.updates for model in models] == [20, 20]
