import gzip
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import write_clothes, write_idx
from PIL import Image

from infogan_keras.datasets import _folder, fashion_mnist, images, mnist, sampling


def take(dataset, count):
    return [batch.numpy() for batch in dataset.take(count)]


class TestOrder:
    def test_every_pass_is_a_permutation_and_batches_span_passes(self):
        batches = take(sampling.shuffled_indices(10, 4, seed=1), 10)
        stream = np.concatenate(batches)
        passes = stream.reshape(4, 10)
        for one in passes:
            assert sorted(one) == list(range(10))
        assert len({tuple(one) for one in passes}) == 4
        assert {batch.shape for batch in batches} == {(4,)}

    def test_a_batch_is_a_function_of_seed_and_step(self):
        whole = take(sampling.shuffled_indices(10, 4, seed=1), 9)
        resumed = take(sampling.shuffled_indices(10, 4, seed=1, start_step=6), 3)
        np.testing.assert_array_equal(whole[6:], resumed)
        assert np.any(take(sampling.shuffled_indices(10, 4, seed=2), 9)[0] != whole[0])

    def test_large_sets_are_shuffled_all_over(self):
        first = take(sampling.shuffled_indices(60_000, 6_000), 1)[0]
        counts = np.histogram(first, 10, (0, 60_000))[0]
        assert counts.min() > 500
        assert abs(np.corrcoef(np.arange(6_000), first)[0, 1]) < 0.05

    @pytest.mark.parametrize("seed", [0, 1])
    @pytest.mark.parametrize(("size", "batches"), [(500, 35), (60_000, 900)])
    def test_sorted_classes_are_spread_as_evenly_as_by_chance(self, size, batches, seed):
        """The variance of a class's images per batch; a fair shuffle's is that of drawing without replacement."""
        classes = np.arange(size) * 10 // size
        counts = [
            np.bincount(classes[b], minlength=10) for b in take(sampling.shuffled_indices(size, 50, seed), batches)
        ]
        fair = 50 * 0.1 * 0.9 * (size - 50) / (size - 1)
        assert np.mean((np.array(counts) - 5) ** 2) == pytest.approx(fair, rel=0.2 if size == 500 else 0.05)

    @pytest.mark.parametrize("batch_size", [0, 11])
    def test_a_batch_that_cannot_be_filled(self, batch_size):
        with pytest.raises(ValueError, match=f"batch_size={batch_size}: expected 1 to 10"):
            sampling.shuffled_indices(10, batch_size)


