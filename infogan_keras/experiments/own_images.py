"""An experiment on anybody's images."""

import dataclasses
from pathlib import Path

from infogan_keras import architectures
from infogan_keras.datasets import images, training_sets
from infogan_keras.experiments.experiment import Experiment, numbered
from infogan_keras.latents import Categorical, LatentSpec, Uniform


def of_folder(
    folder: str | Path, size: int = 32, categories: int = 10, continuous: int = 2, skip_unreadable: bool = False
) -> Experiment:
    """An experiment on a folder of your own images, gray if all of them are.

    28, 32 and 64 pixels have networks of the paper (Tables 1, 2 and 6), other sizes those of `architectures.of_size`.
    Both learning rates are 2e-4, which held where the paper's did not.

    Args:
        folder: with images, in subfolders too. `training_set.load` takes it as `data_dir`.
        size: pixels along a side, to which images are cropped and resized: one of those of
            `architectures.of_size`, such as 48 or 96.
        categories: of the code `kind`; 0 for none.
        continuous: how many codes `style_1`, `style_2`, ... there are.
        skip_unreadable: leave out files that cannot be read, with a warning that lists them.

    Raises:
        FileNotFoundError: for a folder that is not there.
        ValueError: for a folder without images, another size, or no code at all.
    """
    tables = {28: architectures.MNIST, 32: architectures.SVHN, 64: architectures.CHAIRS}
    codes = {"kind": Categorical(categories)} if categories else {}
    codes |= numbered("style", continuous, Uniform(1))
    if not codes:
        raise ValueError("categories=0 and continuous=0: expected a code at least.")
    table = tables.get(size) or architectures.of_size((size, size, 1))
    table = dataclasses.replace(table, image_shape=(size, size, images.count_channels(folder, skip_unreadable)))
    return Experiment(
        name="own-images",
        architecture=table,
        latents=LatentSpec(noise=Uniform(128), codes=codes),
        training_set=training_sets.Folder(
            *(images, "a folder of images", "its owner's"),
            image_shape=table.image_shape,
            image_range=table.image_range,
            skip_unreadable=skip_unreadable,
        ),
        mi_weight=dict.fromkeys(codes, 1.0),
        d_learning_rate=2e-4,
        g_learning_rate=2e-4,
    )
