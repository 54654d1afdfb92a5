import io
import json
import tarfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw

from infogan_keras.datasets import sampling
from infogan_keras.datasets.rendered import chairs, meshes, public_chairs


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("chairs")


class TestRendered:
    def test_images_and_factors(self, folder):
        pixels, factors = chairs.arrays("train", folder, 40)
        assert (pixels.shape, pixels.dtype) == ((40, 64, 64, 1), np.uint8)
        assert {name: values.dtype for name, values in factors.items()} == {
            "model": np.int64,
            "azimuth": np.float32,
            "elevation": np.float32,
            "width": np.float32,
        }
        assert (pixels[:, 0] == 255).all()
        # Something in the middle of the frame, and dark enough to be seen.
        assert (pixels.min(axis=(1, 2, 3)) < 150).all()
        assert ((pixels < 250).mean(axis=(1, 2, 3)) > 0.02).all()

    def test_the_same_bytes_every_time_but_not_in_the_test_split(self, folder, tmp_path):
        first = chairs.arrays("train", folder, 40)
        second = chairs.arrays("train", tmp_path, 40)
        np.testing.assert_array_equal(second[0], first[0])
        np.testing.assert_array_equal(second[1]["width"], first[1]["width"])
        assert not set(chairs.arrays("test", folder, 40)[1]["width"]) & set(first[1]["width"])

    def test_all_views_come_equally_often(self, monkeypatch):
        def nothing(make_mesh, which, image_size, factors, **constants):
            return np.zeros((len(which), 1, 1, 1), np.uint8)

        monkeypatch.setattr(meshes, "render_all", nothing)
        for split, size, rounds in (("train", 31_744, 8), ("test", 3_968, 1)):
            factors = chairs._render(chairs.SIZES[split], chairs._SEEDS[split])
            assert len(factors["images"]) == size
            views, counts = np.unique(
                np.stack([factors[name] for name in ("model", "azimuth", "elevation")], axis=1),
                axis=0,
                return_counts=True,
            )
            assert (len(views), set(counts)) == (64 * 31 * 2, {rounds})
            assert set(factors["elevation"]) == {20, 30}
            np.testing.assert_allclose(np.unique(factors["azimuth"]), np.arange(31) * 360 / 31, rtol=1e-6)
            shares = np.histogram(factors["width"], 10, (0.7, 1.3))[0] / size
            np.testing.assert_allclose(shares, 0.1, atol=0.02)

    def test_every_chair_stays_inside_the_frame(self, monkeypatch):
        made = []

        def keep(make_mesh, which, image_size, factors, **constants):
            made.extend(make_mesh(index) for index in range(64))
            return np.zeros((len(which), 1, 1, 1), np.uint8)

        monkeypatch.setattr(meshes, "render_all", keep)
        chairs._render(1, 0)
        for mesh in made:
            for azimuth in (0, 60):
                image = mesh.render(32, azimuth, 30, width=1.3, **chairs.LOOK)
                assert (image[[0, -1]] == 255).all()
                assert (image[:, [0, -1]] == 255).all()
                assert (image < 200).sum() > 20

    def test_factors_act(self, monkeypatch):
        made = {}
        monkeypatch.setattr(
            meshes, "render_all", lambda make_mesh, *_, **__: made.update(chair=make_mesh(24)) or np.zeros(1)
        )
        chairs._render(1, 0)

        def seen(azimuth=0, elevation=20, width=1):
            return made["chair"].render(64, azimuth, elevation, width, **chairs.LOOK) < 250

        columns = [seen(width=width).any(axis=0).sum() for width in (0.7, 1, 1.3)]
        np.testing.assert_allclose(columns, columns[1] * np.array([0.7, 1, 1.3]), atol=2)
        # The backrest, on top, is behind: at the left where the front was turned to the right.
        for azimuth in (90, -90):
            top = seen(azimuth)[10:20]
            assert np.sign(31.5 - np.flatnonzero(top.any(axis=0)).mean()) == np.sign(azimuth)
        # More of the seat is seen from farther above.
        assert np.any(seen(elevation=20) != seen(elevation=30))

    def test_the_file_names_the_creators(self, folder):
        chairs.arrays("train", folder, 40)
        path = next(folder.glob("chairs-train-*.npz"))
        about = json.loads(str(np.load(path)["about"]))
        assert len(about["creators"]) == 64
        assert about["creators"][36] == "Cafe chair by Kator Legaz, CC-BY-3.0-US"

    def test_batches(self, folder):
        dataset = chairs.load("train", 16, seed=1, data_dir=folder, size=40)
        assert dataset.element_spec == tf.TensorSpec((16, 64, 64, 1), tf.float32)
        first = next(iter(dataset)).numpy()
        indices = next(iter(sampling.shuffled_indices(40, 16, seed=1)))
        np.testing.assert_allclose(first, chairs.arrays("train", folder, 40)[0][indices] / 255, rtol=1e-6)
        assert [len(batch) for batch in chairs.load("test", 16, data_dir=folder, size=40)] == [16, 16, 8]

    def test_wrong_arguments(self, folder, tmp_path):
        with pytest.raises(ValueError, match="split='validation': expected 'train' or 'test'"):
            chairs.load("validation", data_dir=folder)
        with pytest.raises(ValueError, match="size=0: expected an integer of at least 1"):
            chairs.load(data_dir=folder, size=0)
        with pytest.raises(FileNotFoundError, match=r"There is no folder .*missing"):
            chairs.load(data_dir=tmp_path / "missing")


