"""Codes that are declared to follow views: the loss, the model around it, and what is refused."""

import dataclasses
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, weights

import infogan_keras as ig
from infogan_keras import losses

SLANT, STRETCH = ig.views.Slant(0.3), ig.views.Stretch(0.2)
ROWS = 4000


def spec(**codes):
    return ig.LatentSpec(ig.Uniform(5), codes)


def two_codes():
    return spec(rotation=ig.Uniform(1, True, follows=SLANT), width=ig.Uniform(1, True, follows=STRETCH))


def draw(*names, seed=0):
    """Shares of independent amounts, (ROWS,) each."""
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(-1, 1, ROWS).astype(np.float32) for name in names}


def terms(latents, on_images, on_views, shares, **magnitudes):
    columns = [
        {name: tf.constant(v.reshape(ROWS, -1), tf.float32) for name, v in d.items()} for d in (on_images, on_views)
    ]
    found = losses.declared(latents, *columns, {name: tf.constant(share) for name, share in shares.items()}, magnitudes)
    return [{name: float(value) for name, value in part.items()} for part in found]


class TestLoss:
    def test_perfect_codes_lack_nothing(self):
        means, shares = draw("rotation", "width", seed=1), draw("slant", "stretch")
        seen = {"rotation": means["rotation"] + 0.4 * shares["slant"], "width": means["width"] + 3 * shares["stretch"]}
        lacking, responses = terms(two_codes(), means, seen, shares)
        # What is left is chance: squared correlations of 4,000 rows, and the prior's sample moments.
        assert lacking == {"rotation": pytest.approx(0, abs=0.005), "width": pytest.approx(0, abs=0.005)}
        assert responses == {"rotation": pytest.approx(1, abs=1e-4), "width": pytest.approx(1, abs=1e-4)}

    def test_the_sign_counts(self):
        means, shares = draw("rotation", "width", seed=1), draw("slant", "stretch")
        seen = {"rotation": means["rotation"] - 0.4 * shares["slant"], "width": means["width"] + shares["stretch"]}
        lacking, responses = terms(two_codes(), means, seen, shares)
        assert lacking["rotation"] == pytest.approx(2, abs=0.005) and responses["rotation"] == pytest.approx(
            -1, abs=1e-4
        )

    def test_swapped_codes_lack_the_correlation_and_pay_for_the_leak(self):
        means, shares = draw("rotation", "width", seed=1), draw("slant", "stretch")
        seen = {"rotation": means["rotation"] + shares["stretch"], "width": means["width"] + shares["slant"]}
        lacking, _ = terms(two_codes(), means, seen, shares)
        assert lacking["rotation"] == pytest.approx(2, abs=0.05)

    def test_an_even_mixture_by_hand(self):
        """corr = 1/√2 with both amounts: 1 - 0.7071 + 0.5."""
        means, shares = draw("rotation", "width", seed=1), draw("slant", "stretch")
        mixed = shares["slant"] + shares["stretch"]
        seen = {"rotation": means["rotation"] + mixed, "width": means["width"] + shares["stretch"]}
        lacking, responses = terms(two_codes(), means, seen, shares)
        assert responses["rotation"] == pytest.approx(0.7071, abs=0.02)
        assert lacking["rotation"] == pytest.approx(1 - 0.7071 + 0.5, abs=0.05)

    @pytest.mark.parametrize(("mixed_in", "lacks"), [(0.2, 1 - 0.9806), (3**-0.5, 1 - 0.8660 + 0.25 - 0.04)])
    def test_no_more_than_chance_is_no_leak(self, mixed_in, lacks):
        """100 pairs, amounts without correlation: corr² with the other's is 0.038 and 0.25, and chance 4/100."""
        slant, stretch = np.tile([[1, 1, -1, -1], [1, -1, 1, -1]], 25).astype("float32")
        latents = spec(rotation=ig.Uniform(1, True, follows=SLANT), width=ig.Uniform(1, True, follows=STRETCH))
        on_images = {"rotation": slant[:, None] / 3**0.5, "width": stretch[:, None] / 3**0.5}
        on_views = {
            "rotation": on_images["rotation"] + (slant + mixed_in * stretch)[:, None],
            "width": on_images["width"] + stretch[:, None],
        }
        lacking, _ = losses.declared(latents, on_images, on_views, {"slant": slant, "stretch": stretch}, {})
        assert float(lacking["rotation"]) == pytest.approx(lacks, abs=1e-3)
        assert float(lacking["width"]) == pytest.approx(0, abs=1e-3)

    def test_codes_that_say_the_same_of_real_images(self):
        """A code that equals another, or is known from its square, lacks 1; one that the square tells nothing of, 0."""
        a = np.linspace(-1, 1, ROWS, dtype="float32")
        shares = draw("slant", "stretch")
        for b, dependence in ((a, (1, 1)), ((a**2 - 1 / 3) * (45 / 12) ** 0.5, (0, 1))):
            seen = {"rotation": a + shares["slant"], "width": b + shares["stretch"]}
            lacking, _ = terms(two_codes(), {"rotation": a, "width": b}, seen, shares)
            assert (lacking["rotation"], lacking["width"]) == pytest.approx(dependence, abs=0.02)

    def test_a_useless_code(self):
        means, shares = draw("rotation", "width", seed=1), draw("slant", "stretch")
        constant = {"rotation": 0 * means["rotation"], "width": means["width"]}
        lacking, responses = terms(two_codes(), constant, constant, shares)
        # No correlation, and a std of 0 in place of 0.577.
        assert responses["rotation"] == pytest.approx(0, abs=1e-3)
        assert lacking["rotation"] == pytest.approx(1 + (0.5774 - 0.001) ** 2, abs=0.01)

    def test_scale_and_offset_of_the_response_do_not_matter(self):
        means, shares = draw("rotation", "width", seed=1), draw("slant", "stretch")
        found = []
        for scale, offset in ((0.1, 0), (10, 3)):
            seen = {"rotation": means["rotation"] + scale * shares["slant"] + offset, "width": means["width"]}
            found.append(terms(two_codes(), means, seen, shares)[1]["rotation"])
        assert found == [pytest.approx(1, abs=1e-4)] * 2

    def test_a_code_that_stays(self):
        latents = spec(rotation=ig.Uniform(1, True, follows=SLANT), free=ig.Uniform(1, True, follows=()))
        means, shares = draw("rotation", "free", seed=1), draw("slant")
        seen = {"rotation": means["rotation"] + shares["slant"], "free": means["free"]}
        lacking, responses = terms(latents, means, seen, shares)
        assert responses["free"] == pytest.approx(1, abs=1e-4) and lacking["free"] < 0.005
        seen["free"] = means["free"] + shares["slant"]
        assert terms(latents, means, seen, shares)[0]["free"] > 0.5

    def test_a_code_without_declaration_has_no_term(self):
        latents = spec(rotation=ig.Uniform(1, True, follows=SLANT), free=ig.Uniform(1, True))
        means, shares = draw("rotation", "free", seed=1), draw("slant")
        assert set(terms(latents, means, means, shares)[0]) == {"rotation"}

    def test_mirror_changes_the_sign(self):
        latents = spec(azimuth=ig.Uniform(1, True, follows=ig.views.Mirror()), up=ig.Uniform(1, True, follows=()))
        means, signs = draw("azimuth", "up", seed=1), np.sign(draw("mirror")["mirror"])
        seen = {"azimuth": signs * means["azimuth"], "up": means["up"]}
        lacking, _ = terms(latents, means, seen, {"mirror": signs})
        assert lacking == {"azimuth": pytest.approx(0, abs=0.005), "up": pytest.approx(0, abs=0.005)}
        lacking, _ = terms(latents, means, {"azimuth": means["azimuth"], "up": seen["azimuth"]}, {"mirror": signs})
        assert lacking["azimuth"] > 0.9 and lacking["up"] > 0.9

    def test_a_magnitude_says_what_is_farther_from_0(self):
        follows, magnitude = ig.views.Mirror(), ig.views.outline_asymmetry
        latents = spec(azimuth=ig.Uniform(1, True, follows=follows, magnitude=magnitude))
        means, signs = draw("azimuth", seed=1), np.sign(draw("mirror")["mirror"])
        seen = {"azimuth": signs * means["azimuth"]}
        farther = 0.1 + 3 * np.abs(means["azimuth"])
        for azimuth, lacks in ((farther, 0), (-farther, 2), (np.ones(ROWS, np.float32), 1)):
            found, _ = terms(latents, means, seen, {"mirror": signs}, azimuth=azimuth)
            assert found["azimuth"] == pytest.approx(lacks, abs=0.005)

    def test_a_light_that_follows_a_ramp_and_changes_sign(self):
        follows = (ig.views.Mirror(), ig.views.LightRamp(0.5))
        latents = spec(light=ig.Uniform(1, True, follows=follows))
        means, shares = draw("light", seed=1), draw("light_ramp", "mirror")
        shares["mirror"] = np.sign(shares["mirror"])
        seen = {"light": shares["mirror"] * means["light"] + 0.5 * shares["light_ramp"]}
        assert terms(latents, means, seen, shares)[0]["light"] == pytest.approx(0, abs=0.005)

    def test_an_angle_that_turns_with_the_hue(self):
        latents = spec(hue=ig.Circular(True, follows=ig.views.Hue(90.0)))
        angles = np.random.default_rng(0).uniform(0, 2 * np.pi, ROWS)
        shares = draw("hue")
        turned = angles + np.radians(90 * shares["hue"])
        on_images, on_views = ({"hue": np.stack([np.cos(a), np.sin(a)], 1)} for a in (angles, turned))
        lacking, responses = terms(latents, on_images, on_views, shares)
        assert lacking["hue"] == pytest.approx(0, abs=0.005) and responses["hue"] == pytest.approx(1, abs=1e-4)
        # Turned the other way: E[cos 2a] over a from -90 to 90 degrees is 0.
        back = angles - np.radians(90 * shares["hue"])
        lacking, _ = terms(latents, on_images, {"hue": np.stack([np.cos(back), np.sin(back)], 1)}, shares)
        assert lacking["hue"] > 0.9

    def test_an_angle_that_turns_in_a_mirror_too(self):
        """The mirror comes first, then the turn: the other way round it would turn mirrored angles back."""
        latents = spec(hue=ig.Circular(True, follows=(ig.views.Mirror(), ig.views.Hue(60.0))))
        angles, shares = np.random.default_rng(0).uniform(0, 2 * np.pi, ROWS), draw("hue", "mirror")
        shares["mirror"] = np.sign(shares["mirror"])
        turn = np.radians(60 * shares["hue"])
        for turned, lacks in (
            (shares["mirror"] * angles + turn, 0),
            # Off by twice the turn in half of the rows; E[cos 2a] over a up to 60 degrees is sin(120°) / (2π/3).
            (shares["mirror"] * (angles + turn), (1 - 0.4135) / 2),
        ):
            on_images, on_views = ({"hue": np.stack([np.cos(a), np.sin(a)], 1)} for a in (angles, turned))
            lacking, _ = terms(latents, on_images, on_views, shares)
            assert lacking["hue"] == pytest.approx(lacks, abs=0.03)

    def test_an_angle_that_follows_an_amount(self):
        """Forward all around has nothing to lack; forward at the front and back behind (a fold) has no correlation."""
        latents = spec(azimuth=ig.Circular(True, follows=SLANT))
        angles, shares = np.random.default_rng(1).uniform(0, 2 * np.pi, ROWS), draw("slant")
        for direction, agreement in ((1, 1), (np.sign(np.cos(angles)), 0), (-1, -1)):
            turned = angles + 0.1 * direction * shares["slant"]
            on_images, on_views = ({"azimuth": np.stack([np.cos(a), np.sin(a)], 1)} for a in (angles, turned))
            lacking, responses = terms(latents, on_images, on_views, shares)
            assert responses["azimuth"] == pytest.approx(agreement, abs=0.05)
            assert lacking["azimuth"] == pytest.approx(1 - agreement, abs=0.05)

    def test_an_angle_in_a_mirror(self):
        latents = spec(azimuth=ig.Circular(True, follows=ig.views.Mirror()))
        angles, signs = np.random.default_rng(0).uniform(0, 2 * np.pi, ROWS), np.sign(draw("mirror")["mirror"])
        on_images, on_views = ({"azimuth": np.stack([np.cos(a), np.sin(a)], 1)} for a in (angles, signs * angles))
        assert terms(latents, on_images, on_views, {"mirror": signs})[0]["azimuth"] == pytest.approx(0, abs=0.005)
        # A code that has collapsed to two opposite angles is not even on the circle.
        poles = np.where(angles > np.pi, np.pi, 0.0)
        pole = {"azimuth": np.stack([np.cos(poles), np.sin(poles)], 1)}
        assert terms(latents, pole, pole, {"mirror": signs})[0]["azimuth"] == pytest.approx(1, abs=0.01)


