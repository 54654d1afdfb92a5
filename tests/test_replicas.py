"""Batches spread over devices and over processes."""

import csv
import json
import signal
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents, make_model, run_workers, start_workers, weights

import infogan_keras as ig
from infogan_keras import _replicas

pytestmark = pytest.mark.slow  # A strategy's first step takes most of a minute.

REALS = np.random.default_rng(0).uniform(size=(16, 8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="session")
def mirrored():
    # TensorFlow numbers the exchanges of every strategy alike, so a second one in a process would disturb the first.
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def make(**arguments):
    return make_model(**{"run_eagerly": False, **arguments})


def make_in(strategy, **arguments):
    with strategy.scope():
        return make(**arguments)


def batches(pixels, rows=8):
    return tf.data.Dataset.from_tensor_slices(pixels).batch(rows, drop_remainder=True).repeat()


def fit(model, pixels):
    return model.fit(batches(pixels), epochs=2, steps_per_epoch=3, verbose=0).history


def test_the_number_of_replicas_changes_nothing(mirrored, policy, pixels):
    policy("float64")
    pixels = pixels.astype(np.float64)
    averages = {"ema_momentum": 0.9, "d_ema_momentum": 0.9}
    one, two = make(**averages), make_in(mirrored, **averages)
    logs, expected = fit(two, pixels), fit(one, pixels)
    assert logs.keys() == expected.keys()
    for name in logs:
        np.testing.assert_allclose(logs[name], expected[name], rtol=1e-6, err_msg=name)
    for name, value in weights(one).items():
        np.testing.assert_allclose(weights(two)[name], value, atol=1e-8, err_msg=name)
    evaluated = [model.evaluate(batches(pixels), steps=2, verbose=0, return_dict=True) for model in (one, two)]
    assert evaluated[0] == pytest.approx(evaluated[1], rel=1e-6)


def test_views_and_labels_are_those_of_the_whole_batch(mirrored, pixels):
    few = tf.data.Dataset.from_tensor_slices((pixels[:6], np.arange(6) % 3)).batch(6, drop_remainder=True).repeat()
    data = tf.data.Dataset.zip(batches(pixels), few)
    logs = []
    for strategy in (tf.distribute.get_strategy(), mirrored):
        keras.utils.set_random_seed(0)
        latents = make_latents()
        with strategy.scope():
            model = ig.ACGAN(*TINY.build(latents), latents, views=[ig.views.RandomAffine()])
            adam = [ig.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
            model.compile(*adam, consistency_weight=1.0, balance_weight=1.0)
        logs.append(model.fit(data, steps_per_epoch=3, verbose=0).history)
    for name in ("d_loss", "g_loss", "consistency", "balance", "label_cross_entropy", "label_accuracy"):
        np.testing.assert_allclose(*(history[name] for history in logs), rtol=1e-4, err_msg=name)


def test_declared_codes_follow_over_the_whole_batch(mirrored, pixels):
    logs = []
    for strategy in (tf.distribute.get_strategy(), mirrored):
        keras.utils.set_random_seed(0)
        azimuth = ig.Uniform(1, follows=ig.views.Mirror(), magnitude=ig.views.outline_asymmetry)
        latents = ig.LatentSpec(ig.Uniform(3), {"azimuth": azimuth, "width": ig.Uniform(1, follows=ig.views.Stretch())})
        with strategy.scope():
            model = ig.InfoGAN(*TINY.build(latents), latents)
            model.compile(*[ig.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)])
        logs.append(model.fit(batches(pixels), steps_per_epoch=3, verbose=0).history)
    for name in ("d_loss", "g_loss", "declared/azimuth", "declared/width"):
        np.testing.assert_allclose(*(history[name] for history in logs), rtol=1e-4, atol=1e-5, err_msg=name)


def test_labelled_batches_are_shared_evenly(mirrored, pixels):
    latents = make_latents()
    with mirrored.scope():
        model = ig.ACGAN(*TINY.build(latents), latents)
        model.compile(ig.optimizers.Adam(), ig.optimizers.Adam())
    few = tf.data.Dataset.from_tensor_slices((pixels[:5], np.arange(5) % 3)).batch(5, drop_remainder=True).repeat()
    with pytest.raises(ValueError, match="2 replicas share each batch evenly, and 5 labelled images are in one"):
        model.fit(tf.data.Dataset.zip(batches(pixels), few), steps_per_epoch=1, verbose=0)


@pytest.fixture(scope="module")
def trained(mirrored):
    """(model, its logs) after six updates on two devices."""
    model = make_in(mirrored)
    return model, fit(model, REALS)


def test_every_replica_holds_the_same_weights(mirrored, trained):
    model, _ = trained
    for variable in model.trainable_variables:
        first, second = mirrored.experimental_local_results(variable.value)
        np.testing.assert_array_equal(first, second)


def test_batch_norm_of_each_replica_alone(mirrored, trained):
    history = fit(make_in(mirrored, synchronized=False), REALS)
    assert history["d_loss"] != pytest.approx(trained[1]["d_loss"], abs=1e-5)
    assert np.isfinite(history["d_loss"]).all()


def test_mixed_precision(mirrored, policy, pixels):
    policy("mixed_bfloat16")
    one, two = make(), make_in(mirrored)
    assert fit(one, pixels)["d_loss"] == pytest.approx(fit(two, pixels)["d_loss"], abs=0.01)


def test_models_move_between_strategies(mirrored, trained, tmp_path):
    model, _ = trained
    model.save(tmp_path / "model.keras")
    alone = keras.saving.load_model(tmp_path / "model.keras")
    back = make_in(mirrored, seed=1)
    back.load_weights(tmp_path / "model.keras")
    for name, value in weights(model).items():
        np.testing.assert_array_equal(weights(alone)[name], value, err_msg=name)
        np.testing.assert_array_equal(weights(back)[name], value, err_msg=name)
    assert back.updates == 6
    np.testing.assert_array_equal(model.generate(3, seed=0), alone.generate(3, seed=0))
    np.testing.assert_array_equal(model.encode(REALS)["width_mean"], alone.encode(REALS)["width_mean"])


def test_everything_is_built_in_one_scope(mirrored):
    message = r"in one strategy.scope\(\)"
    inside, outside = make_in(mirrored), make()
    with pytest.raises(ValueError, match=message):
        inside.compile(ig.optimizers.Adam(), ig.optimizers.Adam())
    with mirrored.scope(), pytest.raises(ValueError, match=message):
        outside.compile(ig.optimizers.Adam(), ig.optimizers.Adam())
    optimizer = ig.optimizers.Adam()
    with mirrored.scope(), pytest.raises(ValueError, match=message):
        make(d_optimizer=optimizer)


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


def read_log(run_dir):
    with (run_dir / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_two_processes_equal_one_though_one_dies(tmp_path):
    run_workers(1, "worker.py", tmp_path / "one", 4)
    chief, other = start_workers(tmp_path, 2, "worker.py", tmp_path / "two", 4, "--die")
    try:
        assert other.wait(timeout=300) == -signal.SIGKILL
        # TensorFlow notices when heartbeats stay away.
        assert chief.wait(timeout=120) != 0
    finally:
        chief.kill()
        chief.wait()
    assert "/job:worker/replica:0/task:1" in (tmp_path / "0.err").read_text()
    assert (tmp_path / "two" / "checkpoints" / "epoch-001.keras").is_file()
    assert len(read_log(tmp_path / "two")) < 4

    run_workers(2, "worker.py", tmp_path / "two", 4, "--resume")
    logs = [read_log(tmp_path / name) for name in ("one", "two")]
    assert [row["updates"] for row in logs[1]] == ["5", "10", "15", "20"]
    for one, two in zip(*logs, strict=True):
        for quantity in ("d_loss", "g_loss", "mi", "d_real_max", "explained/rotation"):
            assert float(two[quantity]) == pytest.approx(float(one[quantity]), abs=1e-6), quantity
    files = [
        {path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*.png")} for name in ("one", "two")
    ]
    assert files[0] == files[1]
    models = [keras.saving.load_model(tmp_path / name / "model.keras") for name in ("one", "two")]
    assert [model.updates for model in models] == [20, 20]


def resolver(jobs, task):
    """What a strategy knows of its cluster."""
    cluster = tf.train.ClusterSpec(jobs)
    return types.SimpleNamespace(cluster_spec=lambda: cluster, task_type=task[0], task_id=task[1])


@pytest.mark.parametrize(
    ("jobs", "task", "place"),
    [
        ({"worker": ["a:1", "b:1"]}, ("worker", 0), (0, 2)),
        ({"worker": ["a:1", "b:1"]}, ("worker", 1), (1, 2)),
        ({"chief": ["a:1"], "worker": ["b:1", "c:1"]}, ("chief", 0), (0, 3)),
        ({"chief": ["a:1"], "worker": ["b:1", "c:1"]}, ("worker", 0), (1, 3)),
        ({}, (None, None), (0, 1)),
    ],
)
def test_places_of_workers(jobs, task, place):
    strategy = types.SimpleNamespace(cluster_resolver=resolver(jobs, task))
    assert _replicas.worker_index(strategy) == place
    assert _replicas.is_chief(strategy) == (place[0] == 0)
    assert _replicas.worker_index(None) == (0, 1)


def test_a_cluster_of_one(tmp_path, monkeypatch):
    config = {"cluster": {"worker": ["localhost:0"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    run_workers(1, "worker.py", tmp_path / "run", 1)
    assert (tmp_path / "run" / "model.keras").is_file()


def test_an_update_is_skipped_by_all_replicas_or_none(mirrored):
    def gradients():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        bad = tf.where(tf.equal(replica, 1), float("inf"), 1.0)
        return _replicas.propagate_nonfinite([tf.ones(2), bad * tf.ones(3)]), _replicas.propagate_nonfinite(
            [tf.ones(2)]
        )

    spoiled, whole = mirrored.run(tf.function(gradients))
    for gradient in spoiled:
        for part in mirrored.experimental_local_results(gradient):
            assert np.isnan(part).all()
    for part in mirrored.experimental_local_results(whole[0]):
        np.testing.assert_array_equal(part, 1)


def test_loss_scales_that_overflow(mirrored, policy, pixels):
    policy("mixed_float16")

    def optimizers():
        scaled = keras.optimizers.LossScaleOptimizer
        return {
            name: scaled(ig.optimizers.Adam(1e-3), initial_scale=2.0**24) for name in ("d_optimizer", "g_optimizer")
        }

    one = make(**optimizers())
    with mirrored.scope():
        two = make(**optimizers())
    for model in (one, two):
        fit(model, pixels)
        assert all(np.isfinite(value).all() for value in weights(model).values())
    scales = [[float(o.dynamic_scale.numpy()) for o in (model.d_optimizer, model.g_optimizer)] for model in (one, two)]
    assert scales[0] == scales[1]
    assert scales[0][0] < 2.0**24


def test_synchronized_statistics_of_far_away_values(mirrored):
    with mirrored.scope():
        layer = ig.layers.BatchNormalization(synchronized=True, epsilon=1e-9)
        layer.build((None, 3))
    x = (300 + 1e-3 * np.random.default_rng(0).normal(size=(8, 3))).astype(np.float32)

    def normalize():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return layer(tf.reshape(x, (2, 4, 3))[replica], training=True)

    parts = mirrored.experimental_local_results(mirrored.run(tf.function(normalize)))
    exact = x.astype(np.float64)
    expected = (exact - exact.mean(0)) / np.sqrt(exact.var(0) + 1e-9)
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=0.15)


@pytest.mark.parametrize("options", [{"clipnorm": 1.0}, {"clipvalue": 1.0}, {"gradient_accumulation_steps": 2}])
def test_gradients_that_keras_changes_on_each_replica(mirrored, options):
    with mirrored.scope(), pytest.raises(ValueError, match=f"{next(iter(options))}=.* before they are summed"):
        make(d_optimizer=ig.optimizers.Adam(1e-3, **options))
