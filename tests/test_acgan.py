import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents

import infogan_keras as ig
from infogan_keras.datasets import sampling

LATENTS = make_latents()
# With rates that fall to zero over 120 updates, the moving averages that `encode` reads settle, on every processor.
SETTLING = keras.optimizers.schedules.PolynomialDecay(1e-3, 120, 0.0)


def make(latents=LATENTS, labelled=None, rate=1e-3, run_eagerly=True, **arguments):
    keras.utils.set_random_seed(0)
    model = ig.ACGAN(*TINY.build(latents), latents, labelled=labelled)
    adams = [ig.optimizers.Adam(rate, beta_1=0.5) for _ in range(2)]
    model.compile(*adams, run_eagerly=run_eagerly, **arguments)
    return model


def test_a_part_of_the_images_is_held_out(stripes):
    images, labels = stripes
    history = make().fit(images, labels, batch_size=8, validation_split=1 / 3, verbose=0).history
    assert np.isfinite(history["val_label_cross_entropy"]).all()


@pytest.fixture(scope="module")
def stripes():
    """Images of three classes: a bright band at the top, in the middle, at the bottom."""
    labels = np.arange(48) % 3
    images = np.random.default_rng(0).uniform(0, 0.3, (48, 8, 8, 1)).astype(np.float32)
    for image, label in zip(images, labels, strict=True):
        image[3 * label : 3 * label + 2] += 0.7
    return images, labels


def objective(labels, logits, **arguments):
    """The label term alone, and the logs."""
    model = make(**arguments)
    outputs = model.discriminator(np.zeros((4, 8, 8, 1), np.float32))
    given = {**outputs, "digit": tf.constant(logits, tf.float32)}
    images = tf.zeros((len(labels), 8, 8, 1))
    loss, logs = model.real_objective(given, images, tf.constant(labels))
    return float(loss), logs


