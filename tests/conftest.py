"""Fixtures, and TensorFlow as the commands start it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import make_latents, make_model


def pytest_configure():
    """Gives TensorFlow two devices for MirroredStrategy, and no optimizer of graphs that run a few times."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    devices = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)


@pytest.fixture
def policy():
    """A setter of Keras' dtype policy, which is undone at the end."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


@pytest.fixture
def latents():
    return make_latents()


@pytest.fixture
def model():
    return make_model()


@pytest.fixture
def pixels():
    """16 real images for the tiny networks."""
    return np.random.default_rng(0).uniform(size=(16, 8, 8, 1)).astype(np.float32)
