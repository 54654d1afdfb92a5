"""What real images teach Q: `compile(consistency_weight=..., balance_weight=...)`."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents, make_model, weights

import infogan_keras as ig
from infogan_keras import _random, losses
from infogan_keras.models.gan import VIEWS

LATENTS = make_latents()


def make(view=None, latents=LATENTS, run_eagerly=True, **arguments):
    keras.utils.set_random_seed(0)
    model = ig.InfoGAN(*TINY.build(latents), latents, views=[view or ig.views.RandomAffine()])
    adam = ig.optimizers.Adam
    model.compile(adam(1e-3, beta_1=0.5), adam(1e-3, beta_1=0.5), run_eagerly=run_eagerly, **arguments)
    return model


class TestLosses:
    def test_consistency_by_hand(self):
        on_images = {"digit": tf.math.log([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])}
        on_views = {"digit": tf.math.log([[0.25, 0.5, 0.25], [0.2, 0.2, 0.6]])}
        first = 0.5 * math.log(4) + 0.25 * math.log(2) + 0.25 * math.log(4)
        second = -0.4 * math.log(0.2) - 0.6 * math.log(0.6)
        result = losses.consistency(LATENTS, on_images, on_views)
        assert set(result) == {"digit"}
        assert float(result["digit"]) == pytest.approx((first + second) / 2, rel=1e-6)

    def test_identical_views_that_are_sure_have_no_gradient(self):
        logits = tf.Variable([[40.0, 0.0, 0.0], [0.0, 0.0, 40.0]])
        with tf.GradientTape() as tape:
            loss = losses.consistency(LATENTS, {"digit": logits}, {"digit": logits})["digit"]
        assert float(loss) == pytest.approx(0, abs=1e-6)
        np.testing.assert_allclose(tape.gradient(loss, logits), 0, atol=1e-7)

    def test_both_views_are_pulled(self):
        logits, views = tf.Variable([[2.0, 0.0, 0.0]]), tf.Variable([[0.0, 2.0, 0.0]])
        with tf.GradientTape() as tape:
            loss = losses.consistency(LATENTS, {"digit": logits}, {"digit": views})["digit"]
        into_image, into_view = tape.gradient(loss, [logits, views])
        # Each is pulled to what the other says.
        assert into_image[0, 1] < 0 < into_image[0, 0] and into_view[0, 0] < 0 < into_view[0, 1]
        # d/dv of the cross entropy is softmax(v) - softmax(x).
        expected = tf.nn.softmax(views) - tf.nn.softmax(logits)
        np.testing.assert_allclose(into_view, expected, atol=1e-6)

    def test_balance_by_hand(self):
        even = {"digit": 50 * tf.eye(3)}
        assert float(losses.balance(LATENTS, even)["digit"]) == pytest.approx(math.log(3), rel=1e-6)
        one = {"digit": tf.constant([[50.0, 0, 0]] * 4)}
        assert float(losses.balance(LATENTS, one)["digit"]) == pytest.approx(0, abs=1e-6)
        two = {"digit": tf.constant([[50.0, 0, 0], [50.0, 0, 0], [50.0, 0, 0], [0, 50.0, 0]])}
        assert float(losses.balance(LATENTS, two)["digit"]) == pytest.approx(0.5623351446, rel=1e-6)


class TestTraining:
    def test_off_is_the_plain_step_bit_by_bit(self, pixels):
        plain = make_model()
        off = ig.InfoGAN(*_networks(), LATENTS, views=[ig.views.RandomAffine()])
        adams = [ig.optimizers.Adam(rate, beta_1=0.5, epsilon=1e-8) for rate in (2e-4, 1e-3)]
        off.compile(*adams, run_eagerly=True)
        logs = [model.fit(pixels, batch_size=8, epochs=2, verbose=0, shuffle=False).history for model in (plain, off)]
        assert logs[0] == logs[1]
        for name in ("generator", "discriminator"):
            for ours, theirs in zip(getattr(plain, name).weights, getattr(off, name).weights, strict=True):
                np.testing.assert_array_equal(ours, theirs)

    @pytest.mark.parametrize("arguments", [{"consistency_weight": 2.0}, {"balance_weight": 2.0}])
    def test_the_term_s_gradient_reaches_q_and_trunk_only(self, pixels, arguments):
        gradients = []
        for given in ({}, arguments):
            model = make(**given)
            latents = model.latents.sample(8, (0, 0))
            fakes = model.generator(model.latents.join(latents))
            with tf.GradientTape() as tape:
                images = tf.constant(pixels[:8])
                on_real = model._discriminate(images, 0, 0)
                loss, _ = model.d_objective(on_real, model.discriminator(fakes), latents)
                loss += model.real_objective(on_real, images, None)[0]
            variables = model.discriminator.trainable_variables
            gradients.append(dict(zip([v.path for v in variables], tape.gradient(loss, variables), strict=True)))
        changed = {path for path in gradients[0] if not np.allclose(gradients[0][path], gradients[1][path], atol=1e-7)}
        assert any(path.startswith("d1") for path in changed) and any(path.startswith("digit") for path in changed)
        assert not any(path.startswith(("logits", "rotation", "width")) for path in changed)

    def test_a_run_from_before_these_terms_can_be_resumed(self):
        assert not {"consistency_weight", "balance_weight"} & set(make().get_compile_config())

    def test_logs_and_evaluation(self, pixels):
        model = make(consistency_weight=1.0, balance_weight=1.0)
        logs = model.fit(pixels, batch_size=8, verbose=0).history
        assert 0 < logs["consistency"][0] < 5 and 0 < logs["balance"][0] <= math.log(3) + 1e-6
        assert {"consistency", "balance"} <= set(model.evaluate(pixels, batch_size=8, verbose=0, return_dict=True))
        assert not {"consistency", "balance"} & set(make().fit(pixels, batch_size=8, verbose=0).history)

    def test_views_follow_from_seed_and_update(self, pixels, tmp_path):
        whole = make(consistency_weight=1.0)
        whole.fit(pixels, batch_size=8, epochs=2, verbose=0, shuffle=False)
        model = make(consistency_weight=1.0)
        model.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        model.save(tmp_path / "model.keras")
        resumed = keras.saving.load_model(tmp_path / "model.keras")
        assert (resumed.consistency_weight, resumed.views[0].degrees) == (1.0, 20.0)
        resumed.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        for (name, value), other in zip(weights(whole).items(), weights(resumed).values(), strict=True):
            if "seed_generator" not in name:
                np.testing.assert_array_equal(value, other)

    def test_every_layer_draws_its_own(self, pixels):
        layers = [keras.layers.RandomTranslation(0.4, 0.4), keras.layers.RandomTranslation(0.4, 0.4)]
        alone = [make(layer, consistency_weight=1.0)._show(tf.constant(pixels[:8]), {}, 0) for layer in layers]
        np.testing.assert_array_equal(*alone)
        both = ig.InfoGAN(*_networks(), LATENTS, views=[ig.views.Zoom(0.1), *layers])
        seeds = []
        for layer in layers:
            call = layer.stateless_call
            layer.stateless_call = lambda *a, call=call, **k: seeds.append(a[1][0].numpy().tolist()) or call(*a, **k)
        both._show(tf.constant(pixels[:8]), {"zoom": tf.zeros([8])}, 0)
        # The first number is that of the zoom's amounts.
        assert seeds == [tf.abs(_random.fold_in(both._seed_of(VIEWS), place)).numpy().tolist() for place in (1, 2)]

    def test_a_pipeline_of_keras_layers(self, pixels):
        pipeline = keras.Sequential([keras.layers.RandomRotation(0.1), keras.layers.RandomZoom(0.1)])
        logs = make(pipeline, consistency_weight=1.0, run_eagerly=False).fit(pixels, batch_size=8, verbose=0).history
        assert np.isfinite(logs["consistency"][0])

    def test_wrong_arguments(self):
        with pytest.raises(ValueError, match="give the model some"):
            make_model(consistency_weight=1.0)
        for weight in (-1, math.nan, "1"):
            with pytest.raises(ValueError, match=f"balance_weight={weight!r}: expected a finite number of at least 0"):
                make(balance_weight=weight)
        with pytest.raises(ValueError, match="is of categorical codes, and there are none"):
            make(latents=make_latents(style=ig.Uniform(1)), balance_weight=1.0)
        with pytest.raises(ValueError, match=r"RandomAffine\(fill=-1\): expected 0, the lowest value"):
            make(ig.views.RandomAffine(fill=-1))
        with pytest.raises(ValueError, match="has weights: expected a layer"):
            make(keras.layers.Conv2D(1, 3, padding="same"))
        with pytest.raises(ValueError, match=r"makes images of the shape \(4, 4, 1\): expected \(8, 8, 1\)"):
            make(keras.layers.RandomCrop(4, 4))
        with pytest.raises(
            ValueError, match=r"values from 0 to \d+.* These are random_brightness.*'s: expected 0 to 1"
        ):
            make(keras.layers.RandomBrightness(0.5))
        assert make(keras.layers.RandomBrightness(0.5, value_range=(0, 1))).views


def _networks():
    keras.utils.set_random_seed(0)
    return TINY.build(LATENTS)
