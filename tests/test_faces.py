import json
import shutil
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from infogan_keras.datasets import sampling
from infogan_keras.datasets.rendered import faces, meshes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("faces")


@pytest.fixture(scope="module")
def face(folder):
    """A function of factors that renders a head at 64x64, as floats."""
    head = faces._make_heads(1, np.random.default_rng(0))(0)

    def render(width=0, **factors):
        return head.render(64, width=1 + faces.STRETCH * width, **faces.LOOK, **factors) / 255

    return render


class TestFactors:
    def test_the_head_fills_the_frame_and_ends_at_the_neck(self, face):
        for azimuth in (-90, -45, 0, 45, 90):
            for elevation in (-20, 0, 20):
                seen = face(azimuth=azimuth, elevation=elevation, width=1) > 0
                assert 0.35 < seen.mean() < 0.75
                assert not seen[0].any()
                assert not seen[:40, [0, -1]].any()
                assert seen[-1].any()
                assert seen[58:].any(axis=1).all()

    def test_azimuth_turns_the_nose_and_is_symmetric(self, face):
        left, front, right = (face(azimuth=degrees) for degrees in (-90, 0, 90))
        np.testing.assert_allclose(left, right[:, ::-1], atol=0.01)
        np.testing.assert_allclose(front, front[:, ::-1], atol=0.01)

        # Between brow and chin, the profile of the face is more jagged than that of the back of the head.
        def last(image):
            return [np.flatnonzero(row)[-1] for row in image[20:50]]

        assert np.abs(np.diff(last(right))).sum() > 3 + np.abs(np.diff(last(left))).sum()

    def test_elevation_moves_the_face_down(self, face):
        # The brows are where the bright forehead ends.
        brows = [np.argmax(face(elevation=degrees)[10:, 28:36].mean(axis=1) < 0.75) for degrees in (-20, 0, 20)]
        assert 0 < brows[0] < brows[1] < brows[2]

    def test_light_comes_from_its_side_whatever_the_pose(self, face):
        for azimuth in (-30, 0, 30):
            for light in (-80, 80):
                image = face(azimuth=azimuth, light_azimuth=light)
                left, right = (half[half > 0].mean() for half in (image[:, :32], image[:, 32:]))
                assert (right - left) * np.sign(light) > 0.2

    def test_width_is_the_silhouette_s(self, face):
        widths = [np.sum(face(width=width)[24] > 0) for width in (-1, 0, 1)]
        np.testing.assert_allclose(widths, widths[1] * np.array([0.8, 1, 1.2]), atol=1.5)
        heights = [np.flatnonzero(face(width=width)[:, 32])[0] for width in (-1, 0, 1)]
        assert max(heights) - min(heights) <= 1

    def test_heads_differ(self):
        make_head = faces._make_heads(3, np.random.default_rng(0))
        images = [make_head(index).render(32, **faces.LOOK).astype(float) for index in range(3)]
        assert min(np.abs(images[a] - images[b]).mean() for a, b in ((0, 1), (0, 2), (1, 2))) > 2


