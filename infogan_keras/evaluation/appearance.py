"""What codes do to drawn strokes, such as MNIST's digits: slant, stroke thickness and width as functions of a code.

The paper says in words what its continuous codes on MNIST do ("rotation", "width"; section 7.2). Here it is measured:
one code moves while noise and all other codes stay, and each image is reduced to three numbers.
"""

import dataclasses

import numpy as np
from scipy import ndimage

from infogan_keras.evaluation.correlation import spearman
from infogan_keras.latents import Categorical, Normal, Uniform
from infogan_keras.plotting.traversal import brightness, traversal_grid

ENLARGED = 4
UNITS = {"slant": "degrees", "thickness": "pixels", "width": "pixels"}


def slant(images: np.ndarray) -> np.ndarray:
    """How far strokes lean to the right of upright, in degrees, from the images' moments.

    The shear that second moments show, sideways per upwards, as an angle: -atan(mu11 / mu02), with rows counted
    downwards.

    Args:
        images: (n, height, width, 1) in [0, 1], light ink on black.

    Returns:
        (n,) between -90 and 90; NaN for an image without ink, or with all of it in one row.
    """
    moments = _moments(images)
    return -np.degrees(np.arctan(_ratio(moments.xy, moments.yy)))


def width(images: np.ndarray) -> np.ndarray:
    """How broad the ink spreads sideways once its slant is taken out, in pixels.

    That of the evenly inked upright bar with the same spread: sqrt(12 (mu20 - mu11² / mu02)), in moments per ink. A
    shear of the image does not change it, see `measure_leakage`. Arguments and result as of `slant`.
    """
    moments = _moments(images)
    upright = moments.xx - moments.xy * _ratio(moments.xy, moments.yy)
    return np.sqrt(12 * np.maximum(upright, 0))


def thickness(images: np.ndarray) -> np.ndarray:
    """How thick strokes are, in pixels: four times the mean distance of ink to the next blank.

    Across a stroke of thickness t the distance rises from 0 to t / 2 and falls again, and its mean is t / 4. Images are
    enlarged four times before they are cut at half the brightness, so that gray edges count. Ends make a stroke look a
    little thinner: one of length l comes out as t (1 - t / 3l), within a quarter of a pixel.

    Args:
        images: (n, height, width, 1) in [0, 1], light ink on black.

    Returns:
        (n,); NaN for an image without ink.
    """
    images = _checked(images)
    result = np.full(len(images), np.nan)
    for index, image in enumerate(images):
        # A blank border: strokes end at the image's edge too.
        image = np.pad(ndimage.zoom(image, ENLARGED, order=1, mode="nearest", grid_mode=True), 1)
        ink = image > 0.5
        if ink.any():
            # Distances are to the next blank pixel's centre, half a pixel behind the edge.
            distances = ndimage.distance_transform_edt(ink)[ink] - 0.5
            result[index] = 4 * distances.mean() / ENLARGED
    return result


MEASURES = {"slant": slant, "thickness": thickness, "width": width}


@dataclasses.dataclass(frozen=True)
class Response:
    """What one code does to one measure.

    Attributes:
        code: its name, or name[i].
        measure: a key of `MEASURES`.
        values: (values,) of the code.
        curves: (samples, categories, values) of the measure.
    """

    code: str
    measure: str
    values: np.ndarray
    curves: np.ndarray

    @property
    def spearman(self) -> float:
        """Rank correlation of the code's values and the measure, -1 to 1.

        Of each curve; averaged over the categories, then over the samples. NaN where no image has ink.
        """
        return self._mean_of(spearman)

    @property
    def slope(self) -> float:
        """The measure's units per unit of the code, by least squares: of each curve, and averaged likewise."""
        return self._mean_of(lambda values, curve: np.polyfit(values, curve, 1)[0])

    @property
    def by_category(self) -> np.ndarray:
        """The curves averaged over the samples, (categories, values); NaN where no image has ink."""
        return _mean(self.curves, 0)

    @property
    def change(self) -> float:
        """The measure at the code's last value minus that at its first, averaged likewise, in the measure's unit."""
        return _mean(_mean(self.curves[..., -1] - self.curves[..., 0], 1), 0)

    def _mean_of(self, function):
        """The mean of a function of the code's values and one curve, where an image has ink at two values or more."""
        found = np.full(self.curves.shape[:2], np.nan)
        for place in np.ndindex(found.shape):
            seen = np.isfinite(self.curves[place])
            if seen.sum() > 1:
                found[place] = function(self.values[seen], self.curves[place][seen])
        return _mean(_mean(found, 1), 0)


