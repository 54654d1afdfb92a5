"""A categorical code as an unsupervised classifier: how its categories are matched to classes, and the error.

The paper reports 5 % on MNIST without saying how categories are matched or on which images. Here the matching is
always named: one-to-one is the Hungarian method's best assignment, many-to-one gives each category its most frequent
class (and flatters a code with split classes).
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from sklearn import metrics

from infogan_keras.evaluation.batches import read_images
from infogan_keras.latents import Categorical


def confusion_matrix(
    categories: ArrayLike, labels: ArrayLike, category_count: int | None = None, class_count: int | None = None
) -> np.ndarray:
    """Counts of images by category and class.

    Args:
        categories: (n,) integers, the code's category of each image.
        labels: (n,) integers, its true class.
        category_count: number of categories; None for the largest seen, plus one.
        class_count: number of classes, likewise.

    Returns:
        (categories, classes) int64.

    Raises:
        ValueError: for arrays of different lengths, empty ones, or others than integers from 0 (and below the counts).
    """
    categories, labels = np.asarray(categories), np.asarray(labels)
    if categories.shape != labels.shape or categories.ndim != 1 or len(labels) == 0:
        raise ValueError(
            f"categories {categories.shape} and labels {labels.shape}: expected two vectors of one length."
        )
    require_indices(categories, "categories")
    require_indices(labels, "labels")
    shape = (category_count or categories.max() + 1, class_count or labels.max() + 1)
    for name, values, count in (("categories", categories, shape[0]), ("labels", labels, shape[1])):
        if values.max() >= count:
            raise ValueError(f"{name} go up to {values.max()}: expected integers below {count}.")
    counts = np.zeros(shape, np.int64)
    np.add.at(counts, (categories, labels), 1)
    return counts


def require_indices(values: ArrayLike, name: str) -> None:
    """Raises ValueError for values that are not integers from 0."""
    values = np.asarray(values)
    if values.dtype.kind not in "iu" or values.min() < 0:
        raise ValueError(f"{name} are {values.dtype.name} from {values.min()}: expected integers from 0.")


def match_one_to_one(confusion: np.ndarray) -> np.ndarray:
    """The class of each category in the assignment with the most images right: (categories,) int64.

    A category that gets no class (more categories than classes) is -1.
    """
    matched = np.full(len(confusion), -1)
    rows, columns = linear_sum_assignment(confusion, maximize=True)
    matched[rows] = columns
    return matched


def match_many_to_one(confusion: np.ndarray) -> np.ndarray:
    """The most frequent class of each category: (categories,) int64; several categories may share one."""
    return np.argmax(confusion, 1)


def error(confusion: np.ndarray, matched: np.ndarray) -> float:
    """Share of images, 0 to 1, whose category is matched to another class than their own.

    >>> confusion = np.array([[0, 9], [8, 3]])
    >>> round(error(confusion, match_one_to_one(confusion)), 2)
    0.15
    """
    categories = np.flatnonzero(matched >= 0)
    return 1 - float(confusion[categories, matched[categories]].sum() / confusion.sum())


def agreement(confusion: np.ndarray) -> dict[str, float]:
    """How well categories and classes agree, without matching them.

    Args:
        confusion: (categories, classes) counts.

    Returns:
        A dict of `nmi`, mutual information over the mean of the two entropies, 0 to 1, and `ari`, the share of pairs of
        images on which the two agree, adjusted so that chance has 0 and the best is 1 (Hubert & Arabie 1985).

    >>> agreement(np.array([[0, 9], [8, 0]]))
    {'nmi': 1.0, 'ari': 1.0}
    """
    pairs = np.argwhere(confusion)
    categories, labels = np.repeat(pairs, confusion[confusion > 0], axis=0).T
    return {
        "nmi": float(metrics.normalized_mutual_info_score(labels, categories)),
        "ari": float(metrics.adjusted_rand_score(labels, categories)),
    }


def evaluate_code(model, name: str, train: tuple, test: tuple) -> dict[str, float]:
    """Measures a categorical code as a classifier.

    Args:
        model: a trained `InfoGAN`.
        name: of the code.
        train: (images, labels) to match categories to classes on; images uint8 (n, height, width, channels).
        test: (images, labels) to count errors on, likewise.

    Returns:
        A dict of shares, 0 to 1: `test_error` (one-to-one, matched on the test images, as the literature does),
        `test_error_train_matched` (one-to-one, matched on the training images) and `test_error_many_to_one`.

    Raises:
        ValueError: for a code that is not categorical.
    """
    code = model.latents.codes.get(name)
    if not isinstance(code, Categorical):
        raise ValueError(f"{name!r} is {code!r}: expected the name of a categorical code.")
    classes = max(np.max(labels) for _, labels in (train, test)) + 1
    confusions = {}
    for split, (images, labels) in {"train": train, "test": test}.items():
        ids = read_images(model, images, split)[f"{name}_id"]
        confusions[split] = confusion_matrix(ids, labels, code.categories, classes)
    return errors(confusions["test"], confusions["train"])


def errors(test: np.ndarray, train: np.ndarray | None = None) -> dict[str, float]:
    """The errors of a code that `evaluate_code` returns, from its confusion matrices, (categories, classes).

    Without one of the training images, `test_error_train_matched` is left out.
    """
    found = {"test_error": error(test, match_one_to_one(test))}
    if train is not None:
        found["test_error_train_matched"] = error(test, match_one_to_one(train))
    return {**found, "test_error_many_to_one": error(test, match_many_to_one(test))}