class TestMnist:
    def test_the_packed_data(self):
        pixels, labels = mnist.arrays("train")
        assert (pixels.shape, pixels.dtype, labels.shape) == ((60_000, 28, 28, 1), np.uint8, (60_000,))
        assert labels[:5].tolist() == [5, 0, 4, 1, 9]
        assert np.bincount(labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        pixels, labels = mnist.arrays("test")
        assert (pixels.shape, labels[:5].tolist()) == ((10_000, 28, 28, 1), [7, 2, 1, 0, 4])

    def test_training_batches(self):
        dataset = mnist.load("train", batch_size=16, seed=3)
        assert dataset.element_spec == tf.TensorSpec((16, 28, 28, 1), tf.float32)
        batch = take(dataset, 3)[2]
        assert 0 == batch.min() < batch.max() == 1
        indices = take(sampling.shuffled_indices(60_000, 16, seed=3), 3)[2]
        np.testing.assert_allclose(batch, mnist.arrays()[0][indices] / 255, rtol=1e-6)
        np.testing.assert_array_equal(batch, take(mnist.load("train", 16, 3, start_step=2), 1)[0])

    @pytest.mark.parametrize(
        "dataset",
        [mnist.load("train", 8), images.load(np.zeros((9, 4, 4), "f"), (4, 4, 1), batch_size=9)],
        ids=["mnist", "images"],
    )
    def test_no_autotuning_thread_holds_up_the_end_of_fit(self, dataset):
        assert dataset.options().autotune.enabled is False

    def test_labels_go_with_their_images(self):
        (images, labels) = next(iter(mnist.load("train", batch_size=16, seed=3, labelled=True)))
        np.testing.assert_array_equal(images, take(mnist.load("train", 16, 3), 1)[0])
        indices = take(sampling.shuffled_indices(60_000, 16, seed=3), 1)[0]
        np.testing.assert_array_equal(labels, mnist.arrays()[1][indices])

    def test_the_test_split_is_one_pass_in_order(self):
        sizes = [len(batch) for batch in mnist.load("test", batch_size=3000)]
        assert sizes == [3000, 3000, 3000, 1000]
        first = take(mnist.load("test", batch_size=4), 1)[0]
        np.testing.assert_allclose(first, mnist.arrays("test")[0][:4] / 255, rtol=1e-6)

    @pytest.fixture
    def digits(self):
        rng = np.random.default_rng(0)
        return rng.integers(0, 256, (5, 28, 28), np.uint8), rng.integers(0, 10, 5).astype(np.uint8)

    @pytest.mark.parametrize("zipped", [True, False])
    def test_a_user_s_idx_files(self, tmp_path, digits, zipped):
        write_idx(tmp_path, "train", *digits, zipped)
        pixels, labels = mnist.arrays("train", tmp_path)
        np.testing.assert_array_equal(pixels[..., 0], digits[0])
        np.testing.assert_array_equal(labels, digits[1])

    def test_a_user_s_npz_file(self, tmp_path, digits):
        np.savez(tmp_path / "mnist.npz", x_train=digits[0], y_train=digits[1])
        for place in (tmp_path, tmp_path / "mnist.npz"):
            np.testing.assert_array_equal(mnist.arrays("train", place)[0][..., 0], digits[0])
        with pytest.raises(ValueError, match="has no x_test and y_test"):
            mnist.arrays("test", tmp_path)

    def test_damaged_files(self, tmp_path, digits):
        write_idx(tmp_path, "train", *digits)
        path = tmp_path / "train-images-idx3-ubyte.gz"
        whole = path.read_bytes()
        path.write_bytes(whole[:-100])
        with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz is corrupt or truncated"):
            mnist.arrays("train", tmp_path)
        for content, found in ((gzip.decompress(whole)[:-1], "3919"), (gzip.decompress(whole) + b"0", "more")):
            path.write_bytes(gzip.compress(content))
            with pytest.raises(ValueError, match=rf"its header says \(5, 28, 28\), and {found} bytes follow"):
                mnist.arrays("train", tmp_path)
        for content in (b"not an IDX file at all", b"short"):
            path.write_bytes(gzip.compress(content))
            with pytest.raises(ValueError, match="is not an IDX file of bytes in 3 dimensions"):
                mnist.arrays("train", tmp_path)
        np.save(tmp_path / "array.npy", digits[0])
        for content in (b"PK\x03\x04 not a zip file", (tmp_path / "array.npy").read_bytes()):
            (tmp_path / "mnist.npz").write_bytes(content)
            with pytest.raises(ValueError, match=r"mnist\.npz is corrupt or truncated"):
                mnist.arrays("train", tmp_path)

    def test_a_flipped_bit_anywhere_in_an_npz_file_is_one_error_or_none(self, tmp_path, digits):
        path = tmp_path / "mnist.npz"
        np.savez_compressed(path, x_train=digits[0], y_train=digits[1])
        whole = path.read_bytes()
        failures = 0
        for place in np.random.default_rng(0).integers(0, len(whole), 200):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
            try:
                np.testing.assert_array_equal(mnist.arrays("train", path)[0][..., 0], digits[0])
            except ValueError as error:
                failures += 1
                assert re.search(r"mnist\.npz (is corrupt or truncated|has no x_train|holds)", str(error))
        assert failures > 150

    def test_files_that_hold_more_than_they_may(self, tmp_path, digits, monkeypatch):
        write_idx(tmp_path, "train", *digits)
        np.savez_compressed(tmp_path / "digits.npz", x_train=digits[0], y_train=digits[1])
        monkeypatch.setattr(mnist, "LARGEST_FILE", 5 * 784 - 1)
        with pytest.raises(ValueError, match=r"idx3-ubyte\.gz says that it holds 3,920 bytes: expected at most 3,919"):
            mnist.arrays("train", tmp_path)
        with pytest.raises(ValueError, match=r"digits\.npz is corrupt .*holds 4,\d+ bytes: expected at most 3,919"):
            mnist.arrays("train", tmp_path / "digits.npz")

    def test_gzip_is_decompressed_no_farther_than_its_header_says(self, tmp_path, digits, monkeypatch):
        write_idx(tmp_path, "train", *digits)
        path = tmp_path / "train-images-idx3-ubyte.gz"
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + bytes(10**7)))
        read, original = [], gzip.GzipFile.read

        def count(file, size=-1):
            read.append(size)
            return original(file, size)

        monkeypatch.setattr(gzip.GzipFile, "read", count)
        with pytest.raises(ValueError, match="more bytes follow"):
            mnist.arrays("train", tmp_path)
        assert read == [16, 5 * 784 + 1]

    @pytest.mark.parametrize("labels", [[0, np.nan], [0, 2.7], [0, np.inf], [-1, 3], [True, False], ["3", "4"]])
    def test_labels_that_are_no_classes(self, tmp_path, digits, labels):
        np.savez(tmp_path / "mnist.npz", x_train=digits[0][:2], y_train=np.array(labels))
        with pytest.raises(ValueError, match=r"mnist\.npz holds the label .*: expected whole numbers from 0"):
            mnist.arrays("train", tmp_path)
        np.savez(tmp_path / "mnist.npz", x_train=digits[0][:2], y_train=np.array([4.0, 0.0]))
        assert mnist.arrays("train", tmp_path)[1].tolist() == [4, 0]

    def test_packed_files_are_checked(self, tmp_path, digits, monkeypatch):
        write_idx(tmp_path, "train", *digits)
        monkeypatch.setattr(mnist, "PACKED", tmp_path)
        with pytest.raises(ValueError, match="SHA-256 differs"):
            mnist.arrays("train")

    def test_wrong_arguments(self, tmp_path):
        with pytest.raises(ValueError, match="split='validation': expected 'train' or 'test'"):
            mnist.load("validation")
        with pytest.raises(FileNotFoundError, match=r"neither train-images-idx3-ubyte nor .*\.gz in"):
            mnist.load("train", data_dir=tmp_path)


