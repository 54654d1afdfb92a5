"""One of several workers: prints which images of a prepared data set its replica gets in four updates, as JSON.

    python tfds_worker.py FOLDER

`test_tfds.py` starts it.
"""

import json
import sys

import tensorflow as tf

strategy = tf.distribute.MultiWorkerMirroredStrategy()

from infogan_keras.datasets import tfds  # noqa: E402

dataset = tfds.load(sys.argv[1], (8, 8, 1), batch_size=16, strategy=strategy)
batches = iter(strategy.experimental_distribute_dataset(dataset))
seen = []
for _ in range(4):
    (images,) = strategy.experimental_local_results(next(batches))
    seen.append(tf.cast(tf.round(images[:, 0, 0, 0] * 255), tf.int32).numpy().tolist())
print(json.dumps(seen))
