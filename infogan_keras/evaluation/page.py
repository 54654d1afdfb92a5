"""The page of pictures that `evaluate` writes: numbers, charts, real and generated images, and what each code does."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from infogan_keras.evaluation import appearance, clustering
from infogan_keras.plotting import charts, traversal

SHOWN_PIXELS = 56  # Of an image on the page, about.
LINES = 34  # Of one column of numbers, at most.
WIDTH = 1540


def draw_page(
    model,
    images: np.ndarray,
    fakes: np.ndarray,
    numbers: Mapping[str, float],
    pictures: Sequence[Image.Image],
    responses: Sequence[appearance.Response],
    *,
    seed: int = 0,
    scale: int = 1,
) -> Image.Image:
    """Draws everything that was measured of a model.

    Args:
        model: the model.
        images: real images, uint8.
        fakes: generated images, in the model's range.
        numbers: `{name: number}`.
        pictures: charts to show beside the numbers, drawn at the same scale.
        responses: of `appearance.responses`, each shown beside the traversal of its code; none where not measured.
        seed: of the traversals' latents.
        scale: of all lengths, text included.

    Returns:
        An RGB picture.
    """
    low, high = model.image_range
    gap, enlarged = 24 * scale, max(1, round(SHOWN_PIXELS * scale / model.image_shape[0]))
    rows = [(name, as_text(value)) for name, value in numbers.items()]
    lines = -(-len(rows) // -(-len(rows) // LINES))
    tables = [
        charts.table(rows[start : start + lines], title=" " if start else _heading(model), scale=scale)
        for start in range(0, len(rows), lines)
    ]
    real = images[:30].astype(np.float32) / 255 * (high - low) + low
    shown = [
        charts.titled(traversal.draw_images(values, model.image_range, scale=enlarged), title, scale)
        for title, values in (("real", real), ("generated", fakes[:30]))
    ]
    strips = []
    for name in traversal.traversal_names(model.latents):
        limit = max([1.0, *(response.values[-1] for response in responses)])
        grid = traversal.traversal_grid(model.latents, name, samples=3, values=9, limit=limit, seed=seed)
        strip = traversal.draw(model.decode(grid.latents), grid, model.image_range, scale=enlarged)
        curves = [_draw_response(response, scale) for response in responses if response.code == name]
        strips.append(charts.flowing([strip, *curves], WIDTH * scale, gap))
    top = charts.flowing([*tables, *pictures], WIDTH * scale, gap)
    strips = [charts.flowing(strips, WIDTH * scale, gap)] if strips else []
    return charts.below([top, charts.flowing(shown, WIDTH * scale, gap), *strips], gap, margin=12 * scale)


def draw_confusion(
    name: str, confusion: np.ndarray, category_names: Sequence[str] = (), scale: float = 1
) -> Image.Image:
    """Draws a confusion matrix, (categories, classes), shaded by each category's share of the class.

    Categories are in the order of the classes that they are matched to, one to one.

    Args:
        name: of the code.
        confusion: counts.
        category_names: one per category; empty for their ids.
        scale: of all lengths.
    """
    matched = clustering.match_one_to_one(confusion)
    order = np.argsort(np.where(matched < 0, confusion.shape[1], matched), kind="stable")
    counts = confusion[order]
    return charts.matrix(
        counts / np.maximum(counts.sum(0), 1),
        [category_names[category] if category_names else str(category) for category in order],
        [str(label) for label in range(counts.shape[1])],
        title=f"{name}: images by category and class",
        rows=name,
        columns="class",
        texts=[[str(count) if count else "" for count in row] for row in counts],
        scale=scale,
    )


def as_text(value: float) -> str:
    """A number for people: four digits, whole ones in full."""
    return f"{value}" if isinstance(value, int) else f"{value:.4g}"


def _heading(model):
    return f"{model.name}, {model.updates:,} updates"


def _draw_response(response, scale):
    unit = appearance.UNITS[response.measure]
    title = f"{response.measure} in {unit}, rank correlation {response.spearman:.2f}"
    label = f"{response.code}; thin: one category each"
    return charts.curves(response.values, response.by_category, title=title, x_label=label, scale=scale)
