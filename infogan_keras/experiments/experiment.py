"""What an experiment consists of."""

import dataclasses

import keras

from infogan_keras import architectures, optimizers
from infogan_keras.datasets import training_sets
from infogan_keras.latents import LatentSpec
from infogan_keras.models import InfoGAN
from infogan_keras.views import View


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One run: what is trained, on what, and for how long.

    Attributes:
        name: of the data set and, where there are several, the configuration.
        architecture: the networks' table, with the images' shape and range.
        latents: noise and codes.
        training_set: what it trains on, and how that is loaded.
        mi_weight: `{code: lambda}`, the weight of each code's bound.
        d_learning_rate: of the discriminator, Q included.
        g_learning_rate: of the generator.
        g_final_learning_rate: to which the generator's falls along half a cosine, by the end of the run; None for the
            same all along.
        beta_1: of both Adams.
        epsilon: of both Adams.
        batch_size: images in a batch.
        updates: length of the run.
        steps_per_epoch: updates in an epoch, after which pictures and checkpoints are written.
        picture_limit: pictures show continuous codes from -picture_limit to picture_limit.
        consistency_weight: of what real images teach Q about categorical codes, see `InfoGAN.compile`.
        balance_weight: likewise.
        declared_weight: of what declared codes lack, see `InfoGAN.compile`; None for its default.
        views: under which categories and declared codes stay, besides those that codes follow, see `InfoGAN`.
        ema_momentum: of the generator's average, see `GAN`; None for none.
        d_ema_momentum: of the discriminator's, likewise.
    """

    name: str
    architecture: architectures.Architecture
    latents: LatentSpec
    training_set: training_sets.TrainingSet
    mi_weight: dict[str, float]
    d_learning_rate: float = 2e-4
    g_learning_rate: float = 1e-3
    g_final_learning_rate: float | None = None
    beta_1: float = 0.5
    epsilon: float = 1e-8
    batch_size: int = 128
    updates: int = 20_000
    steps_per_epoch: int = 100
    picture_limit: float = 1.0
    consistency_weight: float = 0.0
    balance_weight: float = 0.0
    declared_weight: float | None = None
    views: tuple[View, ...] = ()
    ema_momentum: float | None = None
    d_ema_momentum: float | None = None

    @property
    def epochs(self) -> int:
        """Length of the run in epochs."""
        return self.updates // self.steps_per_epoch

    def tiny(self) -> "Experiment":
        """The same with networks of a sixteenth of the width, for six updates of 16 images: a trial of seconds."""
        architecture = self.architecture.scaled(1 / 16)
        return dataclasses.replace(self, architecture=architecture, batch_size=16, updates=6, steps_per_epoch=3)

    def make_optimizers(self) -> dict[str, optimizers.Adam]:
        """Two new optimizers, `{"d_optimizer": Adam, "g_optimizer": Adam}`: `compile`'s arguments."""
        g_rate = self.g_learning_rate
        if self.g_final_learning_rate is not None:
            share = self.g_final_learning_rate / g_rate
            g_rate = keras.optimizers.schedules.CosineDecay(g_rate, decay_steps=self.updates, alpha=share)
        rates = {"d_optimizer": self.d_learning_rate, "g_optimizer": g_rate}
        return {name: optimizers.Adam(rate, self.beta_1, epsilon=self.epsilon) for name, rate in rates.items()}

    def build_model(self, seed: int = 0, variant: str | None = None) -> InfoGAN:
        """Builds the networks and compiles the model.

        Weights are drawn from Keras' global random state: call `keras.utils.set_random_seed` first for the same ones
        each time. Call this in a `tf.distribute` strategy's scope to train on several devices.

        Args:
            seed: of all random draws in training.
            variant: of the networks, in place of the table's, see `Architecture.build`.

        Returns:
            A compiled `InfoGAN`.
        """
        model = InfoGAN.from_architecture(
            self.architecture,
            self.latents,
            variant=variant,
            seed=seed,
            views=self.views,
            ema_momentum=self.ema_momentum,
            d_ema_momentum=self.d_ema_momentum,
        )
        model.compile(
            **self.make_optimizers(),
            mi_weight=self.mi_weight,
            consistency_weight=self.consistency_weight,
            balance_weight=self.balance_weight,
            declared_weight=self.declared_weight,
        )
        return model


def numbered(name, count, value):
    """`count` times the same, by name: {"kind_1": value, "kind_2": value, ...}."""
    return {f"{name}_{number}": value for number in range(1, count + 1)}
