import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import make_latents

import infogan_keras as ig


def test_sizes_of_the_paper():
    mnist = {"digit": ig.Categorical(10), "rotation": ig.Uniform(1), "width": ig.Uniform(1)}
    spec = ig.LatentSpec(ig.Uniform(62), mnist)
    assert spec.size == 74
    assert spec.entropy == pytest.approx(2.302585 + 2 * 0.693147, abs=1e-6)
    assert list(spec.parts) == ["noise", "digit", "rotation", "width"]


def test_join(latents):
    drawn = latents.sample(6, (0, 1))
    vectors = latents.join(drawn)
    assert vectors.shape == (6, latents.size)
    np.testing.assert_array_equal(vectors[:, 5:8], drawn["digit"])
    np.testing.assert_array_equal(vectors[:, 8:], np.concatenate([drawn["rotation"], drawn["width"]], 1))


def test_a_sample_is_a_function_of_the_seed_in_and_outside_of_graphs(latents):
    eager = latents.sample(4, (3, 4))
    for jit in (False, True):
        graph = tf.function(lambda: latents.sample(4, tf.constant([3, 4])), jit_compile=jit)()
        for name in eager:
            np.testing.assert_array_equal(eager[name], graph[name])
    assert np.any(eager["noise"] != latents.sample(4, (3, 5))["noise"])


def test_codes_are_drawn_independently():
    spec = make_latents(a=ig.Uniform(1), b=ig.Uniform(1))
    drawn = spec.sample(5000, (0, 0))
    assert abs(np.corrcoef(drawn["a"][:, 0], drawn["b"][:, 0])[0, 1]) < 0.05
    assert abs(np.corrcoef(drawn["a"][:, 0], drawn["noise"][:, 0])[0, 1]) < 0.05


def test_sample_each_depends_on_the_row_s_own_seed_only(latents):
    together = latents.sample_each([7, 2**40, 7])
    alone = latents.sample_each([2**40])
    for name in together:
        np.testing.assert_array_equal(together[name][0], together[name][2])
        np.testing.assert_array_equal(together[name][1], alone[name][0])
    assert np.any(together["noise"][0] != together["noise"][1])


def test_serialization(latents):
    config = keras.saving.serialize_keras_object(latents)
    assert keras.saving.deserialize_keras_object(config) == latents
    assert make_latents(digit=ig.Categorical(3)) != latents


@pytest.mark.parametrize(
    "name", ["noise", "logits", "images", "seed", "n", "valid", "self", "two words", "class", "1st", "", "_x", "größe"]
)
def test_names_that_cannot_be_used(name):
    with pytest.raises(ValueError, match="cannot be called"):
        make_latents(**{name: ig.Categorical(3)})


def test_values_that_are_not_distributions():
    with pytest.raises(ValueError, match="digit=10: expected a distribution"):
        make_latents(digit=10)
    with pytest.raises(ValueError, match="noise=62: expected a distribution"):
        ig.LatentSpec(62, {})
    with pytest.raises(ValueError, match="expected a dict of distributions by name"):
        ig.LatentSpec(ig.Uniform(2), [ig.Categorical(3)])


def test_latents_of_other_shapes(latents):
    parts = latents.sample(4, (0, 0))
    with pytest.raises(ValueError, match=r"digit has shape \(4,\): expected one-hot rows, \(rows, 3\)"):
        latents.join({**parts, "digit": [0, 1, 2, 0]})
    with pytest.raises(ValueError, match=r"width has shape \(4, 1\): expected rows, \(rows, 2\)"):
        latents.join({**parts, "width": np.zeros((4, 1))})
    with pytest.raises(ValueError, match=r"different numbers of rows: \{'noise': 4, 'digit': 3"):
        latents.join({**parts, "digit": np.eye(3)})


def test_latents_that_lack_one(latents):
    with pytest.raises(ValueError, match="The latents lack noise, width: expected noise, digit, rotation, width"):
        latents.join({"digit": np.eye(3), "rotation": np.zeros((3, 1))})
