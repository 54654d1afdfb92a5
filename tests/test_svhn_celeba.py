"""SVHN and CelebA: small files in their real formats, which the real builders of tensorflow-datasets prepare."""

import io
import re
import zipfile

import numpy as np
import pytest
import requests
import scipy.io
import tensorflow as tf
import tensorflow_datasets
from PIL import Image

from infogan_keras.datasets import celeba, svhn

SVHN_SIZES = {"train": 20, "extra": 12, "test": 4}
CELEBA_PARTITION = [0] * 16 + [1] * 2 + [2] * 3
LANDMARKS = ["lefteye", "righteye", "nose", "leftmouth", "rightmouth"]


def put_downloads(name, data_dir, contents):
    """Writes `{original file name: bytes}` to where tensorflow-datasets keeps what it has downloaded for a data set."""
    builder = tensorflow_datasets.builder(name, data_dir=data_dir)
    folder = data_dir / "downloads" / name
    folder.mkdir(parents=True)
    files = {file.filename: (url, file.checksum) for url, file in builder.url_infos.items()}
    assert set(files) == set(contents)
    for filename, content in contents.items():
        path = folder / tensorflow_datasets.core.download.resource.get_dl_fname(*files[filename])
        path.write_bytes(content)
        path.with_name(f"{path.name}.INFO").write_text(f'{{"original_fname": "{filename}"}}')


def mat_file(count, first):
    """SVHN's format 2: images (32, 32, 3, n), labels (n, 1) from 1 to 10; here image i is (first + i, 99, 200 - i)."""
    images = np.zeros((32, 32, 3, count), np.uint8)
    images[:, :, 0], images[:, :, 1], images[:, :, 2] = first + np.arange(count), 99, 200 - np.arange(count)
    labels = (np.arange(count) % 10 + 1).astype(np.uint8)[:, np.newaxis]
    file = io.BytesIO()
    scipy.io.savemat(file, {"X": images, "y": labels}, do_compression=True)
    return file.getvalue()


def portrait(value):
    """218x178 pixels, red; but the central 128x128 are gray on the left and black in the lower right quarter."""
    pixels = np.zeros((218, 178, 3), np.uint8)
    pixels[..., 0] = 255
    pixels[45:173, 25:153] = value
    pixels[109:173, 89:153] = 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=100, subsampling=0)
    return file.getvalue()


@pytest.fixture(scope="module")
def svhn_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("svhn")
    starts = {"train": 0, "extra": 100, "test": 200}
    files = {f"{split}_32x32.mat": mat_file(size, starts[split]) for split, size in SVHN_SIZES.items()}
    put_downloads("svhn_cropped", folder, files)
    return folder


@pytest.fixture(scope="module")
def celeba_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("celeba")
    count = len(CELEBA_PARTITION)
    names = [f"{number:06d}.jpg" for number in range(1, count + 1)]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for index, name in enumerate(names):
            archive.writestr(f"img_align_celeba/{name}", portrait(100 + 5 * index))

    builder = tensorflow_datasets.builder("celeb_a", data_dir=folder)
    attributes = " ".join(builder.info.features["attributes"])
    landmarks = " ".join(f"{part}_{axis}" for part in LANDMARKS for axis in "xy")

    def table(value, repeats, *head):
        rows = [f"{name} {' '.join([str(value)] * repeats)}" for name in names]
        return "\n".join([*head, *rows, ""]).encode()

    partition = "".join(f"{name} {part}\n" for name, part in zip(names, CELEBA_PARTITION, strict=True))
    put_downloads(
        "celeb_a",
        folder,
        {
            "img_align_celeba.zip": file.getvalue(),
            "list_eval_partition.txt": partition.encode(),
            "list_attr_celeba.txt": table(-1, 40, str(count), attributes),
            "list_landmarks_align_celeba.txt": table(70, 10, str(count), landmarks),
            "identity_CelebA.txt": table(2880, 1),
        },
    )
    return folder


def pixels(batch):
    """A batch of [-1, 1] as numbers from 0 to 255."""
    return np.round((batch.numpy() + 1) / 2 * 255)


