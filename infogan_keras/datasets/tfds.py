"""Images that tensorflow-datasets prepared: on disk or in object storage, more than memory or one machine holds."""

import tensorflow as tf

from infogan_keras import _decoding, _random
from infogan_keras._replicas import worker_index
from infogan_keras.datasets import images
from infogan_keras.datasets.sampling import prefetch

BLOCK = 4096
FILES_AT_ONCE = 16


def load(
    name,
    image_shape,
    image_range=(0, 1),
    batch_size=128,
    seed=0,
    start_step=0,
    split="train",
    data_dir=None,
    strategy=None,
    window=None,
):
    """Training batches of a data set that tensorflow-datasets knows, or has prepared.

    Its files (TFRecords, usually many) are read sixteen at a time and in a random order, shuffled in blocks of 4,096
    encoded images, decoded on all cores, and cropped, resized and scaled as `images.load` does. Batches repeat for
    ever; batch t is a function of (seed, t) and of the number of workers, each of which opens its own files only.

    Args:
        name: the name of a data set, such as "svhn_cropped" or "celeb_a", which is downloaded and prepared if it is
            not in `data_dir`; or the folder of a prepared version, such as "gs://bucket/my_images/1.0.0".
        image_shape: (height, width, channels) of the network, `model.image_shape`.
        image_range: (lowest, highest) value of the network, `model.image_range`.
        batch_size: images in a batch, of all replicas together.
        seed: of the order.
        start_step: the first batch to give: the updates already made, when a run is resumed.
        split: the name of a split, or several with a plus, "train+extra".
        data_dir: where data sets are kept; a folder or an address such as "gs://bucket/tfds". None is
            tensorflow-datasets' own.
        strategy: the `tf.distribute` strategy of the model, `model.distribute_strategy`, where it has several workers.
        window: (top, left, height, width) in pixels of the part of every image that is used; None for all of it.

    Returns:
        A `tf.data.Dataset` of (batch_size, height, width, channels) float32 in `image_range`.

    Raises:
        ImportError: without tensorflow-datasets.
        OSError: where a data set cannot be downloaded, with its files' addresses and the folder to put them in by hand.
        ValueError: for a data set without images, an unknown split, or files or batches that the workers cannot share.
        tensorflow_datasets.core.registered.DatasetNotFoundError: for a name that tensorflow-datasets does not know.
        FileNotFoundError: for several workers and a data set that is not prepared yet.

    Example:
        images = load("svhn_cropped", (32, 32, 3), (-1, 1), batch_size=64)
        model.fit(images, epochs=50, steps_per_epoch=100)
    """
    tensorflow_datasets = require()
    worker, workers = worker_index(strategy)
    if batch_size % workers:
        raise ValueError(f"batch_size={batch_size}: expected a multiple of {workers}, the number of workers.")
    if tf.io.gfile.exists(f"{name}/dataset_info.json"):
        builder = tensorflow_datasets.builder_from_directory(name)
    else:
        builder = tensorflow_datasets.builder(name, data_dir=data_dir)
        if workers > 1 and not builder.is_prepared():
            raise FileNotFoundError(
                f"{name} is not in {builder.data_dir}. Prepare it before {workers} workers read it."
            )
        _prepare(builder)
    info = builder.info
    if "image" not in info.features:
        raise ValueError(f"{name} has no feature 'image', but {', '.join(info.features)}.")
    parts = [part.strip() for part in split.split("+")]
    if unknown := sorted(set(parts) - set(info.splits)):
        raise ValueError(f"{name} has no split {', '.join(map(repr, unknown))}, but {', '.join(info.splits)}.")
    files = [str(path) for part in parts for path in info.splits[part].filepaths][worker::workers]
    sizes = [size for part in parts for size in info.splits[part].shard_lengths][worker::workers]
    if not files:
        raise ValueError(
            f"{name} has fewer files than the {workers} workers that each open their own. Prepare it with more: "
            "DownloadConfig(num_shards=...)."
        )

    def one_pass(number):
        # Dataset.shuffle has a state of its own; these permutations follow from the seed, the pass and the block.
        pass_seed = _random.fold_in([seed, 0], number)

        def permuted(block, values):
            block_seed = _random.fold_in(pass_seed, block)
            return tf.random.experimental.stateless_shuffle(values, block_seed, alg="philox")

        records = tf.data.Dataset.from_tensor_slices(permuted(-1, files)).interleave(
            tf.data.TFRecordDataset, FILES_AT_ONCE, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        return records.batch(BLOCK).enumerate().map(permuted).unbatch()

    passes, skipped = divmod(start_step * batch_size // workers, sum(sizes))
    records = tf.data.Dataset.counter(passes).flat_map(one_pass).skip(skipped)

    feature = info.features["image"]
    is_jpeg = getattr(feature, "encoding_format", None) == "jpeg"
    skipped_decoding = {"image": tensorflow_datasets.decode.SkipDecoding()} if is_jpeg else None

    def decode(record):
        image = info.features.deserialize_example(record, decoders=skipped_decoding)["image"]
        if is_jpeg:
            # tensorflow-datasets' own decoder rounds by up to 12 levels, and ignores the orientation.
            image = _decoding.decode(image)[0][..., : feature.shape[-1]]
        return image if window is None else tf.image.crop_to_bounding_box(image, *window)

    decoded = records.map(decode, num_parallel_calls=tf.data.AUTOTUNE)
    batches = images.load(decoded, image_shape, image_range, batch_size // workers)
    if workers > 1:
        # Keras cuts a worker's share out of whole batches, and what this one reads is its share already.
        batches = prefetch(batches.rebatch(batch_size, drop_remainder=True))
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.with_options(options)


def require():
    """The package `tensorflow_datasets`; ImportError with what to install where it is missing."""
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise ImportError(f'{error}. Install the extra: pip install -e ".[datasets]"') from None
    return tensorflow_datasets


def _prepare(builder):
    """Downloads and prepares a data set, unless it is there; says what to get by hand where that fails."""
    from tensorflow_datasets import download
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    try:
        builder.download_and_prepare()
    # A refusal of Google Drive's is any of these: a page without a link, a page instead of the file, or a status.
    except (OSError, ValueError, download.DownloadError, NonMatchingChecksumError) as error:
        files = [f"\n  {file.filename} ({file.size}) from {url}" for url, file in builder.url_infos.items()]
        raise OSError(
            f"{builder.name} could not be downloaded and prepared in {builder.data_dir} ({error}). Get its files by "
            f"hand, put them into {builder.data_dir_root / 'downloads' / 'manual'}, and start again:{''.join(files)}"
        ) from None
