"""What experiments train on: each data set behind one `load`, and what a model's card says of it.

A `TrainingSet` is what `infogan train` needs to know of a data set: how its batches are loaded, whether there are
labels to measure by (training reads none), and whose the images are.
"""

import dataclasses
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from infogan_keras.datasets import celeba, fashion_mnist, images, mnist, stand_ins, svhn
from infogan_keras.datasets.rendered import chairs, faces, public_chairs

SMOKE_IMAGES = 64


@dataclasses.dataclass(frozen=True)
class TrainingSet:
    """A data set whose module has `load(split, batch_size, seed, start_step, data_dir=...)`.

    Attributes:
        module: of `infogan_keras.datasets`.
        data: what it is, for the card.
        licence: of the images, for the card.
        split: that is trained on.
        labelled: whether the module's `arrays(split, data_dir)` gives labels, of "train" and "test".
        has_stand_in: whether a smoke run without `data_dir` trains on random pixels.
    """

    module: types.ModuleType
    data: str
    licence: str
    split: str = "train"
    labelled: bool = False

    has_stand_in: ClassVar[bool] = False

    def load(
        self,
        batch_size: int = 128,
        seed: int = 0,
        start_step: int = 0,
        data_dir: str | Path | None = None,
        strategy: tf.distribute.Strategy | None = None,
        smoke: bool = False,
    ) -> tf.data.Dataset:
        """The training batches, which repeat for ever.

        Args:
            batch_size: images in a batch.
            seed: of the order.
            start_step: the first batch to give: the updates already made, when a run is resumed.
            data_dir: your own copy of the data; what it may be is the module's to say.
            strategy: of the model, where several workers read files.
            smoke: a few images, made here where the data would have to be downloaded or rendered.
        """
        return self.module.load(self.split, batch_size, seed, start_step, data_dir=data_dir)

    def metadata(self, data_dir: str | Path | None = None) -> dict[str, str]:
        """What the card says of the data."""
        return {"data": self.data, "licence of the data": self.licence}

    def labelled_arrays(
        self, split: str, data_dir: str | Path | None = None, smoke: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Images (n, height, width, channels) uint8 and labels (n,) of "train" or "test"; a thousand of a smoke run."""
        pixels, labels = self.module.arrays(split, data_dir)
        return (pixels[:1000], labels[:1000]) if smoke else (pixels, labels)

    def test_batches(
        self, batch_size: int = 128, data_dir: str | Path | None = None, smoke: bool = False
    ) -> tf.data.Dataset:
        """One pass over the test images of a labelled set, in whole batches."""
        return self.module.load("test", batch_size, data_dir=data_dir, drop_remainder=True)


@dataclasses.dataclass(frozen=True)
class Downloaded(TrainingSet):
    """A set that Keras downloads; a smoke run has random pixels in its place."""

    has_stand_in: ClassVar[bool] = True

    def load(self, batch_size=128, seed=0, start_step=0, data_dir=None, strategy=None, smoke=False):
        """See `TrainingSet.load`."""
        return super().load(batch_size, seed, start_step, self._place(data_dir, smoke))

    def labelled_arrays(self, split, data_dir=None, smoke=False):
        """See `TrainingSet.labelled_arrays`."""
        return super().labelled_arrays(split, self._place(data_dir, smoke), smoke)

    def test_batches(self, batch_size=128, data_dir=None, smoke=False):
        """See `TrainingSet.test_batches`."""
        return super().test_batches(batch_size, self._place(data_dir, smoke))

    def _place(self, data_dir, smoke):
        return stand_ins.fashion_mnist() if smoke and data_dir is None else data_dir


@dataclasses.dataclass(frozen=True)
class Prepared(TrainingSet):
    """A set of tensorflow-datasets, called `tfds_name` there; a smoke run has random pixels in its place."""

    has_stand_in: ClassVar[bool] = True

    tfds_name: str = ""

    def load(self, batch_size=128, seed=0, start_step=0, data_dir=None, strategy=None, smoke=False):
        """See `TrainingSet.load`."""
        if smoke and data_dir is None:
            data_dir = stand_ins.prepared(self.tfds_name)
        return self.module.load(self.split, batch_size, seed, start_step, data_dir=data_dir, strategy=strategy)


@dataclasses.dataclass(frozen=True)
class Rendered(TrainingSet):
    """Images that are rendered here, unless `is_own(data_dir)` finds others; a smoke run has few of them.

    `options` are further arguments of the module's `load` and `arrays`.
    """

    is_own: Callable[[str | Path | None], bool] = lambda data_dir: False
    own: str = "a folder of renders"
    own_licence: str = "its owner's"
    options: dict[str, Any] = dataclasses.field(default_factory=dict)

    def load(self, batch_size=128, seed=0, start_step=0, data_dir=None, strategy=None, smoke=False):
        """See `TrainingSet.load`."""
        size = SMOKE_IMAGES if smoke and not self.is_own(data_dir) else None
        return self.module.load(self.split, batch_size, seed, start_step, data_dir=data_dir, size=size, **self.options)

    def metadata(self, data_dir=None):
        """See `TrainingSet.metadata`."""
        if self.is_own(data_dir):
            return {"data": self.own, "licence of the data": self.own_licence}
        return super().metadata(data_dir)


@dataclasses.dataclass(frozen=True)
class Folder(TrainingSet):
    """A folder of somebody's own images, `data_dir`, cropped and resized to `image_shape` in `image_range`."""

    image_shape: tuple[int, int, int] = (32, 32, 3)
    image_range: tuple[float, float] = (0, 1)
    skip_unreadable: bool = False

    def load(self, batch_size=128, seed=0, start_step=0, data_dir=None, strategy=None, smoke=False):
        """See `TrainingSet.load`."""
        return images.load(
            *(data_dir, self.image_shape, self.image_range, batch_size, seed, start_step),
            skip_unreadable=self.skip_unreadable,
        )


MNIST = TrainingSet(
    mnist,
    "MNIST, 60,000 training images, no labels",
    "CC BY-SA 3.0, Yann LeCun and Corinna Cortes",
    labelled=True,
)
FASHION_MNIST = Downloaded(
    fashion_mnist, "Fashion-MNIST, 60,000 training images, no labels", "MIT, Zalando SE", labelled=True
)
SVHN = Prepared(
    svhn,
    "SVHN, 604,388 training and extra images, no labels",
    "for non-commercial use, see http://ufldl.stanford.edu/housenumbers/",
    split="train+extra",
    tfds_name="svhn_cropped",
)
CELEBA = Prepared(
    celeba,
    "CelebA, 162,770 training images",
    "for non-commercial research, see http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    tfds_name="celeb_a",
)
FACES = Rendered(
    faces,
    "heads rendered from MakeHuman's mesh, 50,000 images",
    "CC0, of the rendered heads",
    is_own=faces.holds_own_renders,
)
CHAIRS = Rendered(
    chairs,
    "chairs rendered from 64 meshes, 31,744 images",
    "CC0 and CC BY 3.0, creators in infogan_keras/data/chairs/chairs.csv",
    is_own=lambda data_dir: data_dir is not None and bool(public_chairs.find(data_dir)),
    own="rendered_chairs of Aubry et al. (CVPR 2014)",
    own_licence="its authors'",
)
CHAIRS_32 = dataclasses.replace(CHAIRS, options={"image_size": 32})