class TestPublic:
    """Files named and shaped as in the public set; the image of model m, azimuth t shows a gray of 10 m + t / 10."""

    MODELS, AZIMUTHS, ELEVATIONS = 12, (11, 348), (20, 30)

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def views(self):
        """(name, image) pairs, not in the order of the names."""
        for model in reversed(range(self.MODELS)):
            number = 0
            for elevation in self.ELEVATIONS:
                for azimuth in self.AZIMUTHS:
                    number += 1
                    name = f"{model:032x}/renders/image_{number:03d}_p{elevation:03d}_t{azimuth:03d}_r096.png"
                    image = Image.new("RGB", (600, 600), "white")
                    draw = ImageDraw.Draw(image)
                    # Outside of the central 360x360 pixels, and in it the chair.
                    draw.rectangle((60, 60, 100, 540), fill="black")
                    draw.rectangle((210, 210, 389, 389), fill=(10 * model + azimuth // 10,) * 3)
                    yield name, image

    def write(self, place):
        """The set as a tar file, or as a folder."""
        if place.suffix == ".tar":
            with tarfile.open(place, "w") as tar:
                for name, image in self.views():
                    content = io.BytesIO()
                    image.save(content, "png")
                    member = tarfile.TarInfo(f"rendered_chairs/{name}")
                    member.size = content.tell()
                    content.seek(0)
                    tar.addfile(member, content)
                member = tarfile.TarInfo("rendered_chairs/all_chair_names.mat")
                tar.addfile(member)
        else:
            for name, image in self.views():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                image.save(place / name)
        return place

    @pytest.mark.parametrize("name", ["rendered_chairs.tar", "rendered_chairs"])
    def test_both_layouts(self, tmp_path, name):
        place = self.write(tmp_path / name)
        before = sorted(tmp_path.rglob("*"))
        for data_dir in (tmp_path, place):
            train, test = (chairs.arrays(split, data_dir) for split in ("train", "test"))
            for (pixels, factors), models in ((train, [*range(1, 10), 11]), (test, [0, 10])):
                assert (pixels.shape, pixels.dtype) == ((4 * len(models), 64, 64, 1), np.uint8)
                assert sorted(factors["model"]) == sorted(models * 4)
                assert set(zip(factors["azimuth"], factors["elevation"], strict=True)) == {
                    (11, 20),
                    (348, 20),
                    (11, 30),
                    (348, 30),
                }
                np.testing.assert_array_equal(pixels[:, 32, 32, 0], 10 * factors["model"] + factors["azimuth"] // 10)
                # Half of the central crop is the chair, and nothing is left of what is outside of it.
                assert (pixels[:, :12] == 255).all()
                assert ((pixels < 200).any(axis=1)[..., 0].sum(axis=1) == 32).all()
        assert sorted(path for path in tmp_path.rglob("*") if "cache" not in path.parts) == before

    def test_what_was_read_is_kept(self, tmp_path, monkeypatch):
        place = self.write(tmp_path / "rendered_chairs.tar")
        expected = chairs.arrays("test", tmp_path)[0]
        monkeypatch.setattr(public_chairs, "_decode", pytest.fail)
        np.testing.assert_array_equal(chairs.arrays("test", tmp_path)[0], expected)
        with place.open("ab") as file:
            file.write(bytes(10240))
        with pytest.raises(pytest.fail.Exception):
            chairs.arrays("test", tmp_path)

    def test_a_draw_of_them(self, tmp_path):
        self.write(tmp_path / "rendered_chairs.tar")
        pixels, factors = chairs.arrays("train", tmp_path, 7)
        assert len(pixels) == len(factors["model"]) == 7
        assert len(set(factors["model"])) > 2
        batch = next(iter(chairs.load("train", 7, data_dir=tmp_path, size=7)))
        assert batch.shape == (7, 64, 64, 1)
        with pytest.raises(ValueError, match="size=41: expected at most 40, which split='train'"):
            chairs.arrays("train", tmp_path, 41)

    def test_transparent_images_are_on_white(self, tmp_path):
        renders = tmp_path / "rendered_chairs" / ("0" * 32) / "renders"
        renders.mkdir(parents=True)
        Image.new("RGBA", (600, 600), (0, 0, 0, 0)).save(renders / "image_001_p020_t011_r096.png")
        assert (chairs.arrays("test", tmp_path)[0] == 255).all()

    def test_damaged_and_other_files(self, tmp_path):
        place = self.write(tmp_path / "rendered_chairs.tar")
        whole = place.read_bytes()
        for content in (whole[: len(whole) // 2], whole[: 20 * 512], b"not a tar file", b""):
            place.write_bytes(content)
            with pytest.raises(ValueError, match=r"rendered_chairs\.tar is (truncated|not a tar file, or damaged)"):
                chairs.arrays("train", tmp_path)
        place.write_bytes(b"x" * 1024 + bytes(1024))
        with pytest.raises(ValueError, match=r"rendered_chairs\.tar is not a tar file, or damaged or truncated"):
            chairs.arrays("train", tmp_path)
        with tarfile.open(place, "w") as tar:
            tar.addfile(tarfile.TarInfo("rendered_chairs/readme.txt"))
        with pytest.raises(ValueError, match=r"has no images for split='train': expected rendered_chairs/<32 hex"):
            chairs.arrays("train", tmp_path)
        with tarfile.open(place, "w") as tar:
            tar.addfile(tarfile.TarInfo(f"rendered_chairs/{'0' * 32}/renders/image_001_p020_t011_r096.png"))
        with pytest.raises(ValueError, match=r"image_001_p020_t011_r096\.png cannot be read as an image"):
            chairs.arrays("test", tmp_path)

    def write_small(self, place, kinds=(tarfile.REGTYPE,) * 4):
        """A tar file of one small view per kind of member; returns where their headers begin."""
        content = io.BytesIO()
        Image.new("L", (10, 10), "white").save(content, "png")
        with tarfile.open(place, "w") as tar:
            for model, kind in enumerate(kinds):
                member = tarfile.TarInfo(f"rendered_chairs/{model:032x}/renders/image_001_p020_t011_r096.png")
                member.type, member.linkname = kind, "nowhere"
                member.size = len(content.getvalue()) if kind == tarfile.REGTYPE else 0
                tar.addfile(member, io.BytesIO(content.getvalue()))
        with tarfile.open(place) as tar:
            return [member.offset for member in tar]

    @pytest.mark.parametrize("member", [0, 1, 3])
    def test_a_damaged_header_does_not_shorten_the_set(self, tmp_path, member):
        place = tmp_path / "rendered_chairs.tar"
        start = self.write_small(place)[member]
        assert len(chairs.arrays("train", tmp_path)[0]) == 3
        whole = place.read_bytes()
        for length, offset in ((1, 0), (1, 60), (1, 125), (1, 150), (1, 156), (512, 0)):
            part = bytes(512) if length == 512 else bytes([whole[start + offset] ^ 4])
            place.write_bytes(whole[: start + offset] + part + whole[start + offset + length :])
            with pytest.raises(ValueError, match=r"rendered_chairs\.tar is .*damaged.*Get it again"):
                chairs.arrays("train", tmp_path)

    @pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
    def test_views_that_are_no_files(self, tmp_path, kind):
        self.write_small(tmp_path / "rendered_chairs.tar", (tarfile.REGTYPE, kind))
        with pytest.raises(ValueError, match="as a link or device: expected a file"):
            chairs.arrays("train", tmp_path)

    def test_a_link_to_nothing_in_the_folder(self, tmp_path):
        renders = tmp_path / "rendered_chairs" / ("0" * 32) / "renders"
        renders.mkdir(parents=True)
        (renders / "image_001_p020_t011_r096.png").symlink_to("image_001_p020_t011_r096.png")
        with pytest.raises(ValueError, match=r"r096\.png is not a file, or a link to nothing"):
            chairs.arrays("test", tmp_path)
