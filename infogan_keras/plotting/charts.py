"""Numbers as pictures, drawn with Pillow in the style of `traversal.draw`, and put together on a page."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from infogan_keras.plotting.traversal import FONT_SIZE, INK, PAPER

BLUE, PALE, RULE = (31, 90, 166), (176, 200, 228), (215, 215, 215)
FINE = 3  # Lines are drawn larger and scaled down, which smooths them.


def matrix(values, row_labels, column_labels, *, title="", rows="", columns="", texts=None, cell=34):
    """Numbers as a table of shaded cells.

    Args:
        values: (rows, columns) numbers from 0, white, to 1, blue.
        row_labels: one text per row.
        column_labels: one text per column.
        title: above it.
        rows: what the rows are.
        columns: what the columns are.
        texts: (rows, columns) texts in the cells; None for none.
        cell: a cell's pixels across.

    Returns:
        A `PIL.Image`, RGB.
    """
    values = np.asarray(values)
    font = ImageFont.load_default(FONT_SIZE)
    line = FONT_SIZE + 6
    left = int(max(font.getlength(label) for label in (*row_labels, rows))) + 10
    top = line * bool(title) + line * bool(columns) + line
    broad = max(cell, *(int(font.getlength(label)) + 8 for label in column_labels))
    size = (left + values.shape[1] * broad + 2, top + values.shape[0] * cell + 2)
    picture = Image.new("RGB", (max(size[0], int(left + font.getlength(title)) + 4), size[1]), PAPER)
    ink = ImageDraw.Draw(picture)
    ink.text((left, line / 2), title, INK, font, anchor="lm")
    ink.text((left, top - 1.5 * line), columns, INK, font, anchor="lm")
    ink.text((left - 6, top - line / 2), rows, INK, font, anchor="rm")
    for i, label in enumerate(column_labels):
        ink.text((left + (i + 0.5) * broad, top - line / 2), label, INK, font, anchor="mm")
    for j, label in enumerate(row_labels):
        ink.text((left - 6, top + (j + 0.5) * cell), label, INK, font, anchor="rm")
        for i, value in enumerate(values[j]):
            shade = tuple(round(p + (b - p) * float(np.clip(value, 0, 1))) for p, b in zip(PAPER, BLUE, strict=True))
            corner = (left + i * broad, top + j * cell)
            ink.rectangle((*corner, corner[0] + broad, corner[1] + cell), shade, RULE)
            if texts is not None:
                middle = (corner[0] + broad / 2, corner[1] + cell / 2)
                ink.text(middle, texts[j][i], PAPER if value > 0.5 else INK, font, anchor="mm")
    return picture


def curves(x, lines, *, title="", x_label="", size=(300, 190), points=None):
    """Thin curves, and their mean as a thick one.

    Args:
        x: (n,) places.
        lines: (lines, n) values; NaN leaves a gap.
        title: above it.
        x_label: below it.
        size: (width, height) in pixels.
        points: `{x: value}` of others, to compare with: dots.

    Returns:
        A `PIL.Image`, RGB.
    """
    font = ImageFont.load_default(FONT_SIZE)
    line = FONT_SIZE + 6
    lines = np.asarray(lines, np.float64)
    dots = {a: b for a, b in (points or {}).items() if x[0] <= a <= x[-1]}
    seen = np.concatenate([lines[np.isfinite(lines)], list(dots.values())])
    low, high = (seen.min(), seen.max()) if len(seen) else (0.0, 1.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    y_ticks, x_ticks = ticks(low, high), ticks(x[0], x[-1])
    low, high = min(low, y_ticks[0]), max(high, y_ticks[-1])
    left = int(max(font.getlength(f"{tick:g}") for tick in y_ticks)) + 12
    right = int(font.getlength(f"{x_ticks[-1]:g}") / 2) + 4
    box = (left, line + 4, size[0] - right, size[1] - 2 * line)

    def place(a, b, scale=1):
        return (
            (box[0] + (a - x[0]) / (x[-1] - x[0]) * (box[2] - box[0])) * scale,
            (box[3] - (b - low) / (high - low) * (box[3] - box[1])) * scale,
        )

    canvas = Image.new("RGB", (size[0] * FINE, size[1] * FINE), PAPER)
    ink = ImageDraw.Draw(canvas)
    for tick in y_ticks:
        ink.line([place(x[0], tick, FINE), place(x[-1], tick, FINE)], RULE, FINE)
    for tick in x_ticks:
        ink.line([place(tick, low, FINE), place(tick, high, FINE)], RULE, FINE)
    counts = np.isfinite(lines).sum(0)
    mean = np.where(counts > 0, np.nansum(lines, 0) / np.maximum(counts, 1), np.nan)
    for values, colour, thick in [*((values, PALE, 1) for values in lines), (mean, BLUE, 3)]:
        for part in np.split(np.arange(len(x)), np.flatnonzero(~np.isfinite(values))):
            drawn = [place(x[i], values[i], FINE) for i in part if np.isfinite(values[i])]
            if drawn:
                ink.line(drawn, colour, thick * FINE, joint="curve")
    for a, b in dots.items():
        ink.circle(place(a, b, FINE), 3 * FINE, INK)
    picture = canvas.resize(size, Image.Resampling.LANCZOS)
    ink = ImageDraw.Draw(picture)
    ink.text((left, line / 2), title, INK, font, anchor="lm")
    ink.text(((box[0] + box[2]) / 2, size[1] - line / 2), x_label, INK, font, anchor="mm")
    for tick in y_ticks:
        ink.text((left - 6, place(x[0], tick)[1]), f"{tick:g}", INK, font, anchor="rm")
    for tick in x_ticks:
        ink.text((place(tick, low)[0], box[3] + line / 2), f"{tick:g}", INK, font, anchor="mm")
    return picture


def table(rows, *, title=""):
    """Names and values, (n, 2) texts, in two columns, as an RGB `PIL.Image`."""
    font = ImageFont.load_default(FONT_SIZE)
    line = FONT_SIZE + 6
    broad = [int(max((font.getlength(row[i]) for row in rows), default=0)) + 12 for i in range(2)]
    size = (max(sum(broad), int(font.getlength(title)) + 8), line * (len(rows) + bool(title)) + 2)
    picture = Image.new("RGB", size, PAPER)
    ink = ImageDraw.Draw(picture)
    ink.text((4, line / 2), title, INK, font, anchor="lm")
    for index, (name, value) in enumerate(rows, start=bool(title)):
        ink.text((4, line * (index + 0.5)), name, INK, font, anchor="lm")
        ink.text((sum(broad) - 4, line * (index + 0.5)), value, BLUE, font, anchor="rm")
    return picture


def titled(picture, title):
    """The picture below a line of text."""
    return below([table([], title=title), picture], gap=0)


def beside(pictures, gap=24):
    """Pictures in a row, their tops aligned."""
    size = (sum(p.width + gap for p in pictures) - gap, max(p.height for p in pictures))
    return _pasted(pictures, size, lambda done: (sum(p.width + gap for p in done), 0))


def flowing(pictures, width=1540, gap=24):
    """Pictures in rows of at most `width` pixels, like words in a text."""
    rows = [[]]
    for picture in pictures:
        if rows[-1] and sum(p.width + gap for p in rows[-1]) + picture.width > width:
            rows.append([])
        rows[-1].append(picture)
    return below([beside(row, gap) for row in rows])


def below(pictures, gap=18, margin=0):
    """Pictures in a column, their left sides aligned, with a margin around them."""
    size = (max(p.width for p in pictures) + 2 * margin, sum(p.height + gap for p in pictures) - gap + 2 * margin)
    return _pasted(pictures, size, lambda done: (margin, margin + sum(p.height + gap for p in done)))


def ticks(low, high, most=5):
    """Round numbers from `low` to `high`, at most about `most`: multiples of 1, 2 or 5 times a power of ten.

    >>> ticks(-2, 2)
    [-2.0, -1.0, 0.0, 1.0, 2.0]
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    return [round(i * step, 10) + 0.0 for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _pasted(pictures, size, place):
    page = Image.new("RGB", size, PAPER)
    for index, picture in enumerate(pictures):
        page.paste(picture, place(pictures[:index]))
    return page
