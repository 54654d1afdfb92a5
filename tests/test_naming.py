import keras
import numpy as np
import pytest
from conftest import make_latents, make_model

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
    answer = ig.load_servable(tmp_path / "served").encode(images=spoiled)["digit_name"]
    assert answer[0] == names[labels[0]] and answer[1] == ""
    path = ig.export_saved_model(loaded, tmp_path / "clothes")
    assert "int64, 0 to 2: 0 is Füße, 1 is shirt, 2 is boot" in (path / "card.md").read_text()
    servable = ig.load_servable(path)
    asked = {"seed": [1, 2], "rotation": 0.0, "width": 0.0}
    np.testing.assert_array_equal(
        servable.generate(digit=["boot", "Füße"], **asked)["images"], servable.generate(digit=[2, 0], **asked)["images"]
    )
    with pytest.raises(ValueError, match="expected ids, or Füße, shirt, boot"):
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


def test_networks_without_biases_and_of_another_kind(labelled):
    model, images, labels = labelled
    hidden = model.discriminator.get_layer("digit").input
    read = keras.layers.Dense(3, use_bias=False, name="digit")

    def with_q(output):
        outputs = {**model.discriminator.output, "digit": output}
        return ig.InfoGAN(model.generator, keras.Model(model.discriminator.input, outputs), model.latents)

    unbiased = with_q(read(hidden))
    # Without a bias, categories are used evenly where the mean image has logits of zero.
    mean = np.mean(keras.Model(model.discriminator.input, hidden)(images), 0)
    kernel = 30 * read.kernel.numpy()
    read.kernel.assign(kernel - np.outer(mean, mean @ kernel) / (mean @ mean))
    classes = np.array([2, 0, 1])[unbiased.encode(images)["digit_id"]]
    ig.name_categories(unbiased, "digit", images, classes)
    np.testing.assert_array_equal(unbiased.encode(images)["digit_id"], classes)

    scaled = with_q(keras.layers.Rescaling(2.0, name="digit")(keras.layers.Dense(3)(hidden)))
    kernel = scaled.generator.layers[1].kernel.numpy()
    with pytest.raises(ValueError, match="Networks of another kind"):
        ig.name_categories(scaled, "digit", images, labels)
    np.testing.assert_array_equal(scaled.generator.layers[1].kernel, kernel)


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
