"""Priors of latent codes, and the posteriors that the recognition network Q gives about them.

A distribution knows everything that follows from the kind of a code: how to sample it, how many numbers Q must
output for it, what those numbers mean, how likely a value is under them, and which values a picture should show.

Every quantity of information is in nats. A code of more than one dimension has independent dimensions, and its
entropies, floors and likelihoods are sums over them.
"""

import abc
import dataclasses
from collections.abc import Callable, Sequence
from typing import ClassVar, cast

import keras
import numpy as np

from infogan_keras.views import View

SERIALIZED = ("order", "follows", "magnitude")


@dataclasses.dataclass(frozen=True)
class Distribution(abc.ABC):
    """What every distribution offers; `Categorical`, `Uniform`, `Normal`, `Circular` and `Bernoulli` are those to use.

    Attributes:
        size: numbers in one sampled value, as the generator sees it.
        posterior_size: numbers that Q outputs for one image.
        entropy: exact entropy of the prior in nats (differential for continuous codes).
        mi_floor: the bound in nats that the best posterior reaches without looking at the image.
        mi_ceiling: the largest bound in nats that the posterior can reach.
        diagnostic_names: what `diagnostics` returns, in order.
        follows: the views that the code is declared to follow; None where nothing is declared.
        magnitude: the function of images that the code's distance from 0 is declared to follow; None for most.
    """

    diagnostic_names: ClassVar[tuple] = ()
    follows = cast("View | Sequence[View] | None", None)  # A field of those that can be declared.
    magnitude = cast("Callable | None", None)  # Likewise.

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

    def to_request(self, values):
        """Values, (rows, size), as a request has them: the inverse of `parse_request`; the same for most."""
        return np.asarray(values)

    @abc.abstractmethod
    def traversal_values(self, columns, limit):
        """The values that a picture shows: scalars of shape (n,) for one dimension, or whole codes (n, size).

        Args:
            columns: how many, where the code is continuous; discrete codes show each of their values once.
            limit: continuous values go from -limit to limit.
        """

    def traversal_labels(self, columns, limit):
        """A text for each of `traversal_values`."""
        return tuple(f"{value:.2g}" for value in self.traversal_values(columns, limit))

    def to_generator(self, values):
        """Values, (rows, size), as the generator was trained to take them; the same for most distributions."""
        return values

    def from_recognition(self, parameters):
        """Q's raw output, (rows, posterior_size), in the order of the values; the same for most distributions."""
        return parameters

    def diagnostics(self, values, parameters):
        """Scalars worth watching in training, keyed by `diagnostic_names`."""
        return {}

    def get_config(self):
        """The constructor's arguments; of those that came later, only what is not the default."""
        config = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in SERIALIZED:
                if value != field.default:
                    config[field.name] = keras.saving.serialize_keras_object(value)
            else:
                config[field.name] = value
        return config

    @classmethod
    def from_config(cls, config):
        """The distribution that `get_config` described."""
        deserialize = keras.saving.deserialize_keras_object
        return cls(**config | {name: deserialize(config[name]) for name in SERIALIZED if name in config})


def wrong_rows(name, shape, rows, expected):
    """The message for a value of the code called `name` that does not have `rows` rows."""
    return f"{name} has shape {shape}: expected {expected}, for {rows} images."


def numbers_as_rows(value, rows, dim, name):
    """A user's numbers as a float32 array (rows, dim); ValueError where they are not."""
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
        raise ValueError(wrong_rows(name, values.shape, rows, f"one number, or {per_image}"))
    return np.array(np.broadcast_to(values, (rows, dim)))
