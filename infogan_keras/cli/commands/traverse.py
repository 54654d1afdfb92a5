"""Draw what a code does: its values from left to right, or as the frames of a GIF.

    infogan traverse runs/mnist-001 digit
    infogan traverse runs/mnist-001 rotation --range -2 2 --output rotation.gif
    infogan traverse saved_models/mnist width --down digit

Images of a row share noise and all other codes. Training saw continuous codes from -1 to 1.
"""

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from infogan_keras._model_paths import find_model, is_servable
from infogan_keras.cli.flags import local_folder, require_writable, whole_number
from infogan_keras.cli.start import start_tensorflow

if TYPE_CHECKING:
    from infogan_keras.latents import LatentSpec
    from infogan_keras.plotting.traversal import Grid


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="a run's folder, a .keras file, a servable's folder, or a name")
    add(
        "code",
        metavar="CODE",
        nargs="?",
        help="what varies, such as digit or pose[1] (default: the first)",
    )
    add("--down", metavar="CODE", help="a second code, from top to bottom, in place of samples")
    add("--range", type=float, nargs=2, metavar=("LOW", "HIGH"), help="of a continuous code (default -1 1)")
    add("--values", type=whole_number(2, 200), default=10, help="how many values of a continuous code (default 10)")
    add("--samples", type=whole_number(1, 200), default=5, help="rows of random noise (default 5)")
    add("--seed", type=whole_number(0, 2**31 - 1), default=0, help="of the noise and of all other codes (default 0)")
    add("--output", type=local_folder, help="a .png or .gif file (default: CODE.png)")
    add("--overwrite", action="store_true", help="replace the file")


def run(arguments: argparse.Namespace) -> None:
    """Draws, and says where."""
    path = find_model(arguments.model)
    if arguments.output is not None:
        _require_output(arguments.output, arguments.overwrite)
    start_tensorflow()
    import infogan_keras as ig
    from infogan_keras._files import atomic_file
    from infogan_keras.plotting import traversal

    model = ig.load_servable(path) if is_servable(path) else ig.load_model(path)
    names = traversal.traversal_names(model.latents) if model.latents is not None else []
    if not names:
        raise ValueError(f"{path} has no codes to traverse.")
    code = arguments.code or names[0]
    output = arguments.output or Path(f"{code}.png")
    _require_output(output, arguments.overwrite)
    low, high = arguments.range or (-1.0, 1.0)
    grid = traversal.traversal_grid(
        model.latents,
        code,
        arguments.down,
        samples=arguments.samples,
        values=arguments.values,
        limit=max(abs(low), abs(high)),
        seed=arguments.seed,
    )
    if arguments.range:
        grid = with_range(grid, model.latents, low, high)
    images = model.decode(grid.latents)
    if output.suffix == ".gif":
        write_frames(images, grid, model.image_range, output)
    else:
        with atomic_file(output) as temporary:
            traversal.draw(images, grid, model.image_range).save(temporary)
    print(f"written: {output}")


def with_range(grid: "Grid", latents: "LatentSpec", low: float, high: float) -> "Grid":
    """The grid, whose columns go from `low` to `high`; ValueError for a code whose values are a set."""
    import numpy as np

    name, _, dimension = grid.column_code.partition("[")
    # Of a continuous code these are evenly spaced numbers, of any other the values that there are.
    if not np.array_equal(latents.codes[name].traversal_values(3, 1.0), [-1, 0, 1]):
        raise ValueError(f"--range is for continuous codes, and {name} is {latents.codes[name]!r}.")
    values = np.linspace(low, high, len(grid.column_labels), dtype=np.float32)
    varied = grid.latents[name].copy()
    varied[:, int(dimension.rstrip("]") or 0)] = np.tile(values, len(grid.row_labels))
    labels = tuple(f"{value:.2g}" for value in values)
    return dataclasses.replace(grid, latents={**grid.latents, name: varied}, column_labels=labels)


def write_frames(images, grid: "Grid", image_range: tuple[float, float], path: Path) -> None:
    """Writes a GIF with a frame per column of a grid, in which its rows are side by side."""
    from infogan_keras.plotting import traversal

    rows, columns = len(grid.row_labels), len(grid.column_labels)
    cells = images.reshape(rows, columns, *images.shape[1:])
    frames = []
    for column, label in enumerate(grid.column_labels):
        strip = traversal.Grid({}, grid.row_labels, ("",), f"{grid.column_code} {label}")
        frames.append(traversal.draw(cells[:, column], strip, image_range))
    traversal.write_gif(frames, path)


def _require_output(path, overwrite):
    if path.suffix not in (".png", ".gif"):
        raise ValueError(f"--output: {path} is no .png or .gif file.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Name another file with --output, or add --overwrite.")
    require_writable(path)
