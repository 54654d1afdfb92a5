"""Codes that are numbers."""

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _random
from infogan_keras._arguments import positive_int
from infogan_keras.latents.distribution import Distribution, numbers_as_rows

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclasses.dataclass(frozen=True)
class _Continuous(Distribution):
    """A continuous prior whose posterior is a diagonal Gaussian (paper, appendix C); `Uniform` has the arguments."""

    dim: int = 1
    fix_std: bool = False
    min_std: float = 0.05

    variance = None

    def __post_init__(self):
        object.__setattr__(self, "dim", positive_int("dim", self.dim))
        largest = math.sqrt(self.variance)
        if not 0 < self.min_std < largest:
            raise ValueError(
                f"{type(self).__name__}(min_std={self.min_std!r}): expected a number between 0 and the prior's own "
                f"{largest:.3f}."
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

    >>> Uniform(1).entropy
    0.6931471805599453
    """

    variance = 1 / 3

    @property
    def entropy(self):
        """Dim ln 2."""
        return self.dim * math.log(2)

    def sample(self, rows, seed):
        """Rows of numbers between -1 and 1."""
        return 2 * _uniform([rows, self.dim], seed) - 1


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Normal(_Continuous):
    """`dim` independent standard normal numbers.

    Per dimension the entropy is 1.419 nats, and the bound moves from 0 to 0.5 with `fix_std`, from 0 to 3.496 with a
    learned std of at least 0.05. Arguments as in `Uniform`.
    """

    variance = 1.0

    @property
    def entropy(self):
        """Dim ½ ln(2πe)."""
        return self.dim * (HALF_LOG_2PI + 0.5)

    def sample(self, rows, seed):
        """Rows of standard normal numbers."""
        return tf.math.ndtri(_uniform([rows, self.dim], seed))


def _uniform(shape, seed):
    """Numbers between 0 and 1, exclusive, made of random bits.

    TensorFlow's kernels draw the same bits everywhere, but those of XLA make other floats of them than the rest.
    """
    bits = _random.bits(shape, seed)
    return (tf.cast(tf.bitwise.right_shift(bits, 9), tf.float32) + 0.5) * 2.0**-23
