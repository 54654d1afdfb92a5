import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents, make_model, weights

import infogan_keras as ig
from infogan_keras import losses


@pytest.fixture(scope="module")
def untrained():
    """A model that no test trains."""
    return make_model()


def batches(pixels, count=4, size=8):
    rows = np.arange(count * size) % len(pixels)
    return tf.data.Dataset.from_tensor_slices(pixels[rows]).batch(size)


def moved(before, model):
    after = {v.path: v.numpy() for v in model.trainable_variables}
    return {path for path in after if np.any(after[path] != before[path])}


def groups(model):
    """Paths of the trainable variables: trunk with D's output, Q, and generator."""
    q_layers = ("q1-", *model.latents.codes)
    q = {v.path for v in model.discriminator.trainable_variables if v.path.split("/")[-2].startswith(q_layers)}
    d = {v.path for v in model.discriminator.trainable_variables} - q
    return d, q, {v.path for v in model.generator.trainable_variables}


# A bias before a batch norm has no gradient, but rounding may move it.
def biases(paths, layers=("conv", "dense")):
    return {p for p in paths if p.endswith("bias") and p.split("/")[-2].endswith(layers)}


@pytest.mark.parametrize(
    ("d_rate", "g_rate"), [(0.1, 0.0), (0.0, 0.1)], ids=["only D's optimizer moves", "only G's optimizer moves"]
)
def test_which_variables_move_in_which_step(pixels, d_rate, g_rate):
    """Trunk, D's output and Q learn in the D step, with D's optimizer; the G step moves the generator alone."""
    model = make_model(d_optimizer=keras.optimizers.SGD(d_rate), g_optimizer=keras.optimizers.SGD(g_rate))
    before = {v.path: v.numpy() for v in model.trainable_variables}
    model.fit(batches(pixels, 1), verbose=0)
    d, q, g = groups(model)
    assert q and d and g and len(d | q | g) == len(before)
    expected = d | q if d_rate else g
    changed = moved(before, model)
    assert changed - biases(changed) == expected - biases(expected)


def test_q_learns_in_the_d_step_alone_and_the_trunk_learns_from_the_bound(pixels):
    """Without the adversarial loss the D step still moves Q and trunk, and not D's output."""

    class BoundOnly(ig.InfoGAN):
        def d_objective(self, on_real, on_fake, latents):
            bounds = losses.mutual_information(self.latents, latents, on_fake)
            _, logs = super().d_objective(on_real, on_fake, latents)
            return 0 * logs["d_loss"] - sum(bounds.values()), logs

    template = make_model()
    model = BoundOnly(template.generator, template.discriminator, template.latents)
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0))
    before = {v.path: v.numpy() for v in model.trainable_variables}
    model.fit(batches(pixels, 1), verbose=0)
    changed = moved(before, model)
    d, q, _ = groups(model)
    assert q - biases(q, ("dense",)) <= changed
    assert "d2-conv/kernel" in {path.removeprefix("discriminator/") for path in changed & d}
    assert not [path for path in changed if "logits" in path]


def test_each_step_draws_fresh_latents_for_the_same_real_batch(pixels, monkeypatch):
    model = make_model()
    drawn = []
    draw = model._draw
    monkeypatch.setattr(model, "_draw", lambda *a: drawn.append(draw(*a)) or drawn[-1])
    model.fit(batches(pixels, 1), verbose=0)
    d_latents, g_latents = drawn
    assert np.any(d_latents["noise"] != g_latents["noise"])
    assert d_latents["noise"].shape == (8, 5)