ZOOM = (ig.views.Zoom(0.1),)


def make(latents=None, views=ZOOM, run_eagerly=True, synchronized=True, **arguments):
    keras.utils.set_random_seed(0)
    latents = latents or two_codes()
    model = ig.InfoGAN.from_architecture(TINY, latents, views=views, seed=0, synchronized=synchronized)
    adam = ig.optimizers.Adam
    model.compile(adam(1e-3, beta_1=0.5), adam(1e-3, beta_1=0.5), run_eagerly=run_eagerly, **arguments)
    return model


class TestModel:
    def test_logs_have_the_responses(self, pixels):
        logs = make().fit(pixels, batch_size=8, verbose=0).history
        assert {"declared/rotation", "declared/width"} <= set(logs)
        assert -1 <= logs["declared/rotation"][0] <= 1

    def test_without_weight_the_step_is_the_plain_one(self, pixels):
        plain = make(spec(rotation=ig.Uniform(1, True), width=ig.Uniform(1, True)))
        off = make(declared_weight=0.0)
        for model in (plain, off):
            model.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        for ours, theirs in zip(plain.discriminator.weights, off.discriminator.weights, strict=True):
            np.testing.assert_array_equal(ours, theirs)

    def test_a_weight_of_zero_is_kept(self, tmp_path):
        model = make(declared_weight=0.0)
        model.save(tmp_path / "model.keras")
        assert keras.saving.load_model(tmp_path / "model.keras").declared_weight == 0

    def test_in_double_precision(self, pixels):
        keras.config.set_dtype_policy("float64")
        try:
            azimuth = ig.Uniform(1, True, follows=ig.views.Mirror(), magnitude=ig.views.outline_asymmetry)
            model = make(spec(**two_codes().codes, azimuth=azimuth), synchronized=False)
        finally:
            keras.config.set_dtype_policy("float32")
        logs = model.fit(pixels, batch_size=8, verbose=0).history
        assert -1 <= logs["declared/azimuth"][0] <= 1

    def test_q_and_the_trunk_learn_and_d_s_output_does_not(self, pixels):
        model = make()
        images = tf.constant(pixels[:8])
        with tf.GradientTape() as tape:
            loss, _ = model.real_objective(model._discriminate(images, 0, 0), images, None)
        gradients = dict(
            zip(
                [v.path for v in model.discriminator.trainable_variables],
                tape.gradient(loss, model.discriminator.trainable_variables),
                strict=True,
            )
        )
        moved = {path for path, gradient in gradients.items() if gradient is not None and np.any(gradient != 0)}
        assert {path.split("/")[0] for path in moved} >= {"d1-conv", "rotation", "width"}
        assert not any(path.startswith("logits") for path in moved)

    def test_resumed_bit_by_bit_with_its_declaration(self, pixels, tmp_path):
        azimuth = ig.Uniform(1, True, follows=ig.views.Mirror(), magnitude=ig.views.outline_asymmetry)
        model = make(spec(**two_codes().codes, azimuth=azimuth))
        model.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        model.save(tmp_path / "model.keras")
        resumed = keras.saving.load_model(tmp_path / "model.keras")
        assert resumed.latents == model.latents and resumed.views == model.views
        for each in (model, resumed):
            each.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        for (name, value), other in zip(weights(model).items(), weights(resumed).values(), strict=True):
            np.testing.assert_array_equal(value, other, name)

    def test_magnitudes_are_of_images_from_0_to_1(self, pixels):
        code = ig.Uniform(1, True, follows=ig.views.Mirror(), magnitude=lambda images: images[:, 0, 0, 0])
        table = dataclasses.replace(TINY, image_range=(-1, 1))
        model = ig.InfoGAN.from_architecture(table, spec(side=code))
        images = tf.constant(2 * pixels[:8] - 1)
        np.testing.assert_allclose(model._magnitudes(images)["side"], pixels[:8, 0, 0, 0], atol=1e-6)

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (tf.reduce_mean, r"has the shape \(\) of 2 images: expected \(rows,\)"),
            (lambda images: np.mean(images, (1, 2, 3)), "TensorFlow's operations on images .* fails: .*numpy"),
            (lambda images: tf.sqrt(-images[:, 0, 0, 0]), "has values that are not finite"),
        ],
    )
    def test_magnitudes_that_do_not_work(self, function, message):
        with pytest.raises(ValueError, match=f"The magnitude of side.* {message}"):
            make(spec(side=ig.Uniform(1, True, follows=ig.views.Mirror(), magnitude=function)))

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda images, amounts: images * amounts, r"fails: .*into .*expected the same shape"),
            (lambda images, amounts: None, "fails: .*None"),
            (lambda images: images, "fails: .*takes 1 positional argument"),
        ],
    )
    def test_views_that_do_not_work(self, function, message):
        with pytest.raises(ValueError, match=f"The view custom, of TensorFlow's .*{message}"):
            make(views=[ig.views.Custom(0.5, function=function)])

    @pytest.mark.slow
    def test_it_learns_to_follow(self):
        """Bright bars at random slants; Q alone, without a generator's reward."""
        rng = np.random.default_rng(0)
        rows = np.arange(8) - 3.5
        slants = rng.uniform(-0.6, 0.6, 256)
        places = np.arange(8) - 3.5 + slants[:, None, None] * rows[None, :, None]
        images = np.clip(1.2 - np.abs(places), 0, 1)[..., None].astype(np.float32)
        model = make(spec(rotation=ig.Uniform(1, True, follows=SLANT)), views=(), mi_weight=0.0, run_eagerly=False)
        model.fit(images, batch_size=64, epochs=40, verbose=0)
        means = model.encode(images)["rotation_mean"][:, 0]
        assert np.corrcoef(means, slants)[0, 1] > 0.8

    def test_wrong_arguments(self):
        with pytest.raises(ValueError, match="declare codes of one dimension"):
            ig.Uniform(2, follows=SLANT)
        with pytest.raises(ValueError, match="expected a view such as"):
            ig.Uniform(1, follows=("slant",))
        for no_view in (ig.views.Mirror, 0.35):
            with pytest.raises(ValueError, match="expected a view such as"):
                ig.Uniform(1, follows=no_view)
        with pytest.raises(ValueError, match="expected each view once"):
            ig.Uniform(1, follows=(SLANT, ig.views.Slant(0.1)))
        with pytest.raises(ValueError, match="a and b both follow slant: expected another view for each code"):
            spec(a=ig.Uniform(1, follows=SLANT), b=ig.Uniform(1, follows=(STRETCH, ig.views.Slant(0.1))))
        with pytest.raises(ValueError, match="only codes can follow views"):
            ig.LatentSpec(ig.Uniform(1, follows=SLANT), {})
        with pytest.raises(ValueError, match="what Erase draws is a place"):
            ig.Uniform(1, follows=ig.views.Erase())
        with pytest.raises(ValueError, match=r"free shall stay under all views .* and there are none"):
            make(spec(free=ig.Uniform(1, follows=())), views=())
        with pytest.raises(ValueError, match=r"add ig\.views\.Mirror"):
            ig.Uniform(1, follows=SLANT, magnitude=ig.views.outline_asymmetry)
        with pytest.raises(ValueError, match=r"expected a function such as ig\.views\.outline_asymmetry"):
            ig.Uniform(1, follows=ig.views.Mirror(), magnitude=2.0)
        with pytest.raises(ValueError, match="slant are there twice"):
            make(views=(ig.views.Slant(0.1),))
        with pytest.raises(ValueError, match="is of declared codes, and there are none"):
            make(spec(free=ig.Uniform(1)), declared_weight=1.0)
        with pytest.raises(ValueError, match="expected 3 channels"):
            make(spec(hue=ig.Circular(follows=ig.views.Hue())))
        for no_view in ("zoom", ("zoom",), None, 0.1):
            with pytest.raises(ValueError, match="expected views such as"):
                make(views=no_view)
        assert make(views=ZOOM[0]).views == ZOOM


