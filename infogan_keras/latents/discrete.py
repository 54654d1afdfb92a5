"""Codes with finitely many values: categories and bits."""

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _random
from infogan_keras._arguments import positive_int
from infogan_keras.latents.distribution import Distribution, numbers_as_rows, wrong_rows


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Categorical(Distribution):
    """One of `categories` equally likely values, one-hot; Q outputs logits (paper, appendix C: softmax).

    Its bound lies between 0 and ln(categories) nats.

    Args:
        categories: how many.
        names: texts for the categories, where they have a meaning (see `name_categories`): accepted in place of ids,
            and shown in pictures.
        order: the networks' own number of each category, where it is another; `name_categories` sets it. Networks are
            trained and saved as before, and everybody else speaks of the categories in this order.

    >>> Categorical(10).entropy
    2.302585092994046
    """

    categories: int
    names: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    order: tuple[int, ...] = dataclasses.field(default=(), repr=False)

    def __post_init__(self):
        object.__setattr__(self, "categories", positive_int("categories", self.categories, least=2))
        object.__setattr__(self, "names", tuple(self.names))
        different = len(set(self.names)) == len(self.names) == self.categories
        if self.names and not (different and all(isinstance(name, str) for name in self.names)):
            raise ValueError(f"names={self.names!r}: expected {self.categories} different texts, or none.")
        object.__setattr__(self, "order", tuple(int(number) for number in self.order))
        if self.order and sorted(self.order) != list(range(self.categories)):
            raise ValueError(f"order={self.order!r}: expected each of 0 to {self.categories - 1} once, or none.")

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
        ids = _random.integers([rows], seed, self.categories)
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
            raise ValueError(wrong_rows(name, ids.shape, rows, "one id, or one per image"))
        return np.eye(self.categories, dtype=np.float32)[np.broadcast_to(ids.astype(int), (rows,))]

    def request_spec(self, name):
        """Category ids, (rows,) int64."""
        return tf.TensorSpec([None], tf.int64, name)

    def parse_request(self, values):
        """One-hot rows; ids from 0 to categories - 1 are valid."""
        return tf.one_hot(values, self.categories), (values >= 0) & (values < self.categories)

    def to_request(self, values):
        """Ids of one-hot rows, (rows,) int64."""
        return np.argmax(values, -1)

    def traversal_values(self, columns, limit):
        """Every category once, one-hot: (categories, categories)."""
        return np.eye(self.categories, dtype=np.float32)

    def traversal_labels(self, columns, limit):
        """Names, or numbers where there are none."""
        return self.names or tuple(map(str, range(self.categories)))

    def to_generator(self, values):
        """One-hot rows in the networks' order."""
        return tf.gather(values, np.argsort(self.order), axis=-1) if self.order else values

    def from_recognition(self, parameters):
        """Logits in the categories' order."""
        return tf.gather(parameters, self.order, axis=-1) if self.order else parameters


@keras.saving.register_keras_serializable("infogan_keras")
@dataclasses.dataclass(frozen=True)
class Bernoulli(Distribution):
    """`dim` independent fair bits, 0 or 1; Q outputs one logit per bit. Its bound lies between 0 and dim ln 2 nats."""

    dim: int = 1

    def __post_init__(self):
        object.__setattr__(self, "dim", positive_int("dim", self.dim))

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
        return tf.cast(_random.integers([rows, self.dim], seed, 2), tf.float32)

    def log_likelihood(self, values, parameters):
        """Sum over the bits of log sigmoid(±logit)."""
        return -tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(values, parameters), -1)

    def activate(self, parameters):
        """`probability` that each bit is 1: (rows, dim)."""
        return {"probability": tf.sigmoid(parameters)}

    def as_rows(self, value, rows, name):
        """Zeros and ones: a number, (rows,) where dim is 1, or (rows, dim)."""
        values = numbers_as_rows(value, rows, self.dim, name)
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