def test_batch_norm_averages_are_those_of_real_images(pixels):
    """After enough equal real batches the averages equal the batch's statistics, whatever the generator makes."""
    stopped = {"d_optimizer": keras.optimizers.SGD(0.0), "g_optimizer": keras.optimizers.SGD(0.0)}
    model = make_model(**stopped, run_eagerly=False)
    data = tf.data.Dataset.from_tensors(pixels).repeat()
    model.fit(data, steps_per_epoch=150, verbose=0)
    conv = keras.Model(model.discriminator.input, model.discriminator.get_layer("d2-conv").output)
    features = conv(pixels).numpy().reshape(-1, 8)
    norm = model.discriminator.get_layer("d2-batch-norm")
    np.testing.assert_allclose(norm.moving_mean, features.mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(norm.moving_variance, features.var(0), rtol=1e-4, atol=1e-6)
    q_norm = model.discriminator.get_layer("q1-batch-norm")
    assert np.abs(q_norm.moving_mean).max() > 0
    assert model.generator.get_layer("g1-batch-norm").moving_mean.numpy().any()


def test_training_is_a_function_of_the_seed(pixels):
    first, again, other = (make_model(seed=1) for _ in range(3))
    other.seed = 2
    for model in (first, again, other):
        model.fit(batches(pixels, 2), verbose=0)
    for path, value in weights(first).items():
        np.testing.assert_array_equal(value, weights(again)[path], err_msg=path)
    assert np.any(first.generator.get_weights()[0] != other.generator.get_weights()[0])
    assert first.updates == 2


def test_draws_are_the_same_under_xla():
    model = make_model(seed=2**31 - 1)
    model._updates.assign(70_000)
    plain, compiled = (tf.function(lambda: model._draw(8, 1), jit_compile=jit)() for jit in (False, True))
    for name in plain:
        np.testing.assert_array_equal(plain[name], compiled[name])


def test_logs_are_the_release_s_and_the_codes(pixels):
    model = make_model()
    history = model.fit(batches(pixels, 2), epochs=2, verbose=0).history
    assert set(history) == {
        *("d_loss", "g_loss", "d_accuracy", "d_real_min", "d_real_max", "d_fake_min", "d_fake_max"),
        *("mi", "mi/digit", "mi/rotation", "mi/width"),
        *("cross_entropy", "cross_entropy/digit", "cross_entropy/rotation", "cross_entropy/width"),
        *("explained/rotation", "explained/width", "std_min/width", "std_max/width"),
    }
    last = {name: values[-1] for name, values in history.items()}
    assert last["mi"] == pytest.approx(last["mi/digit"] + last["mi/rotation"] + last["mi/width"], abs=1e-5)
    assert last["mi"] + last["cross_entropy"] == pytest.approx(model.latents.entropy, abs=1e-5)
    assert 0 < last["d_real_min"] <= last["d_real_max"] < 1
    assert last["std_min/width"] <= last["std_max/width"]


def test_logs_are_means_over_the_epoch(pixels, monkeypatch):
    model = make_model(d_optimizer=keras.optimizers.SGD(0.0), g_optimizer=keras.optimizers.SGD(0.0))
    seen = []
    track = model._track
    monkeypatch.setattr(model, "_track", lambda logs: seen.append(float(logs["d_loss"])) or track(logs))
    history = model.fit(batches(pixels), verbose=0).history
    assert len(seen) == 4
    assert history["d_loss"][0] == pytest.approx(np.mean(seen), rel=1e-6)


def test_the_losses_are_those_of_the_pure_functions(pixels):
    model = make_model(mi_weight={"digit": 2.0, "rotation": 0.5, "width": 0.0}, generator_mi_weight=0)
    latents = model.latents.sample(8, (0, 0))
    on_fake = model.discriminator(model.generator(model.latents.join(latents)))
    on_real = model.discriminator(pixels[:8])
    bounds = losses.mutual_information(model.latents, latents, on_fake)
    adversarial = losses.discriminator_loss(on_real["logits"], on_fake["logits"])
    loss, logs = model.d_objective(on_real, on_fake, latents)
    assert float(loss) == pytest.approx(float(adversarial - 2 * bounds["digit"] - 0.5 * bounds["rotation"]), rel=1e-5)
    assert float(logs["d_loss"]) == pytest.approx(float(adversarial))
    loss, _ = model.g_objective(on_fake, latents)
    assert float(loss) == pytest.approx(float(losses.generator_loss(on_fake["logits"])))


def test_config_round_trip():
    model = make_model(seed=3)
    copy = ig.InfoGAN.from_config(model.get_config())
    assert copy.get_config() == model.get_config()
    assert (copy.seed, copy.image_range, copy.latents) == (3, (0, 1), model.latents)


def test_keras_file_round_trip(tmp_path, pixels):
    """Networks, both Adams with their moments, the weights of the bound and the counter come back."""
    weight = {"digit": 1.0, "rotation": 0.5, "width": 0.1}
    model = make_model(mi_weight=weight, generator_mi_weight=0.0, ema_momentum=np.float64(0.9), run_eagerly=False)
    model.fit(batches(pixels), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for (path, value), (_, other) in zip(weights(model).items(), weights(loaded).items(), strict=True):
        np.testing.assert_array_equal(value, other, err_msg=path)
    assert (loaded.updates, loaded.ema_momentum) == (4, 0.9)
    assert loaded.get_compile_config() == model.get_compile_config()
    for each in (model, loaded):
        each.fit(batches(pixels), verbose=0)
    for (path, value), (_, other) in zip(weights(model).items(), weights(loaded).items(), strict=True):
        np.testing.assert_array_equal(value, other, err_msg=path)


class TestAveraging:
    def test_by_hand(self, pixels):
        model = make_model(ema_momentum=0.35)
        seen = [model.generator.get_weights()]

        def collect(batch, logs):
            seen.append(model.generator.get_weights())

        model.fit(batches(pixels), callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=collect)], verbose=0)
        expected = seen[0]
        for momentum, trained in zip((2 / 11, 3 / 12, 4 / 13, 0.35), seen[1:], strict=True):
            expected = [momentum * average + (1 - momentum) * w for average, w in zip(expected, trained, strict=True)]
        for ours, theirs in zip(model.averaged_generator.get_weights(), expected, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
        assert model.averaged_discriminator is None
        means = [g.get_layer("g1-batch-norm").moving_mean for g in (model.generator, model.averaged_generator)]
        assert np.abs(means[0] - means[1]).max() > 1e-4

    def test_training_is_what_it_is_without(self, pixels):
        plain, averaged = make_model(), make_model(ema_momentum=0, d_ema_momentum=0)
        for model in (plain, averaged):
            model.fit(batches(pixels, 2), verbose=0)
        assert plain.averaged_generator is None and plain.sampling_generator is plain.generator
        assert len(averaged.trainable_variables) == len(plain.trainable_variables)
        assert plain.averaged_discriminator is None and plain.encoding_discriminator is plain.discriminator
        for network in ("generator", "discriminator"):
            average, trained = getattr(averaged, f"averaged_{network}"), getattr(averaged, network)
            for ours, theirs in zip(average.weights, trained.weights, strict=True):
                np.testing.assert_allclose(ours, theirs, atol=1e-6)
        for network in ("generator", "discriminator"):
            for ours, theirs in zip(getattr(plain, network).weights, getattr(averaged, network).weights, strict=True):
                np.testing.assert_array_equal(ours, theirs)

    def test_images_are_the_averaged_generator_s(self, pixels, tmp_path):
        model = make_model(ema_momentum=0.9)
        model.fit(batches(pixels), verbose=0)
        codes = {"digit": 1, "rotation": 0.5, "width": -0.5}
        vectors = model.latents.join(model.sample_latents(4, seed=7, **codes))
        expected = model.averaged_generator(vectors)
        assert np.abs(expected - model.generator(vectors)).max() > 1e-4
        np.testing.assert_allclose(model.generate(4, seed=7, **codes), expected, atol=1e-6)
        path = ig.export_saved_model(model, tmp_path / "served")
        served = ig.load_servable(path).generate(seed=np.arange(7, 11), **codes)
        np.testing.assert_allclose(served["images"], expected, atol=1e-6)
        assert "its average over the updates, momentum 0.9" in (path / "card.md").read_text()

    def test_codes_are_the_averaged_discriminator_s(self, pixels, tmp_path):
        model = make_model(d_ema_momentum=0.9)
        model.fit(batches(pixels), verbose=0)
        expected = model.activate_posteriors(model.averaged_discriminator(pixels))
        trained = model.activate_posteriors(model.discriminator(pixels))
        assert np.abs(expected["rotation_mean"] - trained["rotation_mean"]).max() > 1e-5
        path = ig.export_saved_model(model, tmp_path / "served")
        model.save(tmp_path / "model.keras")
        loaded = [keras.saving.load_model(tmp_path / "model.keras"), ig.load_model(path)]
        for answer in (each.encode(pixels) for each in (model, ig.load_servable(path), *loaded)):
            np.testing.assert_allclose(answer["rotation_mean"], expected["rotation_mean"], rtol=1e-3)
        assert "| discriminator | its average over the updates, momentum 0.9 |" in (path / "card.md").read_text()

    def test_wrong_momenta(self):
        with pytest.raises(ValueError, match="d_ema_momentum=1: expected None"):
            make_model(d_ema_momentum=1)
        for momentum in (1, -0.1, "0.9", float("nan"), True):
            with pytest.raises(ValueError, match=f"ema_momentum={momentum!r}: expected None, or a number from 0"):
                make_model(ema_momentum=momentum)


def test_gan_without_codes(pixels, tmp_path):
    latents = ig.LatentSpec(ig.Normal(4), {})
    model = ig.GAN(*TINY.build(latents), latents)
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), run_eagerly=True)
    history = model.fit(batches(pixels), verbose=0).history
    assert "mi" not in history
    assert model.generate(3).shape == (3, 8, 8, 1)
    model.save(tmp_path / "gan.keras")
    assert isinstance(keras.saving.load_model(tmp_path / "gan.keras"), ig.GAN)
    with pytest.raises(ValueError, match="at least one code"):
        ig.InfoGAN(model.generator, model.discriminator, latents)


