import dataclasses
import functools
import io
import json
import shutil
import threading
from pathlib import Path

import keras
import numpy as np
import openvino
import pytest
import tensorflow as tf
from google.protobuf import text_format
from helpers import TINY, make_latents, make_model
from PIL import Image
from tensorflow_serving.apis import prediction_log_pb2
from tensorflow_serving.config import model_server_config_pb2

import infogan_keras as ig
from infogan_keras import _decoding
from infogan_keras.export import serving, versions
from infogan_keras.models import _signatures

CODES = {
    "digit": [0, 1, 2, 0],
    "rotation": [[0.0], [0.5], [-2.0], [0.0]],
    "width": [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]],
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = make_model()
    path = ig.export_saved_model(model, tmp_path_factory.mktemp("export") / "tiny", metadata={"data": "noise"})
    return model, ig.load_servable(path)


def png(pixels, mode=None):
    return encoded(Image.fromarray(pixels) if mode is None else Image.fromarray(pixels).convert(mode), "png")


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


class TestSignatures:
    def test_names_shapes_and_types(self, exported):
        _, servable = exported
        loaded = tf.saved_model.load(str(servable.path)).signatures
        assert set(loaded) == {"serving_default", *_signatures.SIGNATURES}
        shapes = {
            name: {key: tuple(spec.shape) for key, spec in specs.items()} for name, specs in servable.inputs.items()
        }
        assert shapes["serving_default"] == shapes["generate"] == shapes["generate_png"]
        assert shapes["generate"] == {"seed": (None,), "digit": (None,), "rotation": (None, 1), "width": (None, 2)}
        assert servable.inputs["generate"]["digit"].dtype == servable.inputs["generate"]["seed"].dtype == tf.int64
        assert shapes["from_latents"] == {
            "noise": (None, 5),
            "digit": (None, 3),
            "rotation": (None, 1),
            "width": (None, 2),
        }
        assert shapes["encode"] == {"images": (None, 8, 8, 1)}
        assert shapes["encode_bytes"] == {"image_bytes": (None,)}
        for signature in loaded.values():
            assert signature.structured_outputs["valid"].dtype == tf.bool
            assert {spec.shape[0] for spec in signature.structured_outputs.values()} == {None}

    def test_served_images_are_the_generated_ones(self, exported):
        model, servable = exported
        latents = model.sample_latents(4, seed=0)
        np.testing.assert_allclose(servable.from_latents(**latents)["images"], model.decode(latents), atol=1e-6)
        served = servable.generate(seed=[7, 8, 9, 7], **CODES)
        assert served["valid"].all()
        np.testing.assert_allclose(served["images"], model.generate(4, seed=[7, 8, 9, 7], **CODES), atol=1e-6)
        np.testing.assert_allclose(served["images"][0], served["images"][3], atol=1e-6)

    def test_an_image_depends_on_its_own_row_alone(self, exported):
        _, servable = exported
        together = servable.generate(seed=range(4), **CODES)["images"]
        for row in range(4):
            alone = servable.generate(seed=[row], **{name: values[row : row + 1] for name, values in CODES.items()})
            np.testing.assert_allclose(alone["images"][0], together[row], atol=1e-6)

    def test_png_files_hold_the_images(self, exported):
        _, servable = exported
        images = servable.generate(seed=range(4), **CODES)["images"]
        files = servable.generate_png(seed=range(4), **CODES)["png_bytes"]
        pixels = np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])
        np.testing.assert_allclose(pixels[..., np.newaxis] / 255, images, atol=0.5 / 255 + 1e-6)

    def test_served_codes_are_the_encoded_ones(self, exported, pixels):
        model, servable = exported
        served, ours = servable.encode(images=pixels), model.encode(pixels)
        assert served.pop("valid").all()
        assert set(served) == set(ours)
        for name in ours:
            np.testing.assert_allclose(served[name], ours[name], atol=1e-6)

    @pytest.mark.parametrize("image_range", [(-1, 1), (0, 1)])
    def test_images_are_between_zero_and_one_whatever_the_range(self, tmp_path, pixels, image_range):
        model = make_model(architecture=dataclasses.replace(TINY, image_range=image_range, image_shape=(8, 8, 3)))
        model.export(tmp_path / "model", signatures=["from_latents", "encode"])
        servable = ig.load_servable(tmp_path / "model")
        low, high = image_range
        latents = model.sample_latents(3, seed=0)
        served = servable.from_latents(**latents)["images"]
        np.testing.assert_allclose(served * (high - low) + low, model.decode(latents), atol=1e-6)
        colour = np.repeat(pixels, 3, -1)
        read = model.encode(colour * (high - low) + low)
        np.testing.assert_allclose(servable.encode(images=colour)["width_mean"], read["width_mean"], atol=1e-6)

    def test_categories_in_order_and_angles(self, tmp_path, pixels):
        latents = make_latents(kind=ig.Categorical(3, names=("a", "b", "c"), order=(2, 0, 1)), turn=ig.Circular())
        model = make_model(latents)
        servable = ig.load_servable(ig.export_saved_model(model, tmp_path / "tiny"))
        assert servable.latents == latents
        for given in ({}, {"kind": "b", "turn": 90}, {"kind": [0, 1, 2], "turn": [0, 120, 240]}):
            images = servable.generate(3, seed=1, **given)["images"]
            np.testing.assert_allclose(images, model.generate(3, seed=1, **given), atol=1e-5)
        ours = model.encode(pixels)
        for name, values in servable.encode(pixels).items():
            if name != "valid" and values.dtype.kind != "U":
                np.testing.assert_allclose(values, ours[name], atol=1e-3)

    def test_every_kind_of_code(self, tmp_path):
        latents = make_latents(kind=ig.Categorical(2), flags=ig.Bernoulli(2), size=ig.Normal(1))
        model = make_model(latents)
        model.export(tmp_path / "model", signatures=["generate"])
        served = ig.load_servable(tmp_path / "model")(
            "generate", seed=[1, 2, 3], kind=[0, 1, 1], flags=[[0, 1], [1, 1], [0.5, 0]], size=0.5
        )
        assert served["valid"].tolist() == [True, True, False]
        ours = model.generate(2, seed=[1, 2], kind=[0, 1], flags=[[0, 1], [1, 1]], size=0.5)
        np.testing.assert_allclose(served["images"][:2], ours, atol=1e-6)

    def test_a_gan_without_codes(self, tmp_path):
        latents = ig.LatentSpec(ig.Normal(4), {})
        path = ig.export_saved_model(ig.GAN(*TINY.build(latents), latents), tmp_path / "gan")
        servable = ig.load_servable(path)
        assert set(servable.inputs) == {"serving_default", "generate", "generate_png", "from_latents"}
        assert servable.generate(seed=[1, 2])["images"].shape == (2, 8, 8, 1)
        assert "without codes" in (path / "card.md").read_text()

    def test_one_copy_of_the_weights_and_half_of_it_in_float16(self, tmp_path):
        table = dataclasses.replace(
            TINY, trunk=(*TINY.trunk[:-1], *[dataclasses.replace(TINY.trunk[-1], units=(400,))])
        )
        model = make_model(architecture=table)
        weights = 4 * sum(
            int(np.prod(weight.shape)) for weight in model.generator.weights + model.discriminator.weights
        )
        sizes = {}
        for storage in _signatures.STORAGES:
            model.export(tmp_path / storage, storage=storage)
            sizes[storage] = sum(path.stat().st_size for path in (tmp_path / storage / "variables").glob("*.data*"))
        assert weights < sizes["float32"] < weights + 10_000
        assert sizes["float16"] < 0.6 * sizes["float32"]
        drawn = model.sample_latents(4, seed=0)
        served = ig.load_servable(tmp_path / "float16").from_latents(**drawn)["images"]
        np.testing.assert_allclose(served, model.decode(drawn), atol=2e-3)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["from_latents", "encode"])
    def test_another_runtime_agrees(self, exported, tmp_path, pixels, name):
        model, servable = exported
        model.export(tmp_path / "model", signatures=[name])
        compiled = openvino.compile_model(
            openvino.convert_model(tmp_path / "model"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
        )
        inputs = model.sample_latents(4, seed=0) if name == "from_latents" else {"images": pixels}
        answer = {output.any_name: value for output, value in compiled(inputs).items()}
        for key, value in servable(name, **inputs).items():
            np.testing.assert_allclose(answer[key], value, atol=1e-5)

    def test_wrong_arguments(self, tmp_path, model):
        with pytest.raises(ValueError, match="storage='int8': expected one of float32, float16"):
            model.export(tmp_path / "model", storage="int8")
        with pytest.raises(ValueError, match=r"signatures=\['decode'\]: this model has generate, generate_png"):
            model.export(tmp_path / "model", signatures=["decode"])
        with pytest.raises(TypeError, match="format"):
            model.export(tmp_path / "model", format="onnx")
        (tmp_path / "model").mkdir()
        with pytest.raises(FileExistsError, match="nothing is overwritten"):
            model.export(tmp_path / "model")
        with pytest.raises(FileExistsError, match="nothing is overwritten"):
            ig.export.write_saved_model(model, tmp_path / "model")


class TestRows:
    """A bad row is answered by zeros and leaves its neighbours alone; any number of rows is answered."""

    @pytest.mark.parametrize("signature", ["generate", "generate_png"])
    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("digit", 3),
            ("digit", -1),
            ("rotation", np.nan),
            ("rotation", np.inf),
            ("width", np.nan),
        ],
    )
    def test_bad_codes(self, exported, signature, code, value):
        _, servable = exported
        inputs = {"seed": np.arange(4), **{name: np.array(values) for name, values in CODES.items()}}
        good = servable(signature, **inputs)
        inputs[code][1] = value
        answer = servable(signature, **inputs)
        assert answer.pop("valid").tolist() == [True, False, True, True]
        (values,) = answer.values()
        assert np.all(values[1] == (b"" if signature == "generate_png" else 0))
        (expected,) = (good[key] for key in answer)
        for row in (0, 2, 3):
            np.testing.assert_array_equal(values[row], expected[row])

    def test_numbers_that_may_overflow_leave_no_nan(self, exported):
        _, servable = exported
        answer = servable.generate(seed=[0, 1], digit=0, rotation=[0.0, 3e38], width=[[0, 0], [3e38, 3e38]])
        assert np.isfinite(answer["images"]).all() and answer["valid"][0]

    def test_bad_latents(self, exported):
        model, servable = exported
        latents = model.sample_latents(3, seed=0)
        latents["noise"][1, 2] = np.nan
        answer = servable.from_latents(**latents)
        assert answer["valid"].tolist() == [True, False, True]
        assert np.isfinite(answer["images"]).all() and not answer["images"][1].any()

    @pytest.mark.parametrize("value", [np.nan, 1.1, -0.1, 255])
    def test_bad_images(self, exported, pixels, value):
        _, servable = exported
        good = servable("encode", images=pixels)
        spoiled = pixels.copy()
        spoiled[5, 3, 3, 0] = value
        answer = servable("encode", images=spoiled)
        assert answer["valid"].tolist() == [row != 5 for row in range(16)]
        for name, values in answer.items():
            assert not values[5].any()
            # Not bit for bit: on some processors the last bit of a product depends on how the batch is divided.
            np.testing.assert_allclose(np.delete(values, 5, 0), np.delete(good[name], 5, 0), rtol=1e-5)

    def test_bad_files(self, exported):
        _, servable = exported
        whole = png(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)
        jpeg = encoded(Image.new("L", (64, 64), 99), "jpeg")
        huge = encoded(Image.new("1", (30_000, 30_000)), "png")
        bad = [b"", b"text", whole[:-20], whole[:20], jpeg[: len(jpeg) // 2], b"\x89PNG\r\n\x1a\n", huge, b"GIF89a"]
        files = [file for one in bad for file in (one, whole)]
        answer = servable.encode_bytes(image_bytes=files)
        assert answer["valid"].tolist() == [False, True] * len(bad)
        alone = servable.encode_bytes(image_bytes=[whole])
        for name, values in answer.items():
            assert not values[::2].any()
            np.testing.assert_allclose(values[1::2], np.repeat(alone[name], len(bad), 0), atol=1e-6)

    @pytest.mark.parametrize("channels", [1, 3])
    def test_files_of_all_kinds_are_read_as_training_images_are(self, tmp_path, channels):
        model = make_model(architecture=dataclasses.replace(TINY, image_shape=(8, 8, channels)))
        model.export(tmp_path / "model", signatures=["encode_bytes"])
        colour = np.random.default_rng(0).integers(0, 256, (21, 34, 4), np.uint8)
        pictures = {mode: Image.fromarray(colour).convert(mode) for mode in ("L", "LA", "P", "RGB", "RGBA")}
        files = [encoded(picture, "png") for picture in pictures.values()]
        arrays = [np.asarray(picture.convert("RGB") if mode == "P" else picture) for mode, picture in pictures.items()]
        for mode in ("L", "RGB"):
            files.append(encoded(pictures[mode], "jpeg", quality=95))
            arrays.append(np.asarray(Image.open(io.BytesIO(files[-1]))))
        answer = ig.load_servable(tmp_path / "model")("encode_bytes", image_bytes=files)
        assert answer["valid"].all()
        for row, array in enumerate(arrays):
            array = array[..., np.newaxis] if array.ndim == 2 else array
            pixels = _decoding.fit(array[np.newaxis], model.image_shape).numpy()
            expected = model.encode(pixels / 255)["width_mean"][0]
            np.testing.assert_allclose(answer["width_mean"][row], expected, atol=1e-6)

    def test_a_photograph_of_4_megapixels(self, exported):
        _, servable = exported
        photograph = encoded(Image.new("RGB", (2400, 1600), (200, 90, 30)), "jpeg")
        small = png(np.full((8, 8), round(0.299 * 200 + 0.587 * 90 + 0.114 * 30), np.uint8))
        answer = servable.encode_bytes(image_bytes=[photograph, small])
        assert answer["valid"].all()
        np.testing.assert_allclose(answer["width_mean"][0], answer["width_mean"][1], atol=1e-2)

    @pytest.mark.parametrize("rows", [0, 1, 1000])
    def test_any_number_of_rows(self, exported, rows):
        model, servable = exported
        for name, request in serving.requests(model, "tiny", rows).items():
            answer = servable(name, **{key: tf.make_ndarray(value) for key, value in request.inputs.items()})
            assert {len(values) for values in answer.values()} == {rows}
            assert answer["valid"].all()


class TestVersions:
    def test_layout(self, tmp_path, model):
        path = ig.export_saved_model(model, tmp_path / "tiny")
        assert path == tmp_path / "tiny" / "1"
        for version in ("2", "12"):
            shutil.copytree(path, path.parent / version)
        assert ig.export_saved_model(model, path.parent).name == "13"
        assert list(versions.versions(path.parent)) == [1, 2, 12, 13]
        assert len(list(path.parent.iterdir())) == 4
        (path.parent / "12").rename(path.parent / "00000012")
        with pytest.raises(FileExistsError, match="00000012 exists"):
            ig.export_saved_model(model, path.parent, version=12)
        assert ig.load_servable(path.parent, version=12).path.name == "00000012"
        with pytest.raises(FileExistsError, match="1 exists"):
            ig.export_saved_model(model, path.parent, version=1)
        for version in (0, 1.5, "3", True):
            with pytest.raises(ValueError, match="expected an integer of at least 1"):
                ig.export_saved_model(model, path.parent, version=version)
        with pytest.raises(ValueError, match="expected a dict of names and texts"):
            ig.export_saved_model(model, path.parent, metadata=["data"])

    def test_a_failed_export_leaves_nothing(self, tmp_path, model, monkeypatch):
        monkeypatch.setattr(model, "activate_posteriors", lambda outputs: {}["missing"])
        with pytest.raises(KeyError):
            ig.export_saved_model(model, tmp_path)
        assert not list(tmp_path.iterdir())

    @pytest.mark.slow
    def test_a_poller_never_sees_half_a_version(self, tmp_path, model):
        ig.export_saved_model(model, tmp_path)
        loads, failures, seen = 0, [], set()
        done = threading.Event()

        def poll():
            nonlocal loads
            while loads < 30 or not done.is_set():
                newest = max(int(path.name) for path in tmp_path.iterdir() if path.name.isdigit())
                seen.add(newest)
                try:
                    with tf.compat.v1.Session(graph=tf.Graph()) as session:
                        tf.compat.v1.saved_model.loader.load(session, ["serve"], str(tmp_path / str(newest)))
                    text = (tmp_path / str(newest) / "card.md").read_text()
                    assert text.startswith(f"# {tmp_path.name}, version {newest}\n") and text.endswith("|\n")
                    assert (tmp_path / str(newest) / "assets.extra" / "tf_serving_warmup_requests").stat().st_size
                except Exception as error:
                    failures.append(error)
                loads += 1

        poller = threading.Thread(target=poll)
        poller.start()
        callback = ig.callbacks.ExportVersions(tmp_path, keep=2)
        callback.set_model(model)
        callback.set_params({"epochs": 4})
        try:
            for epoch in range(4):
                callback.on_epoch_end(epoch)
        finally:
            done.set()
            poller.join()
        assert failures == []
        assert len(seen) > 2
        # The first version was there before, and is not the callback's to delete.
        assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "4", "5"]

    @pytest.mark.slow
    def test_the_callback_in_training(self, tmp_path, model, pixels):
        callback = ig.callbacks.ExportVersions(
            tmp_path / "tiny", every=2, keep=2, storage="float16", metadata={"data": "x"}
        )
        model.fit(pixels, epochs=5, batch_size=8, verbose=0, callbacks=[callback])
        assert list(versions.versions(tmp_path / "tiny")) == [2, 3]
        assert "| updates | 10 |" in (tmp_path / "tiny" / "3" / "card.md").read_text()
        assert "stored in float16" in (tmp_path / "tiny" / "3" / "card.md").read_text()
        for arguments in ({"every": 0}, {"every": 2.5}, {"keep": 1}):
            with pytest.raises(ValueError, match="expected an integer of at least"):
                ig.callbacks.ExportVersions(tmp_path, **arguments)
        with pytest.raises(ValueError, match="metadata='MNIST': expected a dict"):
            ig.callbacks.ExportVersions(tmp_path, metadata="MNIST")
        for export in (ig.callbacks.ExportVersions, functools.partial(ig.export_saved_model, model), model.export):
            with pytest.raises(ValueError, match="gs://bucket/tiny is an address"):
                export("gs://bucket/tiny")
        with pytest.raises(ValueError, match="storage='int8'"):
            ig.callbacks.ExportVersions(tmp_path, storage="int8")

    def test_weights_that_are_not_finite_are_not_exported(self, tmp_path, model):
        callback = ig.callbacks.ExportVersions(tmp_path / "tiny")
        callback.set_model(model)
        callback.set_params({"epochs": 1})
        model.generator.weights[0].assign(np.nan * model.generator.weights[0])
        with pytest.warns(UserWarning, match="Epoch 1 was not exported"):
            callback.on_epoch_end(0)
        assert not (tmp_path / "tiny").exists()


class TestFiles:
    def test_the_card(self, exported):
        model, servable = exported
        text = (servable.path / "card.md").read_text()
        for line in (
            "# tiny, version 1",
            "| data | noise |",
            "| updates | 0 |",
            "| d_optimizer | Adam, learning_rate 0.0002, beta_1 0.5, beta_2 0.999, epsilon 1e-08 |",
            "| `digit` | `Categorical(categories=3)` | int64, 0 to 2 |",
            "| `encode_bytes` | `image_bytes`, PNG or JPEG | `digit_probabilities`, `digit_id`, ",
        ):
            assert line in text
        latents = json.loads((servable.path / "latents.json").read_text())
        assert latents["image"] == {"height": 8, "width": 8, "channels": 1, "range": [0, 1]}
        assert latents["codes"]["digit"] == {"distribution": "Categorical", "size": 3, "categories": 3, "names": []}
        assert list(latents["codes"]) == list(model.latents.codes)
        with Image.open(servable.path / "traversals.png") as picture:
            assert picture.width > 100 and picture.height > 100

    def test_the_card_names_what_real_images_and_labels_taught(self, tmp_path):
        latents = make_latents()
        model = ig.ACGAN(*TINY.build(latents), latents, views=[ig.views.Zoom(0.1), ig.views.RandomAffine(degrees=7)])
        model.compile(ig.optimizers.Adam(1e-3), ig.optimizers.Adam(1e-3), consistency_weight=3.0, label_weight=0.5)
        text = (ig.export_saved_model(model, tmp_path / "told") / "card.md").read_text()
        assert "An InfoGAN that was told the classes of labelled images" in text
        for line in ("| consistency_weight | 3 |", "| label_weight | 0.5 |", "| labels | of `digit` |", "degrees=7"):
            assert line in text

    def test_declared_codes_and_schedules(self, tmp_path):
        """What serves needs nothing of the functions that training declared; the card has them, and the rates."""
        view = ig.views.Custom(0.5, function=lambda images, amounts: images)
        latents = make_latents(fade=ig.Uniform(1, follows=view))
        model = ig.InfoGAN(*TINY.build(latents), latents)
        schedule = keras.optimizers.schedules.CosineDecay(1e-3, 200, alpha=0.1)
        model.compile(ig.optimizers.Adam(4e-4), ig.optimizers.Adam(schedule))
        with pytest.warns(UserWarning, match="lambda"):
            path = ig.export_saved_model(model, tmp_path / "faded")
        assert ig.load_servable(path).generate(2, fade=0.5)["images"].shape == (2, 8, 8, 1)
        text = (path / "card.md").read_text()
        assert "follows=(Custom(amount=0.5" in text
        assert (
            "| g_optimizer | Adam, learning_rate CosineDecay(initial_learning_rate=0.001, decay_steps=200, alpha=0.1"
            in text
        )

    def test_the_card_of_a_subclass(self, tmp_path):
        class Penalized(ig.InfoGAN):
            def get_compile_config(self):
                return {**super().get_compile_config(), "penalty": "gradient", "penalty_weight": 10.0}

        latents = make_latents()
        model = Penalized(*TINY.build(latents), latents)
        model.compile(ig.optimizers.Adam(1e-3), ig.optimizers.Adam(1e-3))
        text = (ig.export_saved_model(model, tmp_path / "own", metadata={"noise": "of my own"}) / "card.md").read_text()
        for line in (
            "| penalty | gradient |",
            "| penalty_weight | 10 |",
            "| noise | of my own |",
            "| noise | `Uniform(",
        ):
            assert line in text

    def test_batches(self, exported):
        text = (exported[1].path / "batching.config").read_text()
        values = dict(line.split(" { value: ") for line in text.replace(" }", "").splitlines() if line[0] != "#")
        assert int(values["max_batch_size"]) >= 1000 >= int(values["max_execution_batch_size"])
        assert values["enable_large_batch_splitting"] == "true"

    def test_warm_up_requests(self, exported):
        _, servable = exported
        records = tf.data.TFRecordDataset(str(servable.path / "assets.extra" / "tf_serving_warmup_requests"))
        requests = [prediction_log_pb2.PredictionLog.FromString(r.numpy()).predict_log.request for r in records]
        assert [request.model_spec.signature_name for request in requests] == list(_signatures.SIGNATURES)
        for request in requests:
            assert request.model_spec.name == "tiny"
            inputs = {name: tf.make_ndarray(value) for name, value in request.inputs.items()}
            assert servable(request.model_spec.signature_name, **inputs)["valid"].all()

    @pytest.mark.parametrize(
        ("earlier", "labels"), [([], {"stable": 5}), ([1, 4], {"stable": 4, "canary": 5})], ids=["first", "later"]
    )
    def test_the_server_s_configuration(self, tmp_path, earlier, labels):
        serving.write_configuration(tmp_path, "tiny", 5, earlier)
        text = (tmp_path / "models.config").read_text()
        config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig()).model_config_list.config[0]
        assert (config.name, config.base_path, config.model_platform) == ("tiny", "/models/tiny", "tensorflow")
        assert dict(config.version_labels) == labels
        assert list(config.model_version_policy.specific.versions) == sorted(labels.values())
        assert "--allow_version_labels_for_unavailable_models" in text


