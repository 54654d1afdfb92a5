"""Codes that are declared to follow a known change of images: do they, and does nothing else move them?

A view is such a change, by an amount that is known for each image. On real images, R[j, k] is the correlation of code
j's response, Q's mean after the change minus that before, with the amount of view k. Declaring asks that R be 1 where
the code follows the view, and 0 elsewhere. On generated images, a code's values are compared with what can be measured
in the image (see `appearance`).
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image
from scipy.spatial import distance

from infogan_keras.evaluation.appearance import UNITS, Response
from infogan_keras.evaluation.correlation import correlation_matrix
from infogan_keras.plotting import charts
from infogan_keras.views import View

MEASURE_OF_VIEW = {"slant": "slant", "stretch": "width"}
MIRROR = "mirror"


Apply = Callable[[np.ndarray, dict[str, np.ndarray]], np.ndarray]


def declarations(codes: Mapping) -> dict[str, list[str]]:
    """`{code: names of the views that it follows}` of the codes that declare any, or declare that they follow none.

    Circular codes, whose responses are turns, are left out.

    Args:
        codes: of the `LatentSpec`.
    """
    follows: dict[str, list[str]] = {}
    for name, code in codes.items():
        if code.follows is not None and code.size == 1:
            follows[name] = [view.name for view in code.follows]
    return follows


def sign_change(means: ArrayLike, mirrored: ArrayLike) -> np.ndarray:
    """How far codes change their sign under a mirror image, (codes,): 1 entirely, -1 not at all, 0 for constant codes.

    The correlation of Q's mean of the images, (n, codes), with minus that of their mirror images.
    """
    return -np.diagonal(correlation_matrix(means, mirrored))


def per_category(values: ArrayLike, amounts: ArrayLike, ids: ArrayLike, categories: int) -> np.ndarray:
    """The correlation of a code's answers with the amounts within each category.

    An offset that a category has of its own lowers the correlation over all images, and not these.

    Args:
        values: (n,) of Q's mean, or of its change.
        amounts: (n,).
        ids: (n,) integers, the category or class of each image.
        categories: how many there are.

    Returns:
        (categories,); NaN where a category has fewer than two images.
    """
    values, amounts, ids = (np.asarray(column) for column in (values, amounts, ids))
    found = np.full(categories, np.nan)
    for category in range(categories):
        own = ids == category
        if own.sum() > 1:
            found[category] = correlation_matrix(values[own, np.newaxis], amounts[own, np.newaxis])[0, 0]
    return found


def leakage(correlations: Mapping[str, float], own: Collection[str]) -> float:
    """The mean absolute correlation of a code with what it does not follow.

    Args:
        correlations: `{name: correlation}` with everything that is declared.
        own: the names that the code follows.

    Returns:
        0 to 1; NaN where nothing else is declared.

    >>> leakage({"slant": 1.0, "width": -0.25, "mirror": 0.75}, ["slant"])
    0.5
    """
    others = [abs(value) for name, value in correlations.items() if name not in own]
    return float(np.mean(others)) if others else float("nan")


def measure_generated(responses: Sequence[Response], follows: Mapping[str, Collection[str]]) -> dict[str, float]:
    """What declared codes do to generated images, where the views that they follow can be measured.

    Args:
        responses: of `appearance.responses`, with limit=1, the range that training saw.
        follows: `{code: names of the views that it follows}` of the declared codes, () for none.

    Returns:
        `declared_spearman/<measure>/<code>`, `declared_slope_<unit>/<measure>/<code>` (units per unit of the code) of
        the measures that belong to the code's views, and `declared_leakage/<code>`, see `leakage`, over the measures
        that belong to any code's.
    """
    measures = {MEASURE_OF_VIEW[view] for views in follows.values() for view in views if view in MEASURE_OF_VIEW}
    numbers: dict[str, float] = {}
    for code, views in follows.items():
        found = {r.measure: r for r in responses if r.code == code and r.measure in measures}
        own = [MEASURE_OF_VIEW[view] for view in views if view in MEASURE_OF_VIEW]
        for measure in own:
            numbers[f"declared_spearman/{measure}/{code}"] = found[measure].spearman
            numbers[f"declared_slope_{UNITS[measure]}/{measure}/{code}"] = found[measure].slope
        if len(measures) > len(own):
            correlations = {measure: response.spearman for measure, response in found.items()}
            numbers[f"declared_leakage/{code}"] = leakage(correlations, own)
    return numbers


def measure_real(
    read: Callable[[np.ndarray], np.ndarray],
    apply: Apply,
    images: np.ndarray,
    views: Sequence[View],
    follows: Mapping[str, Collection[str]],
    ids: ArrayLike | None = None,
    seed: int = 0,
) -> tuple[dict[str, float], np.ndarray]:
    """What declared codes do when real images change by known amounts.

    All views are applied together, by amounts a and -a, so that both images of a pair are interpolated alike; a
    response is the difference of Q's means. A mirror image has no amount: see `sign_change`.

    Args:
        read: images → Q's means of the declared codes, (n, codes) in the order of `follows`.
        apply: (images, `{view: amounts (n,)}`) → changed images.
        images: (n, height, width, channels), as `read` takes them.
        views: all that the model knows, also those that no code follows.
        follows: `{code: names of the views that it follows}` of the declared codes, () for none.
        ids: (n,) integers, the images' categories; None does not look at them one by one.
        seed: of the amounts.

    Returns:
        A dict of `real_response/<view>/<code>`, all of R; `real_response_worst/<view>/<code>`, the least over the
        categories, for the views that the code follows; and `real_leakage/<code>`, see `leakage`. Beside it R itself,
        (codes, views).
    """
    rng = np.random.default_rng(seed)
    signed = [view for view in views if view.name != MIRROR]
    amounts = rng.uniform(-1, 1, (len(images), len(signed))) * [view.amount for view in signed]
    amounts = amounts.astype(np.float32)
    pair = [read(apply(images, {view.name: side * amounts[:, k] for k, view in enumerate(signed)})) for side in (1, -1)]
    delta = pair[0] - pair[1]
    columns = dict(zip([view.name for view in signed], correlation_matrix(delta, amounts).T, strict=True))
    if len(signed) < len(views):
        mirrored = read(apply(images, {MIRROR: -np.ones(len(images), np.float32)}))
        columns[MIRROR] = sign_change(read(images), mirrored)
    matrix = np.stack([columns[view.name] for view in views], 1)
    numbers: dict[str, float] = {}
    for j, (code, own) in enumerate(follows.items()):
        found = {view.name: float(value) for view, value in zip(views, matrix[j], strict=True)}
        numbers |= {f"real_response/{view}/{code}": value for view, value in found.items()}
        for k, view in enumerate(signed):
            if ids is not None and view.name in own:
                within = per_category(delta[:, j], amounts[:, k], ids, int(np.max(ids)) + 1)
                numbers[f"real_response_worst/{view.name}/{code}"] = float(np.nanmin(within))
        # A code that need not change its sign under a mirror image may well not change at all.
        numbers[f"real_leakage/{code}"] = leakage(found, {*own, MIRROR})
    return numbers, matrix


def distance_ratio(images: np.ndarray, changed: np.ndarray) -> float:
    """How far changed images are from the data: about 1 where the data has such images, larger where it has not.

    The mean distance from the changed images of one half to their nearest image of the other half, over that of the
    half's own images (pixels, Euclidean). On MNIST's digits a slant of 0.35 has 1.0, and a mirror image 1.3.

    Args:
        images: (n, ...) real images, at least four.
        changed: the same, changed.
    """
    half = len(images) // 2
    flat, flat_changed = images.reshape(len(images), -1), changed.reshape(len(changed), -1)
    others = flat[half:]
    before, after = (distance.cdist(rows[:half], others).min(1).mean() for rows in (flat, flat_changed))
    return float(after / before) if before > 0 else math.inf


def draw_responses(matrix: np.ndarray, codes: Sequence[str], views: Sequence[str], scale: float = 1) -> Image.Image:
    """Draws R, (codes, views), as a table of shaded cells: blue for 1, red for -1."""
    return charts.matrix(
        matrix,
        list(codes),
        list(views),
        title="declared codes under known changes of real images: correlation",
        texts=[[f"{value:+.2f}" for value in row] for row in matrix],
        cell=44,
        scale=scale,
    )
