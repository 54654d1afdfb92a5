"""How far generated images are from real ones, as distances between two sets of features.

The numbers depend on the features, on how many images there are, and on which real ones: the name of a metric says
the first two (`fid10k_mnist_cnn`), and only equal names can be compared. `extractors` makes features.
"""

import numpy as np
from numpy.typing import ArrayLike


def frechet_distance(features: ArrayLike, others: ArrayLike) -> float:
    """The squared Fréchet distance between two sets of features, each taken as one Gaussian.

    |m - m'|² + tr(C + C' - 2 (C C')^½), which is 0 for equal sets, and larger for small sets than for large ones of the
    same kind: compare equal counts only (Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to
    a Local Nash Equilibrium", section 2: the Fréchet Inception distance).

    Args:
        features: (n, size).
        others: (m, size).

    Returns:
        A float in squared units of the features.

    Raises:
        ValueError: for features of another shape, or fewer than two rows.
    """
    moments = [(rows.mean(0), np.atleast_2d(np.cov(rows, rowvar=False))) for rows in _pair(features, others)]
    return gaussian_frechet_distance(*moments[0], *moments[1])


def gaussian_frechet_distance(
    mean: np.ndarray, covariance: np.ndarray, other_mean: np.ndarray, other_covariance: np.ndarray
) -> float:
    """The squared Fréchet distance of two Gaussians, from their means (size,) and covariances (size, size).

    The trace of (C C')^½ is the sum of the singular values of C^½ C'^½, which loses no digits where covariances are
    singular or nearly so.

    >>> gaussian_frechet_distance(np.zeros(2), np.diag([1.0, 4.0]), np.array([3.0, 0.0]), np.diag([9.0, 0.0]))
    17.0
    """
    cross = np.linalg.svd(_root(covariance) @ _root(other_covariance), compute_uv=False)
    spread = np.trace(covariance) + np.trace(other_covariance) - 2 * cross.sum()
    return float(np.sum((mean - other_mean) ** 2) + spread)


def kernel_distance(features: ArrayLike, others: ArrayLike) -> float:
    """The squared maximum mean discrepancy of two sets of features under the kernel (x·y / size + 1)³, unbiased.

    Its expectation is 0 for sets of the same kind whatever their size, so single values may be below 0 (Bińkowski et
    al. 2018, "Demystifying MMD GANs", section 4: the kernel Inception distance; here over all pairs, not over
    subsets).

    Args:
        features: (n, size).
        others: (m, size).

    Returns:
        A float.

    Raises:
        ValueError: for features of another shape, or fewer than two rows.
    """
    first, second = _pair(features, others)

    def within(values):
        own = np.sum((np.sum(values**2, 1) / values.shape[1] + 1) ** 3)
        return (_kernel_sum(values, values) - own) / (len(values) * (len(values) - 1))

    between = _kernel_sum(first, second) / (len(first) * len(second))
    return float(within(first) + within(second) - 2 * between)


def count_name(count: int) -> str:
    """10000 as 10k, 500 as 500: the count in a metric's name."""
    return f"{count // 1000}k" if count % 1000 == 0 else str(count)


def _pair(features: ArrayLike, others: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    features, others = np.asarray(features, np.float64), np.asarray(others, np.float64)
    if features.ndim != 2 or features.shape[1:] != others.shape[1:] or min(len(features), len(others)) < 2:
        raise ValueError(
            f"Features {features.shape} and {others.shape}: expected (n, size) and (m, size), at least two rows each."
        )
    if not (np.all(np.isfinite(features)) and np.all(np.isfinite(others))):
        raise ValueError("The features hold NaN or infinite values: the images or the extractor are broken.")
    return features, others


def _root(covariance):
    """The symmetric square root; eigenvalues that rounding made negative count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T


def _kernel_sum(a, b, rows=1000):
    """The sum of the kernel over all pairs, some rows at a time."""
    total = 0.0
    for start in range(0, len(a), rows):
        values = a[start : start + rows] @ b.T / a.shape[1] + 1
        total += np.sum(values * values * values)
    return total