class TestServable:
    def test_versions(self, tmp_path, exported):
        for version in ("1", "2"):
            shutil.copytree(exported[1].path, tmp_path / "tiny" / version)
        assert ig.load_servable(tmp_path / "tiny").path == tmp_path / "tiny" / "2"
        assert ig.load_servable(tmp_path / "tiny", version=1).path == tmp_path / "tiny" / "1"
        with pytest.raises(FileNotFoundError, match=r"expected version 7\. It has version 1, 2"):
            ig.load_servable(tmp_path / "tiny", version=7)
        with pytest.raises(FileNotFoundError, match="expected a SavedModel or versions of one"):
            ig.load_servable(tmp_path)

    def test_one_value_for_all_rows(self, exported):
        _, servable = exported
        images = servable.generate(seed=range(3), digit=1, rotation=[0.0, 0.5, 1.0], width=0)["images"]
        expected = servable("generate", seed=[0, 1, 2], digit=[1, 1, 1], rotation=[[0], [0.5], [1]], width=0)
        np.testing.assert_array_equal(images, expected["images"])

    @pytest.mark.parametrize("given", [{}, {"digit": 2}, {"digit": [0, 1, 2], "rotation": 0.5}])
    def test_codes_that_are_not_given_are_drawn_as_the_model_draws_them(self, exported, given):
        model, servable = exported
        np.testing.assert_allclose(
            servable.generate(3, seed=5, **given)["images"], model.generate(3, seed=5, **given), atol=1e-6
        )
        assert len(servable.generate_png(4, digit=1)["png_bytes"]) == 4
        first, second = (servable.generate(2, digit=1)["images"] for _ in range(2))
        assert not np.array_equal(first, second)

    @pytest.mark.parametrize(
        ("inputs", "message"),
        [
            ({"hight": 0}, "There is no code 'hight'"),
            ({"rotatoin": 0}, "no code 'rotatoin'. Did you mean rotation"),
            ({"digit": 3}, "digit=3: expected a category id, an integer from 0 to 2"),
            ({"digit": 1.5}, "digit=1.5: expected a category id"),
            ({"digit": "three"}, "digit='three': expected a category id"),
            ({"rotation": np.nan}, "rotation holds NaN"),
            ({"seed": [1, 2], "digit": [1, 2, 0]}, r"seed=\[1, 2\]: expected a 64-bit integer, or 3 of them"),
            ({"width": [[1, 2, 3]]}, r"width has shape \(1, 3\): .*\(1, 2\)"),
        ],
    )
    def test_wrong_inputs(self, exported, inputs, message):
        with pytest.raises(ValueError, match=message):
            exported[1].generate(**inputs)

    def test_signatures_take_all_their_inputs(self, exported):
        _, servable = exported
        with pytest.raises(ValueError, match=r"generate takes .*; given: seed"):
            servable("generate", seed=1)
        with pytest.raises(ValueError, match=r"digit=1\.5: expected int64"):
            servable("generate", seed=1, digit=1.5, rotation=0, width=0)
        with pytest.raises(ValueError, match=r"seed has shape \(2,\): .* for 3 rows"):
            servable("generate", seed=[1, 2], digit=[1, 2, 0], rotation=0, width=0)
        with pytest.raises(ValueError, match=r"no signature 'encod'\. Did you mean encode"):
            servable("encod")

    def test_latents_in_full_are_given_in_full(self, exported):
        model, servable = exported
        with pytest.raises(ValueError, match=r"digit=1: expected an array \(rows, 3\)"):
            servable.from_latents(**{**model.sample_latents(2, seed=0), "digit": 1})

    def test_traversals(self, exported):
        model, servable = exported
        ours, served = (np.asarray(ig.traversal.show(m, "digit", samples=2)).astype(int) for m in (model, servable))
        assert np.abs(ours - served).max() <= 1

    def test_files_by_their_paths(self, exported, tmp_path):
        _, servable = exported
        file = png(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4)
        (tmp_path / "digit.png").write_bytes(file)
        given = servable.encode_bytes(file)
        for path in (tmp_path / "digit.png", str(tmp_path / "digit.png"), [tmp_path / "digit.png"]):
            np.testing.assert_array_equal(servable.encode_bytes(path)["width_mean"], given["width_mean"])
        with pytest.raises(FileNotFoundError, match=r"none\.png"):
            servable.encode_bytes([file, tmp_path / "none.png"])

    def test_images_of_another_range(self, exported, pixels):
        with pytest.raises(ValueError, match="expected 0 to 1"):
            exported[1].encode(pixels * 255)