class TestPrepare:
    @pytest.fixture
    def digits(self):
        return mnist.arrays("test")[0][:10, ..., 0]

    @staticmethod
    def placed(digit):
        canvas = np.zeros((120, 120), np.uint8)
        canvas[20 : 20 + len(digit), 10 : 10 + len(digit)] = digit
        return canvas

    @staticmethod
    def enlarged(digit):
        return digit.repeat(3, 0).repeat(3, 1)

    @staticmethod
    def noisy(picture):
        noise = np.random.default_rng(0).normal(0, 5, picture.shape)
        return np.clip(20 + 0.8 * picture + noise, 0, 255).astype(np.uint8)

    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize(
        ("change", "error"),
        [
            (lambda d, _: d, 0.01),
            (lambda d, s: s.placed(d), 0.01),
            (lambda d, _: (100 + d * 0.2).astype(np.uint8), 0.04),
            (lambda d, _: np.repeat(d[..., np.newaxis], 3, -1), 0.01),
            (lambda d, _: (d / 255).astype(np.float32), 0.01),
            (lambda d, s: s.placed(s.enlarged(d)), 0.15),
            (lambda d, s: s.noisy(s.placed(s.enlarged(d))), 0.2),
        ],
        ids=["itself", "placed", "faint", "colour", "floats", "enlarged", "noisy"],
    )
    def test_changed_digits_of_mnist_become_what_they_were(self, digits, change, error, dark):
        errors = []
        for digit in digits:
            picture = change(digit, self)
            picture = (255 if picture.dtype == np.uint8 else 1) - picture if dark else picture
            image = mnist.prepare(picture)
            assert (image.shape, image.dtype) == ((28, 28, 1), np.float32)
            assert (image.min(), image.max()) == (0, 1)
            errors.append(np.abs(image[..., 0] - digit / 255).sum() / (digit / 255).sum())
        # Share of the ink. The median, because a centre of mass near half a pixel may be rounded the other way.
        assert np.median(errors) < error

    def test_a_rectangle_by_hand(self):
        picture = np.full((60, 50), 255, np.uint8)
        picture[5:45, 12:22] = 0
        # 40 x 10 become 20 x 5, with the centre in the middle of a column and between two rows.
        expected = np.zeros((28, 28))
        expected[4:24, 12:17] = 1
        np.testing.assert_array_equal(mnist.prepare(picture)[..., 0], expected)

    def test_a_file(self, tmp_path, digits):
        ink = (digits[0] > 127) * np.uint8(255)
        Image.fromarray(255 - ink).convert("1").save(tmp_path / "seven.png")
        np.testing.assert_array_equal(mnist.prepare(tmp_path / "seven.png"), mnist.prepare(ink))
        (tmp_path / "seven.png").write_bytes(b"text")
        with pytest.raises(ValueError, match=r"seven\.png cannot be read as an image"):
            mnist.prepare(tmp_path / "seven.png")

    @pytest.mark.parametrize(
        ("picture", "message"),
        [
            (np.full((28, 28), 255, np.uint8), "of one colour: expected a digit"),
            (np.zeros((0, 4), np.uint8), r"An array uint8 \(0, 4, 1\): expected"),
            (np.zeros((1, 28, 28, 1)), "expected .height, width. or"),
            (np.full((28, 28), 200.0), "floats in"),
            (np.full((28, 28), np.nan), "floats in"),
        ],
    )
    def test_wrong_pictures(self, picture, message):
        with pytest.raises(ValueError, match=message):
            mnist.prepare(picture)


