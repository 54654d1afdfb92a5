import math

import numpy as np
import pytest
import tensorflow as tf
from helpers import make_latents

import infogan_keras as ig
from infogan_keras import losses


def test_adversarial_losses_by_hand():
    """D says 3/4 of the real image and 1/4 of the generated one: logits ln 3 and -ln 3."""
    real, fake = tf.constant([[math.log(3)]]), tf.constant([[-math.log(3)]])
    assert float(losses.discriminator_loss(real, fake)) == pytest.approx(2 * math.log(4 / 3))
    assert float(losses.generator_loss(fake)) == pytest.approx(math.log(4))


def test_adversarial_losses_of_a_discriminator_that_cannot_tell():
    undecided = tf.zeros((5, 1))
    assert float(losses.discriminator_loss(undecided, undecided)) == pytest.approx(2 * math.log(2))
    assert float(losses.generator_loss(undecided)) == pytest.approx(math.log(2))


def test_adversarial_losses_stay_finite_when_the_discriminator_has_won():
    certain = tf.constant([[1000.0]])
    assert float(losses.discriminator_loss(certain, -certain)) == 0
    assert float(losses.generator_loss(-certain)) == 1000


def test_mutual_information_by_hand():
    spec = make_latents(digit=ig.Categorical(2), width=ig.Uniform(1, fix_std=True))
    latents = {"digit": tf.constant([[1.0, 0.0], [0.0, 1.0]]), "width": tf.constant([[0.5], [-0.5]])}
    # Q gives the true digit 3/4 and 1/2, and misses the width by 0 and by 1.
    posteriors = {"digit": tf.constant([[math.log(3), 0.0], [0.0, 0.0]]), "width": tf.constant([[0.5], [0.5]])}
    bounds = losses.mutual_information(spec, latents, posteriors)
    assert list(bounds) == ["digit", "width"]
    assert float(bounds["digit"]) == pytest.approx(math.log(2) + 0.5 * (math.log(0.75) + math.log(0.5)))
    assert float(bounds["width"]) == pytest.approx(math.log(2) - 0.5 * math.log(2 * math.pi) - 0.25)


@pytest.mark.parametrize("scale", [0.0, 100.0], ids=["useless", "perfect"])
def test_mutual_information_of_degenerate_posteriors(scale):
    spec = make_latents(digit=ig.Categorical(10))
    latents = spec.sample(64, (0, 0))
    bound = losses.mutual_information(spec, latents, {"digit": scale * latents["digit"]})["digit"]
    assert float(bound) == pytest.approx(0 if scale == 0 else math.log(10), abs=1e-5)


def test_a_confident_wrong_posterior_is_punished_beyond_zero():
    spec = make_latents(digit=ig.Categorical(2))
    bound = losses.mutual_information(
        spec, {"digit": tf.constant([[1.0, 0.0]])}, {"digit": tf.constant([[0.0, 1000.0]])}
    )
    assert float(bound["digit"]) == pytest.approx(math.log(2) - 1000)
    assert np.isfinite(float(bound["digit"]))
