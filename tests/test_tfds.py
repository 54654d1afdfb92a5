"""Data sets prepared by the real tensorflow-datasets, as sharded TFRecords."""

import json
import sys
import types

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets
from helpers import run_workers

from infogan_keras.datasets import tfds

COUNT, FILES = 64, 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of 64 gray images, each of one value, in four TFRecord files."""
    values = tf.data.Dataset.range(COUNT)
    split = values.map(lambda value: {"image": tf.fill((12, 12, 1), tf.cast(value, tf.uint8)), "value": value})
    features = {"image": tensorflow_datasets.features.Image(shape=(12, 12, 1)), "value": tf.int64}
    builder = tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
        name="squares",
        version="1.0.0",
        data_dir=tmp_path_factory.mktemp("tfds"),
        features=tensorflow_datasets.features.FeaturesDict(features),
        split_datasets={"train": split},
        download_config=tensorflow_datasets.download.DownloadConfig(num_shards=FILES),
    )
    assert len(list(builder.data_path.glob("*.tfrecord*"))) == FILES
    return str(builder.data_path)


def worker(index, count):
    """A strategy that says which worker this is."""
    cluster = tf.train.ClusterSpec({"worker": [f"host-{i}:1" for i in range(count)]})
    resolver = types.SimpleNamespace(cluster_spec=lambda: cluster, task_type="worker", task_id=index)
    return types.SimpleNamespace(cluster_resolver=resolver)


def values(dataset, batches):
    """The values of the images, batch by batch."""
    return [np.round(batch.numpy()[:, 0, 0, 0] * 255).astype(int).tolist() for batch in dataset.take(batches)]


def test_every_image_comes_once_per_pass_in_the_network_s_form(folder):
    dataset = tfds.load(folder, (8, 8, 3), (-1, 1), batch_size=16)
    assert dataset.element_spec == tf.TensorSpec((16, 8, 8, 3), tf.float32)
    batches = np.concatenate([(batch.numpy() + 1) / 2 * 255 for batch in dataset.take(4)])
    assert sorted(np.round(batches[:, 4, 4, 0]).astype(int)) == list(range(COUNT))


@pytest.mark.slow
def test_a_batch_is_a_function_of_seed_and_step(folder):
    first = values(tfds.load(folder, (8, 8, 1), batch_size=16, seed=1), 8)
    assert sorted(first[0] + first[1] + first[2] + first[3]) == list(range(COUNT))
    assert first[:4] != first[4:]
    assert first[0] != sorted(first[0])
    for start in (0, 2, 6):
        resumed = tfds.load(folder, (8, 8, 1), batch_size=16, seed=1, start_step=start)
        values(resumed, 2)  # As `fit` does, to check the data.
        assert values(resumed, 8 - start) == first[start:]
    assert values(tfds.load(folder, (8, 8, 1), batch_size=16, seed=2), 8) != first


def test_workers_share_out_the_files(folder):
    shares = []
    for index in range(2):
        dataset = tfds.load(folder, (8, 8, 1), batch_size=16, strategy=worker(index, 2))
        assert dataset.element_spec.shape[0] == 16
        policy = dataset.options().experimental_distribute.auto_shard_policy
        assert policy == tf.data.experimental.AutoShardPolicy.OFF
        # Two batches of 16 are this worker's halves of four updates.
        shares.append([value for batch in values(dataset, 2) for value in batch])
        resumed = tfds.load(folder, (8, 8, 1), batch_size=16, start_step=2, strategy=worker(index, 2))
        assert values(resumed, 1)[0] == shares[-1][16:]
    assert sorted(shares[0] + shares[1]) == list(range(COUNT))
    assert len(shares[0]) == len(shares[1]) == COUNT // 2


@pytest.mark.slow
def test_two_processes_read_every_image_once(folder):
    outputs = run_workers(2, "tfds_worker.py", folder)
    seen = [[value for batch in json.loads(output.splitlines()[-1]) for value in batch] for output in outputs]
    assert sorted(seen[0] + seen[1]) == list(range(COUNT))
    # Four updates of 16 images, 8 of them here.
    assert [len(values) for values in seen] == [32, 32]


def test_clear_errors(folder, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match=r"has fewer files than the 5 workers .*num_shards"):
        tfds.load(folder, (8, 8, 1), batch_size=10, strategy=worker(4, 5))
    with pytest.raises(ValueError, match="batch_size=9: expected a multiple of 2"):
        tfds.load(folder, (8, 8, 1), batch_size=9, strategy=worker(0, 2))
    with pytest.raises(ValueError, match="has no split 'valid', but train"):
        tfds.load(folder, (8, 8, 1), split="train+valid")
    with pytest.raises(FileNotFoundError, match=r"mnist is not in .*\. Prepare it before 2 workers"):
        tfds.load("mnist", (8, 8, 1), data_dir=tmp_path, strategy=worker(0, 2))
    with pytest.raises(tensorflow_datasets.core.registered.DatasetNotFoundError, match="no_such_data"):
        tfds.load("no_such_data", (8, 8, 1))
    no_image = tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
        name="numbers",
        version="1.0.0",
        data_dir=tmp_path,
        features=tensorflow_datasets.features.FeaturesDict({"value": tf.int64}),
        split_datasets={"train": tf.data.Dataset.range(3).map(lambda value: {"value": value})},
    )
    with pytest.raises(ValueError, match="has no feature 'image', but value"):
        tfds.load(str(no_image.data_path), (8, 8, 1))
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r'pip install -e "\.\[datasets\]"'):
        tfds.load(folder, (8, 8, 1))