def test_evaluate_learns_nothing_and_logs_the_same_quantities(pixels):
    model = make_model()
    history = model.fit(batches(pixels), verbose=0).history
    before = weights(model)
    results = model.evaluate(batches(pixels), return_dict=True, verbose=0)
    assert set(results) == set(history)
    for path, value in weights(model).items():
        np.testing.assert_array_equal(value, before[path], err_msg=path)
    assert results == model.evaluate(batches(pixels), return_dict=True, verbose=0)


def test_validation_data(pixels):
    model = make_model()
    history = model.fit(batches(pixels), validation_data=batches(pixels, 1), verbose=0).history
    results = model.evaluate(batches(pixels, 1), return_dict=True, verbose=0)
    assert {name: values[0] for name, values in history.items() if name.startswith("val_")} == {
        f"val_{name}": value for name, value in results.items()
    }
    with pytest.raises(ValueError, match="values from 0"):
        model.fit(batches(pixels), validation_data=(pixels * 255, np.zeros(16)), verbose=0)
    # 16 % 5 is one, and 16 % 8 is none.
    with pytest.raises(ValueError, match="There is a batch of one image"):
        model.fit(pixels, batch_size=8, validation_data=(pixels,), validation_batch_size=5, verbose=0)
    model.fit(pixels, batch_size=8, validation_data=(pixels[:10],), validation_batch_size=5, verbose=0)


