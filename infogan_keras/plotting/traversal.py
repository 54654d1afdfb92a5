"""Pictures of what codes do: latents laid out as a grid, and images drawn on it.

In a traversal, the images of a row share noise and all other codes, and columns vary one code (paper, Figure 2). Two
pictures of the same grid can be compared: latents depend on the seed alone, and images are drawn on the model's
declared range, never stretched to their own minimum and maximum.
"""

import dataclasses

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from infogan_keras._files import atomic_file

INK, PAPER = (60, 60, 60), (255, 255, 255)
FONT_SIZE, GAP = 12, 2


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

    latents: dict
    column_labels: tuple
    row_labels: tuple
    column_code: str = ""
    row_code: str = ""

    @property
    def transposed(self):
        """The labels of the same grid with rows for columns; for `draw`, which transposes the images."""
        return Grid(self.latents, self.row_labels, self.column_labels, self.row_code, self.column_code)


def traversal_grid(latents, columns, rows=None, *, samples=5, values=10, limit=1.0, seed=0):
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
    return Grid(cells, column_axis.labels, row_axis.labels, columns, rows)


def sample_grid(latents, rows=10, columns=10, *, seed=0):
    """A `Grid` of images that share nothing: noise and codes drawn from their priors."""
    drawn = latents.sample(rows * columns, (seed, 1))
    return Grid({name: value.numpy() for name, value in drawn.items()}, ("",) * columns, ("",) * rows)


def traversal_names(latents):
    """Everything that `traversal_grid` can vary: each code's name, or name[i] for each of its dimensions."""
    names = []
    for name, code in latents.codes.items():
        dimensions = 1 if np.ndim(code.traversal_values(2, 1.0)) > 1 else code.size
        names += [name] if dimensions == 1 else [f"{name}[{i}]" for i in range(dimensions)]
    return names


def draw(images, grid, image_range, *, values_down=False, scale=2):
    """Draws a grid's images with its codes' names and values.

    Args:
        images: (rows * columns, height, width, 1 or 3) of the grid's latents, row by row.
        grid: the `Grid`.
        image_range: (lowest, highest) value, drawn as black and white; what lies outside is clipped.
        values_down: the release's orientation, in which a code varies from top to bottom.
        scale: screen pixels per image pixel.

    Returns:
        A `PIL.Image`, RGB.

    Raises:
        ValueError: where the number of images is not the grid's.
    """
    rows, columns = len(grid.row_labels), len(grid.column_labels)
    if len(images) != rows * columns:
        raise ValueError(f"{len(images)} images for a grid of {rows} x {columns}.")
    cells = np.asarray(images).reshape(rows, columns, *images.shape[1:])
    if values_down:
        cells, grid = cells.swapaxes(0, 1), grid.transposed
    named = {"columns": grid.column_code, "rows": grid.row_code}
    title = "    ".join(f"{side}: {code}" for side, code in named.items() if code)
    return _picture(_pixels(cells, image_range, scale), title, grid.row_labels, grid.column_labels)


def draw_images(images, image_range, *, columns=10, scale=2):
    """Draws up to columns² images, (n, height, width, 1 or 3), in rows; see `draw`."""
    rows = min(columns, -(-len(images) // columns))
    cells = np.full((rows * columns, *images.shape[1:]), image_range[1], np.float32)
    shown = images[: len(cells)]
    cells[: len(shown)] = shown
    grid = Grid({}, ("",) * columns, ("",) * rows)
    return draw(cells, grid, image_range, scale=scale)


def show(model, columns, rows=None, *, values_down=False, scale=2, **options):
    """The picture of a traversal, for notebooks (which display it) and scripts (which `.save` it).

    Args:
        model: a trained model.
        columns: the code that varies from left to right.
        rows: a second code, from top to bottom.
        values_down: see `draw`.
        scale: see `draw`.
        **options: `samples`, `values`, `limit` and `seed` of `traversal_grid`.

    Returns:
        A `PIL.Image`.
    """
    grid = traversal_grid(model.latents, columns, rows, **options)
    return draw(model.decode(grid.latents), grid, model.image_range, values_down=values_down, scale=scale)


def brightness(images, image_range):
    """Images in `image_range` as 0 (black) to 1 (white); what lies outside is clipped."""
    low, high = image_range
    return np.clip((images - low) / (high - low), 0, 1)


def write_gif(pictures, path, *, milliseconds=200):
    """Joins PNG files of one size, in the order given, to an endless GIF that rests on the last one.

    Raises:
        ValueError: for no pictures.
    """
    if not pictures:
        raise ValueError(f"No pictures to make {path} of.")
    frames = [Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE) for picture in pictures]
    durations = [milliseconds] * (len(frames) - 1) + [10 * milliseconds]
    with atomic_file(path) as temporary:
        frames[0].save(temporary, save_all=True, append_images=frames[1:], duration=durations, loop=0)


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
    if points.ndim > 1:
        names = getattr(latents.codes[code], "names", ())
        return _Axis(code, None, points, names or tuple(str(i) for i in range(len(points))))
    return _Axis(code, int(dimension.rstrip("]") or 0), points, tuple(f"{point:.2g}" for point in points))


def _pixels(cells, image_range, scale):
    """(rows, columns, height, width, channels) in `image_range` as enlarged RGB bytes."""
    rgb = np.broadcast_to((brightness(cells, image_range) * 255 + 0.5).astype(np.uint8), (*cells.shape[:-1], 3))
    return rgb.repeat(scale, axis=2).repeat(scale, axis=3)


def _picture(cells, title, row_labels, column_labels):
    font = ImageFont.load_default(FONT_SIZE)
    line = FONT_SIZE + 6
    rows, columns, height, width = cells.shape[:4]
    left = int(max(font.getlength(label) for label in row_labels)) + 8 if any(row_labels) else GAP
    top = line * bool(title) + line * any(column_labels) + GAP
    size = (left + columns * (width + GAP), top + rows * (height + GAP))
    picture = Image.new("RGB", (max(size[0], int(font.getlength(title)) + 8), size[1]), PAPER)
    ink = ImageDraw.Draw(picture)
    if title:
        ink.text((left, line / 2), title, INK, font, anchor="lm")
    for i, label in enumerate(column_labels):
        ink.text((left + i * (width + GAP) + width / 2, top - GAP - line / 2), label, INK, font, anchor="mm")
    for j, label in enumerate(row_labels):
        ink.text((left - 4, top + j * (height + GAP) + height / 2), label, INK, font, anchor="rm")
        for i in range(columns):
            picture.paste(Image.fromarray(cells[j, i]), (left + i * (width + GAP), top + j * (height + GAP)))
    return picture