class TestWarnings:
    def fit(self, view, images=None):
        """On digits, of which only the first batch is trained on."""
        if images is None:
            digits = ig.datasets.mnist.arrays("test")[0][:512, ::2, ::2] / np.float32(255)
            images = np.pad(digits, ((0, 0), (1, 1), (1, 1), (0, 0)))
        keras.utils.set_random_seed(0)
        table = ig.architectures.of_size((16, 16, 1)).scaled(1 / 32)
        model = ig.InfoGAN.from_architecture(table, spec(code=ig.Uniform(1, True, follows=view)))
        model.compile(ig.optimizers.Adam(1e-3), ig.optimizers.Adam(1e-3), run_eagerly=True)
        model.fit(images, batch_size=64, steps_per_epoch=1, verbose=0, callbacks=[ig.callbacks.HealthWarnings()])

    def test_a_change_that_the_data_does_not_have(self):
        """The negative control: mirrored digits."""
        with pytest.warns(UserWarning, match="does not seem to have images changed by mirror: they are 1"):
            self.fit(ig.views.Mirror())

    def test_repeated_images_do_not_count(self):
        """Sixty-four digits, eight times each, are too few to tell."""
        few = np.tile(np.random.default_rng(0).uniform(size=(64, 16, 16, 1)).astype(np.float32), (8, 1, 1, 1))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.fit(ig.views.Mirror(), few)

    def test_changes_that_the_data_has(self):
        for view in (ig.views.Slant(0.35), ig.views.Stretch(0.25)):
            self.fit(view)


def test_distance_ratio_by_hand():
    from infogan_keras.evaluation.declared import distance_ratio

    images = np.array([[0.0], [10.0], [1.0], [12.0]])
    # From 0 and 10 to the nearer of 1 and 12: 1 and 2; from 3 and 10: 2 and 2.
    assert distance_ratio(images, np.array([[3.0], [10.0], [0.0], [0.0]])) == pytest.approx(4 / 3)
    assert distance_ratio(images, images) == 1
