"""What `fit` and `evaluate` ask of their data: before the first step, and in every step."""

import math

import keras
import numpy as np
import tensorflow as tf

ENOUGH = 512
SINGLE = (
    "There is a batch of one image, and batch normalization needs at least two (the paper's runs use 128). Use another "
    "batch size, or batch(..., drop_remainder=True)."
)
HELP = "infogan_keras.datasets.images.load makes such a dataset from a folder, an array or another dataset."


def some_images(data, image_shape, image_range, batch_size):
    """Checks a data set, and returns some of its images.

    Args:
        data: a `tf.data.Dataset` of images or (images, labels), or an array of images.
        image_shape: (height, width, channels) that the discriminator takes.
        image_range: (lowest, highest) value of an image.
        batch_size: that an array will be cut to.

    Returns:
        At most 512 images, (n, height, width, channels), as a numpy array; None for data that can be read once only.

    Raises:
        ValueError: for data without images of that shape, with values that are not floats in that range, empty, or
            with batches of one.
    """
    data = first_batch(data)
    if not isinstance(data, tf.data.Dataset | np.ndarray | tf.Tensor | list | tuple | dict):
        return None
    shape = ", ".join(map(str, image_shape))
    expected = (
        f"Expected float images of shape (batch, {shape}) in [{image_range[0]:g}, {image_range[1]:g}], alone or as "
        f"(images, labels). {HELP}"
    )
    if isinstance(data, tf.data.Dataset):
        _check_spec(unpack(data.element_spec)[0], image_shape, expected)
        images = _first_images(data)
        if images is None:
            raise ValueError(f"The dataset is empty. {expected}")
        ends_in_one = len(images) == 1
    elif isinstance(data, np.ndarray | tf.Tensor):
        images = np.asarray(data)
        if len(images) == 0:
            raise ValueError(f"The array is empty. {expected}")
        ends_in_one = len(images) % batch_size == 1 or batch_size == 1
    else:
        raise ValueError(f"The data is a {type(data).__name__}. {expected}")
    _check_spec(tf.TensorSpec(images.shape, images.dtype), image_shape, expected)
    if ends_in_one:
        raise ValueError(SINGLE)
    require_range(images, image_range, expected)
    if image_range[0] < 0 <= images.min():
        raise ValueError(f"The images have no negative value. {expected}")
    return images[:ENOUGH]


def without_held_out(x, y, share):
    """The images and labels that training gets of arrays, of which Keras holds the last share out (or None)."""
    if not share or not isinstance(x, np.ndarray | tf.Tensor):
        return x, y
    rows = math.floor(len(x) * (1 - share))
    return x[:rows], None if y is None else keras.tree.map_structure(lambda part: part[:rows], y)


def require_end(data, steps, argument):
    """Raises ValueError for a dataset that repeats for ever, where nobody says how many batches to take of it."""
    if isinstance(data, tf.data.Dataset) and steps is None and data.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(f"The dataset repeats for ever: pass {argument}, the batches to take of it.")


def require_labels(dataset, image_shape, image_range, categories, replicas=1):
    """Raises ValueError for a dataset whose elements are not `(images, labels)` or `(images, (images, labels))`.

    Args:
        dataset: a `tf.data.Dataset`.
        image_shape: (height, width, channels) of images.
        image_range: (lowest, highest) value of labelled images.
        categories: labels go from 0 to categories - 1, or are -1.
        replicas: that share the batches of labelled images evenly.
    """
    spec = dataset.element_spec
    labels = spec[1] if isinstance(spec, tuple) and len(spec) > 1 else None
    expected = "expected (images, labels), or (images, (labelled images, labels)), with integer labels (rows,)."
    if isinstance(labels, tuple):
        if len(labels) != 2:
            raise ValueError(f"The dataset's elements are {spec}: {expected}")
        _check_spec(labels[0], image_shape, f"Of the labelled images: {expected}")
        rows = labels[0].shape[0]
        if replicas > 1 and (rows is None or rows % replicas):
            raise ValueError(f"{replicas} replicas share each batch evenly, and {rows} labelled images are in one.")
        labels = labels[1]
    if not isinstance(labels, tf.TensorSpec) or not labels.dtype.is_integer or labels.shape.rank != 1:
        raise ValueError(f"The dataset's elements are {spec}: {expected}")
    for element in dataset.take(1):
        given = element[1]
        if isinstance(given, tuple):
            images, given = given
            low, high = image_range
            require_range(images.numpy(), image_range, f"Of the labelled images, expected {low:g} to {high:g}.")
        require_classes(given, len(given), categories)


def require_classes(labels, rows, categories):
    """Raises ValueError for labels that are not `rows` integers from 0 to categories - 1, or -1 for none."""
    expected = f"expected {rows} integers from 0 to {categories - 1}, or -1 where there is none"
    if labels is None:
        raise ValueError(f"There are no labels: {expected}.")
    labels = np.asarray(labels)
    if labels.shape != (rows,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"The labels are {labels.dtype.name} {labels.shape}: {expected}.")
    if rows and not -1 <= labels.min() <= labels.max() < categories:
        raise ValueError(f"The labels go from {labels.min()} to {labels.max()}: {expected}.")


def first_batch(data):
    """Of a `keras.utils.PyDataset` the first batch, as a `tf.data.Dataset` of one element; other data as it is."""
    if not isinstance(data, keras.utils.PyDataset):
        return data
    batch = data[0]
    if isinstance(batch, list):
        raise ValueError(
            "The PyDataset gives a list, which Keras takes for several images of one input: return images, or a tuple "
            "(images, labels)."
        )
    return tf.data.Dataset.from_tensors(batch)