def test_svhn(svhn_dir):
    dataset = svhn.load(batch_size=16, data_dir=svhn_dir)
    assert dataset.element_spec == tf.TensorSpec((16, 32, 32, 3), tf.float32)
    batches = [pixels(batch) for batch in dataset.take(2)]
    # One pass over both splits, pixel for pixel.
    np.testing.assert_array_equal(np.ptp(batches, axis=(2, 3)), 0)
    values = np.concatenate(batches)[:, 0, 0]
    expected = [(i, 99, 200 - i) for i in range(20)] + [(100 + i, 99, 200 - i) for i in range(12)]
    assert sorted(map(tuple, values)) == expected
    test = next(iter(svhn.load("test", batch_size=4, data_dir=svhn_dir)))
    assert sorted(pixels(test)[:, 0, 0, 0]) == [200, 201, 202, 203]


def test_svhn_resumes(svhn_dir):
    whole = [pixels(batch) for batch in svhn.load("train", 8, seed=1, data_dir=svhn_dir).take(6)]
    resumed = svhn.load("train", 8, seed=1, start_step=4, data_dir=svhn_dir).take(2)
    np.testing.assert_array_equal([pixels(batch) for batch in resumed], whole[4:])


@pytest.mark.slow
def test_celeba_is_the_central_window(celeba_dir):
    dataset = celeba.load(batch_size=16, data_dir=celeba_dir)
    assert dataset.element_spec == tf.TensorSpec((16, 32, 32, 3), tf.float32)
    batch = pixels(next(iter(dataset)))
    np.testing.assert_allclose(sorted(batch[:, 4, 4, 0]), 100 + 5 * np.arange(16), atol=2)
    for image in batch:
        level = image[4, 4, 0]
        expected = np.full((32, 32, 3), level)
        expected[16:, 16:] = 0
        # But for the pixels at the edges, which the resampling mixes, and up to which the red must not come.
        far = np.ones((32, 32), bool)
        far[13:19, 13:] = far[13:, 13:19] = False
        far[[0, -1]] = far[:, [0, -1]] = False
        np.testing.assert_allclose(image[far], expected[far], atol=6)
        assert np.abs(image[0, 1:12] - level).max() < 40
    sizes = {
        split: len(np.unique(next(iter(celeba.load(split, n, data_dir=celeba_dir)))[:, 4, 4, 0]))
        for split, n in (("validation", 2), ("test", 3))
    }
    assert sizes == {"validation": 2, "test": 3}


def test_what_to_do_when_a_download_fails(tmp_path, monkeypatch):
    def refuse(session, url, **kwargs):
        raise requests.exceptions.ConnectionError(f"no route to {url}")

    monkeypatch.setattr(requests.Session, "get", refuse)
    with pytest.raises(OSError, match="svhn_cropped could not be downloaded") as failure:
        svhn.load(data_dir=tmp_path)
    assert "no route to http://ufldl.stanford.edu/housenumbers/" in str(failure.value)
    assert f"put them into {tmp_path}/downloads/manual, and start again" in str(failure.value)
    assert re.search(r"extra_32x32.mat \(.*\) from http://ufldl.stanford.edu/\S+/extra_32x32.mat", str(failure.value))
    with pytest.raises(OSError, match=r"img_align_celeba.zip \(1.34 GiB\) from https://drive.google.com"):
        celeba.load(data_dir=tmp_path)


def test_files_put_there_by_hand_are_checked(tmp_path):
    folder = tmp_path / "downloads" / "manual"
    folder.mkdir(parents=True)
    for split in SVHN_SIZES:
        (folder / f"{split}_32x32.mat").write_bytes(b"half of it")
    with pytest.raises(OSError, match="wrong checksum"):
        svhn.load(data_dir=tmp_path)


def test_unknown_splits(svhn_dir, celeba_dir):
    with pytest.raises(ValueError, match="svhn_cropped has no split 'valid', but"):
        svhn.load("valid", data_dir=svhn_dir)
    with pytest.raises(ValueError, match="celeb_a has no split 'extra', but"):
        celeba.load("train+extra", data_dir=celeba_dir)
