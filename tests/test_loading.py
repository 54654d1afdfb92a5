"""Models that are opened again: by name, from a run, a `.keras` file or a servable."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from helpers import TINY, make_latents, make_model

import infogan_keras as ig

OLD = Path(__file__).parent / "data" / "old_servable"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A model whose generator is averaged, after two updates, and its servable."""
    model = make_model(ema_momentum=0.9)
    model.fit(np.random.default_rng(0).uniform(size=(16, 8, 8, 1)), batch_size=8, verbose=0)
    return model, ig.export_saved_model(model, tmp_path_factory.mktemp("written") / "tiny")


def own_networks(latents):
    """Networks that are not the paper's: nested, with automatic names, and one that draws."""
    vectors = keras.Input((latents.size,))
    hidden = keras.Sequential([keras.layers.Dense(12), keras.layers.BatchNormalization(), keras.layers.ReLU()])
    pixels = keras.layers.Dense(64, "sigmoid")(hidden(vectors))
    images = keras.Input((8, 8, 1))
    trunk = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(9, "relu"), keras.layers.Dropout(0.2)])
    features = trunk(images)
    outputs = {name: keras.layers.Dense(code.posterior_size)(features) for name, code in latents.codes.items()}
    outputs["logits"] = keras.layers.Dense(1)(features)
    return keras.Model(vectors, keras.layers.Reshape((8, 8, 1))(pixels)), keras.Model(images, outputs)


def assert_same(loaded, model, pixels, atol=0.0):
    latents = model.sample_latents(5, seed=0)
    np.testing.assert_allclose(loaded.decode(latents), model.decode(latents), atol=atol)
    read = model.encode(pixels)
    for name, values in loaded.encode(pixels).items():
        np.testing.assert_allclose(values, read[name], atol=atol)


class TestServables:
    def test_what_was_exported_is_opened(self, written, pixels):
        model, path = written
        loaded = ig.load_model(path.parent)
        assert type(loaded) is ig.InfoGAN and loaded.latents == model.latents and loaded.updates == 2
        assert_same(loaded, model, pixels)
        # The average is what was written, and what training goes on from.
        for ours, averaged in zip(loaded.generator.weights, model.averaged_generator.weights, strict=True):
            np.testing.assert_array_equal(ours, averaged)

    def test_it_trains_once_compiled_and_is_exported_again(self, written, tmp_path, pixels):
        model, path = written
        loaded = ig.load_model(path, version=None)
        with pytest.raises(RuntimeError, match="compile"):
            loaded.fit(pixels, batch_size=8, verbose=0)
        again = ig.load_model(ig.export_saved_model(loaded, tmp_path / "again"))
        assert_same(again, model, pixels)
        loaded.compile(ig.optimizers.Adam(1e-3), ig.optimizers.Adam(1e-3))
        loaded.fit(pixels, batch_size=8, verbose=0)
        assert loaded.updates == 4

    def test_float16_is_float32_again(self, written, tmp_path, pixels):
        model, _ = written
        model.export(tmp_path / "half", storage="float16")
        loaded = ig.load_model(tmp_path / "half")
        assert {weight.dtype for weight in loaded.generator.weights} == {"float32"}
        assert_same(loaded, model, pixels, atol=2e-3)

    def test_other_networks_and_classes(self, tmp_path, pixels):
        latents = make_latents()
        model = ig.ACGAN(*own_networks(latents), latents)
        model.export(tmp_path / "own")
        loaded = ig.load_model(tmp_path / "own")
        assert type(loaded) is ig.ACGAN
        assert_same(loaded, model, pixels)

    def test_layers_without_a_config_are_exported_and_cannot_be_opened_again(self, tmp_path):
        class Scaled(keras.layers.Layer):
            def __init__(self, scale):
                super().__init__()
                self.scale = scale

            def call(self, values):
                return self.scale(values)

        latents = make_latents()
        generator, discriminator = TINY.build(latents)
        generator = keras.Model(generator.input, Scaled(lambda values: values / 2)(generator.output))
        ig.InfoGAN(generator, discriminator, latents).export(tmp_path / "own")
        assert ig.load_servable(tmp_path / "own").generate(2)["images"].max() <= 0.5
        with pytest.raises(ValueError, match=r"has no model\.json"):
            ig.load_model(tmp_path / "own")

    def test_classes_that_are_not_registered(self, tmp_path):
        class Own(keras.layers.ReLU):
            pass

        latents = make_latents()
        generator, discriminator = TINY.build(latents)
        generator = keras.Model(generator.input, Own()(generator.output))
        ig.InfoGAN(generator, discriminator, latents).export(tmp_path / "own")
        with pytest.raises(ValueError, match="Could not locate class 'Own'") as error:
            ig.load_model(tmp_path / "own")
        assert len(str(error.value)) < 500

    @pytest.mark.parametrize(
        ("name", "content"),
        [("model.json", b"{"), ("model.json", b'{"model": null}'), ("variables/variables.index", b"")],
    )
    def test_damaged_files(self, written, tmp_path, name, content):
        path = shutil.copytree(written[1], tmp_path / "1")
        (path / name).write_bytes(content)
        with pytest.raises(ValueError, match="1 cannot be read as a model"):
            ig.load_model(path)

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"codes": {"digit": {"distribution": "Dice"}}}, "Dice"),
            ({"expects": {"brightness": {"mean": 0.1, "sTd": 0.1}, "logit": {"mean": 0, "std": 1}}}, "std"),
            ({"expects": {"brightness": {"mean": 0.1, "std": 0.1}}}, "logit"),
        ],
    )
    def test_damaged_latents(self, written, tmp_path, changes, named):
        path = shutil.copytree(written[1], tmp_path / "1")
        described = json.loads((path / "latents.json").read_text())
        (path / "latents.json").write_text(json.dumps(described | changes))
        with pytest.raises(ValueError, match=rf"latents\.json is damaged .*{named}"):
            ig.load_servable(path)