def test_predict_gives_the_discriminator_s_outputs(model, pixels):
    outputs = model.predict(batches(pixels, 2), verbose=0)
    assert {name: value.shape for name, value in outputs.items()} == {
        "logits": (16, 1),
        "digit": (16, 3),
        "rotation": (16, 1),
        "width": (16, 4),
    }


def test_generate(untrained):
    model = untrained
    images = model.generate(6, digit=2, rotation=np.linspace(-2, 2, 6), seed=5)
    assert images.shape == (6, 8, 8, 1)
    assert images.dtype == np.float32
    assert 0 <= images.min() <= images.max() <= 1
    np.testing.assert_array_equal(images, model.generate(6, digit=2, rotation=np.linspace(-2, 2, 6), seed=5))
    assert np.any(model.generate(2) != model.generate(2))
    latents = model.sample_latents(4, seed=0, digit=[0, 1, 2, 0], noise=np.zeros((4, 5)))
    np.testing.assert_array_equal(latents["digit"].argmax(1), [0, 1, 2, 0])
    assert not latents["noise"].any()
    assert latents["width"].std() > 0


def test_seeds_of_every_integer_type(untrained):
    expected = untrained.sample_latents(2, seed=2**60 + 1)["noise"]
    np.testing.assert_array_equal(untrained.sample_latents(2, seed=np.uint64(2**60 + 1))["noise"], expected)
    assert np.any(untrained.sample_latents(2, seed=2**60)["noise"] != expected)


def test_an_image_depends_on_its_own_seed_only(untrained):
    model = untrained
    together = model.generate(3, seed=10)
    np.testing.assert_allclose(model.generate(1, seed=11)[0], together[1], atol=1e-6)
    np.testing.assert_allclose(model.generate(2, seed=[12, 10]), together[[2, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"colour": 1}, "Unknown code 'colour': this model's codes are digit, rotation, width"),
        ({"digit": 3}, "digit=3: expected a category id, an integer from 0 to 2"),
        ({"digit": [0, 1]}, r"digit has shape \(2,\).* for 4 images"),
        ({"rotation": [0.0, 1.0]}, r"rotation has shape \(2,\).* for 4 images"),
        ({"noise": np.zeros((4, 6))}, r"noise has shape \(4, 6\)"),
        ({"seed": 1.5}, "seed=1.5: expected a 64-bit integer"),
        ({"seed": [1, 2]}, "or 4 of them"),
        ({"seed": 2**63}, "expected a 64-bit integer"),
    ],
)
def test_wrong_requests_to_generate(untrained, arguments, message):
    with pytest.raises(ValueError, match=message):
        untrained.generate(4, **arguments)


