"""Priors of latent codes, and the posteriors that the recognition network Q gives about them.

A distribution knows everything that follows from the kind of a code: how to sample it, how many numbers Q must
output for it, what those numbers mean, how likely a value is under them, and which values a picture should show.

Every quantity of information is in nats. A code of more than one dimension has independent dimensions, and its
entropies, floors and likelihoods are sums over them.
"""

import abc
import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import counts, draws

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@dataclasses.dataclass(frozen=True)
class Distribution(abc.ABC):
    """What every distribution offers; `Categorical`, `Uniform`, `Normal` and `Bernoulli` are the ones to use.

    Attributes:
        size: numbers in one sampled value, as the generator sees it.
        posterior_size: numbers that Q outputs for one image.
        entropy: exact entropy of the prior in nats (differential for continuous codes).
        mi_floor: the bound in nats that the best posterior reaches without looking at the image.
        mi_ceiling: the largest bound in nats that the posterior can reach.
        diagnostic_names: what `diagnostics` returns, in order.
    """

    diagnostic_names = ()

    @property
    @abc.abstractmethod
    def size(self):
        """Numbers in one sampled value."""

    @property
    @abc.abstractmethod
    def posterior_size(self):
        """Numbers that Q outputs for one image."""

    @property
    @abc.abstractmethod
    def entropy(self):
        """Exact entropy of the prior in nats."""

    @property
    @abc.abstractmethod
    def mi_floor(self):
        """The bound in nats of the best posterior that does not look."""

    @property
    @abc.abstractmethod
    def mi_ceiling(self):
        """The largest bound in nats."""

    @abc.abstractmethod
    def sample(self, rows, seed):
        """Draws from the prior: (rows, size) float32, a pure function of `seed`, an integer tensor of shape (2,)."""

    @abc.abstractmethod
    def log_likelihood(self, values, parameters):
        """Log q(values | parameters) in nats, one number per row.

        Args:
            values: (rows, size).
            parameters: (rows, posterior_size), Q's raw output.
        """

    @abc.abstractmethod
    def activate(self, parameters):
        """Q's raw output, (rows, posterior_size), as a dict of named quantities."""

    @abc.abstractmethod
    def as_rows(self, value, rows, name):
        """A user's value of the code called `name` as a float32 array (rows, size); ValueError if it is not one."""

    @abc.abstractmethod
    def request_spec(self, name):
        """The `tf.TensorSpec` of the code called `name` in a request to an exported model."""

    @abc.abstractmethod
    def parse_request(self, values):
        """A request's values as `(codes (rows, size) float32, valid (rows,) bool)`, both tensors."""

    @abc.abstractmethod
    def traversal_values(self, columns, limit):
        """The values that a picture shows: scalars of shape (n,) for one dimension, or whole codes (n, size).

        Args:
            columns: how many, where the code is continuous; discrete codes show each of their values once.
            limit: continuous values go from -limit to limit.
        """

    def diagnostics(self, values, parameters):
        """Scalars worth watching in training, keyed by `diagnostic_names`."""
        return {}

    def get_config(self):
        """The constructor's arguments."""
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        """The distribution that `get_config` described."""
        return cls(**config)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Categorical(Distribution):
    """One of `categories` equally likely values, one-hot; Q outputs logits (paper, appendix C: softmax).

    Its bound lies between 0 and ln(categories) nats.

    Args:
        categories: how many.
        names: texts for the categories, where they have a meaning (see `name_categories`): accepted in place of ids,
            and shown in pictures.

    >>> Categorical(10).entropy
    2.302585092994046
    """

    categories: int
    names: tuple = dataclasses.field(default=(), repr=False)

    def __post_init__(self):
        object.__setattr__(self, "categories", counts.whole("categories", self.categories, least=2))
        object.__setattr__(self, "names", tuple(self.names))
        different = len(set(self.names)) == len(self.names) == self.categories
        if self.names and not (different and all(isinstance(name, str) for name in self.names)):
            raise ValueError(f"names={self.names!r}: expected {self.categories} different texts, or none.")

    @property
    def size(self):
        """Numbers in a one-hot value."""
        return self.categories

    @property
    def posterior_size(self):
        """One logit per category."""
        return self.categories

    @property
    def entropy(self):
        """ln(categories)."""
        return math.log(self.categories)

    @property
    def mi_floor(self):
        """0: the uniform posterior."""
        return 0.0

    @property
    def mi_ceiling(self):
        """The entropy: a posterior that is certain and right."""
        return self.entropy

    def sample(self, rows, seed):
        """One-hot rows, each category with the same probability."""
        ids = draws.integers([rows], seed, self.categories)
        return tf.one_hot(ids, self.categories)

    def log_likelihood(self, values, parameters):
        """Log softmax of the logits at the category that `values` names."""
        return -tf.nn.softmax_cross_entropy_with_logits(values, parameters)

    def activate(self, parameters):
        """`probabilities` (rows, categories), the most likely `id` (rows,) and, where there are names, its `name`."""
        ids = tf.argmax(parameters, -1)
        named = {"name": tf.gather(tf.constant(self.names), ids)} if self.names else {}
        return {"probabilities": tf.nn.softmax(parameters), "id": ids, **named}

    def as_rows(self, value, rows, name):
        """Category ids or names, one or (rows,), as one-hot rows."""
        ids = np.asarray(value)
        if ids.dtype.kind == "U" and set(ids.ravel()) <= set(self.names):
            ids = np.vectorize(self.names.index)(ids)
        whole = np.issubdtype(ids.dtype, np.integer) or (
            np.issubdtype(ids.dtype, np.floating) and np.all(ids == np.floor(ids))
        )
        if not whole or np.any((ids < 0) | (ids >= self.categories)):
            named = f", or one of {', '.join(self.names)}" if self.names else ""
            raise ValueError(
                f"{name}={value!r}: expected a category id, an integer from 0 to {self.categories - 1}{named}."
            )
        if ids.shape not in ((), (rows,)):
            raise ValueError(_wrong_rows(name, ids.shape, rows, "one id, or one per image"))
        return np.eye(self.categories, dtype=np.float32)[np.broadcast_to(ids.astype(int), (rows,))]

    def request_spec(self, name):
        """Category ids, (rows,) int64."""
        return tf.TensorSpec([None], tf.int64, name)

    def parse_request(self, values):
        """One-hot rows; ids from 0 to categories - 1 are valid."""
        return tf.one_hot(values, self.categories), (values >= 0) & (values < self.categories)

    def traversal_values(self, columns, limit):
        """Every category once, one-hot: (categories, categories)."""
        return np.eye(self.categories, dtype=np.float32)


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Bernoulli(Distribution):
    """`dim` independent fair bits, 0 or 1; Q outputs one logit per bit. Its bound lies between 0 and dim ln 2 nats."""

    dim: int = 1

    def __post_init__(self):
        object.__setattr__(self, "dim", counts.whole("dim", self.dim))

    @property
    def size(self):
        """One number per bit."""
        return self.dim

    @property
    def posterior_size(self):
        """One logit per bit."""
        return self.dim

    @property
    def entropy(self):
        """Dim ln 2."""
        return self.dim * math.log(2)

    @property
    def mi_floor(self):
        """0: the posterior that says one half."""
        return 0.0

    @property
    def mi_ceiling(self):
        """The entropy: a posterior that is certain and right."""
        return self.entropy

    def sample(self, rows, seed):
        """Rows of zeros and ones."""
        return tf.cast(draws.integers([rows, self.dim], seed, 2), tf.float32)

    def log_likelihood(self, values, parameters):
        """Sum over the bits of log sigmoid(±logit)."""
        return -tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(values, parameters), -1)

    def activate(self, parameters):
        """`probability` that each bit is 1: (rows, dim)."""
        return {"probability": tf.sigmoid(parameters)}

    def as_rows(self, value, rows, name):
        """Zeros and ones: a number, (rows,) where dim is 1, or (rows, dim)."""
        values = _numbers_as_rows(value, rows, self.dim, name)
        if np.any((values != 0) & (values != 1)):
            raise ValueError(f"{name}={value!r}: expected 0 or 1.")
        return values

    def request_spec(self, name):
        """Bits as numbers, (rows, dim) float32."""
        return tf.TensorSpec([None, self.dim], tf.float32, name)

    def parse_request(self, values):
        """The bits themselves; 0 and 1 are valid."""
        return values, tf.reduce_all((values == 0) | (values == 1), -1)

    def traversal_values(self, columns, limit):
        """0 and 1."""
        return np.array([0, 1], np.float32)


