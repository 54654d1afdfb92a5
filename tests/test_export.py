import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from conftest import TINY, make_model

import infogan_keras as ig


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = make_model()
    path = ig.export_saved_model(model, tmp_path_factory.mktemp("export"))
    return model, path, tf.saved_model.load(str(path)).signatures


def test_layout_and_versions(exported):
    model, path, _ = exported
    assert path.name == "1"
    assert ig.export_saved_model(model, path.parent).name == "2"
    assert sorted(p.name for p in path.parent.iterdir()) == ["1", "2"]
    with pytest.raises(FileExistsError, match="1 exists"):
        ig.export_saved_model(model, path.parent, version=1)
    for version in (0, 1.5, "3"):
        with pytest.raises(ValueError, match="expected a positive integer"):
            ig.export_saved_model(model, path.parent, version=version)


def test_names_and_shapes(exported):
    _, _, signatures = exported
    assert set(signatures) == {"serving_default", "generate", "from_latents", "encode"}
    inputs = {
        name: {k: v.shape.as_list() for k, v in s.structured_input_signature[1].items()}
        for name, s in signatures.items()
    }
    assert inputs["serving_default"] == inputs["generate"]
    assert inputs["generate"] == {"seed": [None], "digit": [None], "rotation": [None, 1], "width": [None, 2]}
    assert inputs["from_latents"] == {"noise": [None, 5], "digit": [None, 3], "rotation": [None, 1], "width": [None, 2]}
    assert inputs["encode"] == {"images": [None, 8, 8, 1]}


def test_the_served_image_is_the_generated_one(exported):
    model, _, signatures = exported
    latents = model.sample_latents(4, seed=0)
    served = signatures["from_latents"](**{k: tf.constant(v) for k, v in latents.items()})["images"]
    np.testing.assert_allclose(served, model.decode(latents), atol=1e-6)
    rotation, width = np.zeros((4, 1), np.float32), np.ones((4, 2), np.float32)
    served = signatures["generate"](
        seed=tf.constant([7, 8, 9, 7], tf.int64),
        digit=tf.constant([0, 1, 2, 0], tf.int64),
        rotation=rotation,
        width=width,
    )["images"]
    ours = model.generate(4, seed=[7, 8, 9, 7], digit=[0, 1, 2, 0], rotation=0.0, width=1.0)
    np.testing.assert_allclose(served, ours, atol=1e-6)
    np.testing.assert_array_equal(served[0], served[3])


def test_the_served_codes_are_the_encoded_ones(exported, pixels):
    model, _, signatures = exported
    served = signatures["encode"](images=tf.constant(pixels))
    ours = model.encode(pixels)
    assert set(served) == set(ours)
    for name in ours:
        np.testing.assert_allclose(served[name], ours[name], atol=1e-6)


def test_images_are_served_between_zero_and_one_whatever_the_range(tmp_path, pixels):
    model = make_model(architecture=dataclasses.replace(TINY, image_range=(-1, 1)))
    model.export(tmp_path / "model")
    signatures = tf.saved_model.load(str(tmp_path / "model")).signatures
    drawn = model.sample_latents(3, seed=0)
    served = signatures["from_latents"](**{k: tf.constant(v) for k, v in drawn.items()})["images"]
    np.testing.assert_allclose(served * 2 - 1, model.decode(drawn), atol=1e-5)
    codes = signatures["encode"](images=tf.constant(pixels))
    np.testing.assert_allclose(codes["width_mean"], model.encode(pixels * 2 - 1)["width_mean"], atol=1e-5)


def test_export_refuses_what_it_would_overwrite_or_ignore(tmp_path, model):
    (tmp_path / "model").mkdir()
    with pytest.raises(FileExistsError, match="nothing is overwritten"):
        model.export(tmp_path / "model")
    with pytest.raises(TypeError, match="format"):
        model.export(tmp_path / "other", format="onnx")


def test_a_gan_without_codes(tmp_path):
    latents = ig.LatentSpec(ig.Normal(4), {})
    ig.GAN(*TINY.build(latents), latents).export(tmp_path / "gan")
    signatures = tf.saved_model.load(str(tmp_path / "gan")).signatures
    assert set(signatures) == {"serving_default", "generate", "from_latents"}
    assert signatures["generate"](seed=tf.constant([1, 2], tf.int64))["images"].shape == (2, 8, 8, 1)


def test_a_failed_export_leaves_nothing(tmp_path, model, monkeypatch):
    monkeypatch.setattr(model, "activate_posteriors", lambda outputs: {}["missing"])
    with pytest.raises(KeyError):
        ig.export_saved_model(model, tmp_path)
    assert not list(tmp_path.iterdir())