class TestTypical:
    """How far images are from those that the model saw."""

    def test_dark_on_light_is_unusual_for_a_model_of_light_on_dark(self, tmp_path):
        draw = np.random.default_rng(0)
        reals = (draw.uniform(size=(64, 8, 8, 1)) * draw.uniform(0.1, 0.4, (64, 1, 1, 1))).astype(np.float32)
        model = make_model()
        model.fit(reals, batch_size=16, verbose=0)
        path = ig.export_saved_model(model, tmp_path / "tiny")
        servable = ig.load_servable(path)
        assert servable.expects["brightness"]["mean"] == pytest.approx(reals.mean(), abs=1e-4)
        assert servable.expects["dark_pixels"] == 1 and servable.expects["height"] == 8
        usual, unusual = servable.encode(reals)["typical"], servable.encode(1 - reals)["typical"]
        assert np.median(usual) < 2 and (unusual > 4).all()
        files = [png((image[..., 0] * 255).astype(np.uint8)) for image in (reals[0], 1 - reals[0])]
        read = servable.encode_bytes(files)["typical"]
        np.testing.assert_allclose(read, [usual[0], unusual[0]], rtol=0.1, atol=0.2)
        assert "light on dark: in 64 real ones 100% of the values" in (path / "card.md").read_text()
        assert "`typical`, `valid` |" in (path / "card.md").read_text()

    def test_it_is_the_farther_of_brightness_and_logit_in_standard_deviations(self):
        statistics = {"brightness": {"mean": 0.5, "std": 0.1}, "logit": {"mean": 1.0, "std": 2.0}}
        images = np.stack([np.full((2, 2, 1), value, np.float32) for value in (0.5, 0.7, 0.6)])
        logits = tf.constant([[1.0], [2.0], [-5.0]])
        np.testing.assert_allclose(_signatures._distance(images, logits, statistics), [0, 2, 3], atol=1e-5)

    def test_examples_are_checked(self, tmp_path, model, pixels):
        for examples, message in (
            (pixels[:1], "at least two real images"),
            (pixels[:, :4], r"expected at least two real images, \(n, 8, 8, 1\)"),
            (pixels * 255, "These are the examples': expected 0 to 1"),
        ):
            with pytest.raises(ValueError, match=message):
                ig.export_saved_model(model, tmp_path / "tiny", examples=examples)
        assert not (tmp_path / "tiny").exists()


