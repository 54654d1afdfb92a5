"""InfoGAN that is told classes: ACGAN where all images have labels, semi-supervised InfoGAN where a few have."""

import keras
import numpy as np
import tensorflow as tf

from infogan_keras._replicas import all_gather
from infogan_keras.latents import Categorical
from infogan_keras.models import _data
from infogan_keras.models.infogan import InfoGAN

LABELS, ON_LABELLED = "labels of reals", "on labelled reals"


@keras.saving.register_keras_serializable("infogan_keras")
class ACGAN(InfoGAN):
    """An InfoGAN in which Q also learns the classes of labelled images, so that one code comes in their order.

    The D step gains the cross entropy of Q's category on labelled real images. With a class code only, and labels for
    all images, it is the auxiliary classifier GAN (Odena et al., 2017), whose classifier is Q. With labels for a few
    images and other codes beside, it is the semi-supervised InfoGAN (Spurr et al., 2017).

    `fit` takes a dataset of `(images, labels)`, or of `(images, (labelled images, labels))` where few have any; labels
    are integers (rows,), and -1 is none.

    Arguments as in `InfoGAN`. In addition:

    Args:
        labelled: the categorical code whose categories are the classes; None for the only one there is.

    Raises:
        ValueError: for a code that is not categorical, or none given where there are several.
    """

    def __init__(
        self,
        generator,
        discriminator,
        latents,
        image_range=(0, 1),
        seed=0,
        augmentation=None,
        labelled=None,
        name="acgan",
        **kwargs,
    ):
        kinds = [code for code, distribution in latents.codes.items() if isinstance(distribution, Categorical)]
        if labelled not in kinds and (labelled is not None or len(kinds) != 1):
            raise ValueError(
                f"labelled={labelled!r}: expected a categorical code; there is {', '.join(kinds) or 'none'}."
            )
        super().__init__(generator, discriminator, latents, image_range, seed, augmentation, name, **kwargs)
        self.labelled = labelled or kinds[0]

    def log_names(self):
        """InfoGAN's, and `label_cross_entropy` in nats and `label_accuracy` of Q on the labelled real images."""
        return [*super().log_names(), "label_cross_entropy", "label_accuracy"]

    def compile(self, d_optimizer, g_optimizer, label_weight=1.0, **kwargs):
        """Sets the optimizers and the weights.

        Args:
            d_optimizer: as in `InfoGAN.compile`.
            g_optimizer: likewise.
            label_weight: of the labelled images' cross entropy.
            **kwargs: as in `InfoGAN.compile`.

        Raises:
            ValueError: for weights that are no finite numbers of at least 0.
        """
        label_weight = self._weight_of_reals(label_weight, "label_weight")
        super().compile(d_optimizer, g_optimizer, **kwargs)
        self.label_weight = label_weight

    def d_objective(self, on_real, on_fake, latents):
        """InfoGAN's objective and the weighted cross entropy of the labels."""
        loss, logs = super().d_objective(on_real, on_fake, latents)
        labels, logits = on_real[LABELS], on_real[ON_LABELLED]
        known = tf.reduce_sum(labels, -1)
        count = tf.maximum(tf.reduce_sum(known), 1)
        right = known * tf.cast(tf.argmax(labels, -1) == tf.argmax(logits, -1), known.dtype)
        entropy = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(labels, logits)) / count
        # Batches have different numbers of labels, or none.
        weight = tf.reduce_sum(known)
        logs |= {"label_cross_entropy": (entropy, weight), "label_accuracy": (tf.reduce_sum(right) / count, weight)}
        return loss + self.label_weight * entropy, logs

    def get_compile_config(self):
        """`compile`'s arguments."""
        config = super().get_compile_config()
        return None if config is None else {**config, "label_weight": self.label_weight}

    def get_config(self):
        """The constructor's arguments, networks included."""
        return {**super().get_config(), "labelled": self.labelled}

    def _judge_real(self, data, training, batch=0):
        """The outputs on real images, and on labelled ones beside their labels, one-hot; zeros where there is none."""
        outputs = super()._judge_real(data, training, batch)
        _, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        logits = outputs[self.labelled]
        if isinstance(labels, tuple):
            images, labels = labels
            logits = all_gather(self._judge(images))[self.labelled]
        labels = tf.cast(labels, tf.int64)
        categories = self.latents.codes[self.labelled].categories
        expected = f"There are labels outside of 0 to {categories - 1} (-1 is none)."
        in_range = [
            tf.debugging.assert_greater_equal(labels, tf.constant(-1, tf.int64), expected),
            tf.debugging.assert_less(labels, tf.constant(categories, tf.int64), expected),
        ]
        with tf.control_dependencies(in_range):
            labels = tf.one_hot(tf.reshape(labels, [-1]), categories, dtype=logits.dtype)
        return {**outputs, LABELS: all_gather({LABELS: labels})[LABELS], ON_LABELLED: logits}

    def fit(self, x=None, y=None, *args, **kwargs):
        """Trains on images and labels; as in `GAN.fit`, with ValueError for labels that do not fit the code."""
        self._check_labels(x, y)
        if (validation := kwargs.get("validation_data")) is not None:
            self._check_labels(*keras.utils.unpack_x_y_sample_weight(validation)[:2])
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """As in `GAN.evaluate`, on images and labels."""
        if not kwargs.get("_use_cached_eval_dataset"):
            self._check_labels(x, y)
        return super().evaluate(x, y, *args, **kwargs)

    def _check_labels(self, x, y):
        categories = self.latents.codes[self.labelled].categories
        replicas = self.distribute_strategy.num_replicas_in_sync
        x = _data.checkable(x)
        if isinstance(x, tf.data.Dataset):
            _data.require_labels(x, self.image_shape, self.image_range, categories, replicas)
        elif isinstance(x, np.ndarray | tf.Tensor):
            _data.require_classes(y, len(x), categories)