def test_the_label_term_by_hand():
    logits = np.log([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    term, logs = objective([0, 1, 0], logits, label_weight=2.0)
    expected = -(math.log(0.5) + math.log(0.8) + math.log(0.2)) / 3
    assert term == pytest.approx(2 * expected, rel=1e-5)
    assert [float(value) for value in logs["label_cross_entropy"]] == pytest.approx([expected, 3], rel=1e-5)
    assert [float(value) for value in logs["label_accuracy"]] == pytest.approx([2 / 3, 3])


def test_images_without_a_label_do_not_count():
    logits = np.log([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    assert objective([0, -1], logits)[0] == pytest.approx(math.log(2), rel=1e-5)
    term, logs = objective([-1, -1], logits)
    assert term == pytest.approx(0, abs=1e-6) and [float(value) for value in logs["label_accuracy"]] == [0, 0]


def test_logs_are_means_over_labelled_images(stripes):
    """Batches with 16 labels, 4 and none: as much as those 20 images weigh, and not as one third each."""
    images, labels = stripes
    given = np.where(np.arange(48) < 20, labels, -1)
    model = make()
    logs = model.evaluate(images, given, batch_size=16, verbose=0, return_dict=True)
    entropies = []
    for start in (0, 16):
        logits = model._discriminate(images[start : start + 16], 0, 0)["digit"].numpy()
        chances = keras.ops.softmax(logits).numpy()[np.arange(16), labels[start : start + 16]]
        entropies += [-math.log(chance) for chance in chances]
    assert logs["label_cross_entropy"] == pytest.approx(np.mean(entropies[:20]), rel=1e-5)


class Batches(keras.utils.PyDataset):
    """Of some elements, in their order."""

    def __init__(self, *elements):
        super().__init__()
        self.elements = elements

    def __len__(self):
        return len(self.elements)

    def __getitem__(self, index):
        return self.elements[index]


@pytest.mark.slow
def test_categories_come_in_the_order_of_the_classes(stripes):
    images, labels = stripes
    model = make(rate=SETTLING, run_eagerly=False)
    history = model.fit(images, labels, batch_size=24, epochs=60, verbose=0, shuffle=False).history
    assert history["label_accuracy"][-1] == 1
    assert np.mean(model.encode(images)["digit_id"] == labels) > 0.9


def test_labels_are_integers_of_any_kind(stripes):
    """Those of `keras.datasets` are uint8."""
    images, labels = stripes
    kinds = (labels.dtype, "uint8", "int16", "uint64")
    expected, *logs = (make().fit(images, labels.astype(kind), batch_size=16, verbose=0).history for kind in kinds)
    assert logs == [expected] * 3


@pytest.mark.slow
def test_a_few_labels_in_a_dataset_of_their_own(stripes):
    images, labels = stripes
    few = sampling.few_of_each(labels, 2, seed=1)
    pixels = (images * 255).astype(np.uint8)
    labelled = sampling.batches_of(pixels[few], "train", 6, labels=labels[few])
    data = tf.data.Dataset.zip((sampling.batches_of(pixels, "train", 16), labelled))
    model = make(rate=SETTLING, run_eagerly=False)
    history = model.fit(data, epochs=3, steps_per_epoch=40, verbose=0).history
    assert history["label_accuracy"][-1] == 1
    assert np.mean(model.encode(images)["digit_id"] == labels) > 0.9
    logs = model.evaluate(data, steps=2, verbose=0, return_dict=True)
    assert logs["label_accuracy"] > 0.9


def test_round_trip(tmp_path, stripes):
    model = make(label_weight=0.5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.labelled, loaded.label_weight) == ("digit", 0.5)
    np.testing.assert_array_equal(loaded.encode(stripes[0])["digit_id"], model.encode(stripes[0])["digit_id"])


def test_wrong_arguments(stripes):
    two = make_latents(kind=ig.Categorical(2), shape=ig.Categorical(3))
    with pytest.raises(ValueError, match="labelled=None: expected a categorical code; there is kind, shape"):
        make(two)
    assert make(two, "shape").labelled == "shape"
    with pytest.raises(ValueError, match="labelled='rotation': expected a categorical code; there is digit"):
        make(labelled="rotation")
    with pytest.raises(ValueError, match="label_weight=-1: expected a finite number"):
        make(label_weight=-1)
    images, labels = stripes
    for element in (images, (images, np.eye(3, dtype=np.float32)[labels]), (images, (images, labels, labels))):
        data = tf.data.Dataset.from_tensor_slices(element).batch(16, drop_remainder=True)
        with pytest.raises(
            ValueError, match=r"expected \(images, labels\), or \(images, \(labelled images, labels\)\)"
        ):
            make().fit(data, verbose=0)


def test_labels_that_do_not_fit(stripes):
    images, labels = stripes
    for given, message in (
        (None, "There are no labels: expected 48 integers from 0 to 2, or -1"),
        (np.eye(3)[labels], r"The labels are float64 \(48, 3\)"),
        (labels + 1, "The labels go from 1 to 3: expected 48 integers from 0 to 2"),
    ):
        for method in ("fit", "evaluate"):
            with pytest.raises(ValueError, match=message):
                getattr(make(), method)(images, given, verbose=0)
    data = tf.data.Dataset.from_tensor_slices((images, labels + 1)).batch(16, drop_remainder=True)
    with pytest.raises(ValueError, match="The labels go from 1 to 3"):
        make().fit(data, verbose=0)
    with pytest.raises(ValueError, match="There are no labels"):
        make().fit(images, labels, validation_data=(images,), verbose=0)
    labelled = tf.data.Dataset.from_tensor_slices((255 * images, labels)).batch(16, drop_remainder=True)
    few = tf.data.Dataset.zip(tf.data.Dataset.from_tensor_slices(images).batch(16, drop_remainder=True), labelled)
    with pytest.raises(ValueError, match="Of the labelled images, expected 0 to 1"):
        make().fit(few, verbose=0)
    with pytest.raises(ValueError, match="The labels go from 1 to 3"):
        make().fit(Batches((images, labels + 1)), verbose=0)
    # Those of later batches are seen when they come.
    with pytest.raises(ValueError, match="labels that are not integers from -1"):
        make().fit(Batches((images, labels), (images, labels + 1)), verbose=0)


def test_few_of_each():
    labels = np.array([0, 1, 0, 1, 1, 0, 0])
    chosen = sampling.few_of_each(labels, 3, seed=0)
    assert labels[chosen].tolist() == [0, 0, 0, 1, 1, 1] and len(set(chosen)) == 6
    assert not np.array_equal(chosen, sampling.few_of_each(labels, 3, seed=1))
    with pytest.raises(ValueError, match="per_class=4: expected 1 to 3"):
        sampling.few_of_each(labels, 4)
