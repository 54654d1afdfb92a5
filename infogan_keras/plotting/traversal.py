"""Pictures of what codes do: latents laid out as a grid, and images drawn on it.

In a traversal, the images of a row share noise and all other codes, and columns vary one code (paper, Figure 2). Two
pictures of the same grid can be compared: latents depend on the seed alone, and images are drawn on the model's
declared range, never stretched to their own minimum and maximum.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import matplotlib
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_file
from infogan_keras.latents import LatentSpec

INK, PAPER = (60, 60, 60), (255, 255, 255)
FONT_SIZE, GAP = 12, 2  # Pixels, at the least.
GIF_PIXELS = 65_535


class Decoder(Protocol):
    """What `show` draws: an `InfoGAN`, a servable, or an object of your own.

    Attributes:
        latents: the spec of its latents.
        image_range: (lowest, highest) value of its images.
    """

    latents: LatentSpec
    image_range: tuple[float, float]

    def decode(self, latents: Mapping[str, np.ndarray]) -> np.ndarray:
        """Images (rows, height, width, channels) of latents `{name: (rows, size)}`."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """Latents of the images in a picture, row by row.

    Attributes:
        latents: `{name: (rows * columns, size)}`.
        column_labels: one text per column; its length is the number of columns.
        row_labels: one text per row.
        column_code: what varies from left to right, where that is a code.
        row_code: what varies from top to bottom, where that is a code.
    """

    latents: dict[str, np.ndarray]
    column_labels: tuple[str, ...]
    row_labels: tuple[str, ...]
    column_code: str = ""
    row_code: str = ""

    @property
    def transposed(self) -> "Grid":
        """The labels of the same grid with rows for columns; for `draw`, which transposes the images."""
        return Grid(self.latents, self.row_labels, self.column_labels, self.row_code, self.column_code)


def traversal_grid(
    latents: LatentSpec,
    columns: str,
    rows: str | None = None,
    *,
    samples: int = 5,
    values: int = 10,
    limit: float = 1.0,
    seed: int = 0,
) -> Grid:
    """A grid in which the columns vary one code, and the rows nothing but chance, or a second code.

    Args:
        latents: the `LatentSpec`.
        columns: the code that varies from left to right; "code[i]" for dimension i of a code of several.
        rows: a second code, from top to bottom. None for rows of random latents.
        samples: how many random rows, where `rows` is None.
        values: how many values of a continuous code; a discrete code shows each of its values.
        limit: continuous codes go from -limit to limit. The paper's MNIST figures go to 2, beyond training's 1.
        seed: of the fixed latents.

    Returns:
        A `Grid`.

    Raises:
        ValueError: for an unknown code, or the same one twice.
    """
    positive_int("samples", samples), positive_int("values", values)
    column_axis = _axis(latents, columns, values, limit)
    row_axis = _axis(latents, rows, values, limit) if rows is not None else None
    if rows == columns:
        raise ValueError(f"rows and columns are both {columns!r}: expected two codes.")
    height = len(row_axis.labels) if row_axis else samples
    width = len(column_axis.labels)
    # One draw of the grid's height when rows differ by chance; the same single draw in every cell otherwise.
    drawn = latents.sample(height if row_axis is None else 1, (seed, 0))
    repeats = width if row_axis is None else width * height
    cells = {name: np.repeat(value.numpy(), repeats, axis=0) for name, value in drawn.items()}
    column_axis.put(cells, np.tile(np.arange(width), height))
    if row_axis is None:
        return Grid(cells, column_axis.labels, ("",) * height, columns)
    row_axis.put(cells, np.repeat(np.arange(height), width))
    return Grid(cells, column_axis.labels, row_axis.labels, columns, rows or "")


def sample_grid(latents: LatentSpec, rows: int = 10, columns: int = 10, *, seed: int = 0) -> Grid:
    """A `Grid` of images that share nothing: noise and codes drawn from their priors."""
    drawn = latents.sample(rows * columns, (seed, 1))
    return Grid({name: value.numpy() for name, value in drawn.items()}, ("",) * columns, ("",) * rows)


def traversal_names(latents: LatentSpec) -> list[str]:
    """Everything that `traversal_grid` can vary: each code's name, or name[i] for each of its dimensions."""
    names = []
    for name, code in latents.codes.items():
        dimensions = 1 if np.ndim(code.traversal_values(2, 1.0)) > 1 else code.size
        names += [name] if dimensions == 1 else [f"{name}[{i}]" for i in range(dimensions)]
    return names


