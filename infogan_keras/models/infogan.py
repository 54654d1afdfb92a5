"""InfoGAN: a GAN whose codes a recognition network reads back."""

import itertools
import math
import numbers

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _random, _replicas, losses, views
from infogan_keras._replicas import all_gather
from infogan_keras.latents import Categorical
from infogan_keras.models import _checks, _data
from infogan_keras.models.gan import GAN, VIEWS

D_STEP_VIEWS = 3


@keras.saving.register_keras_serializable("infogan_keras")
class InfoGAN(GAN):
    """A GAN that also maximizes a lower bound on the information between its named codes and its images.

    The gradient rule is the release's: the bound is subtracted from both losses, so that D's trunk, D's output and Q
    learn in the D step, with D's optimizer, and G alone learns in the G step (paper, Eq. 6; `infogan_trainer.py`).

    Arguments as in `GAN`; the latents need at least one code. In addition:

    Args:
        views: changes of images (`ig.views`) under which categorical codes and declared codes stay as they are, besides
            the views that codes follow: `[ig.views.Zoom(0.1), ig.views.Shift(0.1)]` for digits, or a single one.
            Keras' random preprocessing layers will do too, for categorical codes.

    Raises:
        ValueError: for latents without codes, and views that do not fit the images, or each other.

    Example, tiny:
        >>> import keras, numpy as np
        >>> import infogan_keras as ig
        >>> latents = ig.LatentSpec(noise=ig.Uniform(8), codes={"digit": ig.Categorical(10)})
        >>> model = ig.InfoGAN.from_architecture(ig.architectures.MNIST, latents)
        >>> model.compile(keras.optimizers.Adam(2e-4, 0.5), keras.optimizers.Adam(1e-3, 0.5))
        >>> history = model.fit(np.random.uniform(size=(8, 28, 28, 1)), batch_size=8, verbose=0)
        >>> model.generate(2, digit=[3, 7]).shape
        (2, 28, 28, 1)
    """

    def __init__(self, generator, discriminator, latents, *, views=(), name="infogan", **kwargs):
        if not latents.codes:
            raise ValueError("An InfoGAN needs at least one code in its LatentSpec; GAN is the model without any.")
        super().__init__(generator, discriminator, latents, name=name, **kwargs)
        self.views = tuple(keras.tree.flatten(views))
        self._all_views = _checks.require_views(self.views, latents, self.image_shape, self.image_range)
        self.consistency_weight = self.balance_weight = self.declared_weight = 0.0

    @property
    def known_views(self) -> tuple[views.View, ...]:
        """The views whose amounts the model knows, those that codes follow first."""
        return tuple(view for view in self._all_views if isinstance(view, views.View))

    @property
    def metrics(self):
        """One mean per logged quantity; Keras resets them every epoch."""
        weights = {
            "consistency": self.consistency_weight,
            "balance": self.balance_weight,
            **{f"declared/{name}": self.declared_weight for name in self.latents.declared},
        }
        return [tracker for name, tracker in self.trackers.items() if weights.get(name) != 0]

    def log_names(self):
        """The GAN's quantities, and those of the codes.

        `mi` is the sum of the bounds in nats and `mi/<code>` each code's; `cross_entropy` and `cross_entropy/<code>`
        are what they are short of the entropy. Continuous codes also log `explained/<code>`, and where std is learned
        `std_min/<code>` and `std_max/<code>`, circular ones `alignment/<code>`. All these are of the D step's generated
        batch. `consistency`, `balance` and `declared/<code>` (the correlation of a declared code's response with its
        view) are of real images, and logged where they have a weight.
        """
        names = [*super().log_names(), "mi", "cross_entropy", "consistency", "balance"]
        for name, code in self.latents.codes.items():
            names += [f"{what}/{name}" for what in ("mi", "cross_entropy", *code.diagnostic_names)]
        return names + [f"declared/{name}" for name in self.latents.declared]

    def compile(
        self,
        d_optimizer,
        g_optimizer,
        *,
        mi_weight=1.0,
        generator_mi_weight=None,
        consistency_weight=0.0,
        balance_weight=0.0,
        declared_weight=None,
        **kwargs,
    ):
        """Sets the two optimizers, the weights of the bound (the paper's lambda), and what real images teach Q.

        The bound is of generated images only. Three more terms, which are not the paper's, teach Q from real ones,
        still without labels; they act in the D step. Consistency asks of Q that it is sure of an image's category, and
        of the same one for a view of it, and balance that a batch of images uses all categories evenly. With equal
        weights they are together a lower bound on the information that a category has about a real image, whichever
        view of it is shown. The third asks that declared codes follow their views, see `losses.declared`.

        Args:
            d_optimizer: of trunk, D's output and Q.
            g_optimizer: of the generator.
            mi_weight: one number, or `{code: number}` for every code. It acts in the D step, trunk included, and in
                the G step.
            generator_mi_weight: the weight in the G step where it differs; 0 trains Q and leaves the generator
                unrewarded, the paper's "regular GAN" of Figure 1.
            consistency_weight: of the cross entropy between Q's categories for a real image and for a view of it.
            balance_weight: of the entropy of Q's mean category over the batch's real images.
            declared_weight: of what declared codes lack; None for 1 where there are any.
            **kwargs: as in `GAN.compile`.

        Raises:
            ValueError: for weights that are negative or do not name every code, for a consistency without views,
                consistency or balance without a categorical code, or a declared weight without declared codes.
        """
        if generator_mi_weight is None:
            generator_mi_weight = mi_weight
        mi_weight = self._weights(mi_weight, "mi_weight")
        generator_mi_weight = self._weights(generator_mi_weight, "generator_mi_weight")
        categorical = [name for name, code in self.latents.codes.items() if isinstance(code, Categorical)]
        consistency_weight = weight_of_codes("consistency_weight", consistency_weight, categorical, "categorical")
        balance_weight = weight_of_codes("balance_weight", balance_weight, categorical, "categorical")
        declared = self.latents.declared
        if declared_weight is None:
            declared_weight = 1.0 if declared else 0.0
        declared_weight = weight_of_codes("declared_weight", declared_weight, declared, "declared")
        if consistency_weight and not self._all_views:
            raise ValueError(
                f"consistency_weight={consistency_weight!r} compares images with views of them: give the model some, "
                "such as InfoGAN(..., views=[ig.views.Slant(0.3), ig.views.Zoom(0.1)])."
            )
        super().compile(d_optimizer, g_optimizer, **kwargs)
        self.mi_weight, self.generator_mi_weight = mi_weight, generator_mi_weight
        self.consistency_weight, self.balance_weight = consistency_weight, balance_weight
        self.declared_weight = declared_weight

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

    def real_objective(self, on_real, images, labels, batch=0):
        """Consistency, balance and declared codes, each times its weight."""
        loss, logs = super().real_objective(on_real, images, labels, batch)
        if self.consistency_weight or self.declared_weight:
            shares = self._draw_shares(tf.shape(images)[0], batch)
            shown = self._show(images, _replicas.local_shard(shares), batch)
            on_views = self._discriminate(shown, VIEWS, D_STEP_VIEWS)
        if self.consistency_weight:
            logs["consistency"] = sum(losses.consistency(self.latents, on_real, on_views).values())
            loss += self.consistency_weight * logs["consistency"]
        if self.balance_weight:
            logs["balance"] = sum(losses.balance(self.latents, on_real).values())
            loss -= self.balance_weight * logs["balance"]
        if self.declared_weight:
            magnitudes = self._magnitudes(images)
            terms, responses = losses.declared(self.latents, on_real, on_views, shares, magnitudes)
            logs.update({f"declared/{name}": response for name, response in responses.items()})
            loss += self.declared_weight * sum(terms.values())
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
            continuous ones, `<code>_degrees` and `<code>_concentration` (rows, 1) of circular ones,
            `<code>_probability` (rows, dim) of bits.

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
            of_reals = {"consistency_weight": self.consistency_weight, "balance_weight": self.balance_weight}
            config.update({name: weight for name, weight in of_reals.items() if weight})
            if self.latents.declared:
                config["declared_weight"] = self.declared_weight
        return config

    def get_config(self):
        """The constructor's arguments, networks included."""
        return {**super().get_config(), "views": [keras.saving.serialize_keras_object(view) for view in self.views]}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model that `get_config` described."""
        config = dict(config)
        # Version 0.1 had one Keras layer, or None, in their place.
        earlier = config.pop("augmentation", None)
        serialized = config.pop("views", [] if earlier is None else [earlier])
        shown = [keras.saving.deserialize_keras_object(view, custom_objects=custom_objects) for view in serialized]
        return super().from_config({**config, "views": shown}, custom_objects)

    def _draw_shares(self, rows, batch):
        """For the rows of all replicas, each view's amounts as shares of its largest: -1 to 1, of `Mirror` its sign."""
        rows *= _replicas.num_replicas()
        seed = self._seed_of(VIEWS, batch)
        shares = {
            view.name: tf.cast(2 * _random.uniform([rows], _random.fold_in(seed, index)) - 1, self._output_dtype)
            for index, view in enumerate(self.known_views)
        }
        return {name: tf.sign(share) if name == "mirror" else share for name, share in shares.items()}

    def _magnitudes(self, images):
        """Of the images of all replicas, what declared codes' distances from 0 follow: {code: (rows,)}."""
        low, high = self.image_range
        values = {}
        for name, code in self.latents.declared.items():
            if code.magnitude is not None:
                value = tf.cast(code.magnitude((images - low) / (high - low)), self._output_dtype)
                values[name] = value[:, tf.newaxis]
        return {name: rows[:, 0] for name, rows in _replicas.all_gather(values).items()}

    def _show(self, images, shares, batch):
        """Views of this replica's images."""
        images = views.apply(self.known_views, images, shares, self.image_range)
        seed = self._seed_of(VIEWS, batch)
        # Each draw has a number of its own, those of the known views first.
        seeds = (_random.fold_in(seed, index) for index in itertools.count(len(self.known_views)))
        for layer in self._all_views:
            if isinstance(layer, keras.layers.Layer):
                images = self._random_layer(layer, images, seeds)
        return images

    def _random_layer(self, layer, images, seeds):
        """A preprocessing layer's views of this replica's images, drawn for those of all replicas."""
        # Keras' own states of these draws are in no checkpoint.
        states = [tf.cast(tf.abs(next(seeds)), state.dtype) for state in layer.non_trainable_variables]
        whole = tf.reshape(all_gather({"images": images})["images"], [-1, *self.image_shape])
        shown, _ = layer.stateless_call([], states, whole, training=True)
        return _replicas.local_shard({"images": shown})["images"]

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


def weight_of_codes(argument, value, codes, kind):
    """The weight of a term of some codes as a float; ValueError for other values, or where there are no such codes."""
    if not isinstance(value, numbers.Real) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{argument}={value!r}: expected a finite number of at least 0.")
    if value and not codes:
        raise ValueError(f"{argument}={value!r} is of {kind} codes, and there are none.")
    return float(value)
