"""How much Q's answers say: about real images, and about the codes that images were generated from.

All information is in nats. The bound is `losses.mutual_information`.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from infogan_keras.evaluation.correlation import correlation_matrix


def image_information(probabilities: ArrayLike) -> float:
    """How much a categorical code's answer depends on the image: H(mean q) - mean H(q); no label is read.

    It is 0 where Q says the same of every image, and ln(categories) where Q is certain of each image and uses all
    categories equally. It says nothing about what the categories mean.

    Args:
        probabilities: (n, categories), Q's probabilities of n images. A bit has two categories.

    Returns:
        Nats, a float.

    Raises:
        ValueError: for anything but rows of probabilities.

    >>> image_information(np.eye(4))
    1.3862943611198906
    """
    probabilities = np.asarray(probabilities, np.float64)
    if probabilities.ndim != 2 or probabilities.size == 0:
        raise ValueError(f"The probabilities have shape {probabilities.shape}: expected (images, categories).")
    sums = probabilities.sum(1)
    if not (probabilities.min() >= 0 and np.allclose(sums, 1, atol=1e-3)):
        raise ValueError(
            f"The rows have a smallest value of {probabilities.min():g} and sums from {sums.min():g} to "
            f"{sums.max():g}: expected probabilities."
        )
    return float(entr(probabilities.mean(0)).sum() - entr(probabilities).sum(1).mean())


def read_back(values: ArrayLike, posterior: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """How well Q reads a code back from images that were generated with it.

    Args:
        values: (n, size), what the images were generated from.
        posterior: what Q says of them, the code's part of `InfoGAN.encode` without its name: `probabilities` and `id`
            of a categorical code, `mean` and `std` of a continuous one, `degrees` of an angle, `probability` of bits.

    Returns:
        A dict of numbers, or of one number per dimension where the code has dimensions, (size,):

        - `accuracy` of categorical codes and bits, 0 to 1.
        - `alignment` of an angle: the mean cosine of its difference from Q's; 1 at best and 0 for a guess.
        - `correlation` of a continuous code and its mean, -1 to 1; 0 where either is constant.
        - `explained`: 1 - E[(c - mean)²] / Var(c), with the variance of `values`; at most 1.
        - `within_one_std`: the share of |c - mean| < std. Where errors are normal and std is right, it is 0.683.
        - `z_std`: the root mean square of (c - mean) / std, which is 1 where std is right, and larger where Q is too
            sure.

    Raises:
        ValueError: for a posterior of another number of rows.
    """
    values = np.asarray(values)
    if any(len(value) != len(values) for value in posterior.values()):
        shapes = ", ".join(f"{what} {np.shape(value)}" for what, value in posterior.items())
        raise ValueError(f"values {values.shape}, and {shapes}: expected as many rows.")
    if "id" in posterior:
        return {"accuracy": np.mean(posterior["id"] == np.argmax(values, 1))}
    if "probability" in posterior:
        return {"accuracy": np.mean((posterior["probability"] > 0.5) == (values > 0.5), 0)}
    if "degrees" in posterior:
        angles = np.radians(posterior["degrees"][:, 0])
        return {"alignment": np.mean(values[:, 0] * np.cos(angles) + values[:, 1] * np.sin(angles))}
    errors = values - posterior["mean"]
    z_scores = errors / posterior["std"]
    return {
        "correlation": np.diagonal(correlation_matrix(values, posterior["mean"])),
        "explained": 1 - np.mean(errors**2, 0) / np.var(values, 0),
        "within_one_std": np.mean(np.abs(z_scores) < 1, 0),
        "z_std": np.sqrt(np.mean(z_scores**2, 0)),
    }
