import numpy as np
import pytest

from infogan_keras.evaluation import clustering

LABELS = np.repeat(np.arange(3), 10)


def errors(categories, labels=LABELS, count=3):
    confusion = clustering.confusion_matrix(categories, labels, count, 3)
    one = clustering.error(confusion, clustering.match_one_to_one(confusion))
    return one, clustering.error(confusion, clustering.match_many_to_one(confusion))


def test_confusion_by_hand():
    confusion = clustering.confusion_matrix([0, 0, 1, 2], [1, 1, 0, 1])
    np.testing.assert_array_equal(confusion, [[0, 2], [1, 0], [0, 1]])


def test_a_perfect_code_in_any_order():
    assert errors(LABELS) == (0, 0)
    assert errors((LABELS + 1) % 3) == (0, 0)


def test_a_useless_code():
    assert errors(np.zeros(30, int)) == pytest.approx((2 / 3, 2 / 3))
    assert errors(np.arange(30) % 3) == pytest.approx((1 - 12 / 30, 1 - 12 / 30))


def test_a_merged_and_a_split_class():
    """Classes 0 and 1 share category 0, class 2 is split over 1 and 2: many-to-one flatters the code."""
    categories = np.concatenate([np.zeros(20, int), np.ones(6, int), np.full(4, 2)])
    one_to_one, many_to_one = errors(categories)
    assert one_to_one == pytest.approx(1 - 16 / 30)
    assert many_to_one == pytest.approx(1 - 20 / 30)


def test_greedy_matching_would_be_wrong():
    confusion = np.array([[10, 9], [8, 0]])
    np.testing.assert_array_equal(clustering.match_one_to_one(confusion), [1, 0])
    assert clustering.error(confusion, clustering.match_one_to_one(confusion)) == pytest.approx(1 - 17 / 27)


def test_more_categories_than_classes():
    confusion = np.array([[9, 0], [0, 9], [5, 1]])
    matched = clustering.match_one_to_one(confusion)
    np.testing.assert_array_equal(matched, [0, 1, -1])
    assert clustering.error(confusion, matched) == pytest.approx(6 / 24)


def test_agreement_by_hand():
    """Of 4 images in each class, category 0 holds all of class 0 and half of class 1."""
    scores = clustering.agreement(np.array([[4, 2], [0, 2]]))
    of_categories = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    information = np.log(2) + of_categories - (0.5 * np.log(2) + 0.5 * np.log(4))
    assert scores["nmi"] == pytest.approx(2 * information / (np.log(2) + of_categories))
    # Pairs together in both: 6 + 1 + 1; in a class: 12; in a category: 15 + 1; of 28 in all.
    expected = 12 * 16 / 28
    assert scores["ari"] == pytest.approx((8 - expected) / ((12 + 16) / 2 - expected))


def test_agreement_does_not_depend_on_the_order():
    assert clustering.agreement(np.array([[0, 5, 0], [0, 0, 7], [3, 0, 0]])) == {"nmi": 1, "ari": 1}
    useless = clustering.agreement(np.full((3, 3), 100))
    assert (useless["nmi"], useless["ari"]) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=0.01))
    one = clustering.agreement(np.array([[5, 5], [0, 0]]))
    assert (one["nmi"], one["ari"]) == (0, 0)


def test_wrong_arguments():
    for categories, labels in (([0, 1], [0]), ([], []), ([[0]], [[0]])):
        with pytest.raises(ValueError, match="expected two vectors of one length"):
            clustering.confusion_matrix(categories, labels)
    for labels, message in (([0, -1], "labels are int64 from -1: expected integers from 0"), ([0.0, 1.0], "float64")):
        with pytest.raises(ValueError, match=message):
            clustering.confusion_matrix([0, 1], labels)
    with pytest.raises(ValueError, match="categories go up to 5: expected integers below 3"):
        clustering.confusion_matrix([0, 5], [0, 1], category_count=3)


def test_evaluate_code(untrained_mnist_like):
    """Matching on the training images can only be worse on the test images than matching on those."""
    model, images, labels = untrained_mnist_like
    results = clustering.evaluate_code(model, "digit", train=(images[:20], labels[:20]), test=(images, labels))
    assert set(results) == {"test_error", "test_error_train_matched", "test_error_many_to_one"}
    ids = model.encode(images.astype(np.float32) / 255)["digit_id"]
    confusion = clustering.confusion_matrix(ids, labels, 3)
    assert results["test_error"] == clustering.error(confusion, clustering.match_one_to_one(confusion))
    assert results["test_error_many_to_one"] <= results["test_error"] <= results["test_error_train_matched"]


def test_evaluate_code_with_classes_that_the_test_images_lack(untrained_mnist_like):
    model, images, labels = untrained_mnist_like
    few = labels < 2
    results = clustering.evaluate_code(model, "digit", train=(images, labels), test=(images[few], labels[few]))
    assert 0 <= results["test_error_train_matched"] <= 1
    for name in ("rotation", "colour"):
        with pytest.raises(ValueError, match=f"'{name}' is .*: expected the name of a categorical code"):
            clustering.evaluate_code(model, name, train=(images, labels), test=(images, labels))
    floats = images.astype(np.float32) / 255
    with pytest.raises(ValueError, match="The train images are float32: expected uint8, 0 to 255"):
        clustering.evaluate_code(model, "digit", train=(floats, labels), test=(images, labels))


@pytest.fixture
def untrained_mnist_like(model):
    rng = np.random.default_rng(0)
    return model, rng.integers(0, 256, (30, 8, 8, 1), np.uint8), rng.integers(0, 3, 30)
