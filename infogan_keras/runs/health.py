"""Callbacks that watch for trouble."""

import math
import warnings

import keras
import numpy as np
import tensorflow as tf

from infogan_keras import views
from infogan_keras._arguments import positive_int
from infogan_keras.evaluation import declared

STRANGE = 1.15


class StopOnNaN(keras.callbacks.Callback):
    """Raises FloatingPointError at the first update whose losses are NaN or infinite, as the release did.

    At the end of an epoch it checks the weights too, so nothing of that epoch is saved and the last checkpoint is
    from before. (Keras' TerminateOnNaN reads a key, `loss`, that a GAN does not have.)
    """

    def on_train_batch_end(self, batch, logs=None):
        """Checks the losses."""
        bad = [name for name in ("d_loss", "g_loss") if not math.isfinite((logs or {}).get(name, 0.0))]
        if bad:
            self._stop(" and ".join(bad), f"at batch {batch} of this epoch")

    def on_epoch_end(self, epoch, logs=None):
        """Checks the weights."""
        if (variable := first_not_finite(self.model.trainable_variables)) is not None:
            self._stop(variable.path, f"in the last update of epoch {epoch + 1}")

    def _stop(self, what, when):
        raise FloatingPointError(
            f"{what} became NaN or infinite {when}. The last checkpoint is from before; lower the learning rates, or "
            "the bound's weight of continuous codes with a learned std."
        )


def first_not_finite(variables):
    """The first of the variables that holds NaN or infinity, or None."""
    return next((variable for variable in variables if not math.isfinite(keras.ops.sum(variable))), None)


class HealthWarnings(keras.callbacks.Callback):
    """Warns of dead codes, a discriminator that has won, unused categories, and codes that do not follow their views.

    Each warning comes once each time the trouble begins.

    - A code is dead when its bound stays within a tenth of the way from floor to ceiling (learned std: within 0.02
      nats of the floor) after `patience` epochs.
    - The discriminator has won when it classifies every image correctly and the generator's loss has risen for
      `patience` epochs.
    - A category is unused when Q gives it to none of 512 real images for `patience` epochs. Codes of more than 51
      categories are not checked: by chance alone, some of theirs are not among so few images.
    - A declared code does not follow its views when the correlation of its response stays below 0.5 for `patience`
      epochs. And before the first step: the data has no images like those that a view makes (a mirrored digit), so that
      what the code will mean is something else that changes with it; see `evaluation.declared.distance_ratio`.

    Args:
        patience: epochs.

    Raises:
        ValueError: for a patience of less than one epoch.
    """

    def __init__(self, patience: int = 5):
        super().__init__()
        self.patience = positive_int("patience", patience)
        self._streaks: dict[str, int] = {}
        self._last_g_loss = math.inf

    def on_train_begin(self, logs=None):
        """Checks the views that codes follow, on real images."""
        self._check_views()

    def on_epoch_end(self, epoch, logs=None):
        """Checks for each trouble."""
        logs = logs or {}
        self._check_discriminator(logs)
        self._check_bounds(logs)
        self._check_declared(logs)
        self._check_categories()

    def _check_discriminator(self, logs):
        won = logs.get("d_accuracy", 0) > 0.999 and logs.get("g_loss", 0) > self._last_g_loss
        self._last_g_loss = logs.get("g_loss", math.inf)
        self._count(
            "discriminator",
            won,
            "The discriminator has won: it classifies every image correctly and the generator's loss keeps rising. "
            "Lower d_optimizer's learning rate, or raise g_optimizer's.",
        )

    def _check_bounds(self, logs):
        for name, code in self.model.latents.codes.items():
            if f"mi/{name}" not in logs:
                continue
            bound = logs[f"mi/{name}"]
            learned_std = "std_min" in code.diagnostic_names
            margin = 0.02 if learned_std else 0.1 * (code.mi_ceiling - code.mi_floor)
            self._count(
                f"dead/{name}",
                bound < code.mi_floor + margin,
                f"The code {name!r} is dead: its bound is {bound:.3f} nats, and {code.mi_floor:.3f} is reached without "
                "looking at the image. Raise its mi_weight, or use fewer codes.",
            )

    def _check_categories(self):
        if self.model.examples is None or not hasattr(self.model, "encode"):
            return
        posteriors = self.model.encode(self.model.examples)
        for name, code in self.model.latents.codes.items():
            ids = posteriors.get(f"{name}_id")
            if ids is None or len(ids) < 10 * code.size:
                continue
            unused = sorted(set(range(code.size)) - set(ids.tolist()))
            self._count(
                f"unused/{name}",
                bool(unused),
                f"Q assigns none of {len(ids)} real images to these categories of {name!r}: "
                f"{', '.join(map(str, unused))}. The generator may use them for images that the data does not have.",
            )

    def _check_views(self):
        if self.model.examples is None:
            return
        # Of a small data set that repeats, the examples are the same images several times.
        _, first = np.unique(self.model.examples, axis=0, return_index=True)
        images = self.model.examples[np.sort(first)]
        if len(images) < 100:
            return
        signs = np.random.default_rng(0).choice(np.float32([-1, 1]), len(images))
        for view in self.model.latents.followed_views:
            shares = -np.ones_like(signs) if isinstance(view, views.Mirror) else signs
            changed = views.apply([view], tf.constant(images), {view.name: shares}, self.model.image_range)
            if (ratio := declared.distance_ratio(images, changed.numpy())) > STRANGE:
                warnings.warn(
                    f"The data does not seem to have images changed by {view.name}: they are {ratio:.2f} times as far "
                    "from their nearest real image as real ones are. A code that follows it may come to mean something "
                    "else that changes with it.",
                    stacklevel=2,
                )

    def _check_declared(self, logs):
        for name in self.model.latents.declared:
            response = logs.get(f"declared/{name}", 1.0)
            self._count(
                f"declared/{name}",
                response < 0.5,
                f"The code {name!r} does not follow what it is declared to follow: the correlation of Q's response is "
                f"{response:.2f}. Larger amounts of its views, or fewer other views, may help.",
            )

    def _count(self, trouble, present, message):
        self._streaks[trouble] = self._streaks.get(trouble, 0) + 1 if present else 0
        if self._streaks[trouble] == self.patience:
            warnings.warn(message, stacklevel=2)
