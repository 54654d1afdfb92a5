"""InfoGAN: a GAN whose codes a recognition network reads back."""

import math
import numbers

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _random, _replicas, losses
from infogan_keras._replicas import all_gather
from infogan_keras.latents import Categorical
from infogan_keras.models import _checks, _data
from infogan_keras.models.gan import GAN, VIEWS

VIEW = "view of "


@keras.saving.register_keras_serializable("infogan_keras")
class InfoGAN(GAN):
    """A GAN that also maximizes a lower bound on the information between its named codes and its images.

    The gradient rule is the release's: the bound is subtracted from both losses, so that D's trunk, D's output and Q
    learn in the D step, with D's optimizer, and G alone learns in the G step (paper, Eq. 6; `infogan_trainer.py`).

    Arguments as in `GAN`; the latents need at least one code. In addition:

    Args:
        augmentation: a Keras preprocessing layer, or a `Sequential` of some, that makes other views of images which
            leave a categorical code as it is (`ig.views.RandomAffine()` for digits); for
            `compile(consistency_weight=...)`.

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

    def __init__(
        self,
        generator,
        discriminator,
        latents,
        image_range=(0, 1),
        seed=0,
        augmentation=None,
        name="infogan",
        **kwargs,
    ):
        if not latents.codes:
            raise ValueError("An InfoGAN needs at least one code in its LatentSpec; GAN is the model without any.")
        super().__init__(generator, discriminator, latents, image_range, seed, name, **kwargs)
        if augmentation is not None:
            _checks.require_augmentation(augmentation, self.image_shape, self.image_range)
        self.augmentation = augmentation
        self.consistency_weight = self.balance_weight = 0.0

    @property
    def metrics(self):
        """One mean per logged quantity; Keras resets them every epoch."""
        weights = {"consistency": self.consistency_weight, "balance": self.balance_weight}
        return [tracker for name, tracker in self.trackers.items() if weights.get(name) != 0]

    def log_names(self):
        """The GAN's quantities, and those of the codes.

        `mi` is the sum of the bounds in nats and `mi/<code>` each code's; `cross_entropy` and `cross_entropy/<code>`
        are what they are short of the entropy. Continuous codes also log `explained/<code>`, and where std is learned
        `std_min/<code>` and `std_max/<code>`. All these are of the D step's generated batch. `consistency` and
        `balance` are of real images, and logged where they have a weight.
        """
        names = [*super().log_names(), "mi", "cross_entropy", "consistency", "balance"]
        for name, code in self.latents.codes.items():
            names += [f"{what}/{name}" for what in ("mi", "cross_entropy", *code.diagnostic_names)]
        return names

    def compile(
        self,
        d_optimizer,
        g_optimizer,
        mi_weight=1.0,
        generator_mi_weight=None,
        consistency_weight=0.0,
        balance_weight=0.0,
        **kwargs,
    ):
        """Sets the two optimizers, the weights of the bound (the paper's lambda), and what real images teach Q.

        The bound is of generated images only. Two more terms, off by default and not the paper's, make Q a better
        classifier of real ones, still without labels. They are of the categorical codes and act in the D step:
        consistency asks of Q that it is sure, and of the same category for an image and a random view of it, and
        balance that a batch of images uses all categories evenly. With equal weights they are together a lower bound
        on the information that a category has about a real image, whichever view of it is shown.

        Args:
            d_optimizer: of trunk, D's output and Q.
            g_optimizer: of the generator.
            mi_weight: one number, or `{code: number}` for every code. It acts in the D step, trunk included, and in
                the G step.
            generator_mi_weight: the weight in the G step where it differs; 0 trains Q and leaves the generator
                unrewarded, the paper's "regular GAN" of Figure 1.
            consistency_weight: of the cross entropy between Q's categories for a real image and for a view of it; it
                needs the constructor's `augmentation`.
            balance_weight: of the entropy of Q's mean category over the batch's real images.
            **kwargs: as in `GAN.compile`.

        Raises:
            ValueError: for weights that are negative or do not name every code, for a consistency without an
                augmentation, or either of these terms without a categorical code.
        """
        if generator_mi_weight is None:
            generator_mi_weight = mi_weight
        mi_weight = self._weights(mi_weight, "mi_weight")
        generator_mi_weight = self._weights(generator_mi_weight, "generator_mi_weight")
        consistency_weight = self._weight_of_reals(consistency_weight, "consistency_weight")
        balance_weight = self._weight_of_reals(balance_weight, "balance_weight")
        if consistency_weight and self.augmentation is None:
            raise ValueError(
                f"consistency_weight={consistency_weight!r} compares images with views of them: give the model an "
                "augmentation, such as InfoGAN(..., augmentation=ig.views.RandomAffine())."
            )
        # A call that is refused changes nothing.
        super().compile(d_optimizer, g_optimizer, **kwargs)
        self.mi_weight, self.generator_mi_weight = mi_weight, generator_mi_weight
        self.consistency_weight, self.balance_weight = consistency_weight, balance_weight

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
        loss -= _weighted(self.mi_weight, bounds)
        if self.consistency_weight:
            views = {name: on_real[VIEW + name] for name in self.latents.codes}
            logs["consistency"] = sum(losses.consistency(self.latents, on_real, views).values())
            loss += self.consistency_weight * logs["consistency"]
        if self.balance_weight:
            logs["balance"] = sum(losses.balance(self.latents, on_real).values())
            loss -= self.balance_weight * logs["balance"]
        return loss, logs

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
            A dict of numpy arrays: `<code>_probabilities` (rows, categories), `<code>_id` (rows,) and, where there are
            names, the texts `<code>_name` (rows,) of categorical codes, `<code>_mean` and `<code>_std` (rows, dim) of
            continuous ones, `<code>_probability` (rows, dim) of bits.

        Raises:
            ValueError: for images of another shape or range.
        """
        images = np.asarray(images, np.float32)
        if images.ndim != 4 or images.shape[1:] != self.image_shape or len(images) == 0:
            shape = ", ".join(map(str, self.image_shape))
            raise ValueError(f"The images have shape {images.shape}: expected (rows, {shape}), at least one row.")
        _data.require_range(images, self.image_range, "Expected {:g} to {:g}.".format(*self.image_range))
        parts = [
            self.activate_posteriors(self(images[start : start + batch_size]))
            for start in range(0, len(images), batch_size)
        ]
        answer = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        texts = {name: [text.decode() for text in value] for name, value in answer.items() if value.dtype == object}
        return answer | {name: np.array(value) for name, value in texts.items()}

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
            # Left out where they are off, so that runs from before there were any can be resumed.
            of_reals = {"consistency_weight": self.consistency_weight, "balance_weight": self.balance_weight}
            config.update({name: weight for name, weight in of_reals.items() if weight})
        return config

    def get_config(self):
        """The constructor's arguments, networks included."""
        augmentation = self.augmentation
        return {
            **super().get_config(),
            "augmentation": None if augmentation is None else keras.saving.serialize_keras_object(augmentation),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model that `get_config` described."""
        # Files from before there were augmentations have none.
        augmentation = keras.saving.deserialize_keras_object(config.get("augmentation"), custom_objects=custom_objects)
        return super().from_config({**config, "augmentation": augmentation}, custom_objects)

    def _judge_real(self, data, training, batch=0):
        """The outputs on real images and, where they shall be consistent, on views of them."""
        outputs = super()._judge_real(data, training, batch)
        if self.consistency_weight:
            on_views = all_gather(self._judge(self._views(_data.images_of(data), batch)))
            outputs = {**outputs, **{VIEW + name: value for name, value in on_views.items()}}
        return outputs

    def _views(self, images, batch):
        """Random views of this replica's images, drawn for those of all replicas."""
        seed = self._seed_of(VIEWS, batch)
        # Keras' own states of these draws are in no checkpoint.
        states = [
            tf.cast(tf.abs(_random.fold_in(seed, index)), state.dtype)
            for index, state in enumerate(self.augmentation.non_trainable_variables)
        ]
        whole = tf.reshape(all_gather({"images": images})["images"], [-1, *self.image_shape])
        views, _ = self.augmentation.stateless_call([], states, whole, training=True)
        return _replicas.local_shard({"images": views})["images"]

    def _weight_of_reals(self, value, argument):
        if not isinstance(value, numbers.Real) or not math.isfinite(value) or value < 0:
            raise ValueError(f"{argument}={value!r}: expected a finite number of at least 0.")
        if value and not any(isinstance(code, Categorical) for code in self.latents.codes.values()):
            raise ValueError(f"{argument}={value!r} is of categorical codes, and there are none.")
        return float(value)

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