class TestFashionMnist:
    def test_files_by_hand(self, tmp_path):
        write_clothes(tmp_path / "clothes", 30)
        pixels, labels = fashion_mnist.arrays("test", tmp_path / "clothes")
        assert (pixels.shape, pixels.dtype) == ((30, 28, 28, 1), np.uint8)
        np.testing.assert_array_equal(labels, np.arange(30) % len(fashion_mnist.CLASSES))
        assert np.any(pixels != fashion_mnist.arrays("train", tmp_path / "clothes")[0])
        batches, classes = next(iter(fashion_mnist.load("test", 8, data_dir=tmp_path / "clothes", labelled=True)))
        np.testing.assert_allclose(batches, pixels[:8] / 255, rtol=1e-6)
        np.testing.assert_array_equal(classes, labels[:8])
        # As Keras' own folder has it.
        np.savez(tmp_path / "clothes" / "mnist.npz", x_test=pixels[:5, ..., 0], y_test=labels[:5])
        assert len(fashion_mnist.arrays("test", tmp_path / "clothes")[0]) == 30

    def test_files_that_keras_downloads(self, monkeypatch):
        pixels, labels = np.arange(2 * 784, dtype=np.uint8).reshape(2, 28, 28), np.array([9, 3], np.uint8)
        downloaded = (pixels, labels), (pixels[:1], labels[:1])
        monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", lambda: downloaded)
        assert fashion_mnist.arrays("train")[1].tolist() == [9, 3]
        np.testing.assert_array_equal(fashion_mnist.arrays("test")[0], pixels[:1, ..., np.newaxis])

    def test_no_network(self, monkeypatch):
        def fail():
            raise Exception("URL fetch failure on https://example.com")

        monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", fail)
        with pytest.raises(OSError, match=r"\(URL fetch failure .*\)\. Get its four files by hand from https://"):
            fashion_mnist.load()
        with pytest.raises(ValueError, match="split='extra': expected 'train' or 'test'"):
            fashion_mnist.load("extra")


