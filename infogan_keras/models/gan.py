"""GAN: two networks, two optimizers and the alternating step."""

import math
import numbers

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import _random, _replicas, losses
from infogan_keras._replicas import all_gather
from infogan_keras.models import _checks, _data
from infogan_keras.models._progress import with_progress_bar
from infogan_keras.models._signatures import write_saved_model

D_STEP, G_STEP, TEST_STEP, VIEWS = range(4)


@keras.saving.register_keras_serializable("infogan_keras")
class GAN(keras.Model):
    """A generator and a discriminator that train each other.

    Each update is the release's: one D step on a real batch and a generated one, then one G step on fresh latents.
    Latents are a function of (seed, update, D or G step), and so are an augmentation's views: a resumed run continues
    bit for bit. (Layers that draw by themselves, such as Dropout, go on from states that Keras saves nowhere.)

    Batch normalization in D uses each batch's own statistics in training, real and generated apart; its moving
    averages, which `predict` uses, are those of real images alone.

    Args:
        generator: a functional Keras model, (rows, latents.size) → images.
        discriminator: a functional Keras model, images → `{"logits": (rows, 1), code: (rows, posterior_size), ...}`.
        latents: the `LatentSpec`.
        image_range: (lowest, highest) value of real and generated images.
        seed: of all random draws in training.
        ema_momentum: None, or the momentum of an exponential moving average of the generator's weights, such as 0.999
            (Yazıcı et al., 2019). Early in training it is smaller, (1 + updates) / (10 + updates).

    Under a `tf.distribute` strategy, build and compile the model in `strategy.scope()`, and give `fit` whole batches
    (`drop_remainder=True`) that the number of replicas divides. Latents, losses and logs are those of the whole batch.

    Attributes:
        averaged_generator: of the weights' average; None without an `ema_momentum`.
        examples: some real images, (n, height, width, channels), once `fit` has seen them; for callbacks.

    Raises:
        ValueError: where networks, latents and image range do not fit together, for regularizers, for a seed that is
            not a 31-bit integer, or an `ema_momentum` that is none.
    """

    def __init__(
        self,
        generator,
        discriminator,
        latents,
        image_range=(0, 1),
        seed=0,
        name="gan",
        ema_momentum=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _checks.require_networks(generator, discriminator, latents)
        _checks.require_range(generator, image_range)
        _checks.require_momentum(ema_momentum)
        if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or not 0 <= seed < 2**31:
            raise ValueError(f"seed={seed!r}: expected an integer from 0 to 2**31 - 1.")
        self.generator = generator
        self.discriminator = discriminator
        self.latents = latents
        self.image_range = tuple(image_range)
        self.seed = int(seed)
        self.ema_momentum = None if ema_momentum is None else float(ema_momentum)
        self.averaged_generator = None
        if ema_momentum is not None:
            self.averaged_generator = keras.models.clone_model(generator)
            self.averaged_generator.set_weights(generator.get_weights())
            self.averaged_generator.trainable = False
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
        self._sample_each = tf.function(latents.sample_each, input_signature=[tf.TensorSpec([None], tf.int64)])
        self.built = True

    @property
    def updates(self):
        """How many updates were made; saved with the model."""
        return int(self._updates.numpy())

    @property
    def sampling_generator(self):
        """The one that `generate`, `evaluate` and exports use: the averaged one where there is one."""
        return self.averaged_generator or self.generator

    @property
    def image_shape(self):
        """(height, width, channels)."""
        return self.discriminator.input_shape[1:]

    @property
    def metrics(self):
        """One mean per logged quantity; Keras resets them every epoch."""
        return list(self.trackers.values())

    def log_names(self):
        """The quantities that training logs, each the mean over the epoch's batches.

        `d_real_min` and its like are the batch's extremes of D's probability of being real; `d_accuracy` is the share
        of images, real and generated, that D tells rightly.
        """
        return ["d_loss", "g_loss", "d_accuracy", "d_real_min", "d_real_max", "d_fake_min", "d_fake_max"]

    def compile(self, d_optimizer, g_optimizer, run_eagerly=False, steps_per_execution=1, jit_compile="auto"):
        """Sets the two optimizers.

        Keras' callbacks that change `model.optimizer`'s learning rate find none here: give the optimizers a
        `keras.optimizers.schedules.LearningRateSchedule` instead.

        Args:
            d_optimizer: the discriminator's (trunk, D's output, Q).
            g_optimizer: the generator's.
            run_eagerly: as in Keras.
            steps_per_execution: as in Keras.
            jit_compile: as in Keras.

        Raises:
            ValueError: for one optimizer in both places (each keeps its own moments), for weights in float16 or
                bfloat16, or what Keras cannot do under a strategy.
        """
        optimizers = [keras.optimizers.get(optimizer) for optimizer in (d_optimizer, g_optimizer)]
        if optimizers[0] is optimizers[1]:
            raise ValueError("d_optimizer and g_optimizer are the same object: make one for each network.")
        options = {"run_eagerly": run_eagerly, "steps_per_execution": steps_per_execution, "jit_compile": jit_compile}
        _checks.require_strategy(self, optimizers, options)
        layers = [*self.generator.layers, *self.discriminator.layers]
        if narrow := {layer.variable_dtype for layer in layers} & {"float16", "bfloat16"}:
            raise ValueError(
                f"The weights are {narrow.pop()}, too coarse for an optimizer's small steps: use the policy "
                "mixed_float16 or mixed_bfloat16."
            )
        # Keras would make an unused RMSprop of its own.
        super().compile(optimizer=None, **options)
        self._keras_options = options
        if any(layer.compute_dtype == "float16" for layer in layers):
            optimizers = [_scaled(optimizer) for optimizer in optimizers]
        self.d_optimizer, self.g_optimizer = optimizers
        # Unbuilt optimizers lose their state, with only a warning, when a model is loaded.
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.g_optimizer.build(self.generator.trainable_variables)

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, **kwargs):
        """Trains on a dataset of images, or of (images, labels) whose labels are not read; as in Keras, but for this.

        The data is checked first, `shuffle` defaults to False for a `tf.data.Dataset`, and the progress bar shows the
        losses and the bounds only (the logs have everything).

        Raises:
            RuntimeError: before `compile`.
            ValueError: for data that does not fit, see `_data.some_images`, for weights of samples (in a dataset
                too) or classes, and for callbacks that change *the* optimizer: there are two.
        """
        if self.d_optimizer is None:
            raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before fit.")
        _checks.require_two_optimizers(callbacks)
        _data.require_no_weights(sample_weight=kwargs.get("sample_weight"), class_weight=kwargs.get("class_weight"))
        taken = x
        if (held_out := kwargs.get("validation_split")) and isinstance(x, np.ndarray | tf.Tensor):
            taken = x[: math.floor(len(x) * (1 - held_out))]
        self.examples = self._check(taken, batch_size, kwargs.get("steps_per_epoch"), "steps_per_epoch")
        if (validation := kwargs.get("validation_data")) is not None:
            rows = kwargs.get("validation_batch_size") or batch_size
            self._check(_data.images_of(validation), rows, kwargs.get("validation_steps"), "validation_steps")
        if isinstance(x, tf.data.Dataset):
            kwargs.setdefault("shuffle", False)
        return super().fit(x, y, batch_size, epochs, verbose, with_progress_bar(callbacks, verbose), **kwargs)

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, **kwargs):
        """The means over a dataset of what training logs, without learning; as in Keras.

        D normalizes each batch by its own statistics, as it does in training, so use batches of training's size; the
        generator uses its moving averages, as it does in `generate`.
        """
        if self.d_optimizer is None:
            raise RuntimeError("Call compile(d_optimizer=..., g_optimizer=...) before evaluate.")
        _data.require_no_weights(sample_weight=sample_weight)
        if not kwargs.get("_use_cached_eval_dataset"):
            self._check(x, batch_size, steps, "steps")
        kwargs["callbacks"] = with_progress_bar(kwargs.get("callbacks"), verbose)
        return super().evaluate(x, y, batch_size, verbose, sample_weight, steps, **kwargs)

    def call(self, images, training=False):
        """The discriminator's output dict; (rows, height, width, channels) in `image_range`."""
        return self.discriminator(images, training=training)

    def train_step(self, data):
        """One update: D on real and generated images, then G on fresh latents."""
        rows = _rows_of(data)

        latents = self._draw(rows, D_STEP)
        fakes = self._generate(latents, training=True)
        with tf.GradientTape() as tape:
            on_real = self._judge_real(data, training=True)
            on_fake = all_gather(self._judge(fakes))
            loss, d_logs = self.d_objective(on_real, on_fake, latents)
            scaled = self._scaled(loss, self.d_optimizer)
        self._apply(self.d_optimizer, tape, scaled, self.discriminator.trainable_variables)

        latents = self._draw(rows, G_STEP)
        with tf.GradientTape() as tape:
            fakes = self._generate(latents, training=True)
            loss, g_logs = self.g_objective(all_gather(self._judge(fakes)), latents)
            scaled = self._scaled(loss, self.g_optimizer)
        self._apply(self.g_optimizer, tape, scaled, self.generator.trainable_variables)

        self._updates.assign_add(1)
        if self.averaged_generator is not None:
            self._average()
        return self._track({**d_logs, **g_logs})

    def test_step(self, data):
        """The logged quantities of one batch."""
        rows = _rows_of(data)
        batch = tf.cast(self.trackers["d_loss"].count, tf.int32)
        latents = self._draw(rows, TEST_STEP, batch)
        on_fake = all_gather(self._judge(self._generate(latents, training=False)))
        on_real = self._judge_real(data, training=False, batch=batch)
        _, d_logs = self.d_objective(on_real, on_fake, latents)
        _, g_logs = self.g_objective(on_fake, latents)
        return self._track({**d_logs, **g_logs})

    def d_objective(self, on_real, on_fake, latents):
        """What the D step minimizes.

        Args:
            on_real: the discriminator's outputs on real images.
            on_fake: its outputs on generated ones.
            latents: what those were generated from.

        Returns:
            `(scalar, {log name: scalar, or (scalar, weight) where batches count unequally})`.
        """
        real, fake = on_real["logits"], on_fake["logits"]
        loss = losses.discriminator_loss(real, fake)
        right = tf.concat([real > 0, fake <= 0], 0)
        logs = {"d_loss": loss, "d_accuracy": tf.reduce_mean(tf.cast(right, tf.float32))}
        for name, logits in (("d_real", real), ("d_fake", fake)):
            logs[f"{name}_min"] = tf.sigmoid(tf.reduce_min(logits))
            logs[f"{name}_max"] = tf.sigmoid(tf.reduce_max(logits))
        return loss, logs

    def g_objective(self, on_fake, latents):
        """What the G step minimizes; arguments and result as in `d_objective`."""
        loss = losses.generator_loss(on_fake["logits"])
        return loss, {"g_loss": loss}

    def generate(self, n, /, *, seed=None, noise=None, **codes):
        """Generates images.

        Args:
            n: how many.
            seed: an integer, or one per image. Row i of a single seed has seed + i, and an image depends on its own
                seed alone, not on the others in the batch. None draws new ones each time.
            noise: (n, noise size), to use in place of drawn noise.
            **codes: values by name, one for all images or one per image: a categorical code as its id, a continuous
                one as numbers. Codes that are not given are drawn from their priors.

        Returns:
            (n, height, width, channels) float32 in `image_range`.

        Raises:
            ValueError: for an unknown code, a value outside the code's set, or a length that is not n.
        """
        return self.decode(self.sample_latents(n, seed=seed, noise=noise, **codes))

    def sample_latents(self, n, /, *, seed=None, noise=None, **codes):
        """The latents that `generate` would use, with the same arguments: `{name: (n, size) float32}`."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise ValueError(f"n={n!r}: expected how many images to make, an integer of at least 1.")
        unknown = sorted(set(codes) - set(self.latents.codes))
        if unknown:
            known = ", ".join(self.latents.codes) or "none"
            raise ValueError(f"Unknown code {', '.join(map(repr, unknown))}: this model's codes are {known}.")
        latents = self._sample_each(_seeds(seed, n))
        latents = {name: value.numpy() for name, value in latents.items()}
        given = codes if noise is None else {"noise": noise, **codes}
        for name, value in given.items():
            latents[name] = self.latents.parts[name].as_rows(value, n, name)
        return latents

    def decode(self, latents, batch_size=256):
        """Images of latents given in full.

        Args:
            latents: `{name: (rows, size)}` with noise and every code.
            batch_size: rows that go through the generator at a time.

        Returns:
            (rows, height, width, channels) float32 in `image_range`.

        Raises:
            ValueError: for latents that are missing or have other shapes; categoricals are one-hot here.
        """
        vectors = self.latents.join(latents)
        parts = [
            self.sampling_generator(vectors[start : start + batch_size], training=False).numpy()
            for start in range(0, len(vectors), batch_size)
        ]
        return np.concatenate(parts)

    def export(self, path, signatures=None, storage="float32"):
        """Writes a SavedModel at `path`; `export_saved_model` adds version, card and warm-up requests.

        Args:
            path: a folder that does not exist yet.
            signatures: see `export.write_saved_model`.
            storage: likewise.

        Raises:
            FileExistsError: for a path that exists.
            ValueError: for an unknown signature or storage.
        """
        write_saved_model(self, path, signatures, storage)

    def get_config(self):
        """The constructor's arguments, networks included."""
        serialize = keras.saving.serialize_keras_object
        return {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latents": serialize(self.latents),
            "image_range": list(self.image_range),
            "seed": self.seed,
            "name": self.name,
            "ema_momentum": self.ema_momentum,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model that `get_config` described."""
        networks = {
            key: keras.saving.deserialize_keras_object(config[key], custom_objects=custom_objects)
            for key in ("generator", "discriminator", "latents")
        }
        return cls(**{**config, **networks})

    def get_compile_config(self):
        """`compile`'s arguments."""
        if self.d_optimizer is None:
            return None
        serialize = keras.saving.serialize_keras_object
        optimizers = {"d_optimizer": serialize(self.d_optimizer), "g_optimizer": serialize(self.g_optimizer)}
        return {**optimizers, **self._keras_options}

    def compile_from_config(self, config):
        """Compiles a loaded model as the saved one was."""
        deserialize = keras.saving.deserialize_keras_object
        optimizers = {key: deserialize(config[key]) for key in ("d_optimizer", "g_optimizer")}
        self.compile(**{**config, **optimizers})

    def _draw(self, rows, step, batch=0):
        """Latents of this update's D or G step, or of one batch of an evaluation, for the rows of all replicas."""
        latents = self.latents.sample(rows * _replicas.num_replicas(), self._seed_of(step, batch))
        dtype = self.discriminator.output["logits"].dtype
        return {name: tf.cast(value, dtype) for name, value in latents.items()}

    def _seed_of(self, step, batch=0):
        """The seed of one kind of draw in this update, or in one batch of an evaluation: (2,) int32."""
        return _random.fold_in(_random.fold_in([self.seed, step], self._updates.value), batch)

    def _generate(self, latents, training):
        """Images of this replica's rows of the latents."""
        generator = self.generator if training else self.sampling_generator
        return generator(self.latents.join(_replicas.local_shard(latents)), training=training)

    def _judge(self, images):
        """The discriminator's outputs, normalized by the batch's statistics, which are not recorded."""
        network = self.discriminator
        outputs, _ = network.stateless_call(
            [variable.value for variable in network.trainable_variables],
            [variable.value for variable in network.non_trainable_variables],
            images,
            training=True,
        )
        return outputs

    def _judge_real(self, data, training, batch=0):
        """The discriminator's outputs on real images of all replicas; their statistics are recorded in training."""
        images = _data.images_of(data)
        return all_gather(self.discriminator(images, training=True) if training else self._judge(images))

    def _scaled(self, loss, optimizer):
        """The loss whose gradients `optimizer` sums over the replicas, each of which has computed all of it."""
        return optimizer.scale_loss(loss / _replicas.num_replicas())

    def _apply(self, optimizer, tape, loss, variables):
        gradients = tape.gradient(loss, variables)
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            gradients = _replicas.propagate_nonfinite(gradients)
        optimizer.apply(gradients, variables)

    def _average(self):
        """Moves the averaged generator towards the trained one, its batch norm's averages included."""
        updates = tf.cast(self._updates.value, tf.float32)
        share = 1 - tf.minimum(self.ema_momentum, (1 + updates) / (10 + updates))
        for average, weight in zip(self.averaged_generator.weights, self.generator.weights, strict=True):
            step = tf.cast(share, average.dtype) * (average.value - weight.value)
            # Each replica's own copy: what they add is the same.
            tf.raw_ops.AssignSubVariableOp(resource=average.value.handle, value=step)

    def _track(self, logs):
        for tracker in self.metrics:
            value = logs[tracker.name]
            tracker.update_state(*(value if isinstance(value, tuple) else (value,)))
        results = {tracker.name: tracker.result() for tracker in self.metrics}
        if _replicas.worker_index(self.distribute_strategy)[1] > 1:
            # Keras averages the logs of several workers over their first axis (keras#20585).
            results = {name: result[tf.newaxis] for name, result in results.items()}
        return results

    def _check(self, x, batch_size, steps, argument):
        """Some images of the data, checked; None for generators, which looking would use up."""
        if isinstance(x, tf.data.Dataset) and steps is None and x.cardinality() == tf.data.INFINITE_CARDINALITY:
            raise ValueError(f"The dataset repeats for ever: pass {argument}, the batches to take of it.")
        _data.require_whole_batches(x, self.distribute_strategy.num_replicas_in_sync)
        x = _data.checkable(x)
        if isinstance(x, tf.data.Dataset | np.ndarray | tf.Tensor | list | tuple | dict):
            return _data.some_images(x, self.image_shape, self.image_range, batch_size or 32)
        return None


def _rows_of(data):
    """How many images a batch has."""
    images = _data.images_of(data)
    rows = tf.shape(images)[0]
    if images.shape[0] is None:
        message = "A batch of one image cannot be normalized: use batch(..., drop_remainder=True)."
        with tf.control_dependencies([tf.debugging.assert_greater(rows, 1, message)]):
            rows = tf.identity(rows)
    return rows


def _scaled(optimizer):
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)


def _seeds(seed, n):
    if seed is None:
        return np.random.randint(2**62, size=n)
    seeds = np.asarray(seed)
    if not np.issubdtype(seeds.dtype, np.integer) or seeds.shape not in ((), (n,)) or np.any(seeds >= 2**63 - n):
        raise ValueError(f"seed={seed!r}: expected a 64-bit integer, or {n} of them, one per image.")
    seeds = seeds.astype(np.int64)
    return seeds + np.arange(n) if seeds.ndim == 0 else seeds
