"""Data that only a step sees: from generators, in later batches, by `train_on_batch`. It holds compiled and eagerly."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents, make_model

import infogan_keras as ig

OPTIONS = [{"run_eagerly": False}, {"run_eagerly": True}, pytest.param({"jit_compile": True}, marks=pytest.mark.slow)]
BAD = {
    "bytes": lambda x: (x * 255).astype(np.uint8),
    "0 to 255": lambda x: x * 255,
    "-1 to 1": lambda x: 2 * x - 1,
    "NaN": lambda x: np.where(np.arange(8).reshape(8, 1, 1, 1) == 3, np.nan, x),
    "infinite": lambda x: np.where(np.arange(8).reshape(8, 1, 1, 1) == 3, np.inf, x),
}


def finite(model):
    return all(np.isfinite(variable.numpy()).all() for variable in model.variables)


def generator(*batches):
    yield from (batch if isinstance(batch, tuple) else (batch,) for batch in batches)


@pytest.mark.parametrize("values", BAD)
def test_generators(pixels, values):
    model = make_model(run_eagerly=values != "NaN")
    bad = BAD[values](pixels[:8]).astype(np.uint8 if values == "bytes" else np.float32)
    with pytest.raises(ValueError, match=r"[Ee]xpected floats from 0 to 1"):
        model.fit(generator(pixels[:8], bad), verbose=0)
    assert finite(model)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_bad_batch_after_those_that_are_looked_at(pixels, options):
    model = make_model(**options)
    images = np.tile(pixels, (36, 1, 1, 1))
    bad = images.copy()
    bad[555] = np.nan
    data = {name: tf.data.Dataset.from_tensor_slices(x).batch(64) for name, x in (("good", images), ("bad", bad))}
    with pytest.raises(ValueError, match="out of range, or NaN"):
        model.fit(data["bad"], verbose=0)
    assert finite(model)
    # What was found is told once: good data trains.
    model.fit(data["good"], steps_per_epoch=1, verbose=0)


def test_train_on_batch(model, pixels):
    with pytest.raises(ValueError, match="out of range, or NaN"):
        model.train_on_batch(pixels * 255)
    assert "d_loss" in model.train_on_batch(pixels, return_dict=True)


def test_validation_from_a_generator(model, pixels):
    with pytest.raises(ValueError, match="out of range, or NaN"):
        model.evaluate(generator(pixels[:8] * 255), verbose=0)


def test_py_datasets(pixels):
    model = make_model()

    class Images(keras.utils.PyDataset):
        def __init__(self, batches):
            super().__init__()
            self.batches = batches

        def __len__(self):
            return len(self.batches)

        def __getitem__(self, index):
            return self.batches[index]

    model.fit(Images([pixels[:8], pixels[8:]]), verbose=0)
    with pytest.raises(ValueError, match="out of range, or NaN"):
        model.fit(Images([pixels[:8], 255 * pixels[8:]]), verbose=0)
    with pytest.raises(ValueError, match="The PyDataset gives a list"):
        model.fit(Images([[pixels[:8], np.zeros(8)]]), verbose=0)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_last_batch_of_one(pixels, options):
    with pytest.raises(ValueError, match="There is a batch of one image"):
        make_model(**options).fit(tf.data.Dataset.from_tensor_slices(pixels[:9]).batch(8), verbose=0)


class TestLabels:
    def model(self, **options):
        keras.utils.set_random_seed(0)
        model = ig.ACGAN.from_architecture(TINY, make_latents())
        model.compile(ig.optimizers.Adam(1e-3), ig.optimizers.Adam(1e-3), **options)
        return model

    @pytest.mark.parametrize("options", OPTIONS, ids=str)
    def test_out_of_range_after_the_first_batch(self, pixels, options):
        labels = np.arange(16) % 3
        labels[12] = 3
        data = tf.data.Dataset.from_tensor_slices((pixels, labels)).batch(8, drop_remainder=True)
        with pytest.raises(ValueError, match="labels that are not integers from -1"):
            self.model(**options).fit(data, verbose=0)

    @pytest.mark.parametrize("labels", [np.full(8, 0.7, np.float32), np.full(8, np.nan, np.float32), np.full(8, 5)])
    def test_of_generators(self, pixels, labels):
        with pytest.raises(ValueError, match="labels that are not integers from -1"):
            self.model(run_eagerly=True).fit(generator((pixels[:8], labels)), verbose=0)

    @pytest.mark.parametrize("run_eagerly", [False, True])
    @pytest.mark.parametrize(
        "labels", [np.array([1]), np.zeros(4, int), np.zeros(9, int), np.zeros((8, 1), int), np.zeros((4, 2), int)]
    )
    def test_of_other_shapes(self, pixels, labels, run_eagerly):
        """A graph for a generator's batches, of any number of rows, can tell only when it runs."""
        with pytest.raises(ValueError, match="one integer per image"):
            self.model(run_eagerly=run_eagerly).fit(generator((pixels[:8], labels)), steps_per_epoch=1, verbose=0)


