"""Images that tensorflow-datasets prepared: on disk or in object storage, more than memory or one machine holds."""

import tensorflow as tf

from infogan_keras.datasets import images
from infogan_keras.replicas import place_of_worker

BUFFER = 10_000
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
):
    """Training batches of a data set that tensorflow-datasets knows, or has prepared.

    Its files (TFRecords, usually many) are read some at a time and in a random order, decoded on all cores, shuffled in
    a buffer of 10,000 images, and cropped, resized and scaled as `images.load` does. Batches repeat for ever, and are
    the same for the same seed. Of several workers each opens its own files only.

    Args:
        name: the name of a data set, such as "svhn_cropped" or "celeb_a", which is downloaded and prepared if it is
            not in `data_dir`; or the folder of a prepared version, such as "gs://bucket/my_images/1.0.0".
        image_shape: (height, width, channels) of the network, `model.image_shape`.
        image_range: (lowest, highest) value of the network, `model.image_range`.
        batch_size: images in a batch, of all replicas together.
        seed: of the order.
        start_step: the first batch to give: the updates already made, when a run is resumed. What comes before is read
            and thrown away.
        split: as tensorflow-datasets writes it, "train" or "train+extra".
        data_dir: where data sets are kept; a folder or an address such as "gs://bucket/tfds". None is
            tensorflow-datasets' own.
        strategy: the `tf.distribute` strategy of the model, `model.distribute_strategy`, where it has several workers.

    Returns:
        A `tf.data.Dataset` of (batch_size, height, width, channels) float32 in `image_range`.

    Raises:
        ImportError: without tensorflow-datasets.
        ValueError: for a data set without images, or with fewer files than workers.

    Example:
        images = load("svhn_cropped", (32, 32, 3), (-1, 1), batch_size=64)
        model.fit(images, epochs=50, steps_per_epoch=100)
    """
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise ImportError(f'{error}. Install the extra: pip install -e ".[datasets]"') from None

    if tf.io.gfile.exists(f"{name}/dataset_info.json"):
        builder = tensorflow_datasets.builder_from_directory(name)
    else:
        builder = tensorflow_datasets.builder(name, data_dir=data_dir)
        builder.download_and_prepare()
    if "image" not in builder.info.features:
        raise ValueError(f"{name} has no feature 'image', but {', '.join(builder.info.features)}.")
    worker, workers = place_of_worker(strategy)
    files = builder.info.splits[split].num_shards
    if files < workers:
        raise ValueError(
            f"{name} has {files} files, and {workers} workers each open their own. Prepare it with more: "
            "DownloadConfig(num_shards=...)."
        )
    reading = tensorflow_datasets.ReadConfig(
        shuffle_seed=seed,
        interleave_cycle_length=FILES_AT_ONCE,
        input_context=tf.distribute.InputContext(workers, worker) if workers > 1 else None,
    )
    dataset = builder.as_dataset(split=split, shuffle_files=True, read_config=reading)
    dataset = dataset.map(lambda example: example["image"], num_parallel_calls=tf.data.AUTOTUNE).shuffle(BUFFER, seed)
    # Keras cuts a worker's share out of whole batches, and this worker's files are its share already.
    batches = images.load(dataset, image_shape, image_range, batch_size // workers, seed, start_step)
    if workers > 1:
        batches = batches.rebatch(batch_size, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.with_options(options)