def test_wrong_numbers_of_images(untrained):
    model = untrained
    for n in (0, 1.5, True):
        with pytest.raises(ValueError, match="how many images"):
            model.generate(n)


def test_encode(model, pixels):
    posteriors = model.encode(pixels, batch_size=5)
    assert {name: value.shape for name, value in posteriors.items()} == {
        "digit_probabilities": (16, 3),
        "digit_id": (16,),
        "rotation_mean": (16, 1),
        "rotation_std": (16, 1),
        "width_mean": (16, 2),
        "width_std": (16, 2),
    }
    np.testing.assert_allclose(posteriors["digit_probabilities"].sum(1), 1, rtol=1e-5)
    outputs = model.discriminator(pixels)
    np.testing.assert_allclose(posteriors["rotation_mean"], outputs["rotation"], atol=1e-6)
    for wrong in (pixels[0], pixels[..., 0], pixels[:0], np.zeros((2, 28, 28, 1))):
        with pytest.raises(ValueError, match=r"expected \(rows, 8, 8, 1\)"):
            model.encode(wrong)
    with pytest.raises(ValueError, match=r"values from .* to .*\. Expected 0 to 1\."):
        model.encode(pixels * 255)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_round_trips(policy, pixels, tmp_path):
    keras.config.set_dtype_policy(policy)
    try:
        model = make_model()
        history = model.fit(batches(pixels), verbose=0).history
        assert all(np.isfinite(values[0]) for values in history.values())
        assert {v.dtype for v in model.trainable_variables} == {"float32"}
        scaled = isinstance(model.d_optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")
        model.save(tmp_path / "model.keras")
        keras.config.set_dtype_policy("float32")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(model.encode(pixels)["width_mean"], loaded.encode(pixels)["width_mean"])
        loaded.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        assert isinstance(loaded.g_optimizer, keras.optimizers.LossScaleOptimizer) == scaled
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.slow
def test_the_keras_options_of_compile(pixels):
    def trained(**options):
        model = make_model(d_optimizer=keras.optimizers.SGD(0.1), g_optimizer=keras.optimizers.SGD(0.1), **options)
        model.fit(batches(pixels), verbose=0)
        return model

    plain = trained()
    for options in ({"steps_per_execution": 2}, {"jit_compile": True}):
        model = trained(**options)
        assert model.updates == 4
        difference = np.abs(model.generate(4, seed=0) - plain.generate(4, seed=0)).max()
        assert difference < 1e-4, options


def test_fit_takes_arrays_and_labelled_datasets(pixels):
    model = make_model()
    model.fit(pixels, batch_size=8, verbose=0)
    model.fit(tf.data.Dataset.from_tensor_slices((pixels, np.arange(16))).batch(8), verbose=0)
    assert model.updates == 4


def test_order_of_calls():
    latents = make_latents()
    model = ig.InfoGAN(*TINY.build(latents), latents)
    for method in (model.fit, model.evaluate):
        with pytest.raises(RuntimeError, match=r"Call compile\(d_optimizer=\.\.\., g_optimizer=\.\.\.\) before"):
            method(np.zeros((4, 8, 8, 1), np.float32))


def test_wrong_arguments_of_compile():
    model = make_model()
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="same object"):
        model.compile(adam, adam)
    with pytest.raises(TypeError, match="loss"):
        model.compile(keras.optimizers.Adam(), keras.optimizers.Adam(), loss="mse")
    for weight in ({"digit": 1.0}, {"digt": 1.0}, -1.0, float("inf"), "much"):
        with pytest.raises(ValueError, match="mi_weight="):
            model.compile(keras.optimizers.Adam(), keras.optimizers.Adam(), mi_weight=weight)