@dataclasses.dataclass(frozen=True)
class _Continuous(Distribution):
    """A continuous prior whose posterior is a diagonal Gaussian (paper, appendix C); `Uniform` has the arguments."""

    dim: int = 1
    fix_std: bool = False
    min_std: float = 0.05

    variance = None

    def __post_init__(self):
        object.__setattr__(self, "dim", counts.whole("dim", self.dim))
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
        return _numbers_as_rows(value, rows, self.dim, name)

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
    bits = draws.bits(shape, seed)
    return (tf.cast(tf.bitwise.right_shift(bits, 9), tf.float32) + 0.5) * 2.0**-23


def _wrong_rows(name, shape, rows, expected):
    return f"{name} has shape {shape}: expected {expected}, for {rows} images."


def _numbers_as_rows(value, rows, dim, name):
    try:
        values = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"{name}={value!r}: expected numbers.") from None
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{name} holds NaN or infinite values: expected finite numbers.")
    if dim == 1 and values.shape == (rows,):
        values = values[:, np.newaxis]
    if values.shape not in ((), (rows, dim)):
        per_image = "one per image" if dim == 1 else f"an array ({rows}, {dim})"
        raise ValueError(_wrong_rows(name, values.shape, rows, f"one number, or {per_image}"))
    return np.array(np.broadcast_to(values, (rows, dim)))