def _first_images(dataset):
    batches, count = [], 0
    for element in dataset:
        batches.append(np.asarray(unpack(element)[0]))
        count += len(batches[-1])
        if count >= ENOUGH or len(batches[0]) == 1:
            break
    return np.concatenate(batches) if batches else None


def unpack(element, step_checks=None):
    """`(images, labels)` of a dataset's element, labels None where there are none; ValueError for sample weights.

    In a step, its `StepChecks` look at the images.
    """
    images, labels = element, None
    if isinstance(element, tuple):
        images, labels, weights = keras.utils.unpack_x_y_sample_weight(element)
        require_no_weights(sample_weight=weights)
    return images if step_checks is None else step_checks.images(images), labels


def _check_spec(spec, image_shape, expected):
    if not isinstance(spec, tf.TensorSpec) or spec.shape.rank is None:
        raise ValueError(f"The dataset's elements are {spec}. {expected}")
    if spec.shape.rank == 1:
        raise ValueError(f"The dataset gives labels only, of shape {spec.shape}. {expected}")
    if spec.shape.rank == 3:
        raise ValueError(f"The dataset is not batched: its images have shape {spec.shape}. {expected}")
    if spec.shape.rank != 4 or not spec.shape[1:].is_compatible_with(image_shape):
        raise ValueError(f"The images have shape {spec.shape}. {expected}")
    if not spec.dtype.is_floating:
        raise ValueError(f"The images are {spec.dtype.name}. {expected}")


def require_whole_batches(data, replicas):
    """Raises ValueError for data that `replicas` replicas cannot share evenly; one takes everything."""
    if replicas == 1:
        return
    rows = unpack(data.element_spec)[0].shape[0] if isinstance(data, tf.data.Dataset) else None
    if rows is None or rows % replicas or rows // replicas < 2:
        given = f"batches of {rows}" if rows else "batches of any size"
        raise ValueError(
            f"{replicas} replicas share each batch evenly, and the data has {given}: expected a tf.data.Dataset made "
            f"with batch(n, drop_remainder=True), n a multiple of {replicas} and at least {2 * replicas}."
        )


def require_no_weights(**weights):
    """Raises ValueError for weights of samples or classes that are given: no loss here has any."""
    for name, value in weights.items():
        if value is not None:
            raise ValueError(f"{name} was given, and a GAN's losses weigh all images alike. Leave it out.")


def with_rounding(image_range):
    """The range, a little wider on both sides."""
    low, high = image_range
    return low - 1e-3 * (high - low), high + 1e-3 * (high - low)


def require_range(images, image_range, expected):
    """Raises ValueError, ending in `expected`, for images with values outside of a range (and its rounding)."""
    low, high = float(images.min()), float(images.max())
    lowest, highest = with_rounding(image_range)
    if not lowest <= low <= high <= highest:
        raise ValueError(f"The images have values from {low:g} to {high:g}. {expected}")


class StepChecks:
    """What steps find wrong with their data: counted in the graph and raised outside of it.

    TensorFlow's own assertions vanish under XLA, and an exception in a graph comes with its traceback. What is wrong is
    replaced, so that nothing spoils the weights before `raise_violations` is called.

    Args:
        image_range: (lowest, highest) value of an image.
    """

    def __init__(self, image_range):
        self.image_range = image_range
        self._counts = {
            what: tf.Variable(
                0,
                trainable=False,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=tf.VariableAggregation.SUM,
                name=f"violations_{what}",
            )
            for what in ("range", "single", "number", "labels")
        }

    def images(self, images):
        """The images; black ones in place of a batch with values out of range."""
        images = tf.convert_to_tensor(images)
        if not images.dtype.is_floating:
            raise ValueError(f"The images are {images.dtype.name}. {self._expected}")
        lowest, highest = with_rounding(self.image_range)
        # A comparison with NaN is false.
        valid = tf.reduce_all((images >= lowest) & (images <= highest))
        self._count("range", ~valid)
        self._count("single", tf.shape(images)[0] < 2)
        return tf.where(valid, images, tf.cast(self.image_range[0], images.dtype))

    def labels(self, labels, images, categories):
        """The labels as int64 (rows,); -1, which is none, in place of those that are not -1 to categories - 1."""
        if labels.shape.rank != 1 or not labels.shape.is_compatible_with(images.shape[:1]):
            raise ValueError(
                f"The labels have shape {labels.shape}: expected {images.shape[:1]}, one integer per image."
            )
        rows = tf.shape(images)[0]
        self._count("number", tf.shape(labels)[0] != rows)
        # In a graph for batches of any size their numbers can differ, and a single label would be that of all images.
        labels = tf.concat([labels, tf.fill([rows], tf.cast(-1, labels.dtype))], 0)[:rows]
        whole = tf.cast(tf.ensure_shape(labels, images.shape[:1]), tf.int64)
        valid = (tf.cast(whole, labels.dtype) == labels) & (whole >= -1) & (whole < categories)
        self._count("labels", ~tf.reduce_all(valid))
        return tf.where(valid, whole, -1)

    def raise_violations(self):
        """Raises ValueError for what was counted, and forgets it."""
        found = {what for what, count in self._counts.items() if int(count.read_value())}
        if not found:
            return
        for count in self._counts.values():
            count.assign(0)
        if "range" in found:
            raise ValueError(f"A batch of images has values out of range, or NaN. {self._expected} {HELP}")
        if "single" in found:
            raise ValueError(SINGLE)
        if "number" in found:
            raise ValueError("A batch has more or fewer labels than images: expected one integer per image.")
        raise ValueError("A batch has labels that are not integers from -1 (none) to the last category.")

    @property
    def _expected(self):
        return "Expected floats from {:g} to {:g}.".format(*self.image_range)

    def _count(self, what, violated):
        self._counts[what].assign_add(tf.cast(violated, tf.int32))
