"""What every view offers."""

import dataclasses
import math
import numbers
from typing import ClassVar

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class View:
    """A change of images by one amount.

    Attributes:
        amount: the largest one, in the view's own unit.
        most: the largest amount that makes sense.

    Raises:
        ValueError: for amounts that are not above 0, or above `most`.
    """

    amount: float

    most: ClassVar[float] = math.inf

    def __post_init__(self):
        number = isinstance(self.amount, numbers.Real) and not isinstance(self.amount, bool)
        if not number or not 0 < self.amount <= self.most or math.isinf(self.amount):
            limit = "" if math.isinf(self.most) else f", {self.most:g} at most"
            raise ValueError(f"{type(self).__name__}({self.amount!r}): expected an amount above 0{limit}.")

    @property
    def name(self) -> str:
        """What logs and tables call it."""
        return type(self).__name__.lower()

    def scaled(self, shares: tf.Tensor) -> tf.Tensor:
        """Shares of the largest amount, -1 to 1, as amounts."""
        return shares * self.amount

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}

    @classmethod
    def from_config(cls, config: dict) -> "View":
        """The view that `get_config` described."""
        return cls(**config)


@dataclasses.dataclass(frozen=True)
class Directed(View):
    """A view along one axis.

    Attributes:
        direction: "right" or "down".
    """

    direction: str = "right"

    def __post_init__(self):
        super().__post_init__()
        if self.direction not in ("right", "down"):
            raise ValueError(f"direction={self.direction!r}: expected 'right' or 'down'.")

    @property
    def name(self) -> str:
        """With its direction."""
        return f"{super().name}_{self.direction}"