class TestRefusals:
    """What is refused before anything is written."""

    @pytest.mark.parametrize("name", ['a"b', "a\nb", "a\\b"])
    def test_names_that_the_server_s_configuration_cannot_hold(self, tmp_path, model, name):
        with pytest.raises(ValueError, match="expected one without quotes, backslashes and line breaks"):
            ig.export_saved_model(model, tmp_path / name)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("network", ["generator", "discriminator"])
    def test_weights_that_are_not_finite(self, tmp_path, model, network):
        weight = getattr(model, network).weights[0]
        weight.assign(np.where(np.arange(weight.shape[-1]) == 0, np.inf, weight.numpy()))
        for export in (functools.partial(ig.export_saved_model, model), model.export):
            with pytest.raises(ValueError, match=f"The {network}'s weight .* not finite: nothing was exported"):
                export(tmp_path / "tiny")
        assert not list(tmp_path.iterdir())


def test_a_saved_model_file_is_exported_as_the_model_is(tmp_path, model):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    servables = [ig.load_servable(ig.export_saved_model(m, tmp_path / "tiny")) for m in (model, loaded)]
    images = [servable.generate(seed=range(4), **CODES)["images"] for servable in servables]
    np.testing.assert_array_equal(*images)
    assert Path(tmp_path / "tiny" / "2").is_dir()