class TestLayersThatDraw:
    """D has a layer of noise, as in the paper's successors; its draws are of the seed and the update."""

    def model(self, stddev=0.5):
        keras.utils.set_random_seed(0)
        latents = make_latents()
        generator, discriminator = TINY.build(latents)
        inputs = keras.Input((8, 8, 1))
        noisy = keras.layers.GaussianNoise(stddev, seed=1)(inputs)
        model = ig.InfoGAN(generator, keras.Model(inputs, discriminator(noisy), name="discriminator"), latents)
        model.compile(ig.optimizers.Adam(1e-3), ig.optimizers.Adam(1e-3))
        return model

    def test_every_call_of_an_update_draws_anew(self, pixels):
        model = self.model()
        images = tf.constant(pixels)
        calls = [(step, index) for step in (0, 1) for index in (0, 1)]
        outputs = [model._discriminate(images, *call)["logits"].numpy() for call in calls]
        for i, first in enumerate(outputs):
            np.testing.assert_array_equal(first, model._discriminate(images, *calls[i])["logits"])
            assert all(np.abs(first - other).max() > 1e-4 for other in outputs[i + 1 :])
        model._updates.assign_add(1)
        assert np.abs(model._discriminate(images, *calls[0])["logits"] - outputs[0]).max() > 1e-4

    def test_resumed_bit_by_bit(self, pixels, tmp_path):
        model = self.model()
        model.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        model.save(tmp_path / "model.keras")
        resumed = keras.saving.load_model(tmp_path / "model.keras")
        for each in (model, resumed):
            each.fit(pixels, batch_size=8, verbose=0, shuffle=False)
        for ours, theirs in zip(
            model.discriminator.trainable_variables, resumed.discriminator.trainable_variables, strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


def test_averages_of_an_optimizer_are_in_the_weights_at_the_end(pixels):
    def adam():
        return ig.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9)

    model = make_model(d_optimizer=adam(), g_optimizer=adam())
    model.fit(pixels, batch_size=8, epochs=2, verbose=0)
    for optimizer, network in ((model.d_optimizer, model.discriminator), (model.g_optimizer, model.generator)):
        averages = optimizer._model_variables_moving_average
        for weight, average in zip(network.trainable_variables, averages, strict=True):
            np.testing.assert_array_equal(weight, average)


class TestWeightsOfAnotherModel:
    def model(self, *names, variant="paper"):
        latents = make_latents(**{name: ig.Uniform(1) for name in names})
        return ig.InfoGAN.from_architecture(TINY, latents, variant=variant)

    def test_codes_in_another_order(self, tmp_path):
        self.model("x", "y").save_weights(tmp_path / "m.weights.h5")
        with pytest.raises(ValueError, match="weights are of a model with other codes"):
            self.model("y", "x").load_weights(tmp_path / "m.weights.h5")
        self.model("x", "y").load_weights(tmp_path / "m.weights.h5")

    @pytest.mark.filterwarnings("ignore:Skipping nested container")
    def test_another_variant(self, tmp_path):
        self.model("x").save_weights(tmp_path / "m.weights.h5")
        with pytest.raises(ValueError, match="weights are of a model with other discriminator"):
            self.model("x", variant="openai").load_weights(tmp_path / "m.weights.h5")


class TestNetworks:
    def networks(self, **outputs):
        latents = make_latents(x=ig.Uniform(1))
        generator, discriminator = TINY.build(latents)
        changed = {**discriminator.output, **{name: make(discriminator.output[name]) for name, make in outputs.items()}}
        return generator, keras.Model(discriminator.input, changed), latents

    def test_an_activation_on_the_logits(self):
        with pytest.raises(ValueError, match="The logits end in a sigmoid"):
            ig.InfoGAN(*self.networks(logits=keras.layers.Activation("sigmoid")))

    def test_a_linear_generator(self):
        generator, discriminator, latents = self.networks()
        linear = keras.Model(generator.input, keras.layers.Conv2D(1, 1)(generator.output))
        with pytest.raises(ValueError, match="The generator ends in a linear layer"):
            ig.InfoGAN(linear, discriminator, latents)

    def test_subclassed_and_unbuilt_networks(self):
        class Mine(keras.Model):
            pass

        _, discriminator, latents = self.networks()
        for network in (Mine(), keras.Sequential([keras.layers.Dense(64)])):
            with pytest.raises(ValueError, match=r"expected a functional or Sequential keras\.Model that is built"):
                ig.InfoGAN(network, discriminator, latents)

    def test_channels_first(self):
        generator, discriminator, latents = self.networks()
        keras.config.set_image_data_format("channels_first")
        try:
            with pytest.raises(ValueError, match="set_image_data_format"):
                ig.InfoGAN(generator, discriminator, latents)
            with pytest.raises(ValueError, match="set_image_data_format"):
                TINY.build(latents)
        finally:
            keras.config.set_image_data_format("channels_last")


def test_hdf5_is_refused_before_anything_is_written(model, tmp_path):
    with pytest.raises(ValueError, match=r"expected a \.keras file"):
        model.save(tmp_path / "m.h5")
    assert not list(tmp_path.iterdir())


def test_n_by_name(model):
    assert model.generate(n=3).shape == (3, 8, 8, 1)


@pytest.mark.parametrize(("enabled", "said", "off"), [(False, None, True), (True, None, False), (False, "0", False)])
def test_where_onednn_is_left_off(monkeypatch, enabled, said, off):
    from tensorflow.python.util import _pywrap_util_port

    from infogan_keras.models import _duties

    monkeypatch.setattr(_pywrap_util_port, "IsMklEnabled", lambda: enabled)
    monkeypatch.setattr(_duties.platform, "machine", lambda: "x86_64")
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    if said:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", said)
    assert _duties.leaves_onednn_off() == off


def test_a_run_says_that_onednn_is_off(model, pixels, monkeypatch):
    from infogan_keras.models import _duties

    monkeypatch.setattr(_duties, "leaves_onednn_off", lambda: True)
    with pytest.warns(UserWarning, match="Set TF_ENABLE_ONEDNN_OPTS=1 in the environment"):
        model.fit(pixels, batch_size=8, verbose=0)
