"""Numbers as pictures, drawn by matplotlib: shaded tables, curves and lists; and pages put together of several.

Every chart is an RGB `PIL.Image`, as `traversal.draw` returns, so that charts and traversals share a page. Figures are
made without pyplot: there is no window and no global state. `scale=2` doubles every length, text included, for slides.
"""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike
from PIL import Image

INK, PAPER, BLUE, PALE, RED, RULE = "#3c3c3c", "#ffffff", "#1f5aa6", "#b0c8e4", "#b03a2e", "#d7d7d7"
SHADES = LinearSegmentedColormap.from_list("red-white-blue", [RED, PAPER, BLUE], N=511)
DPI = 100
PIXEL = 72 / DPI  # In points, as matplotlib counts lengths.
POINTS = 9  # Text, at a scale of 1.
TEXT = {"color": INK, "fontsize": POINTS, "parse_math": False}  # A "$" in a name is no formula.
DIGIT = 8  # Pixels that a digit of that size takes, at most.


def matrix(
    values: ArrayLike,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    *,
    title: str = "",
    rows: str = "",
    columns: str = "",
    texts: Sequence[Sequence[str]] | None = None,
    cell: int = 34,
    scale: float = 1,
) -> Image.Image:
    """Draws numbers as a table of shaded cells.

    Args:
        values: (rows, columns) numbers from -1, red, over 0, white, to 1, blue; NaN is white.
        row_labels: one text per row.
        column_labels: one text per column; slanted where one is wider than its cell.
        title: above the table.
        rows: what the rows are.
        columns: what the columns are.
        texts: (rows, columns) texts in the cells; None for none.
        cell: a cell's least pixels across.
        scale: of all lengths.

    Returns:
        An RGB picture.
    """
    values = np.asarray(values, np.float64)
    height, width = values.shape
    if texts is not None:
        cell = max(cell, 6 + DIGIT * max(len(text) for row in texts for text in row))
    figure, axes = _axes(width * cell, height * cell, scale)
    axes.imshow(values, cmap=SHADES, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_xticks(range(width), column_labels, parse_math=False)
    axes.set_yticks(range(height), row_labels, parse_math=False)
    axes.xaxis.tick_top()
    if max(label.get_window_extent().width for label in axes.get_xticklabels()) > 0.95 * cell * scale:
        axes.set_xticks(range(width), column_labels, rotation=45, ha="left", rotation_mode="anchor", parse_math=False)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(columns, **TEXT)
    axes.set_ylabel(rows, **TEXT)
    axes.set_title(title, loc="left", pad=8, **TEXT)
    axes.set_xticks(np.arange(width + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(height + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=RULE, linewidth=PIXEL)
    axes.tick_params(which="minor", length=0)
    for (row, column), value in np.ndenumerate(values):
        if texts is None:
            break
        ink = PAPER if abs(value) > 0.5 else INK
        axes.text(column, row, texts[row][column], **{**TEXT, "color": ink}, ha="center", va="center")
    return _picture(figure)


def curves(
    x: ArrayLike,
    lines: ArrayLike,
    *,
    title: str = "",
    x_label: str = "",
    size: tuple[int, int] = (260, 150),
    points: Mapping[float, float] | None = None,
    scale: float = 1,
) -> Image.Image:
    """Draws thin curves, and their mean as a thick one.

    Args:
        x: (n,) places, rising.
        lines: (lines, n) values; NaN leaves a gap.
        title: above the curves.
        x_label: below them.
        size: (width, height) of the plot without its labels, in pixels.
        points: `{x: value}` of others, to compare with: dots.
        scale: of all lengths.

    Returns:
        An RGB picture.
    """
    x, lines = np.asarray(x, np.float64), np.asarray(lines, np.float64)
    figure, axes = _axes(*size, scale)
    axes.plot(x, lines.T, color=PALE, linewidth=1)
    axes.plot(x, np.ma.masked_invalid(lines).mean(0).filled(np.nan), color=BLUE, linewidth=2.2)
    seen = {place: value for place, value in (points or {}).items() if x[0] <= place <= x[-1]}
    axes.scatter(list(seen), list(seen.values()), 18, color=INK, zorder=3, clip_on=False)
    axes.set_xlim(x[0], x[-1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.grid(color=RULE, linewidth=PIXEL)
    axes.set_axisbelow(True)
    axes.set_title(title, loc="left", **TEXT)
    axes.set_xlabel(x_label, **TEXT)
    return _picture(figure)


def table(rows: Sequence[tuple[str, str]], *, title: str = "", scale: float = 1) -> Image.Image:
    """Draws names and values, (n, 2) texts, as two columns, the values aligned at their right."""
    width, value_width = (max((len(row[i]) for row in rows), default=0) for i in range(2))
    lines = [f"{name:<{width}}  {value:>{value_width}}" for name, value in rows]
    figure = _figure(1, 1, scale)
    style = {**TEXT, "va": "top", "linespacing": 1.4}
    if title:
        figure.text(0, 1, title, **style)
        lines = ["", *lines] if lines else []
    if lines:
        figure.text(0, 1, "\n".join(lines), family="monospace", **style)
    return _picture(figure)


def titled(picture: Image.Image, title: str, scale: float = 1) -> Image.Image:
    """Puts a line of text above a picture."""
    return below([table([], title=title, scale=scale), picture], gap=0)


def beside(pictures: Sequence[Image.Image], gap: int = 24) -> Image.Image:
    """Puts pictures in a row, `gap` pixels apart, their tops aligned."""
    lefts = np.cumsum([0, *(picture.width + gap for picture in pictures)])
    page = Image.new("RGB", (int(lefts[-1]) - gap, max(picture.height for picture in pictures)), PAPER)
    for picture, left in zip(pictures, lefts[:-1], strict=True):
        page.paste(picture, (int(left), 0))
    return page


def below(pictures: Sequence[Image.Image], gap: int = 18, margin: int = 0) -> Image.Image:
    """Puts pictures in a column, `gap` pixels apart, their left sides aligned, with a margin around them."""
    tops = margin + np.cumsum([0, *(picture.height + gap for picture in pictures)])
    size = (max(picture.width for picture in pictures) + 2 * margin, int(tops[-1]) - gap + margin)
    page = Image.new("RGB", size, PAPER)
    for picture, top in zip(pictures, tops[:-1], strict=True):
        page.paste(picture, (margin, int(top)))
    return page


def flowing(pictures: Sequence[Image.Image], width: int = 1540, gap: int = 24) -> Image.Image:
    """Puts pictures in rows of at most `width` pixels, like words in a text."""
    rows: list[list[Image.Image]] = [[]]
    for picture in pictures:
        if rows[-1] and sum(p.width + gap for p in rows[-1]) + picture.width > width:
            rows.append([])
        rows[-1].append(picture)
    return below([beside(row, gap) for row in rows])


def _figure(width, height, scale):
    """A figure of so many pixels, at a scale of 1."""
    return Figure(figsize=(width / DPI, height / DPI), dpi=DPI * scale, facecolor=PAPER)


def _axes(width, height, scale):
    """A figure that is one plot, whose labels lie outside: `_picture` takes them in."""
    figure = _figure(width, height, scale)
    axes = figure.add_axes((0, 0, 1, 1), facecolor=PAPER)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=POINTS, labelcolor=INK)
    return figure, axes


def _picture(figure):
    """The figure with everything that was drawn, however far outside."""
    # Whole pixels: a shift by a part of one would blur every edge.
    low, high = figure.dpi * figure.get_tightbbox().padded(4 / DPI).get_points()
    box = Bbox([np.floor(low) / figure.dpi, np.ceil(high) / figure.dpi])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=figure.dpi, facecolor=PAPER, bbox_inches=box)
    return Image.open(buffer).convert("RGB")
