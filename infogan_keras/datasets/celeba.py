"""CelebA: 202,599 aligned photographs of faces, cut to 32x32, in [-1, 1] (Liu et al., 2015).

tensorflow-datasets gets the five files (1.5 GB) from Google Drive, which often refuses, and prepares them once, with
all images in memory. The terms of their use are at http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html.
"""

from infogan_keras.datasets import tfds

IMAGE_SHAPE = (32, 32, 3)
WINDOW = (45, 25, 128, 128)


def load(split="train", batch_size=128, seed=0, start_step=0, data_dir=None, strategy=None):
    """CelebA images for `fit` and `evaluate`.

    Of each image of 218x178 pixels the central 128x128 (rows 45 to 172, columns 25 to 152) become 32x32. The paper
    says only that its images are 32x32; this window is the one of later reproductions.

    Batches repeat for ever, those of "test" too; batch t is a function of (seed, t).

    Args:
        split: "train" (162,770 images), "validation" (19,867), "test" (19,962), or several with a plus.
        batch_size: images in a batch, of all replicas together.
        seed: of the order.
        start_step: the first batch to give: the updates already made, when a run is resumed.
        data_dir: where tensorflow-datasets keeps its data sets, a folder or an address such as "gs://bucket/tfds":
            this one is, or will be, in `celeb_a/2.1.0` there. None is its own, `~/tensorflow_datasets`.
        strategy: the `tf.distribute` strategy of the model, `model.distribute_strategy`, where it has several workers.

    Returns:
        A `tf.data.Dataset` of (batch_size, 32, 32, 3) float32 in [-1, 1].

    Raises:
        OSError: where the files cannot be downloaded, with the folder in which to put them by hand.
        ValueError: for an unknown split.
    """
    return tfds.load(
        "celeb_a", IMAGE_SHAPE, (-1, 1), batch_size, seed, start_step, split, data_dir, strategy, window=WINDOW
    )
