"""Features of images for `sample_quality`: a small classifier of the data set itself, or Inception.

An extractor has a `name`, which goes into the metric's name, and maps images (n, height, width, channels) in [0, 1] to
features (n, size). Anything of that kind will do.
"""

import hashlib
import warnings
import zipfile

import keras
import numpy as np

from infogan_keras._files import atomic_file, cache_folder
from infogan_keras.datasets.sampling import prefetch, shuffled_indices
from infogan_keras.evaluation.batches import in_batches

EPOCHS, BATCH = 4, 128
_MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
RECIPE = 1  # Part of a cached classifier's name: count it up when the network or its training changes.


class Classifier:
    """A small convolutional classifier; its features are the 128 numbers before its logits.

    Make one with `trained_classifier`.

    Attributes:
        name: the data set's, and `_cnn`.
        network: images in [0, 1] → (features, logits).
    """

    def __init__(self, name: str, network: keras.Model):
        self.name = f"{name}_cnn"
        self.network = network

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Features, (n, 128)."""
        return in_batches(lambda batch: self.network(batch, training=False)[0], images, f"image for {self.name}")

    def accuracy(self, features: np.ndarray, labels: np.ndarray) -> float:
        """The share of images, by their features, whose class is found."""
        kernel, bias = self.network.layers[-1].get_weights()
        return float(np.mean(np.argmax(features @ kernel + bias, 1) == labels))


def trained_classifier(name: str, images: np.ndarray, labels: np.ndarray, seed: int = 0) -> Classifier:
    """A `Classifier` of a labelled data set, trained the first time and kept in the user's cache folder.

    That is `$XDG_CACHE_HOME/infogan_keras`, or `~/.cache/infogan_keras`. The same images, labels and seed give the same
    network on the same machine; on MNIST it takes about a minute on two cores and finds 99 % of the test images'
    classes.

    Args:
        name: of the data set, such as "mnist".
        images: (n, height, width, channels) uint8, at least 8 x 8 pixels; those to train on.
        labels: (n,) integers from 0.
        seed: of the weights and of the order.

    Raises:
        ValueError: for images and labels that do not fit together.
    """
    images, labels = np.ascontiguousarray(images), np.ascontiguousarray(labels, dtype=np.int64)
    if images.dtype != np.uint8 or images.ndim != 4 or labels.shape != images.shape[:1] or len(labels) == 0:
        raise ValueError(
            f"images {images.dtype} {images.shape} and labels {labels.shape}: expected uint8 (n, height, width, "
            "channels) and (n,)."
        )
    content = hashlib.sha256(f"{RECIPE} {EPOCHS} {BATCH} {seed} {images.shape}".encode())
    content.update(images.data)
    content.update(labels.data)
    path = cache_folder() / f"{name}_cnn-{content.hexdigest()[:16]}.keras"
    if path.is_file():
        try:
            return Classifier(name, _load(path))
        except Exception as error:  # A damaged zip archive makes Keras raise errors of a dozen kinds.
            warnings.warn(f"{path} is damaged ({error}). The classifier is trained again.", stacklevel=2)
    print(f"Training the classifier {name}_cnn, whose features measure samples; it is kept as {path}.")
    with atomic_file(path) as temporary:
        network = _train(images, labels, seed)
        network.save(temporary)
    return Classifier(name, network)


def _load(path):
    """The network of a cached file; an error of any kind for a damaged one."""
    with zipfile.ZipFile(path) as archive:
        # The sums of a zip archive are of the files that its directory still lists.
        if set(archive.namelist()) != _MEMBERS or archive.testzip():
            raise ValueError("its contents are not those that were written")
    return keras.saving.load_model(path, compile=False)


class Inception:
    """Keras' InceptionV3 with its ImageNet weights, in float32: 2048 features of images resized to 299 x 299.

    The weights are downloaded once (90 MB). Distances on these features cannot be compared with published FID values,
    which are of another Inception (TensorFlow's of 2015).

    Raises:
        OSError: where the weights cannot be downloaded.
    """

    name = "keras_inception"

    def __init__(self):
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float32")
        try:
            self.network = keras.applications.InceptionV3(include_top=False, pooling="avg")
        except Exception as error:  # Keras raises a plain Exception where a download fails.
            raise OSError(
                f"InceptionV3's weights cannot be had ({error}). Use the default extractor, or put the file that Keras "
                "asks for into ~/.keras/models."
            ) from None
        finally:
            keras.config.set_dtype_policy(policy)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Features, (n, 2048)."""

        def features(batch):
            batch = keras.ops.image.resize(batch * 2.0 - 1.0, (299, 299), antialias=True)
            if batch.shape[-1] == 1:
                batch = keras.ops.repeat(batch, 3, -1)
            return self.network.predict_on_batch(batch)

        return in_batches(features, images, f"image for {self.name}", batch_size=32)


def _train(images, labels, seed):
    import tensorflow as tf

    network = _network(images.shape[1:], int(labels.max()) + 1, seed)
    trained = keras.Model(network.input, network.output[1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    batch = min(BATCH, len(images))
    steps = len(images) // batch
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * steps)
    trained.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    pixels, classes = tf.constant(images), tf.constant(labels)

    def gather(indices):
        return tf.cast(tf.gather(pixels, indices), tf.float32) / 255, tf.gather(classes, indices)

    batches = prefetch(shuffled_indices(len(images), batch, seed).map(gather, num_parallel_calls=tf.data.AUTOTUNE))
    trained.fit(batches, epochs=EPOCHS, steps_per_epoch=steps, shuffle=False)
    return network


def _network(image_shape, classes, seed):
    """Two convolutions and a dense layer, in float32 whatever the policy."""

    def weights(index):
        return {"kernel_initializer": keras.initializers.GlorotUniform(seed + index), "dtype": "float32"}

    inputs = keras.Input(image_shape, dtype="float32")
    values = keras.layers.Conv2D(32, 5, 2, padding="same", activation="relu", **weights(0))(inputs)
    values = keras.layers.Conv2D(64, 3, 2, padding="same", activation="relu", **weights(1))(values)
    values = keras.layers.Flatten(dtype="float32")(values)
    features = keras.layers.Dense(128, activation="relu", **weights(2))(values)
    return keras.Model(inputs, [features, keras.layers.Dense(classes, **weights(3))(features)])
