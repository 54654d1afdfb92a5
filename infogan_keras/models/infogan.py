"""InfoGAN: a GAN whose codes a recognition network reads back."""

import math
import numbers

import keras
import numpy as np

from infogan_keras import losses
from infogan_keras.models import data_check
from infogan_keras.models.gan import GAN


@keras.saving.register_keras_serializable("infogan_keras")
class InfoGAN(GAN):
    """A GAN that also maximizes a lower bound on the information between its named codes and its images.

    The gradient rule is the release's: the bound is subtracted from both losses, so that D's trunk, D's output and Q
    learn in the D step, with D's optimizer, and G alone learns in the G step (paper, Eq. 6; `infogan_trainer.py`).

    Arguments as in `GAN`; the latents need at least one code.

    Example, tiny:
        >>> import keras, numpy as np
        >>> import infogan_keras as ig
        >>> latents = ig.LatentSpec(noise=ig.Uniform(8), codes={"digit": ig.Categorical(10)})
        >>> generator, discriminator = ig.architectures.MNIST.build(latents)
        >>> model = ig.InfoGAN(generator, discriminator, latents)
        >>> model.compile(keras.optimizers.Adam(2e-4, 0.5), keras.optimizers.Adam(1e-3, 0.5))
        >>> history = model.fit(np.random.uniform(size=(8, 28, 28, 1)), batch_size=8, verbose=0)
        >>> model.generate(2, digit=[3, 7]).shape
        (2, 28, 28, 1)
    """

    def __init__(self, generator, discriminator, latents, image_range=(0, 1), seed=0, name="infogan", **kwargs):
        if not latents.codes:
            raise ValueError("An InfoGAN needs at least one code in its LatentSpec; GAN is the model without any.")
        super().__init__(generator, discriminator, latents, image_range, seed, name, **kwargs)

    def log_names(self):
        """The GAN's quantities, and those of the codes.

        `mi` is the sum of the bounds in nats and `mi/<code>` each code's; `cross_entropy` and `cross_entropy/<code>`
        are what they are short of the entropy. Continuous codes also log `explained/<code>`, and where std is learned
        `std_min/<code>` and `std_max/<code>`. All are of the D step's generated batch.
        """
        names = [*super().log_names(), "mi", "cross_entropy"]
        for name, code in self.latents.codes.items():
            names += [f"{what}/{name}" for what in ("mi", "cross_entropy", *code.diagnostic_names)]
        return names

    def compile(self, d_optimizer, g_optimizer, mi_weight=1.0, generator_mi_weight=None, **kwargs):
        """Sets the two optimizers and the weights of the bound (the paper's lambda).

        Args:
            d_optimizer: of trunk, D's output and Q.
            g_optimizer: of the generator.
            mi_weight: one number, or `{code: number}` for every code. It acts in the D step, trunk included, and in
                the G step.
            generator_mi_weight: the weight in the G step where it differs; 0 trains Q and leaves the generator
                unrewarded, the paper's "regular GAN" of Figure 1.
            **kwargs: as in `GAN.compile`.

        Raises:
            ValueError: for weights that are negative or do not name every code.
        """
        if generator_mi_weight is None:
            generator_mi_weight = mi_weight
        self.mi_weight = self._weights(mi_weight, "mi_weight")
        self.generator_mi_weight = self._weights(generator_mi_weight, "generator_mi_weight")
        super().compile(d_optimizer, g_optimizer, **kwargs)

    def d_objective(self, on_real, on_fake, latents):
        """The GAN's objective minus the weighted bound."""
        loss, logs = super().d_objective(on_real, on_fake, latents)
        bounds = losses.mutual_information(self.latents, latents, on_fake)
        for name, code in self.latents.codes.items():
            logs[f"mi/{name}"] = bounds[name]
            logs[f"cross_entropy/{name}"] = code.entropy - bounds[name]
            for what, value in code.diagnostics(latents[name], on_fake[name]).items():
                logs[f"{what}/{name}"] = value
        logs["mi"] = sum(bounds.values())
        logs["cross_entropy"] = self.latents.entropy - logs["mi"]
        return loss - _weighted(self.mi_weight, bounds), logs

    def g_objective(self, on_fake, latents):
        """The GAN's objective minus the weighted bound."""
        loss, logs = super().g_objective(on_fake, latents)
        bounds = losses.mutual_information(self.latents, latents, on_fake)
        return loss - _weighted(self.generator_mi_weight, bounds), logs

    def encode(self, images, batch_size=256):
        """What Q reads in images.

        Args:
            images: (rows, height, width, channels) in `image_range`.
            batch_size: rows that go through the network at a time.

        Returns:
            A dict of numpy arrays: `<code>_probabilities` (rows, categories) and `<code>_id` (rows,) of categorical
            codes, `<code>_mean` and `<code>_std` (rows, dim) of continuous ones, `<code>_probability` (rows, dim) of
            bits.

        Raises:
            ValueError: for images of another shape or range.
        """
        images = np.asarray(images, np.float32)
        if images.ndim != 4 or images.shape[1:] != self.image_shape or len(images) == 0:
            shape = ", ".join(map(str, self.image_shape))
            raise ValueError(f"The images have shape {images.shape}: expected (rows, {shape}), at least one row.")
        data_check.require_range(images, self.image_range, "Expected {:g} to {:g}.".format(*self.image_range))
        parts = [
            self.activate_posteriors(self(images[start : start + batch_size]))
            for start in range(0, len(images), batch_size)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def activate_posteriors(self, outputs):
        """Q's raw outputs `{code: (rows, posterior_size)}` as the dict of tensors that `encode` returns."""
        return {
            f"{name}_{what}": value
            for name, code in self.latents.codes.items()
            for what, value in code.activate(outputs[name]).items()
        }

    def get_compile_config(self):
        """`compile`'s arguments."""
        config = super().get_compile_config()
        if config is not None:
            config.update(mi_weight=dict(self.mi_weight), generator_mi_weight=dict(self.generator_mi_weight))
        return config

    def _weights(self, value, argument):
        codes = self.latents.codes
        weights = dict(value) if isinstance(value, dict) else dict.fromkeys(codes, value)
        if set(weights) != set(codes):
            raise ValueError(f"{argument}={value!r}: expected one number, or one for each of {', '.join(codes)}.")
        if not all(isinstance(w, numbers.Real) and math.isfinite(w) and w >= 0 for w in weights.values()):
            raise ValueError(f"{argument}={value!r}: expected finite numbers of at least 0.")
        return {name: float(weight) for name, weight in weights.items()}


def _weighted(weights, bounds):
    return sum(weights[name] * bound for name, bound in bounds.items())
