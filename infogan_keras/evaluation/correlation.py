"""How two columns of numbers go together: by their values, by their ranks, and around a circle."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from sklearn import linear_model


def correlation_matrix(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Pearson's correlation of every column of one array with every column of another.

    Args:
        a: (n, columns).
        b: (n, other columns).

    Returns:
        (columns, other columns), -1 to 1; 0 where either column is constant, NaN where either has NaN.

    Raises:
        ValueError: for arrays that are not matrices of as many rows.

    >>> correlation_matrix([[1, 0], [2, 0], [3, 0]], [[-1], [-2], [-3]]).round(6)
    array([[-1.],
           [ 0.]])
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or len(a) == 0:
        raise ValueError(f"Arrays of shape {a.shape} and {b.shape}: expected (n, columns) and (n, other columns).")
    scaled = []
    for values in (a, b):
        constant = np.ptp(values, axis=0) == 0
        values = np.where(constant, 0, values - values.mean(0))
        scaled.append(values / np.where(constant, 1, np.sqrt(np.sum(values**2, 0))))
    return scaled[0].T @ scaled[1]


def spearman(code: ArrayLike, factor: ArrayLike) -> float:
    """The rank correlation of two columns of numbers, -1 to 1; 0 where one is constant, NaN where one has NaN."""
    ranks = [stats.rankdata(column)[:, np.newaxis] for column in (code, factor)]
    return float(correlation_matrix(*ranks)[0, 0])


def cut_spearman(code: ArrayLike, factor: ArrayLike, period: float, cuts: int = 120) -> float:
    """The largest absolute `spearman` of a code and a cyclic factor, over the places where the circle is cut open.

    1 where the code rises all around the circle and jumps back once, and 0.75 where it is a sinusoid.

    Args:
        code: (n,) numbers.
        factor: (n,) numbers that repeat after `period`, such as degrees.
        period: 360 for degrees.
        cuts: places that are tried, evenly spaced.
    """
    factor = np.asarray(factor)
    return max(abs(spearman(code, (factor - cut) % period)) for cut in np.linspace(0, period, cuts, endpoint=False))


def circular_linear_correlation(code: ArrayLike, factor: ArrayLike, period: float) -> float:
    """The multiple correlation of a code with the cosine and sine of a cyclic factor, 0 to 1 (Mardia 1976).

    1 where the code is a sinusoid of the angle, and √6 / π = 0.78 where it rises evenly all around and jumps back once
    (see `cut_spearman`).

    Args:
        code: (n,) numbers.
        factor: (n,) numbers that repeat after `period`.
        period: 360 for degrees.
    """
    angles = 2 * np.pi * np.asarray(factor) / period
    return float(np.sqrt(explained(np.stack([np.cos(angles), np.sin(angles)], 1), code)))


def explained(inputs: ArrayLike, target: ArrayLike) -> float:
    """R² of the best linear function of inputs (n, columns) and a constant, 0 to 1; 0 for a constant target (n,)."""
    inputs, target = np.asarray(inputs), np.asarray(target, np.float64)
    if np.ptp(target) == 0:
        return 0.0
    return float(np.clip(linear_model.LinearRegression().fit(inputs, target).score(inputs, target), 0, 1))