@pytest.mark.parametrize("refused", [{"consistency_weight": 1.0}, {"balance_weight": -1.0}, {"loss": "mse"}])
def test_a_compile_that_is_refused_changes_nothing(refused, tmp_path):
    model = make_model(mi_weight=2.0)
    before = model.get_compile_config()
    with pytest.raises((ValueError, TypeError)):
        model.compile(keras.optimizers.SGD(), keras.optimizers.SGD(), mi_weight=9.0, **refused)
    assert model.get_compile_config() == before
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").get_compile_config() == before


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_weights_in_half_precision_are_refused(policy, name):
    """In bfloat16 Adam's beta_2 of 0.999 is 1, and nothing but the float32 outputs would learn."""
    policy(name)
    with pytest.raises(ValueError, match=f"weights are {name}, .* use the policy mixed_float16"):
        make_model()


def test_losses_of_layers_are_refused():
    """They are in no objective here, and would be left out without a word."""
    latents = make_latents()
    generator, discriminator = TINY.build(latents)
    regularized = keras.layers.Conv2D(1, 1, kernel_regularizer="l2")(generator.output)
    active = keras.layers.ActivityRegularization(0.1)(generator.output)
    for output in (regularized, active):
        with pytest.raises(ValueError, match="The one's layers have losses of their own"):
            ig.InfoGAN(keras.Model(generator.input, output, name="one"), discriminator, latents)


def test_weights_of_samples_and_classes_are_refused(model, pixels):
    with pytest.raises(ValueError, match="sample_weight was given"):
        model.fit(pixels, sample_weight=np.zeros(len(pixels)), verbose=0)
    with pytest.raises(ValueError, match="class_weight was given"):
        model.fit(pixels, class_weight={0: 1.0}, verbose=0)
    with pytest.raises(ValueError, match="sample_weight was given"):
        model.evaluate(pixels, sample_weight=np.zeros(len(pixels)), verbose=0)
    weights = np.zeros(len(pixels))
    dataset = tf.data.Dataset.from_tensor_slices((pixels, weights, weights)).batch(8)
    with pytest.raises(ValueError, match="sample_weight was given"):
        model.fit(dataset, verbose=0)
    with pytest.raises(ValueError, match="sample_weight was given"):
        model.fit(pixels, validation_data=(pixels, weights, weights), verbose=0)


def test_a_part_of_the_images_is_held_out(model, pixels):
    """Of 21 images 16 train, and so no batch has one alone."""
    pixels = np.concatenate([pixels] * 3)[:21]
    history = model.fit(pixels, batch_size=4, validation_split=0.2, validation_batch_size=5, verbose=0).history
    assert np.isfinite(history["val_d_loss"]).all()
    with pytest.raises(ValueError, match="There is a batch of one image"):
        model.fit(pixels, batch_size=4, verbose=0)


def test_networks_that_do_not_fit_together():
    latents, others = make_latents(), make_latents(digit=ig.Categorical(4))
    generator, discriminator = TINY.build(latents)
    other_generator, other_discriminator = TINY.build(others)
    with pytest.raises(ValueError, match="build it for this LatentSpec"):
        ig.InfoGAN(other_generator, discriminator, latents)
    with pytest.raises(ValueError, match="The discriminator's outputs are"):
        ig.InfoGAN(generator, other_discriminator, latents)
    with pytest.raises(ValueError, match="The generator makes"):
        ig.InfoGAN(TINY.build(latents, channels=3)[0], discriminator, latents)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            np.zeros((4, 9, 8, 1), np.float32),
            r"shape \(\w+, 9, 8, 1\).*Expected float images of shape \(batch, 8, 8, 1\)",
        ),
        (np.zeros((4, 8, 8, 3), np.float32), r"shape \(\w+, 8, 8, 3\)"),
        (np.zeros((4, 8, 8), np.float32), r"not batched: its images have shape \(\w+, 8, 8\)"),
        (np.zeros((4, 8, 8, 1), np.uint8), "images are uint8"),
        (np.zeros(4, np.int64), "labels only"),
        (np.zeros((0, 8, 8, 1), np.float32), "is empty"),
        (np.zeros((1, 8, 8, 1), np.float32), "at least two"),
        (np.full((4, 8, 8, 1), 255, np.float32), r"values from 255 to 255.*in \[0, 1\]"),
        (np.full((4, 8, 8, 1), -1, np.float32), "values from -1 to -1"),
        (np.full((4, 8, 8, 1), np.nan, np.float32), "values from nan to nan"),
    ],
)
@pytest.mark.parametrize("kind", ["array", "dataset", "labelled dataset"])
def test_wrong_data_is_refused_before_the_first_step(untrained, data, message, kind):
    if kind != "array":
        dataset = tf.data.Dataset.from_tensor_slices(data)
        if kind == "labelled dataset":
            dataset = tf.data.Dataset.zip(dataset, tf.data.Dataset.range(len(data)))
        data = dataset.batch(8)
    with pytest.raises(ValueError, match=message):
        untrained.fit(data, verbose=0)
    assert untrained.updates == 0