class TestOtherSources:
    def test_files_and_runs(self, tmp_path, pixels):
        model = make_model()
        run = tmp_path / "run"
        run.mkdir()
        model.save(run / "model.keras")
        for source in (run, str(run), run / "model.keras"):
            assert_same(ig.load_model(source), model, pixels)
        with pytest.raises(ValueError, match="only a servable has versions"):
            ig.load_model(run, version=1)
        (run / "model.keras").unlink()
        (run / "checkpoints").mkdir()
        with pytest.raises(FileNotFoundError, match=r"has not finished: ig\.runs\.resume\("):
            ig.load_model(run)

    def test_what_is_no_model(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"no model or path 'mnits'\. Did you mean mnist"):
            ig.load_model("mnits")
        with pytest.raises(FileNotFoundError, match="no model or path"):
            ig.load_servable(tmp_path / "none")
        with pytest.raises(FileNotFoundError, match="expected a SavedModel or versions of one"):
            ig.load_model(tmp_path)
        (tmp_path / "text.keras").write_text("text")
        with pytest.raises(ValueError, match=r"text\.keras cannot be read as a model"):
            ig.load_model(tmp_path / "text.keras")
        keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
        with pytest.raises(ValueError, match="holds a Sequential: expected an InfoGAN or a GAN"):
            ig.load_model(tmp_path / "other.keras")


class TestVersion01:
    """A servable that version 0.1 wrote."""

    def test_it_is_used_and_says_why_it_is_not_opened(self):
        servable = ig.load_servable(OLD)
        code = next(iter(servable.latents.codes))
        images = servable.generate(3, seed=0, **{code: 0})["images"]
        answer = servable.encode(images)
        assert answer["valid"].all() and "typical" not in answer
        with pytest.raises(ValueError, match=r"before version 0\.2"):
            ig.load_model(OLD)

    def test_without_a_description(self, tmp_path):
        shutil.copytree(OLD / "1", tmp_path / "1")
        (tmp_path / "1" / "latents.json").unlink()
        servable, whole = ig.load_servable(tmp_path), ig.load_servable(OLD)
        drawn = {name: value for name, value in whole._request(3, 0, {}).items() if name != "seed"}
        images = servable.generate(seed=0, **drawn)["images"]
        np.testing.assert_array_equal(images, whole.generate(3, seed=0)["images"])


class TestShippedModel:
    def test_it_is_what_its_servable_is(self):
        assert list(ig.export.shipped_models()) == ["mnist"]
        model, servable = ig.load_model("mnist"), ig.load_servable("mnist")
        assert model.latents == servable.latents
        latents = model.sample_latents(8, seed=0, digit=range(8))
        images = model.decode(latents)
        np.testing.assert_allclose(servable.decode(latents), images, atol=1e-6)
        served = servable.encode(images)
        for name, values in model.encode(images).items():
            np.testing.assert_allclose(served[name], values, atol=1e-6)
        np.testing.assert_array_equal(served["digit_id"], range(8))
