"""GAN: two networks, two optimizers and the alternating step."""

import functools

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _random, _replicas, losses
from infogan_keras._replicas import all_gather
from infogan_keras.models import _checks, _data
from infogan_keras.models._averaging import Averaging
from infogan_keras.models._duties import with_step_duties
from infogan_keras.models._networks import run_training, scaled_loss, with_loss_scales
from infogan_keras.models._progress import with_progress_bar
from infogan_keras.models._sampling import Sampling
from infogan_keras.models._serialization import Serialization

D_STEP, G_STEP, TEST_STEP, VIEWS, LAYERS = range(5)


@keras.saving.register_keras_serializable("infogan_keras")
class GAN(Averaging, Sampling, Serialization, keras.Model):
    """A generator and a discriminator that train each other.

    Each update is the release's: one D step on a real batch and a generated one, then one G step on fresh latents.
    Whatever is drawn (latents, views, the noise of layers such as Dropout) is a function of the seed, the update and
    the step, so that a resumed run continues bit for bit.

    Batch normalization in D uses each batch's own statistics in training, real and generated apart; its moving
    averages, which `predict` uses, are those of real images alone.

    Args:
        generator: a functional or Sequential model, (rows, latents.size) → images.
        discriminator: a functional model, images → `{"logits": (rows, 1), code: (rows, posterior_size), ...}`.
        latents: the `LatentSpec`.
        image_range: (lowest, highest) value of real and generated images.
        seed: of all random draws in training.
        ema_momentum: None, or the momentum of an exponential moving average of the generator's weights, such as 0.999
            (Yazıcı et al., 2019). Early in training it is smaller, (1 + updates) / (10 + updates).
        d_ema_momentum: likewise, of the discriminator's.

    Under a `tf.distribute` strategy, build and compile the model in `strategy.scope()`, and give `fit` whole batches
    (`drop_remainder=True`) that the number of replicas divides. Latents, losses and logs are those of the whole batch.

    Attributes:
        averaged_generator: of the weights' average, which `generate` uses; None without an `ema_momentum`.
        averaged_discriminator: likewise, for `encode`; training goes on with the networks themselves.
        examples: some real images, (n, height, width, channels), once `fit` has seen them; for callbacks.

    Raises:
        ValueError: where networks, latents and image range do not fit together, for regularizers, a seed that is not a
            31-bit integer, or a momentum outside of [0, 1).
    """

    def __init__(
        self,
        generator,
        discriminator,
        latents,
        *,
        image_range=(0, 1),
        seed=0,
        ema_momentum=None,
        d_ema_momentum=None,
        name="gan",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _checks.require_networks(generator, discriminator, latents)
        _checks.require_range(generator, image_range)
        _checks.require_seed(seed)
        self.generator = generator
        self.discriminator = discriminator
        self._latents = latents
        self.image_range = tuple(image_range)
        self.seed = int(seed)
        self.make_averages(ema_momentum, d_ema_momentum)
        self._updates = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int64",
            trainable=False,
            name="updates",
            aggregation="only_first_replica",
        )
        self.trackers = {name: keras.metrics.Mean(name) for name in self.log_names()}
        self.d_optimizer = self.g_optimizer = None
        self.examples = None
        self.step_checks = _data.StepChecks(self.image_range)
        self.built = True

    @classmethod
    def from_architecture(cls, architecture, latents, *, variant=None, channels=None, synchronized=True, **kwargs):
        """A model on the networks of one of the paper's tables, in its image range.

        Weights are drawn from Keras' global random state: call `keras.utils.set_random_seed` first for the same ones
        each time.

        Args:
            architecture: such as `ig.architectures.MNIST`.
            latents: the `LatentSpec`.
            variant: see `Architecture.build`.
            channels: likewise.
            synchronized: likewise.
            **kwargs: the constructor's other arguments.

        Example:
            >>> import infogan_keras as ig
            >>> latents = ig.LatentSpec(noise=ig.Uniform(62), codes={"digit": ig.Categorical(10)})
            >>> ig.InfoGAN.from_architecture(ig.architectures.MNIST, latents, seed=1).image_shape
            (28, 28, 1)
        """
        networks = architecture.build(latents, variant=variant, channels=channels, synchronized=synchronized)
        return cls(*networks, latents, image_range=architecture.image_range, **kwargs)

    @property
    def latents(self):
        """The `LatentSpec`; `name_categories` replaces it by one with the categories in another order."""
        return self._latents

    @latents.setter
    def latents(self, latents):
        self._latents = latents
        # Functions that were traced with the former spec.
        self.train_function = self.test_function = self.predict_function = None

    @property
    def updates(self) -> int:
        """How many updates were made; saved with the model."""
        return int(self._updates.numpy())

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.discriminator.input_shape[1:]

    @property
    def metrics(self):
        """One mean per logged quantity; Keras resets them every epoch."""
        return list(self.trackers.values())

    def log_names(self) -> list[str]:
        """The quantities that training logs, each the mean over the epoch's batches.

        `d_accuracy` is the share of images, real and generated, that D classifies correctly, and `d_real_min` and its
        like are the batch's extremes of D's probability of being real.
        """
        return ["d_loss", "g_loss", "d_accuracy", "d_real_min", "d_real_max", "d_fake_min", "d_fake_max"]

    def compile(self, d_optimizer, g_optimizer, *, run_eagerly=False, steps_per_execution=1, jit_compile="auto"):
        """Sets the two optimizers.

        For learning rates that change, give them a `keras.optimizers.schedules.LearningRateSchedule`.

        Args:
            d_optimizer: the discriminator's (trunk, D's output, Q).
            g_optimizer: the generator's.
            run_eagerly: as in Keras.
            steps_per_execution: as in Keras.
            jit_compile: as in Keras.

        Raises:
            ValueError: for one optimizer in both places (each keeps its own moments), for weights in float16 or
                bfloat16, or what Keras cannot do under a strategy. A call that is refused changes nothing.
        """
        optimizers = [keras.optimizers.get(optimizer) for optimizer in (d_optimizer, g_optimizer)]
        options = {"run_eagerly": run_eagerly, "steps_per_execution": steps_per_execution, "jit_compile": jit_compile}
        _checks.require_optimizers(self, optimizers, options)
        # Keras would make an unused RMSprop of its own.
        super().compile(optimizer=None, **options)
        self._keras_options = options
        self.d_optimizer, self.g_optimizer = with_loss_scales(optimizers, self.generator, self.discriminator)
        # Unbuilt optimizers lose their state, with only a warning, when a model is loaded.
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.g_optimizer.build(self.generator.trainable_variables)

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, **kwargs):
        """Trains on a dataset of images, or of (images, labels) whose labels are not read; as in Keras, but for this.

        The data is checked before the first step and in every step, `shuffle` defaults to False for
        datasets and generators, and the progress bar shows the losses and the bounds only (the logs have everything).

        Raises:
            RuntimeError: before `compile`.
            ValueError: for data that does not fit, see `_data.some_images`, for weights of samples (in a dataset too)
                or classes, and for Keras' callbacks that cannot work on a GAN.
        """
        if self.d_optimizer is None:
            raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before fit.")
        _checks.require_callbacks(callbacks)
        _data.require_no_weights(sample_weight=kwargs.get("sample_weight"), class_weight=kwargs.get("class_weight"))
        images, labels = _data.without_held_out(x, y, kwargs.get("validation_split"))
        self.examples = self._check(images, labels, batch_size, kwargs.get("steps_per_epoch"), "steps_per_epoch")
        if (validation := kwargs.get("validation_data")) is not None:
            images, labels = _data.unpack(validation)
            rows = kwargs.get("validation_batch_size") or batch_size
            self._check(images, labels, rows, kwargs.get("validation_steps"), "validation_steps")
        if not isinstance(x, np.ndarray | tf.Tensor | keras.utils.PyDataset):
            kwargs.setdefault("shuffle", False)
        callbacks = with_step_duties(with_progress_bar(callbacks, verbose))
        return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, **kwargs):
        """The means over a dataset of what training logs, without learning; as in Keras.

        D normalizes each batch by its own statistics, as it does in training, so use batches of training's size; the
        generator uses its moving averages, as it does in `generate`.
        """
        if self.d_optimizer is None:
            raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before evaluate.")
        _data.require_no_weights(sample_weight=sample_weight)
        if not kwargs.get("_use_cached_eval_dataset"):
            self._check(x, y, batch_size, steps, "steps")
        kwargs["callbacks"] = with_step_duties(with_progress_bar(kwargs.get("callbacks"), verbose))
        return super().evaluate(x, y, batch_size, verbose, sample_weight, steps, **kwargs)

    def train_on_batch(self, *args, **kwargs):
        """One update, as in Keras; ValueError for images out of range."""
        logs = super().train_on_batch(*args, **kwargs)
        self.step_checks.raise_violations()
        return logs

    def call(self, images, training=False):
        """The discriminator's output dict; (rows, height, width, channels) in `image_range`."""
        network = self.discriminator if training else self.encoding_discriminator
        return self.latents.split(network(images, training=training))

    def train_step(self, data):
        """One update: D on real and generated images, then G on fresh latents."""
        images, labels = _data.unpack(data, self.step_checks)

        latents = self._draw(tf.shape(images)[0], D_STEP)
        fakes = self._generate(latents, D_STEP, training=True)
        with tf.GradientTape() as tape:
            on_real = self._discriminate(images, D_STEP, 0, record=True)
            on_fake = self._discriminate(fakes, D_STEP, 1)
            loss, d_logs = self.d_objective(on_real, on_fake, latents)
            real_loss, real_logs = self.real_objective(on_real, images, labels)
            scaled = scaled_loss(loss + real_loss, self.d_optimizer)
        self._apply(self.d_optimizer, tape, scaled, self.discriminator.trainable_variables)

        latents = self._draw(tf.shape(images)[0], G_STEP)
        with tf.GradientTape() as tape:
            fakes = self._generate(latents, G_STEP, training=True)
            loss, g_logs = self.g_objective(self._discriminate(fakes, G_STEP, 0), latents)
            scaled = scaled_loss(loss, self.g_optimizer)
        self._apply(self.g_optimizer, tape, scaled, self.generator.trainable_variables)

        self._updates.assign_add(1)
        self.move_averages(self._updates.value)
        return self._track({**d_logs, **real_logs, **g_logs})

    def test_step(self, data):
        """The logged quantities of one batch."""
        images, labels = _data.unpack(data, self.step_checks)
        batch = tf.cast(self.trackers["d_loss"].count, tf.int32)
        latents = self._draw(tf.shape(images)[0], TEST_STEP, batch)
        fakes = self._generate(latents, TEST_STEP, training=False)
        on_real, on_fake = self._discriminate(images, TEST_STEP, 0), self._discriminate(fakes, TEST_STEP, 1)
        _, d_logs = self.d_objective(on_real, on_fake, latents)
        _, real_logs = self.real_objective(on_real, images, labels, batch)
        _, g_logs = self.g_objective(on_fake, latents)
        return self._track({**d_logs, **real_logs, **g_logs})

    def d_objective(self, on_real, on_fake, latents):
        """What the D step minimizes, of real and generated images.

        Args:
            on_real: the discriminator's outputs on real images.
            on_fake: its outputs on generated ones.
            latents: what those were generated from.

        Returns:
            `(scalar, {log name: scalar, or (scalar, weight) where batches count unequally})`.
        """
        real, fake = on_real["logits"], on_fake["logits"]
        loss = losses.discriminator_loss(real, fake)
        correct = tf.concat([real > 0, fake <= 0], 0)
        logs = {"d_loss": loss, "d_accuracy": tf.reduce_mean(tf.cast(correct, tf.float32))}
        for name, logits in (("d_real", real), ("d_fake", fake)):
            logs[f"{name}_min"] = tf.sigmoid(tf.reduce_min(logits))
            logs[f"{name}_max"] = tf.sigmoid(tf.reduce_max(logits))
        return loss, logs

    def real_objective(self, on_real, images, labels, batch=0):
        """What the D step minimizes besides, of real images alone; nothing here, see `InfoGAN` and `ACGAN`.

        Args:
            on_real: the discriminator's outputs on the images of all replicas.
            images: this replica's.
            labels: what the dataset gives beside them, or None.
            batch: of an evaluation.
        """
        return 0.0, {}

    def g_objective(self, on_fake, latents):
        """What the G step minimizes; arguments and result as in `d_objective`."""
        loss = losses.generator_loss(on_fake["logits"])
        return loss, {"g_loss": loss}

    def _draw(self, rows, step, batch=0):
        """Latents of this update's D or G step, or of one batch of an evaluation, for the rows of all replicas."""
        latents = self.latents.sample(rows * _replicas.num_replicas(), self._seed_of(step, batch))
        return {name: tf.cast(value, self._output_dtype) for name, value in latents.items()}

    @property
    def _output_dtype(self):
        return self.discriminator.output["logits"].dtype

    def _seed_of(self, step, batch=0):
        """The seed of one kind of draw in this update, or in one batch of an evaluation: (2,) int32."""
        return _random.fold_in(_random.fold_in([self.seed, step], self._updates.value), batch)

    def _generate(self, latents, step, *, training):
        """Images of this replica's rows of the latents."""
        vectors = self.latents.join(_replicas.local_shard(latents))
        if not training:
            return self.sampling_generator(vectors, training=False)
        return run_training(
            self.generator, vectors, functools.partial(self._seed_of, LAYERS, 8 * step + 2), record=True
        )

    def _discriminate(self, images, step, index, *, record=False):
        """The discriminator's outputs on images of all replicas, normalized by the batch's statistics."""
        seed = functools.partial(self._seed_of, LAYERS, 8 * step + index)
        outputs = run_training(self.discriminator, images, seed, record=record)
        return all_gather(self.latents.split(outputs))

    def _apply(self, optimizer, tape, loss, variables):
        gradients = tape.gradient(loss, variables)
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            gradients = _replicas.propagate_nonfinite(gradients)
        optimizer.apply(gradients, variables)

    def _track(self, logs):
        for tracker in self.metrics:
            value = logs[tracker.name]
            tracker.update_state(*(value if isinstance(value, tuple) else (value,)))
        results = {tracker.name: tracker.result() for tracker in self.metrics}
        if _replicas.worker_index(self.distribute_strategy)[1] > 1:
            # Keras averages the logs of several workers over their first axis (keras#20585).
            results = {name: result[tf.newaxis] for name, result in results.items()}
        return results

    def _check(self, x, y, batch_size, steps, argument):
        """Some images of the data, checked before it is used; None for generators, which looking would use up."""
        _data.require_end(x, steps, argument)
        _data.require_whole_batches(x, self.distribute_strategy.num_replicas_in_sync)
        return _data.some_images(x, self.image_shape, self.image_range, batch_size or 32)