class TestArrays:
    def test_images_and_factors(self, folder):
        pixels, factors = faces.arrays("train", folder, 25)
        assert (pixels.shape, pixels.dtype) == ((25, 32, 32, 1), np.uint8)
        assert list(factors) == ["azimuth", "elevation", "light_azimuth", "width"]
        for name, (low, high) in faces.FACTORS.items():
            values = factors[name]
            assert (values.shape, values.dtype) == ((25,), np.float32)
            assert low <= values.min() < (low + high) / 2 < values.max() <= high
        assert abs(np.corrcoef(list(factors.values())) - np.eye(4)).max() < 0.7
        # The first image is the first head with the first factors.
        rng = np.random.default_rng(0)
        for limits in faces.FACTORS.values():
            rng.uniform(*limits, 25)
        views = {name: values[0] for name, values in factors.items()}
        views["width"] = 1 + 0.2 * views["width"]
        head = faces._make_heads(3, rng)(0)
        np.testing.assert_array_equal(pixels[0, ..., 0], head.render(32, **views, **faces.LOOK))

    def test_the_same_bytes_every_time(self, folder, tmp_path):
        first = faces.arrays("train", folder, 25)
        second = faces.arrays("train", tmp_path, 25)
        np.testing.assert_array_equal(second[0], first[0])
        for name, values in first[1].items():
            np.testing.assert_array_equal(second[1][name], values)

    def test_the_test_split_has_other_views(self, folder):
        train, test = (faces.arrays(split, folder, 25) for split in ("train", "test"))
        assert not set(train[1]["azimuth"]) & set(test[1]["azimuth"])
        assert np.any(train[0] != test[0])

    def test_a_second_call_renders_nothing_and_needs_no_extra(self, folder, monkeypatch):
        expected = faces.arrays("train", folder, 25)[0]
        monkeypatch.setitem(sys.modules, "embreex", None)
        np.testing.assert_array_equal(faces.arrays("train", folder, 25)[0], expected)
        with pytest.raises(ImportError, match=r'pip install -e "\.\[render\]"'):
            faces.arrays("train", folder, 26)
        monkeypatch.setattr(meshes, "VERSION", 2)
        with pytest.raises(ImportError, match=r'pip install -e "\.\[render\]"'):
            faces.arrays("train", folder, 25)

    def test_the_file_says_what_it_is(self, folder):
        faces.arrays("train", folder, 25)
        abouts = [json.loads(str(np.load(path)["about"])) for path in folder.glob("faces-train-*.npz")]
        (about,) = (about for about in abouts if about["size"] == 25)
        assert (about["licence"], about["split"], about["factors"]["elevation"]) == ("CC0-1.0", "train", [-20, 20])

    def test_default_sizes(self, folder, monkeypatch):
        def nothing(make_mesh, which, image_size, factors, **constants):
            return np.zeros((len(which), 1, 1, 1), np.uint8)

        monkeypatch.setattr(meshes, "render_all", nothing)
        for split, size in (("train", 50_000), ("test", 5_000)):
            factors = faces._render(faces.SIZES[split], faces._SEEDS[split])
            assert len(factors.pop("images")) == size
            for name, (low, high) in faces.FACTORS.items():
                shares = np.histogram(factors[name], 10, (low, high))[0] / size
                np.testing.assert_allclose(shares, 0.1, atol=0.02)
            assert abs(np.corrcoef(list(factors.values())) - np.eye(4)).max() < 0.05


class TestLoad:
    def test_training_and_test_batches(self, folder):
        dataset = faces.load("train", 8, seed=3, data_dir=folder, size=25)
        assert dataset.element_spec == tf.TensorSpec((8, 32, 32, 1), tf.float32)
        batches = [batch.numpy() for batch in dataset.take(3)]
        assert 0 == np.min(batches) < 0.8 < np.max(batches) <= 1
        indices = list(sampling.shuffled_indices(25, 8, seed=3).take(3))[2]
        np.testing.assert_allclose(batches[2], faces.arrays("train", folder, 25)[0][indices] / 255, rtol=1e-6)
        resumed = next(iter(faces.load("train", 8, 3, start_step=2, data_dir=folder, size=25)))
        np.testing.assert_array_equal(resumed, batches[2])
        for drop, sizes in ((False, [8, 8, 8, 1]), (True, [8, 8, 8])):
            test = faces.load("test", 8, data_dir=folder, drop_remainder=drop, size=25)
            assert [len(batch) for batch in test] == sizes

    def test_a_folder_of_own_renders(self, tmp_path):
        (tmp_path / "person").mkdir()
        for index in range(3):
            Image.new("L", (64, 64), 100 * index).save(tmp_path / "person" / f"{index}.png")
        batch = next(iter(faces.load("train", 3, data_dir=tmp_path))).numpy()
        assert batch.shape == (3, 32, 32, 1)
        np.testing.assert_allclose(np.sort(batch[:, 16, 16, 0]), np.array([0, 100, 200]) / 255, rtol=1e-6)
        with pytest.raises(ValueError, match="holds your own images, of which no factors are known"):
            faces.arrays("train", tmp_path)
        for arguments in ({"split": "test"}, {"size": 2}):
            with pytest.raises(ValueError, match="own images, which are split='train' with size=None as a whole"):
                faces.load(**arguments, batch_size=1, data_dir=tmp_path)

    def test_pictures_beside_rendered_sets_are_not_training_images(self, folder, tmp_path):
        shutil.copytree(folder, tmp_path / "rendered")
        Image.new("L", (64, 64)).save(tmp_path / "rendered" / "screenshot.png")
        assert not faces.holds_own_renders(tmp_path / "rendered")
        expected, _ = faces.arrays("train", folder, 25)
        np.testing.assert_array_equal(faces.arrays("train", tmp_path / "rendered", 25)[0], expected)

    def test_wrong_arguments(self, folder, tmp_path):
        with pytest.raises(ValueError, match="split='validation': expected 'train' or 'test'"):
            faces.load("validation", data_dir=folder)
        with pytest.raises(ValueError, match="size=0: expected an integer of at least 1"):
            faces.load(data_dir=folder, size=0)
        with pytest.raises(ValueError, match="batch_size=26: expected 1 to 25"):
            faces.load(batch_size=26, data_dir=folder, size=25)
        with pytest.raises(FileNotFoundError, match=r"There is no folder .*missing"):
            faces.load(data_dir=tmp_path / "missing")