def draw(
    images: ArrayLike,
    grid: Grid,
    image_range: tuple[float, float],
    *,
    values_down: bool = False,
    scale: int = 2,
    title: str | None = None,
) -> Image.Image:
    """Draws a grid's images with its codes' names and values.

    Args:
        images: (rows * columns, height, width, channels) of the grid's latents, row by row. One channel is gray, two
            are gray and opacity, three colour, four colour and opacity; what is not opaque is drawn on white.
        grid: the `Grid`.
        image_range: (lowest, highest) value, drawn as black and white; what lies outside is clipped.
        values_down: the release's orientation, in which a code varies from top to bottom.
        scale: screen pixels per image pixel; labels grow with the images.
        title: above the picture; None for the codes' names.

    Returns:
        A `PIL.Image`, RGB.

    Raises:
        ValueError: where the number of images is not the grid's, or they have more than four channels.
    """
    images, scale = np.asarray(images), positive_int("scale", scale)
    rows, columns = len(grid.row_labels), len(grid.column_labels)
    if len(images) != rows * columns:
        raise ValueError(f"{len(images)} images for a grid of {rows} x {columns}.")
    cells = images.reshape(rows, columns, *images.shape[1:])
    if values_down:
        cells, grid = cells.swapaxes(0, 1), grid.transposed
    if title is None:
        both = grid.column_code and grid.row_code
        title = f"{grid.column_code} across, {grid.row_code} down" if both else grid.column_code or grid.row_code
    return _picture(_pixels(cells, image_range, scale), title, grid.row_labels, grid.column_labels, max(GAP, scale))