def responses(model, samples: int = 10, values: int = 9, limit: float = 2.0, seed: int = 0) -> list[Response]:
    """Measures what each continuous code of a model does to its images.

    Args:
        model: a trained `InfoGAN` of one-channel images, light ink on black.
        samples: draws of noise and of the other codes; every category of the first categorical code is drawn with each.
        values: of the code, evenly spaced.
        limit: the code goes from -limit to limit; training saw 1.
        seed: of the draws.

    Returns:
        A list of `Response`, three for each dimension of each continuous code.
    """
    codes = model.latents.codes
    rows = next((name for name, code in codes.items() if isinstance(code, Categorical)), None)
    result = []
    for column in _continuous(codes):
        if rows is None:
            grids = [traversal_grid(model.latents, column, samples=samples, values=values, limit=limit, seed=seed)]
        else:
            seeds = range(seed, seed + samples)
            grids = [
                traversal_grid(model.latents, column, rows, values=values, limit=limit, seed=seed) for seed in seeds
            ]
        latents = {name: np.concatenate([grid.latents[name] for grid in grids]) for name in grids[0].latents}
        images = brightness(model.decode(latents), model.image_range)
        for name, measure in MEASURES.items():
            curves = measure(images).reshape(samples, -1, values)
            result.append(Response(column, name, np.linspace(-limit, limit, values), curves))
    return result


def measure_leakage(images: np.ndarray, limit: float = 0.35, values: int = 9) -> dict[str, float]:
    """How far each measure follows nothing but a shear, which changes neither the width nor the pen.

    A code that leans strokes changes a measure at least as much as this. On MNIST's first 500 test images, `width` has
    0.01: whatever a leaning code does to it is the code's own. `thickness` has -0.52, as strokes that lean get thinner
    square to their direction.

    Args:
        images: (n, height, width, 1) in [0, 1], light ink on black, real ones.
        limit: shears go from -limit to limit, pixels to the right for each pixel up.
        values: shears of each image, evenly spaced.

    Returns:
        `{measure: rank correlation with the shear}`, averaged over the images.
    """
    shears = np.linspace(-limit, limit, values)
    sheared = [_sheared(_checked(images), shear) for shear in shears]
    return {
        name: Response("shear", name, shears, np.stack([measure(rows) for rows in sheared], 1)[:, np.newaxis]).spearman
        for name, measure in MEASURES.items()
    }


def _sheared(images, shear):
    """(n, height, width) images that lean to the right by `shear` pixels per pixel up, as (n, height, width, 1)."""
    middle = (images.shape[1] - 1) / 2
    # `affine_transform` asks where in the image each place of the result comes from.
    rows = [ndimage.affine_transform(image, [[1, 0], [shear, 1]], [0, -shear * middle], order=1) for image in images]
    return np.clip(rows, 0, 1)[..., np.newaxis]


def _continuous(codes):
    """Each dimension of the continuous codes, by the names that `traversal_grid` knows."""
    names = []
    for name, code in codes.items():
        if isinstance(code, Uniform | Normal):
            names += [name] if code.dim == 1 else [f"{name}[{i}]" for i in range(code.dim)]
    return names


def _checked(images):
    images = np.asarray(images, np.float64)
    if images.ndim != 4 or images.shape[3] != 1 or (images.size and not (0 <= images.min() <= images.max() <= 1)):
        raise ValueError(f"Images of shape {images.shape}: expected (n, height, width, 1) with values from 0 to 1.")
    return images[..., 0]


@dataclasses.dataclass(frozen=True)
class _Moments:
    """Second central moments of the ink, sideways (x) and downwards (y), per ink; NaN without ink."""

    xx: np.ndarray
    xy: np.ndarray
    yy: np.ndarray


def _moments(images):
    images = _checked(images)
    ink = images.sum((1, 2))
    shares = images / np.where(ink > 0, ink, np.nan)[:, np.newaxis, np.newaxis]
    y, x = (np.arange(size, dtype=np.float64) for size in images.shape[1:])
    across, down = shares.sum(1), shares.sum(2)
    x = x - (across @ x)[:, np.newaxis]
    y = y - (down @ y)[:, np.newaxis]
    return _Moments(np.sum(across * x**2, 1), np.einsum("nyx,ny,nx->n", shares, y, x), np.sum(down * y**2, 1))


def _ratio(a, b):
    """The quotient; NaN where b is 0."""
    return a / np.where(b > 0, b, np.nan)


def _mean(values, axis):
    """The mean of what is not NaN; NaN where nothing is left."""
    return np.ma.filled(np.ma.masked_invalid(values).mean(axis).astype(np.float64), np.nan)[()]