def test_a_tanh_generator_is_not_trained_on_images_from_zero_to_one(pixels):
    tanh = dataclasses.replace(TINY, image_range=(-1, 1))
    model = make_model(architecture=tanh)
    latents = model.latents
    for architecture, wrong in ((tanh, (0, 1)), (TINY, (-1, 1)), (TINY, (1, 0)), (TINY, (0, 255))):
        with pytest.raises(ValueError, match="image_range="):
            ig.InfoGAN(*architecture.build(latents), latents, image_range=wrong)
    with pytest.raises(ValueError, match=r"no negative value.*in \[-1, 1\]"):
        model.fit(batches(pixels), verbose=0)


def test_batches_of_one(model, pixels):
    for data, options in ((pixels, {"batch_size": 1}), (pixels[:9], {"batch_size": 8}), (batches(pixels, 2, 1), {})):
        with pytest.raises(ValueError, match="There is a batch of one image"):
            model.fit(data, verbose=0, **options)
    data = tf.data.Dataset.from_tensor_slices(pixels[:9]).batch(8)
    with pytest.raises(ValueError, match="drop_remainder=True"):
        model.fit(data, verbose=0)


def test_endless_data_needs_steps(untrained, pixels):
    data = ig.datasets.images.load(pixels, (8, 8, 1), batch_size=8)
    with pytest.raises(ValueError, match="repeats for ever: pass steps_per_epoch"):
        untrained.fit(data, verbose=0)
    with pytest.raises(ValueError, match="repeats for ever: pass steps, "):
        untrained.evaluate(data, verbose=0)


def test_data_whose_size_is_unknown_until_it_is_read(untrained):
    data = tf.data.Dataset.from_generator(
        lambda: iter([np.zeros((4, 9, 9, 1))]), output_signature=tf.TensorSpec((None, None, None, 1))
    )
    with pytest.raises(ValueError, match=r"shape \(4, 9, 9, 1\)"):
        untrained.fit(data, verbose=0)
    with pytest.raises(ValueError, match="The data is a list"):
        untrained.fit([np.zeros((4, 8, 8, 1))], verbose=0)


def test_wrong_seeds():
    template = make_model()
    for seed in (-1, 2**31, 1.5, None):
        with pytest.raises(ValueError, match="expected an integer from 0"):
            ig.InfoGAN(template.generator, template.discriminator, template.latents, seed=seed)


def test_a_dataset_of_dicts_is_refused(model, pixels):
    with pytest.raises(ValueError, match="elements are"):
        model.fit(tf.data.Dataset.from_tensor_slices({"image": pixels}).batch(4), verbose=0)


def test_callbacks_for_one_optimizer(model, pixels):
    for callback in (
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        keras.callbacks.ReduceLROnPlateau("d_loss"),
        keras.callbacks.SwapEMAWeights(),
    ):
        with pytest.raises(ValueError, match=f"{type(callback).__name__} works on one optimizer"):
            model.fit(batches(pixels), callbacks=[callback], verbose=0)


@pytest.mark.slow
def test_gradients_can_be_accumulated(pixels, tmp_path):
    model = make_model(d_optimizer=ig.optimizers.Adam(1e-3, gradient_accumulation_steps=2))
    model.fit(batches(pixels), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name, value in weights(model).items():
        np.testing.assert_array_equal(weights(loaded)[name], value, err_msg=name)


def test_outputs_in_half_precision_are_refused(policy, latents):
    policy("mixed_bfloat16")
    generator, discriminator = TINY.build(latents)
    narrow = keras.Model(generator.input, keras.layers.Rescaling(1.0)(generator.output), name="narrow")
    with pytest.raises(ValueError, match="The narrow's outputs are bfloat16"):
        ig.InfoGAN(narrow, discriminator, latents)
