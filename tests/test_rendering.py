import json
import os
import sys

import numpy as np
import pytest

from infogan_keras.datasets.rendered import meshes

# A plate that faces the camera and fills half of the frame's width: the frame is 2 x 5 / sqrt(24) wide at the origin.
HALF = 2.5 / np.sqrt(24)
CORNERS = HALF * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
FACES = np.array([[0, 1, 2], [0, 2, 3]])
PARAMETERS = {"name": "squares", "size": 3, "licence": "CC0-1.0"}
LOOK = {"ambient": 0.2, "diffuse": 0.6, "background": 1}


class TestMesh:
    @pytest.fixture
    def plate(self):
        return meshes.Mesh(CORNERS, FACES)

    def test_the_frame_and_the_brightness(self, plate):
        image = plate.render(16, **LOOK)
        assert (image.shape, image.dtype) == ((16, 16), np.uint8)
        expected = np.full((16, 16), 255)
        expected[4:12, 4:12] = round(0.8 * 255)
        np.testing.assert_array_equal(image, expected)

    def test_pixels_at_an_edge_are_mixed(self, plate):
        # The frame's half is 24 rays wide, so a plate wider by 1/24 of itself has one ray more on each side.
        image = plate.render(16, width=1 + 1 / 12, **LOOK)
        np.testing.assert_array_equal(image[8, [2, 3, 4]], np.round([255, 255 * (2 + 0.8) / 3, 0.8 * 255]))

    @pytest.mark.parametrize(("light_azimuth", "cosine"), [(60, 0.5), (-60, 0.5), (90, 0), (120, 0)])
    def test_the_lamp(self, plate, light_azimuth, cosine):
        image = plate.render(16, light_azimuth=light_azimuth, **LOOK)
        assert image[8, 8] == round((0.2 + 0.6 * cosine) * 255)
        raised = plate.render(16, light_azimuth=light_azimuth, light_elevation=60, **LOOK)
        assert raised[8, 8] == round((0.2 + 0.6 * cosine / 2) * 255)

    def test_azimuth_turns_the_front_to_the_right(self, plate):
        turned = [plate.render(16, azimuth=60, light_azimuth=light, **LOOK)[8, 8] for light in (60, 0, -30)]
        assert turned == [round((0.2 + 0.6 * cosine) * 255) for cosine in (1, 0.5, 0)]

    def test_elevation_is_the_camera_s(self):
        floor = meshes.Mesh(CORNERS[:, [0, 2, 1]], FACES)
        np.testing.assert_array_equal(
            floor.render(16, elevation=90, **LOOK), meshes.Mesh(CORNERS, FACES).render(16, **LOOK)
        )
        rows = [np.sum(floor.render(64, elevation=degrees, **LOOK)[:, 32] < 255) for degrees in (10, 30)]
        np.testing.assert_allclose(rows, 32 * np.sin(np.radians([10, 30])), atol=1.5)
        # A lamp overhead lights what is seen from above, and not what is seen from below.
        above, below = (
            floor.render(64, elevation=degrees, light_elevation=60, **LOOK)[32, 32] for degrees in (30, -30)
        )
        assert (above, below) == (round(0.8 * 255), round(0.2 * 255))

    def test_width_stretches_along_x_before_the_turn(self, plate):
        for azimuth, columns in ((0, 24), (90, 0)):
            image = plate.render(32, azimuth=azimuth, width=1.5, **LOOK)
            assert np.sum(image[16] < 255) == columns

    def test_stretching_changes_how_a_surface_is_inclined(self):
        # z = x becomes z = x / 2: the normal goes from (-1, 0, 1) to (-1, 0, 2).
        inclined = meshes.Mesh(CORNERS + CORNERS[:, [2, 2, 0]], FACES)
        for width, cosine in ((1, 1 / np.sqrt(2)), (2, 2 / np.sqrt(5))):
            assert inclined.render(16, width=width, **LOOK)[8, 8] == int((0.2 + 0.6 * cosine) * 255 + 0.5)

    def test_winding_does_not_matter(self, plate):
        other = meshes.Mesh(CORNERS, FACES[:, ::-1])
        np.testing.assert_array_equal(other.render(16, azimuth=30, **LOOK), plate.render(16, azimuth=30, **LOOK))

    @pytest.mark.parametrize("turned", [False, True])
    def test_smooth_shading(self, turned):
        axes = np.eye(3)
        vertices = 0.9 * np.concatenate([axes, -axes])
        faces = np.array([(x, y, z) for x in (0, 3) for y in (1, 4) for z in (2, 5)])
        outward = np.linalg.det(vertices[faces]) > 0
        faces[outward == turned] = faces[outward == turned][:, ::-1]
        centre = [meshes.Mesh(vertices, faces, smooth).render(63, **LOOK)[31, 31] for smooth in (False, True)]
        # A corner of an octahedron: its sides are inclined by 54.7 degrees, and its normal is the axis.
        np.testing.assert_allclose(centre, 255 * (0.2 + 0.6 * np.array([1 / np.sqrt(3), 1])), atol=3)

    def test_the_missing_extra(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "embreex", None)
        with pytest.raises(ImportError, match=r'pip install -e "\.\[render\]"'):
            meshes.Mesh(CORNERS, FACES)


