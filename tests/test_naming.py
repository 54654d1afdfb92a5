import keras
import numpy as np
import pytest
from helpers import make_latents, make_model

import infogan_keras as ig


@pytest.fixture
def labelled():
    """A model whose Q puts images into three categories of its own, and labels that number them in another order."""
    model = make_model(ema_momentum=0.9)
    images = np.random.default_rng(0).uniform(size=(200, 8, 8, 1)).astype(np.float32)
    layer = model.discriminator.get_layer("digit")
    logits = model.predict(images, verbose=0)["digit"]
    # An untrained Q's are nearly zero, and its answers a matter of rounding.
    layer.kernel.assign(3 * layer.kernel / logits.std(0))
    layer.bias.assign(-3 * logits.mean(0) / logits.std(0))
    ids = model.encode(images)["digit_id"]
    assert set(ids) == {0, 1, 2}
    return model, images, np.array([2, 0, 1])[ids]


def test_categories_get_the_numbers_of_their_classes(labelled):
    model, images, labels = labelled
    before = model.encode(images)
    generated = model.generate(3, seed=5, digit=[1, 2, 0])
    rotated = model.generate(3, seed=5, digit=[1, 2, 0], rotation=1.0)
    order = ig.name_categories(model, "digit", images[:60], labels[:60])
    assert order.tolist() == [1, 2, 0]
    after = model.encode(images)
    np.testing.assert_array_equal(after["digit_id"], labels)
    np.testing.assert_allclose(after["digit_probabilities"], before["digit_probabilities"][:, order], atol=1e-6)
    np.testing.assert_allclose(after["width_mean"], before["width_mean"], atol=1e-6)
    np.testing.assert_allclose(model.generate(3, seed=5, digit=[0, 1, 2]), generated, atol=1e-6)
    for trained, averaged in zip(model.generator.weights, model.averaged_generator.weights, strict=True):
        np.testing.assert_array_equal(trained, averaged)
    np.testing.assert_allclose(model.generate(3, seed=5, digit=[0, 1, 2], rotation=1.0), rotated, atol=1e-6)


def test_names(labelled, tmp_path):
    model, images, labels = labelled
    names = ("Füße", "shirt", "boot")
    ig.name_categories(model, "digit", images, labels, names)
    np.testing.assert_array_equal(
        model.generate(2, seed=1, digit=["boot", "Füße"]), model.generate(2, seed=1, digit=[2, 0])
    )
    assert model.encode(images)["digit_name"].tolist() == [names[label] for label in labels]
    assert model.generate(len(images), digit=model.encode(images)["digit_name"]).shape == images.shape
    assert ig.traversal.traversal_grid(model.latents, "digit").column_labels == names
    with pytest.raises(ValueError, match=r"digit='hat': expected a category id, .* or one of Füße, shirt, boot"):
        model.generate(1, digit="hat")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.latents.codes["digit"].names == names
    loaded.export(tmp_path / "served")
    spoiled = images.copy()
    spoiled[1] = np.nan
    answer = ig.load_servable(tmp_path / "served")("encode", images=spoiled)["digit_name"]
    assert answer[0] == names[labels[0]] and answer[1] == ""
    path = ig.export_saved_model(loaded, tmp_path / "clothes")
    assert "int64, 0 to 2: 0 is Füße, 1 is shirt, 2 is boot" in (path / "card.md").read_text()
    servable = ig.load_servable(path)
    asked = {"seed": [1, 2], "rotation": 0.0, "width": 0.0}
    np.testing.assert_array_equal(
        servable.generate(digit=["boot", "Füße"], **asked)["images"], servable.generate(digit=[2, 0], **asked)["images"]
    )
    with pytest.raises(ValueError, match="or one of Füße, shirt, boot"):
        servable.generate(digit="hat", **asked)


def test_a_model_of_the_same_codes_is_left_alone(labelled):
    model, images, labels = labelled
    other = ig.InfoGAN(model.generator, model.discriminator, model.latents)
    ig.name_categories(model, "digit", images, labels, ("a", "b", "c"))
    assert (model.latents.codes["digit"].names, other.latents.codes["digit"].names) == (("a", "b", "c"), ())


def test_fewer_classes_than_categories(labelled):
    model, images, labels = labelled
    known = labels < 2
    order = ig.name_categories(model, "digit", images[known], labels[known])
    assert order.tolist() == [1, 2, 0]


@pytest.mark.slow
def test_training_goes_on_after_naming(labelled, tmp_path):
    """Bit by bit as without: the networks see what they saw."""
    model, images, labels = labelled
    model.save(tmp_path / "before.keras")
    ig.name_categories(model, "digit", images, labels, ("a", "b", "c"))
    model.save(tmp_path / "named.keras")
    named, unnamed = (keras.saving.load_model(tmp_path / f"{name}.keras") for name in ("named", "before"))
    spec = named.latents
    drawn = {name: value.numpy() for name, value in spec.sample(4, (0, 0)).items()}
    np.testing.assert_array_equal(
        spec.join(drawn), unnamed.latents.join({**drawn, "digit": drawn["digit"][:, np.argsort([1, 2, 0])]})
    )
    for loaded in (model, named):
        loaded.fit(images[:32], batch_size=16, verbose=0, shuffle=False)
    for ours, theirs in zip(model.generator.weights, named.generator.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_naming_twice_and_undoing_it(labelled):
    model, images, labels = labelled
    before = model.generate(3, seed=5, digit=[0, 1, 2])
    ig.name_categories(model, "digit", images, labels, ("a", "b", "c"))
    ig.name_categories(model, "digit", images, np.array([1, 2, 0])[labels])
    np.testing.assert_array_equal(model.encode(images)["digit_id"], np.array([1, 2, 0])[labels])
    ig.reset_categories(model, "digit")
    assert (model.latents.codes["digit"].names, model.latents.codes["digit"].order) == ((), ())
    np.testing.assert_array_equal(model.generate(3, seed=5, digit=[0, 1, 2]), before)


def test_networks_of_another_kind(labelled):
    model, images, labels = labelled
    hidden = model.discriminator.get_layer("digit").output
    outputs = {**model.discriminator.output, "digit": keras.layers.Rescaling(2.0)(hidden)}
    scaled = ig.InfoGAN(model.generator, keras.Model(model.discriminator.input, outputs), model.latents)
    ig.name_categories(scaled, "digit", images, labels)
    np.testing.assert_array_equal(scaled.encode(images)["digit_id"], labels)


def test_wrong_arguments(labelled):
    model, images, labels = labelled
    for arguments, message in (
        (("rotation", images, labels), "expected a categorical code of digit, rotation, width"),
        (("digit", images, labels[:-1]), "expected 200 integers from 0"),
        (("digit", images, labels + 0.5), "expected 200 integers from 0"),
        (("digit", images, labels + 1), "at least one of each, and at most 3 classes"),
        (("digit", images, labels, ("a", "b")), "expected 3 different texts"),
        (("digit", images, labels, ("a", "b", "b")), "expected 3 different texts"),
    ):
        with pytest.raises(ValueError, match=message):
            ig.name_categories(model, *arguments)
    for names in (("a", "b"), ("a", "b", "c", "a")):
        with pytest.raises(ValueError, match="expected 3 different texts"):
            ig.Categorical(3, names=names)
    assert make_latents() == ig.LatentSpec.from_config(make_latents().get_config())
