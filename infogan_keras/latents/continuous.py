"""Codes that are numbers."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf
from scipy import special

from infogan_keras import _random
from infogan_keras._arguments import positive_int
from infogan_keras.latents.distribution import Distribution, numbers_as_rows
from infogan_keras.views import Erase, Mirror, View

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclasses.dataclass(frozen=True)
class _Continuous(Distribution):
    """A continuous prior whose posterior is a diagonal Gaussian (paper, appendix C); `Uniform` has the arguments."""

    dim: int = 1
    fix_std: bool = False
    min_std: float = 0.05
    follows: View | Sequence[View] | None = None
    magnitude: Callable | None = None

    variance: ClassVar[float]

    def __post_init__(self):
        object.__setattr__(self, "dim", positive_int("dim", self.dim))
        largest = math.sqrt(self.variance)
        if not 0 < self.min_std < largest:
            raise ValueError(
                f"{type(self).__name__}(min_std={self.min_std!r}): expected a number between 0 and the prior's own "
                f"{largest:.3f}."
            )
        object.__setattr__(self, "follows", declared_views(self.follows))
        if self.follows is not None and self.dim != 1:
            raise ValueError(f"follows={self.follows!r} with dim={self.dim}: declare codes of one dimension each.")
        if self.magnitude is not None:
            if not callable(self.magnitude):
                raise ValueError(
                    f"magnitude={self.magnitude!r}: expected a function such as ig.views.outline_asymmetry, or None."
                )
            if not any(isinstance(view, Mirror) for view in self.follows or ()):
                raise ValueError(
                    f"follows={self.follows!r} with a magnitude, which is of codes that change their sign: add "
                    "ig.views.Mirror() to what the code follows."
                )

    @property
    def size(self):
        """One number per dimension."""
        return self.dim

    @property
    def posterior_size(self):
        """A mean and, unless `fix_std`, a log standard deviation per dimension."""
        return self.dim if self.fix_std else 2 * self.dim

    @property
    def mi_floor(self):
        """The bound of the Gaussian around the prior's mean: its own std 1, or the prior's where std is learned."""
        if self.fix_std:
            return self.entropy - self.dim * (HALF_LOG_2PI + 0.5 * self.variance)
        return self.entropy - self.dim * (HALF_LOG_2PI + 0.5 + 0.5 * math.log(self.variance))

    @property
    def mi_ceiling(self):
        """The bound when every mean is right and the std as small as it can be."""
        return self.entropy - self.dim * (HALF_LOG_2PI + (0.0 if self.fix_std else math.log(self.min_std)))

    @property
    def diagnostic_names(self):
        """The share of variance that Q's mean explains and, where std is learned, its extremes."""
        return ("explained",) if self.fix_std else ("explained", "std_min", "std_max")

    def log_likelihood(self, values, parameters):
        """Log density of the diagonal Gaussian, summed over the dimensions."""
        mean, std = self._moments(parameters)
        return tf.reduce_sum(-HALF_LOG_2PI - tf.math.log(std) - 0.5 * ((values - mean) / std) ** 2, -1)

    def activate(self, parameters):
        """`mean` and `std`, each (rows, dim)."""
        mean, std = self._moments(parameters)
        return {"mean": mean, "std": std}

    def diagnostics(self, values, parameters):
        """`explained`: 1 - E[(c - mean)²] / Var(c), at most 1 and 0 for a guess; `std_min`, `std_max`: the batch's."""
        mean, std = self._moments(parameters)
        explained = 1 - tf.reduce_mean((values - mean) ** 2) / self.variance
        if self.fix_std:
            return {"explained": explained}
        return {"explained": explained, "std_min": tf.reduce_min(std), "std_max": tf.reduce_max(std)}

    def as_rows(self, value, rows, name):
        """Numbers: one for all, (rows,) where dim is 1, or (rows, dim)."""
        return numbers_as_rows(value, rows, self.dim, name)

    def request_spec(self, name):
        """Numbers, (rows, dim) float32."""
        return tf.TensorSpec([None, self.dim], tf.float32, name)

    def parse_request(self, values):
        """The numbers themselves; all that are finite are valid."""
        return values, tf.reduce_all(tf.math.is_finite(values), -1)

    def traversal_values(self, columns, limit):
        """`columns` numbers from -limit to limit."""
        return np.linspace(-limit, limit, columns, dtype=np.float32)

    def _moments(self, parameters):
        if self.fix_std:
            return parameters, tf.ones_like(parameters)
        mean, log_std = tf.split(parameters, 2, -1)
        return mean, self.min_std + tf.exp(log_std)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Uniform(_Continuous):
    """`dim` independent numbers, uniform on [-1, 1]: the paper's continuous codes, and its noise.

    Per dimension the entropy is ln 2 nats, and the bound moves from -0.392 to -0.226 with `fix_std`, from -0.176 to
    2.770 with a learned std of at least 0.05.

    Args:
        dim: number of independent dimensions.
        fix_std: the posterior's standard deviation is 1 and Q outputs means only (the release's MNIST run).
            Otherwise Q outputs (mean, log std) and std = min_std + exp(log std): the paper's exp(output), bounded from
            below so that the bound has a ceiling and no code can send the loss to minus infinity.
        min_std: smallest learned standard deviation.
        follows: what the code shall mean, as changes of images (`ig.views`): one view or several, whose amounts Q's
            mean shall follow, with the sign of the amount. With `Mirror` among them, the code changes its sign in a
            mirror image. `()` is a code that stays under all views, None (the default) the paper's free code.
        magnitude: of a code that follows `Mirror`, a function of images, (rows, height, width, channels) in [0, 1], to
            (rows,) numbers that the code's distance from 0 shall follow, such as `ig.views.outline_asymmetry`. A
            mirror image says where a code's 0 is and which side is which, but not what is farther. A function of your
            own needs `keras.saving.register_keras_serializable`.

    >>> Uniform(1).entropy
    0.6931471805599453
    """

    variance: ClassVar[float] = 1 / 3

    @property
    def entropy(self):
        """Dim ln 2."""
        return self.dim * math.log(2)

    def sample(self, rows, seed):
        """Rows of numbers between -1 and 1."""
        return 2 * _random.uniform([rows, self.dim], seed) - 1


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Normal(_Continuous):
    """`dim` independent standard normal numbers.

    Per dimension the entropy is 1.419 nats, and the bound moves from 0 to 0.5 with `fix_std`, from 0 to 3.496 with a
    learned std of at least 0.05. Arguments as in `Uniform`.
    """

    variance: ClassVar[float] = 1.0

    @property
    def entropy(self):
        """Dim ½ ln(2πe)."""
        return self.dim * (HALF_LOG_2PI + 0.5)

    def sample(self, rows, seed):
        """Rows of standard normal numbers."""
        return tf.math.ndtri(_random.uniform([rows, self.dim], seed))


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Circular(Distribution):
    """An angle, uniform on the circle: what comes round again after a full turn, as a rotation or a hue does.

    The generator gets its (cos, sin). Q answers two numbers whose direction is the mean of a von Mises distribution
    and, unless `fix_concentration`, a third one for its concentration. The entropy is ln 2π nats; the bound moves from
    -0.236 to 0.764 with the concentration fixed at 1, from 0 to 2.872 with a learned one of at most 50.

    Args:
        fix_concentration: the posterior's concentration is 1, and Q outputs directions only.
        max_concentration: largest learned concentration; 50 is a standard deviation of about 8 degrees.
        follows: as in `Uniform`. `Turn` and `Hue` turn the angle by their own degrees, positive in its own sense; other
            views turn it forward, and Q chooses by how much; a mirror image has the opposite angle.

    Users give and get degrees:

    >>> Circular().as_rows(90, 1, "azimuth").round(3).tolist()
    [[0.0, 1.0]]
    """

    fix_concentration: bool = False
    max_concentration: float = 50.0
    follows: View | Sequence[View] | None = None

    diagnostic_names: ClassVar[tuple] = ("alignment",)

    def __post_init__(self):
        if not 1 < self.max_concentration < math.inf:
            raise ValueError(f"max_concentration={self.max_concentration!r}: expected a number above 1.")
        object.__setattr__(self, "follows", declared_views(self.follows))

    @property
    def size(self):
        """Cosine and sine."""
        return 2

    @property
    def posterior_size(self):
        """Two numbers whose direction is the mean and, unless `fix_concentration`, one for the concentration."""
        return 2 if self.fix_concentration else 3

    @property
    def entropy(self):
        """Ln 2π."""
        return math.log(2 * math.pi)

    @property
    def mi_floor(self):
        """The bound of a posterior whose direction says nothing: of concentration 1, or 0 where it is learned."""
        return -math.log(special.i0(1)) if self.fix_concentration else 0.0

    @property
    def mi_ceiling(self):
        """The bound when every direction is right and the concentration as large as it can be."""
        largest = 1.0 if self.fix_concentration else self.max_concentration
        return float(-np.log(special.i0e(largest)))

    def sample(self, rows, seed):
        """Rows of (cos, sin)."""
        angles = 2 * math.pi * _random.uniform([rows], seed)
        return tf.stack([tf.cos(angles), tf.sin(angles)], -1)

    def log_likelihood(self, values, parameters):
        """Log density of the von Mises distribution, κ cos(θ - mean) - ln(2π I0(κ))."""
        direction, concentration = self._moments(parameters)
        cosine = tf.reduce_sum(values * direction, -1)
        # ln I0(κ) = κ + ln(e^-κ I0(κ)), which does not overflow.
        return concentration * (cosine - 1) - tf.math.log(tf.math.bessel_i0e(concentration)) - self.entropy

    def activate(self, parameters):
        """`degrees` from 0 to 360 and `concentration`, each (rows, 1)."""
        direction, concentration = self._moments(parameters)
        degrees = tf.math.atan2(direction[:, 1:], direction[:, :1]) * (180 / math.pi)
        return {"degrees": tf.math.floormod(degrees, 360.0), "concentration": concentration[:, tf.newaxis]}

    def direction(self, parameters):
        """Q's mean as a unit vector, (rows, 2)."""
        return self._moments(parameters)[0]

    def diagnostics(self, values, parameters):
        """`alignment`: the mean cosine between the angle and Q's direction, 1 at best and 0 for a guess."""
        return {"alignment": tf.reduce_mean(tf.reduce_sum(values * self.direction(parameters), -1))}

    def as_rows(self, value, rows, name):
        """Degrees, one for all or (rows,), as rows of (cos, sin)."""
        angles = np.radians(numbers_as_rows(value, rows, 1, name).astype(np.float64))
        return np.concatenate([np.cos(angles), np.sin(angles)], 1).astype(np.float32)

    def request_spec(self, name):
        """Degrees, (rows, 1) float32."""
        return tf.TensorSpec([None, 1], tf.float32, name)

    def parse_request(self, values):
        """Rows of (cos, sin); all numbers that are finite are valid."""
        angles = values * (math.pi / 180)
        return tf.concat([tf.cos(angles), tf.sin(angles)], -1), tf.reduce_all(tf.math.is_finite(values), -1)

    def to_request(self, values):
        """Degrees from 0 to 360 of rows of (cos, sin), (rows, 1)."""
        values = np.asarray(values)
        return np.degrees(np.arctan2(values[:, 1:], values[:, :1])) % 360

    def traversal_values(self, columns, limit):
        """Once around: (columns, 2), from 0 to just before 360 degrees."""
        angles = 2 * np.pi * np.arange(columns) / columns
        return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)

    def traversal_labels(self, columns, limit):
        """Degrees."""
        return tuple(f"{360 * column / columns:.3g}°" for column in range(columns))

    def _moments(self, parameters):
        direction = tf.math.l2_normalize(parameters[:, :2], -1, epsilon=1e-8)
        if self.fix_concentration:
            return direction, tf.ones_like(parameters[:, 0])
        return direction, self.max_concentration * tf.sigmoid(parameters[:, 2])


def declared_views(follows):
    """A declaration as a tuple of views, or None; ValueError for anything else."""
    if follows is None:
        return None
    views = tuple(keras.tree.flatten(follows))
    if not all(isinstance(view, View) for view in views):
        raise ValueError(f"follows={follows!r}: expected a view such as ig.views.Slant(0.35), several, or None.")
    names = [view.name for view in views]
    if len(set(names)) < len(names):
        raise ValueError(f"follows={follows!r}: expected each view once.")
    if any(isinstance(view, Erase) for view in views):
        raise ValueError(
            f"follows={follows!r}: what Erase draws is a place, and no amount that a code could follow. Give it to the "
            "model, InfoGAN(views=[...]), for all codes to stay under."
        )
    return views
