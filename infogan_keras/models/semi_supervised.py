"""InfoGAN that is told classes: ACGAN where all images have labels, semi-supervised InfoGAN where a few have."""

import keras
import numpy as np
import tensorflow as tf

from infogan_keras._replicas import all_gather
from infogan_keras.latents import Categorical
from infogan_keras.models import _data
from infogan_keras.models.gan import VIEWS
from infogan_keras.models.infogan import InfoGAN, weight_of_codes

LABELLED_IMAGES = 4


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

    def __init__(self, generator, discriminator, latents, *, labelled=None, name="acgan", **kwargs):
        kinds = [code for code, distribution in latents.codes.items() if isinstance(distribution, Categorical)]
        if labelled not in kinds and (labelled is not None or len(kinds) != 1):
            raise ValueError(
                f"labelled={labelled!r}: expected a categorical code; there is {', '.join(kinds) or 'none'}."
            )
        super().__init__(generator, discriminator, latents, name=name, **kwargs)
        self.labelled = labelled or kinds[0]

    def log_names(self):
        """InfoGAN's, and `label_cross_entropy` in nats and `label_accuracy` of Q on the labelled real images."""
        return [*super().log_names(), "label_cross_entropy", "label_accuracy"]

    def compile(self, d_optimizer, g_optimizer, *, label_weight=1.0, **kwargs):
        """Sets the optimizers and the weights.

        Args:
            d_optimizer: as in `InfoGAN.compile`.
            g_optimizer: likewise.
            label_weight: of the labelled images' cross entropy.
            **kwargs: as in `InfoGAN.compile`.

        Raises:
            ValueError: for weights other than finite numbers of at least 0.
        """
        label_weight = weight_of_codes("label_weight", label_weight, [self.labelled], "categorical")
        super().compile(d_optimizer, g_optimizer, **kwargs)
        self.label_weight = label_weight

    def real_objective(self, on_real, images, labels, batch=0):
        """InfoGAN's, and the weighted cross entropy of the labels."""
        loss, logs = super().real_objective(on_real, images, labels, batch)
        logits = on_real[self.labelled]
        if isinstance(labels, tuple):
            images, labels = labels
            logits = self._discriminate(self.step_checks.images(images), VIEWS, LABELLED_IMAGES)[self.labelled]
        classes = self.step_checks.labels(tf.convert_to_tensor(labels), images, self._categories)
        one_hot = all_gather({"labels": tf.one_hot(classes, self._categories, dtype=logits.dtype)})["labels"]
        known = tf.reduce_sum(one_hot, -1)
        count = tf.reduce_sum(known)
        correct = known * tf.cast(tf.argmax(one_hot, -1) == tf.argmax(logits, -1), known.dtype)
        entropy = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(one_hot, logits)) / tf.maximum(count, 1)
        # Batches have different numbers of labels, or none.
        logs["label_cross_entropy"] = (entropy, count)
        logs["label_accuracy"] = (tf.reduce_sum(correct) / tf.maximum(count, 1), count)
        return loss + self.label_weight * entropy, logs

    def get_compile_config(self):
        """`compile`'s arguments."""
        config = super().get_compile_config()
        return None if config is None else {**config, "label_weight": self.label_weight}

    def get_config(self):
        """The constructor's arguments, networks included."""
        return {**super().get_config(), "labelled": self.labelled}

    @property
    def _categories(self):
        return self.latents.codes[self.labelled].categories

    def _check(self, x, y, *args):
        """Some images of the data, checked with its labels before it is used."""
        replicas = self.distribute_strategy.num_replicas_in_sync
        data = _data.first_batch(x)
        if isinstance(data, tf.data.Dataset):
            _data.require_labels(data, self.image_shape, self.image_range, self._categories, replicas)
        elif isinstance(data, np.ndarray | tf.Tensor):
            _data.require_classes(y, len(data), self._categories)
        return super()._check(x, y, *args)