class TestImages:
    def test_a_folder_with_subfolders_and_kinds(self, tmp_path):
        (tmp_path / "more").mkdir()
        Image.new("L", (16, 8), 255).save(tmp_path / "a.png")
        Image.new("L", (8, 8), 0).save(tmp_path / "more" / "b.JPG")
        (tmp_path / "notes.txt").write_text("not an image")
        dataset = images.load(tmp_path, (8, 8, 1), (-1, 1), batch_size=2)
        assert dataset.element_spec == tf.TensorSpec((2, 8, 8, 1), tf.float32)
        for batch in take(dataset, 2):
            assert sorted(batch[:, 4, 4, 0].tolist()) == [-1, 1]

    def test_modes_of_files(self, tmp_path):
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.png")
        Image.fromarray(np.full((8, 8), 65535, np.uint16)).save(tmp_path / "b.png")
        Image.new("P", (8, 8)).save(tmp_path / "c.gif")
        with pytest.warns(UserWarning, match=r"modes I;16, P, RGBA in .* were made gray"):
            dataset = images.load(tmp_path, (8, 8, 1), batch_size=3)
        assert sorted(take(dataset, 1)[0][:, 0, 0, 0].tolist()) == [0, 1, 1]

    def test_the_crop_is_central_and_keeps_proportions(self, tmp_path):
        wide = np.zeros((8, 24), np.uint8)
        wide[:, 8:16] = 200
        Image.fromarray(wide).save(tmp_path / "a.png")
        from_folder = take(images.load(tmp_path, (8, 8, 1), batch_size=1), 1)[0]
        from_array = take(images.load(wide[np.newaxis], (8, 8, 1), batch_size=1), 1)[0]
        for batch in (from_folder, from_array):
            np.testing.assert_allclose(batch, 200 / 255, atol=0.01)

    def test_downscaling_is_anti_aliased(self):
        stripes = np.tile(np.array([0, 255], np.uint8), (1, 32, 16))
        batch = take(images.load(stripes, (8, 8, 1), batch_size=1), 1)[0]
        np.testing.assert_allclose(batch, 0.5, atol=0.05)

    def test_colour_and_gray(self):
        red = np.zeros((2, 8, 8, 3), np.uint8)
        red[..., 0] = 255
        np.testing.assert_array_equal(take(images.load(red, (8, 8, 3), batch_size=2), 1)[0][0, 0, 0], [1, 0, 0])
        with pytest.warns(UserWarning, match="3 channels are converted to 1"):
            gray = take(images.load(red, (8, 8, 1), batch_size=2), 1)[0]
        np.testing.assert_allclose(gray, 0.299, atol=0.01)
        np.testing.assert_array_equal(take(images.load(red[..., 0], (8, 8, 3), batch_size=2), 1)[0], 1)

    @pytest.mark.parametrize("dtype", ["uint8", "zero to one", "minus one to one"])
    @pytest.mark.parametrize("kind", ["array", "single", "batches", "labelled"])
    def test_kinds_of_values_and_sources(self, dtype, kind):
        bytes_ = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), np.uint8)
        scale = {"uint8": lambda x: x, "zero to one": lambda x: x / 255, "minus one to one": lambda x: x / 127.5 - 1}
        source = scale[dtype](bytes_)
        if kind != "array":
            source = tf.data.Dataset.from_tensor_slices((source, np.arange(6)) if kind == "labelled" else source)
            source = source.batch(4) if kind == "batches" else source
        batches = take(images.load(source, (8, 8, 1), (0, 1), batch_size=3), 3)
        assert {batch.shape for batch in batches} == {(3, 8, 8, 1)}
        values = np.concatenate(batches[:2])
        np.testing.assert_allclose(np.sort(values.ravel()), np.sort((bytes_ / 255).ravel()), atol=1e-6)

    def test_resuming_an_array(self):
        source = np.random.default_rng(0).integers(0, 256, (6, 8, 8), np.uint8)
        whole = take(images.load(source, (8, 8, 1), batch_size=4, seed=1), 5)
        np.testing.assert_array_equal(
            take(images.load(source, (8, 8, 1), batch_size=4, seed=1, start_step=3), 2), whole[3:]
        )

    def test_an_unreadable_file_is_named(self, tmp_path):
        Image.new("L", (8, 8)).save(tmp_path / "a.png")
        (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
        with pytest.raises(ValueError, match=r"b\.png cannot be read as an image .* skip_unreadable=True"):
            images.load(tmp_path, (8, 8, 1), batch_size=1)

    def test_unreadable_files_are_left_out_on_request(self, tmp_path, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 99)
        for index in range(3):
            Image.new("L", (8, 8), 255).save(tmp_path / f"{index}.png")
        Image.new("L", (100, 100)).save(tmp_path / "bomb.png")
        (tmp_path / "text.jpg").write_text("text")
        (tmp_path / "nowhere.gif").symlink_to(tmp_path / "gone.gif")
        bad = ("bomb.png", "text.jpg", "nowhere.gif")
        with pytest.warns(UserWarning, match=r"3 of 6 images in .* are left out:") as caught:
            dataset = images.load(tmp_path, (8, 8, 1), batch_size=3, skip_unreadable=True)
        assert len(caught) == 1
        assert all(f"{name} (" in str(caught[0].message) for name in bad)
        np.testing.assert_array_equal(take(dataset, 1)[0], 1)
        with pytest.raises(ValueError, match=r"(bomb|text|nowhere)\.\w+ cannot be read as an image"):
            images.count_channels(tmp_path)
        assert images.count_channels(tmp_path, skip_unreadable=True) == 1

    def test_runs_and_servables_are_no_data(self, tmp_path):
        for place in ("photos", "photos/config/checkpoints", "runs/a/samples", "runs/a/checkpoints", "served/1"):
            (tmp_path / place).mkdir(parents=True)
            Image.new("L", (8, 8)).save(tmp_path / place / "picture.png")
        Image.new("L", (8, 8)).save(tmp_path / "runs" / "a" / "reals.png")
        (tmp_path / "runs" / "a" / "config.json").touch()
        (tmp_path / "served" / "1" / "saved_model.pb").touch()
        found = [path.relative_to(tmp_path).as_posix() for path in _folder.find_files(tmp_path)]
        assert found == ["photos/config/checkpoints/picture.png", "photos/picture.png"]

    def test_linked_folders_are_followed_once_and_hidden_ones_are_not(self, tmp_path):
        folder, store = tmp_path / ".photos" / "set", tmp_path / "store"
        places = ("a", ".ipynb_checkpoints", ".Trash/more", "__MACOSX", "a/.thumbnails", "visible/deeper")
        for place in [store, *(folder / place for place in places)]:
            place.mkdir(parents=True)
            Image.new("L", (8, 8)).save(place / "picture.png")
        Image.new("L", (8, 8)).save(folder / "a" / "._picture.png")
        (folder / "linked").symlink_to(store)
        (folder / "again").symlink_to(store)
        (folder / "a" / "up").symlink_to(folder)
        (store / "itself").symlink_to(store)
        (folder / "file.png").symlink_to(store / "picture.png")
        found = [path.relative_to(folder).as_posix() for path in _folder.find_files(folder)]
        assert found == ["a/picture.png", "again/picture.png", "file.png", "visible/deeper/picture.png"]

    def test_16_bit_files_that_hold_fewer_bits(self, tmp_path):
        def write(name, highest):
            values = np.linspace(0, highest, 64).reshape(8, 8).astype(np.uint16)
            Image.fromarray(values).save(tmp_path / name)

        write("a.png", 4095)
        write("b.tif", 3000)
        write("black.png", 0)
        with (
            pytest.warns(
                UserWarning, match="16-bit images in .* have values of at most 4095, which is taken for white"
            ),
            pytest.warns(UserWarning, match="modes I;16"),
        ):
            (batch,) = take(images.load(tmp_path, (8, 8, 1), batch_size=3), 1)
        np.testing.assert_allclose(np.sort(batch.max((1, 2, 3))), [0, 3000 / 4095, 1], atol=0.002)
        write("c.png", 65535)
        with pytest.raises(ValueError, match=r"different ranges \(up to 4095 in .*a\.png, up to 65535 in .*c\.png\)"):
            images.load(tmp_path, (8, 8, 1), batch_size=3)

    @pytest.mark.parametrize(("kind", "highest"), [(np.float32, 0.9), (np.int32, 200), (np.int32, 2**20)])
    def test_files_whose_white_is_unknown_are_named(self, tmp_path, kind, highest):
        Image.fromarray(np.full((8, 8), highest, kind)).save(tmp_path / "a.tiff")
        with pytest.raises(ValueError, match=r"a\.tiff cannot be read as an image \(its pixels .*: expected 8 bits"):
            images.load(tmp_path, (8, 8, 1), batch_size=1)

    @pytest.mark.parametrize(
        ("source", "error", "message"),
        [
            ("nowhere", FileNotFoundError, "no folder .*nowhere"),
            ("", ValueError, "holds no images: expected files that end in .bmp"),
            (np.zeros((4, 8), np.uint8), ValueError, r"An array of shape \(4, 8\)"),
            (np.zeros((4, 8, 8, 5), np.uint8), ValueError, r"\(4, 8, 8, 5\): expected"),
            (np.zeros((4, 8, 8), np.int32), ValueError, "int32: expected uint8"),
            (np.full((4, 8, 8), 200.0), ValueError, "from 200 to 200"),
            (np.full((4, 8, 8), 9, np.uint8), ValueError, "4 images do not fill a batch of 5"),
            (np.eye(8, dtype=np.uint8).reshape(1, 8, 8).repeat(5, 0), ValueError, "Multiply binary images by 255"),
            (tf.data.Dataset.range(3), ValueError, "elements are"),
            (tf.data.Dataset.from_tensor_slices(np.zeros((0, 8, 8, 1))), ValueError, "is empty"),
        ],
    )
    def test_wrong_sources(self, tmp_path, source, error, message):
        source = tmp_path / source if isinstance(source, str) else source
        with pytest.raises(error, match=message):
            images.load(source, (8, 8, 1), batch_size=5)

    def test_values_that_turn_out_to_be_of_another_range(self):
        values = np.concatenate([np.zeros((120, 8, 8, 1)), np.full((8, 8, 8, 1), 200.0)]).astype(np.float32)
        dataset = images.load(tf.data.Dataset.from_tensor_slices(values), (8, 8, 1), batch_size=64)
        with pytest.raises(tf.errors.InvalidArgumentError, match="this one has others"):
            take(dataset, 2)

    def test_a_sliver_of_an_image(self):
        batch = take(images.load(np.full((1, 100, 1), 255, np.uint8), (8, 64, 1), batch_size=1), 1)[0]
        np.testing.assert_allclose(batch, 1)

    @pytest.mark.parametrize(
        ("modes", "channels"), [(["L", "1", "I;16", "LA"], 1), (["L", "RGB"], 3), (["P"], 3), (["RGBA"], 3)]
    )
    def test_channels_of_a_folder(self, tmp_path, modes, channels):
        (tmp_path / "more").mkdir()
        for index, mode in enumerate(modes):
            Image.new(mode, (8, 8)).save(tmp_path / "more" / f"{index}.png")
        assert images.count_channels(tmp_path) == channels

    def test_channels_of_no_images(self, tmp_path):
        with pytest.raises(ValueError, match="holds no images"):
            images.count_channels(tmp_path)
        (tmp_path / "broken.png").write_bytes(b"no image")
        with pytest.raises(ValueError, match=r"broken.png cannot be read as an image"):
            images.count_channels(tmp_path)

    def test_wrong_shapes(self):
        with pytest.raises(ValueError, match=r"expected \(height, width, channels\)"):
            images.load(np.zeros((4, 8, 8), np.uint8), (8, 8))