def draw_images(
    images: np.ndarray, image_range: tuple[float, float], *, columns: int = 10, scale: int = 2
) -> Image.Image:
    """Draws up to columns² images, (n, height, width, 1 to 4), in rows; see `draw`."""
    rows = min(columns, -(-len(images) // columns))
    cells = np.full((rows * columns, *images.shape[1:]), image_range[1], np.float32)
    shown = images[: len(cells)]
    cells[: len(shown)] = shown
    grid = Grid({}, ("",) * columns, ("",) * rows)
    return draw(cells, grid, image_range, scale=scale)


def show(
    model: Decoder,
    columns: str,
    rows: str | None = None,
    *,
    values_down: bool = False,
    scale: int = 2,
    title: str | None = None,
    **options,
) -> Image.Image:
    """Draws a traversal, for notebooks (which display it) and scripts (which `.save` it).

    Args:
        model: a trained model, or a servable: whatever has `latents`, `image_range` and `decode`, see `Decoder`.
        columns: the code that varies from left to right.
        rows: a second code, from top to bottom.
        values_down: see `draw`.
        scale: see `draw`; 6 suits a slide.
        title: see `draw`.
        **options: `samples`, `values`, `limit` and `seed` of `traversal_grid`.

    Returns:
        A `PIL.Image`.

    Example:
        traversal.show(model, "rotation", "digit", limit=2, scale=4).save("rotation.png")
    """
    grid = traversal_grid(model.latents, columns, rows, **options)
    images = model.decode(grid.latents)
    return draw(images, grid, model.image_range, values_down=values_down, scale=scale, title=title)


def brightness(images: np.ndarray, image_range: tuple[float, float]) -> np.ndarray:
    """Images in `image_range` as 0 (black) to 1 (white); what lies outside is clipped."""
    low, high = image_range
    return np.clip((images - low) / (high - low), 0, 1)


def write_gif(
    pictures: Sequence[str | Path | Image.Image],
    path: str | Path,
    *,
    captions: Sequence[str] | None = None,
    milliseconds: int = 200,
) -> None:
    """Joins pictures, in the order given, to an endless GIF that rests on the last one.

    Args:
        pictures: image files, or `PIL.Image`s. Smaller ones get a white border on the right and below.
        path: of the GIF.
        captions: one text per picture, such as "epoch 7", drawn below it; None for none.
        milliseconds: that each picture stays; the last one stays ten times as long.

    Raises:
        ValueError: for no pictures, or pictures wider or higher than a GIF's 65,535 pixels.
    """
    frames = [_opened(picture) for picture in pictures]
    if not frames:
        raise ValueError(f"No pictures to make {path} of.")
    width, height = (max(sizes) for sizes in zip(*(frame.size for frame in frames), strict=True))
    line = 0
    if captions is not None:
        font = _font(max(FONT_SIZE, width // 40))
        line = _line(font)
        width = max(width, line + int(max(font.getlength(caption) for caption in captions)))
    if max(width, height + line) > GIF_PIXELS:
        raise ValueError(
            f"{path}: pictures of {width} x {height + line} pixels, and a GIF has at most {GIF_PIXELS} either way. "
            "Draw fewer rows or columns, or a smaller scale."
        )
    pages = [Image.new("RGB", (width, height + line), PAPER) for _ in frames]
    for page, frame in zip(pages, frames, strict=True):
        page.paste(frame)
    if captions is not None:
        for page, caption in zip(pages, captions, strict=True):
            ImageDraw.Draw(page).text((line / 3, height + line / 2), caption, INK, font, anchor="lm")
    pages = [page.convert("P", palette=Image.Palette.ADAPTIVE) for page in pages]
    durations = [milliseconds] * (len(pages) - 1) + [10 * milliseconds]
    with atomic_file(path) as temporary:
        pages[0].save(temporary, save_all=True, append_images=pages[1:], duration=durations, loop=0)


@dataclasses.dataclass(frozen=True)
class _Axis:
    """One code, or one dimension of it, and the values that it takes along a side of the grid."""

    code: str
    dimension: int | None
    values: np.ndarray
    labels: tuple

    def put(self, cells, index):
        if self.dimension is None:
            cells[self.code] = self.values[index]
        else:
            cells[self.code][:, self.dimension] = self.values[index]


def _axis(latents, name, values, limit):
    if name not in traversal_names(latents):
        raise ValueError(f"Unknown code {name!r}: expected one of {', '.join(traversal_names(latents))}.")
    code, _, dimension = name.partition("[")
    points = latents.codes[code].traversal_values(values, limit)
    labels = latents.codes[code].traversal_labels(values, limit)
    return _Axis(code, None if points.ndim > 1 else int(dimension.rstrip("]") or 0), points, labels)


def _pixels(cells, image_range, scale):
    """(rows, columns, height, width, channels) in `image_range` as enlarged RGB bytes."""
    shades = brightness(cells, image_range)
    channels = shades.shape[-1]
    if not 1 <= channels <= 4:
        raise ValueError(f"The images have {channels} channels: expected 1 to 4 (gray or colour, and opacity).")
    if channels in (2, 4):
        opacity = shades[..., -1:]
        shades = shades[..., :-1] * opacity + 1 - opacity
    rgb = np.broadcast_to((shades * 255 + 0.5).astype(np.uint8), (*cells.shape[:-1], 3))
    return rgb.repeat(scale, axis=2).repeat(scale, axis=3)


def _picture(cells, title, row_labels, column_labels, gap):
    rows, columns, height, width = cells.shape[:4]
    font = _font(max(FONT_SIZE, height // 5))
    line = _line(font)
    widest = max(font.getlength(label) for label in column_labels)
    upright = widest > width  # Labels side by side would run into each other.
    label_height = int(widest) + line // 2 if upright else line
    left = int(max(font.getlength(label) for label in row_labels)) + line // 2 if any(row_labels) else gap
    top = line * bool(title) + label_height * any(column_labels) + gap
    size = (left + columns * (width + gap), top + rows * (height + gap))
    picture = Image.new("RGB", (max(size[0], left + int(font.getlength(title)) + line // 2), size[1]), PAPER)
    ink = ImageDraw.Draw(picture)
    if title:
        ink.text((left, line / 2), title, INK, font, anchor="lm")
    for i, label in enumerate(column_labels):
        middle = left + i * (width + gap) + width // 2
        if upright and label:
            text = Image.new("RGB", (int(font.getlength(label)) + 1, line), PAPER)
            ImageDraw.Draw(text).text((0, line / 2), label, INK, font, anchor="lm")
            text = text.rotate(90, expand=True)
            picture.paste(text, (middle - line // 2, top - 2 * gap - text.height))
        else:
            ink.text((middle, top - gap - line / 2), label, INK, font, anchor="mm")
    for j, label in enumerate(row_labels):
        ink.text((left - line // 4, top + j * (height + gap) + height / 2), label, INK, font, anchor="rm")
        for i in range(columns):
            picture.paste(Image.fromarray(cells[j, i]), (left + i * (width + gap), top + j * (height + gap)))
    return picture


def _font(size):
    """Matplotlib's own font, as in `charts`; it has Greek and Cyrillic letters too."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)


def _line(font):
    """The height of a line of text, in pixels."""
    return round(1.5 * font.size)


def _opened(picture):
    if isinstance(picture, Image.Image):
        return picture.convert("RGB")
    with Image.open(picture) as opened:
        return opened.convert("RGB")
