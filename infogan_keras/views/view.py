"""What every view offers."""

import dataclasses
import math

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class View:
    """A change of images by one amount.

    Attributes:
        amount: the largest one, in the view's own unit.
    """

    amount: float

    def __post_init__(self):
        if not 0 < self.amount < math.inf:
            raise ValueError(f"{type(self).__name__}({self.amount!r}): expected an amount above 0.")

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