class TestRenderAll:
    def render(self):
        made = []

        def make_mesh(index):
            made.append(int(index))
            return meshes.Mesh(CORNERS / (1 + index), FACES)

        which = np.array([2, 0, 2, 1, 0, 2])
        images = meshes.render_all(make_mesh, which, 16, {"width": np.linspace(0.5, 1.5, 6)}, **LOOK)
        return images, made

    def test_every_image_is_its_mesh_with_its_factors(self):
        images, made = self.render()
        assert sorted(made) == [0, 1, 2]
        assert (images.shape, images.dtype) == ((6, 16, 16, 1), np.uint8)
        expected = meshes.Mesh(CORNERS / 3, FACES).render(16, width=0.9, **LOOK)
        np.testing.assert_array_equal(images[2, ..., 0], expected)

    def test_the_number_of_cores_changes_nothing(self, monkeypatch):
        several = []
        for cores in (1, 2, 5):
            monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
            several.append(self.render()[0])
        np.testing.assert_array_equal(several[1:], several[:1] * 2)


class TestCached:
    def make(self, folder=None, **parameters):
        """(what `cached` gave, whether it was made for that)."""
        calls = []

        def make():
            calls.append(True)
            return {"images": np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1), "width": np.float32([0, 0.5, 1])}

        arrays = meshes.cached("squares-train", PARAMETERS | parameters, make, folder)
        assert arrays["images"].tolist() == np.arange(12).reshape(3, 2, 2, 1).tolist()
        assert list(arrays) == ["images", "width"] or not calls
        return arrays, bool(calls)

    def test_a_set_is_made_once(self, tmp_path):
        first, made = self.make(tmp_path / "new")
        second, made_again = self.make(tmp_path / "new")
        assert (made, made_again) == (True, False)
        assert second.keys() == first.keys()
        assert (second["width"].dtype, second["width"].tolist()) == (np.float32, [0, 0.5, 1])

    def test_the_file_needs_only_numpy_and_says_what_it_is(self, tmp_path):
        self.make(tmp_path)
        (path,) = tmp_path.iterdir()
        with np.load(path) as content:
            assert sorted(content) == ["about", "images", "sha256", "width"]
            assert json.loads(str(content["about"])) == PARAMETERS

    def test_other_parameters_make_another_file(self, tmp_path):
        for number, parameters in enumerate(({}, {"size": 4}, {"seed": 1}), start=1):
            assert self.make(tmp_path, **parameters)[1]
            assert len(list(tmp_path.glob("squares-train-*.npz"))) == number

    def test_damaged_and_foreign_files_are_made_again(self, tmp_path):
        self.make(tmp_path)
        (path,) = tmp_path.iterdir()
        whole = path.read_bytes()
        place = whole.index(b"images.npy") + 60
        flipped = whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
        np.save(tmp_path / "array.npy", np.zeros(3))
        np.savez(tmp_path / "without.npz", images=np.zeros(3))
        np.savez(tmp_path / "other.npz", images=np.zeros(3), about="{}")
        foreign = [(tmp_path / name).read_bytes() for name in ("array.npy", "without.npz", "other.npz")]
        for content in (b"", whole[:-50], flipped, *foreign):
            path.write_bytes(content)
            with pytest.warns(UserWarning, match=r"squares-train-\w{12}\.npz is damaged, older or another's file"):
                assert self.make(tmp_path)[1]
            assert not self.make(tmp_path)[1]

    def test_a_flipped_bit_anywhere_is_found_unless_it_changes_nothing(self, tmp_path):
        expected, _ = self.make(tmp_path)
        (path,) = tmp_path.iterdir()
        whole, about = path.read_bytes(), json.dumps(PARAMETERS, indent=1)
        found = 0
        for place in range(0, len(whole), 3):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
            try:
                arrays = meshes._read(path, about)
            except Exception:
                found += 1
            else:
                # In a date, or another part of the archive that nobody reads.
                assert arrays.keys() == expected.keys()
                for name, values in arrays.items():
                    assert values.dtype == expected[name].dtype
                    np.testing.assert_array_equal(values, expected[name])
        assert found > len(whole) / 3 * 0.6

    def test_what_fails_leaves_nothing(self, tmp_path):
        def fail():
            raise RuntimeError("no light")

        with pytest.raises(RuntimeError, match="no light"):
            meshes.cached("squares", {}, fail, tmp_path)
        assert not list(tmp_path.iterdir())

    def test_the_user_s_cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        self.make()
        assert len(list((tmp_path / ".cache" / "infogan_keras").glob("*.npz"))) == 1
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
        self.make()
        assert len(list((tmp_path / "elsewhere" / "infogan_keras").glob("*.npz"))) == 1

    def test_a_folder_that_cannot_be_written_to(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
        with pytest.raises(
            PermissionError, match=r"cannot be written to\. Pass another data_dir, or set XDG_CACHE_HOME"
        ):
            meshes.cached("squares", {}, pytest.fail, tmp_path)
