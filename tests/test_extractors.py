import keras
import numpy as np
import pytest

from infogan_keras.evaluation import extractors


@pytest.fixture
def halves():
    """Images that are bright on the left (class 0) or on the right (class 1)."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    images = rng.integers(0, 100, (600, 8, 8, 1))
    images[labels == 0, :, :4] += 100
    images[labels == 1, :, 4:] += 100
    return images.astype(np.uint8), labels


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "infogan_keras"


def test_a_classifier_is_trained_once(halves, cache, monkeypatch):
    images, labels = halves
    first = extractors.trained_classifier("halves", images, labels)
    features = first(images / 255)
    assert (first.name, features.shape) == ("halves_cnn", (600, 128))
    assert first.accuracy(features, labels) > 0.95
    assert [path.name.split("-")[0] for path in cache.iterdir()] == ["halves_cnn"]

    def train(*_):
        raise AssertionError("It is trained again.")

    monkeypatch.setattr(extractors, "_train", train)
    again = extractors.trained_classifier("halves", images, labels)
    np.testing.assert_array_equal(again(images / 255), features)
    for other in ((255 - images, labels), (images, 1 - labels)):
        with pytest.raises(AssertionError, match="trained again"):
            extractors.trained_classifier("halves", *other)
    with pytest.raises(AssertionError, match="trained again"):
        extractors.trained_classifier("halves", images, labels, seed=1)
    assert len(list(cache.iterdir())) == 1


def test_a_damaged_classifier_is_trained_again(halves, cache, monkeypatch):
    images, labels = halves
    monkeypatch.setattr(extractors, "EPOCHS", 1)
    features = extractors.trained_classifier("halves", images, labels)(images / 255)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    # In the weights, and in the names of the archive's directory at its end.
    for place in (len(whole) // 2, whole.rindex(b"config.json"), whole.rindex(b"model.weights.h5")):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Exception, match=r"."):
            extractors._load(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.warns(UserWarning, match=r"halves_cnn-\w+\.keras is damaged .* is trained again"):
        again = extractors.trained_classifier("halves", images, labels)
    np.testing.assert_array_equal(again(images / 255), features)
    assert extractors._load(path).count_params() == again.network.count_params()


def test_training_is_a_function_of_the_seed_in_float32(halves, policy):
    images, labels = halves
    keras.utils.set_random_seed(1)
    first = extractors._train(images, labels, seed=0).get_weights()
    keras.utils.set_random_seed(2)
    policy("mixed_bfloat16")
    again, other = (extractors._train(images, labels, seed=seed) for seed in (0, 1))
    for a, b in zip(first, again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.any(first[0] != other.get_weights()[0])
    assert {output.dtype for output in again.outputs} == {"float32"}


def test_accuracy_is_that_of_the_logits(halves):
    images, labels = halves
    classifier = extractors.Classifier("halves", extractors._network((8, 8, 1), 2, seed=0))
    logits = classifier.network(images.astype(np.float32) / 255)[1].numpy()
    expected = np.mean(logits.argmax(1) == labels)
    assert classifier.accuracy(classifier(images / 255), labels) == pytest.approx(expected)


def test_wrong_images():
    for images, labels in (
        (np.zeros((4, 8, 8, 1)), np.zeros(4, int)),
        (np.zeros((4, 8, 8), np.uint8), np.zeros(4, int)),
        (np.zeros((4, 8, 8, 1), np.uint8), np.zeros(3, int)),
        (np.zeros((0, 8, 8, 1), np.uint8), np.zeros(0, int)),
    ):
        with pytest.raises(ValueError, match=r"expected uint8 \(n, height, width, channels\) and \(n,\)"):
            extractors.trained_classifier("wrong", images, labels)


class TestInception:
    def test_images_are_resized_to_its_range_and_channels(self, monkeypatch, policy):
        """With another network in its place, which tells what it was given: the weights cannot be downloaded here."""
        given = []

        class Network:
            def predict_on_batch(self, batch):
                given.append(np.asarray(batch))
                return np.zeros((len(batch), 2048), np.float32)

        policies = []
        policy("mixed_bfloat16")

        def inception(**_):
            policies.append(keras.config.dtype_policy().name)
            return Network()

        monkeypatch.setattr(keras.applications, "InceptionV3", inception)
        extractor = extractors.Inception()
        assert (policies, keras.config.dtype_policy().name) == (["float32"], "mixed_bfloat16")
        features = extractor(np.tile([0.0, 1.0], (34, 8, 4))[..., np.newaxis])
        assert (extractor.name, features.shape) == ("keras_inception", (34, 2048))
        assert [batch.shape for batch in given] == [(32, 299, 299, 3), (2, 299, 299, 3)]
        assert (given[0].min(), given[0].max()) == (-1, 1)

    def test_weights_that_cannot_be_downloaded(self, monkeypatch):
        def inception(**_):
            raise Exception("URL fetch failure on https://...")

        monkeypatch.setattr(keras.applications, "InceptionV3", inception)
        with pytest.raises(OSError, match=r"cannot be had \(URL fetch failure .*put the file .* into ~/.keras/models"):
            extractors.Inception()
