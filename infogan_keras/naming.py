"""Categories in the order of known classes, and under their names, once training is over.

Which category of a code became which class is decided by the seed. A few labelled images tell, even one per class.
"""

import dataclasses

import numpy as np
from scipy.optimize import linear_sum_assignment

from infogan_keras.latents import Categorical, LatentSpec


def name_categories(model, code, images, labels, names=()):
    """Renumbers the categories of a trained code as the classes of some labelled images.

    Categories and classes are matched one-to-one, so that Q's probabilities of the images' own classes are as large as
    can be. The code's distribution then keeps the order and the names: `generate(digit=3)`, `encode`, traversals and
    exports all speak of class 3 from now on, also after `save` and `load_model`. Networks and optimizers are not
    touched, so training goes on as before. Categories that get no class come last. `reset_categories` undoes it.

    Args:
        model: a trained `InfoGAN`.
        code: the categorical code's name.
        images: (n, height, width, channels) floats in the model's `image_range`; one per class will do, ten are safer.
        labels: (n,) their classes, integers from 0, each at least once.
        names: of all categories, the classes' first, for pictures and requests; none for their numbers.

    Returns:
        The former number of each category in its new place, (categories,) int64.

    Raises:
        ValueError: for a code that is not categorical, more classes than categories, a class without images, names of
            another number.

    Example:
        images, labels = ig.datasets.mnist.arrays("train")
        few = ig.datasets.sampling.few_of_each(labels, 10)
        ig.name_categories(model, "digit", images[few] / 255, labels[few])
        model.generate(16, digit=3)
    """
    distribution = model.latents.codes.get(code)
    if not isinstance(distribution, Categorical):
        raise ValueError(f"code={code!r}: expected a categorical code of {', '.join(model.latents.codes)}.")
    labels = np.asarray(labels)
    if (
        labels.shape != (len(images),)
        or len(labels) == 0
        or not np.issubdtype(labels.dtype, np.integer)
        or labels.min() < 0
    ):
        raise ValueError(f"The labels are {labels.dtype.name} {labels.shape}: expected {len(images)} integers from 0.")
    counts = np.bincount(labels)
    if len(counts) > distribution.categories or counts.min() == 0:
        raise ValueError(
            f"Classes with {counts.tolist()} images: expected at least one of each, and at most "
            f"{distribution.categories} classes, the categories of {code}."
        )
    dataclasses.replace(distribution, names=tuple(names))  # Raises for names that do not fit.
    probabilities = model.encode(images)[f"{code}_probabilities"]
    means = np.stack([probabilities[labels == label].mean(0) for label in range(len(counts))])
    matched = linear_sum_assignment(means, maximize=True)[1]
    order = np.concatenate([matched, np.setdiff1d(np.arange(distribution.categories), matched)])
    before = distribution.order or range(distribution.categories)
    named = dataclasses.replace(distribution, names=tuple(names), order=tuple(before[number] for number in order))
    model.latents = LatentSpec(model.latents.noise, {**model.latents.codes, code: named})
    return order


def reset_categories(model, code):
    """Undoes `name_categories`: the categories of a code have the networks' own numbers again, and no names."""
    distribution = dataclasses.replace(model.latents.codes[code], order=(), names=())
    model.latents = LatentSpec(model.latents.noise, {**model.latents.codes, code: distribution})
