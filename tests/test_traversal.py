import numpy as np
import pytest
from helpers import make_latents
from PIL import Image

import infogan_keras as ig
from infogan_keras.plotting import traversal


def test_rows_share_everything_but_the_code_that_varies(latents):
    grid = traversal.traversal_grid(latents, "digit", samples=4, seed=3)
    assert grid.column_labels == ("0", "1", "2")
    cells = {name: value.reshape(4, 3, -1) for name, value in grid.latents.items()}
    np.testing.assert_array_equal(cells["digit"], np.broadcast_to(np.eye(3), (4, 3, 3)))
    for name in ("noise", "rotation", "width"):
        for column in range(3):
            np.testing.assert_array_equal(cells[name][:, column], cells[name][:, 0])
        assert len(np.unique(cells[name][:, 0, 0])) == 4


def test_one_dimension_of_a_code(latents):
    grid = traversal.traversal_grid(latents, "width[1]", samples=2, values=5, limit=2)
    assert grid.column_labels == ("-2", "-1", "0", "1", "2")
    cells = grid.latents["width"].reshape(2, 5, 2)
    np.testing.assert_allclose(cells[:, :, 1], [[-2, -1, 0, 1, 2]] * 2)
    np.testing.assert_array_equal(cells[:, 1:, 0], cells[:, :-1, 0])


def test_two_codes(latents):
    grid = traversal.traversal_grid(latents, "rotation", "digit", values=4)
    assert grid.row_labels == ("0", "1", "2")
    assert len(grid.column_labels) == 4
    cells = {name: value.reshape(3, 4, -1) for name, value in grid.latents.items()}
    np.testing.assert_array_equal(cells["digit"][:, 2], np.eye(3))
    np.testing.assert_allclose(cells["rotation"][1, :, 0], np.linspace(-1, 1, 4))
    assert (cells["noise"] == cells["noise"][0, 0]).all()


def test_grids_are_a_function_of_the_seed(latents):
    first, again, other = (traversal.traversal_grid(latents, "digit", seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.latents["noise"], again.latents["noise"])
    assert np.any(first.latents["noise"] != other.latents["noise"])
    samples = traversal.sample_grid(latents, 3, 4)
    assert len(np.unique(samples.latents["noise"][:, 0])) == 12


def test_names():
    latents = make_latents(digit=ig.Categorical(3), bits=ig.Bernoulli(2), width=ig.Uniform(1))
    assert traversal.traversal_names(latents) == ["digit", "bits[0]", "bits[1]", "width"]


def test_wrong_codes(latents):
    with pytest.raises(ValueError, match=r"Unknown code 'colour': expected one of digit, rotation, width\[0\]"):
        traversal.traversal_grid(latents, "colour")
    with pytest.raises(ValueError, match="Unknown code 'width'"):
        traversal.traversal_grid(latents, "digit", "width")
    with pytest.raises(ValueError, match="expected two codes"):
        traversal.traversal_grid(latents, "digit", "digit")


def test_images_are_drawn_on_the_declared_range(latents):
    """Black is the range's lowest value and white its highest, whatever the images hold."""
    grid = traversal.sample_grid(latents, 1, 3)
    images = np.stack([np.full((8, 8, 1), value, np.float32) for value in (-1, 0, 7)])
    picture = np.asarray(traversal.draw(images, grid, (-1, 1), scale=1))
    assert picture.shape == (8 + 2 * 2, 3 * (8 + 2) + 2, 3)
    np.testing.assert_array_equal(picture[4, [4, 14, 24], 0], [0, 128, 255])


def test_columns_are_columns_and_values_down_transposes(latents):
    grid = traversal.traversal_grid(latents, "digit", samples=2)
    images = np.arange(6, dtype=np.float32).repeat(64).reshape(6, 8, 8, 1) / 5
    across = np.asarray(traversal.draw(images, grid, (0, 1), scale=1))
    down = np.asarray(traversal.draw(images, grid, (0, 1), scale=1, values_down=True))
    levels = [0, 51, 102, 153, 204, 255]

    def found(picture, where):
        gray = picture[..., 0].astype(int)
        return [level for level in levels if np.all(gray[where[level][0], where[level][1]] == level)]

    top, left = across.shape[0] - 2 * 10, 2
    places = {level: (top + 4 + 10 * (i // 3), left + 4 + 10 * (i % 3)) for i, level in enumerate(levels)}
    assert found(across, places) == levels
    top, left = down.shape[0] - 3 * 10, traversal_left(down)
    places = {level: (top + 4 + 10 * (i % 3), left + 4 + 10 * (i // 3)) for i, level in enumerate(levels)}
    assert found(down, places) == levels


def traversal_left(picture):
    """The first column of the darkest image, which is the first."""
    return int(np.argmax((picture[..., 0] == 0).sum(0) >= 8))


def test_a_wrong_number_of_images(latents):
    with pytest.raises(ValueError, match="5 images for a grid of 2 x 3"):
        traversal.draw(np.zeros((5, 8, 8, 1)), traversal.sample_grid(latents, 2, 3), (0, 1))


@pytest.mark.parametrize(
    ("pixel", "expected"),
    [
        ([-1], [0, 0, 0]),
        ([-1, 1], [0, 0, 0]),
        ([-1, -1], [255, 255, 255]),
        ([-1, 0], [128, 128, 128]),
        ([-1, 0, 1], [0, 128, 255]),
        ([-1, 0, 1, 1], [0, 128, 255]),
        ([-1, 0, 1, -1], [255, 255, 255]),
        ([-1, -1, 1, 0], [128, 128, 255]),
    ],
)
def test_one_to_four_channels(latents, pixel, expected):
    """The last of two and of four is opacity; what shines through is white."""
    images = np.broadcast_to(np.array(pixel, np.float32), (1, 8, 8, len(pixel)))
    picture = np.asarray(traversal.draw(images, traversal.sample_grid(latents, 1, 1), (-1, 1), scale=1))
    np.testing.assert_array_equal(picture[5, 5], expected)
    np.testing.assert_array_equal(np.asarray(traversal.draw_images(images, (-1, 1)))[10, 10], expected)


def test_five_channels(latents):
    with pytest.raises(ValueError, match="5 channels: expected 1 to 4"):
        traversal.draw(np.zeros((1, 8, 8, 5)), traversal.sample_grid(latents, 1, 1), (0, 1))


def text_rows(picture):
    """How many rows of the picture, above the images, have ink."""
    pixels = np.asarray(picture.convert("L"))
    return int((pixels < 128).any(1).sum())


class TestLabels:
    def picture(self, latents, size=28, code="digit", rows=None, **arguments):
        grid = traversal.traversal_grid(latents, code, rows, samples=1, values=4)
        images = np.ones((len(grid.row_labels) * len(grid.column_labels), size, size, 1), np.float32)
        return traversal.draw(images, grid, (0, 1), **arguments)

    def test_they_grow_with_the_picture(self, latents):
        small, large = (self.picture(latents, scale=scale) for scale in (2, 8))
        assert large.width == pytest.approx(4 * small.width, rel=0.02)
        assert text_rows(large) > 3 * text_rows(small)

    def test_long_names_stand_upright(self, latents):
        """They would run into each other side by side, so the strip of labels is as high as the longest name."""
        short = self.picture(latents)
        upright = self.picture(make_latents(digit=ig.Categorical(3, names=("T-shirt/top", "Ankle boot", "Bag"))))
        assert upright.width == short.width
        assert upright.height > short.height + 40

    def test_titles(self, latents):
        """The codes' names, unless another title or none is wanted."""
        none = self.picture(latents, title="")
        assert self.picture(latents).height == none.height + 18
        assert self.picture(latents, title="digit").tobytes() == self.picture(latents).tobytes()
        both = self.picture(latents, code="rotation", rows="digit")
        assert (
            both.tobytes()
            == self.picture(latents, code="rotation", rows="digit", title="rotation across, digit down").tobytes()
        )
        assert self.picture(latents, title="what the first code does " * 5).width > 700

    def test_scales(self, latents):
        with pytest.raises(ValueError, match=r"scale=0: expected an integer of at least 1"):
            self.picture(latents, scale=0)


class TestShow:
    def test_a_model(self, model):
        picture = traversal.show(model, "digit", "rotation", values=4, limit=2)
        assert isinstance(picture, Image.Image)
        assert picture.width > 3 * 16
        assert traversal.show(model, "digit").tobytes() == traversal.show(model, "digit").tobytes()

    def test_whatever_decodes_latents(self, latents):
        """A servable, for instance: black where rotation is -2 and white where it is 2."""

        class Servable:
            image_range = (-2, 2)

            def decode(self, given):
                assert set(given) == {"noise", "digit", "rotation", "width"}
                return np.broadcast_to(given["rotation"][:, :, None, None], (len(given["noise"]), 8, 8, 1))

        servable = Servable()
        servable.latents = latents
        picture = np.asarray(traversal.show(servable, "rotation", samples=1, values=2, limit=2, scale=1, title=""))
        assert [picture[-6, 6, 0], picture[-6, 16, 0]] == [0, 255]


class TestGif:
    @pytest.fixture
    def paths(self, tmp_path):
        paths = [tmp_path / f"{level}.png" for level in (0, 128, 255)]
        for path in paths:
            Image.new("RGB", (40, 20), (int(path.stem),) * 3).save(path)
        return paths

    def test_frames(self, tmp_path, paths):
        traversal.write_gif(paths, tmp_path / "all.gif", milliseconds=50)
        with Image.open(tmp_path / "all.gif") as gif:
            assert (gif.n_frames, gif.size, gif.info["loop"], gif.info["duration"]) == (3, (40, 20), 0, 50)
            assert gif.convert("RGB").getpixel((5, 5)) == (0, 0, 0)
            gif.seek(2)
            assert gif.info["duration"] == 500

    def test_captions(self, tmp_path, paths):
        """They lie below the pictures, and no two frames have the same."""
        captions = [f"epoch {number}" for number in (1, 2, 3)]
        traversal.write_gif(paths, tmp_path / "all.gif", captions=captions)
        strips = set()
        with Image.open(tmp_path / "all.gif") as gif:
            assert gif.size[0] > 40  # The caption is wider than the pictures.
            assert gif.size[1] == 20 + 18
            for frame in range(3):
                gif.seek(frame)
                strip = np.asarray(gif.convert("L"))[20:]
                assert strip.min() < 128
                strips.add(strip.tobytes())
        assert len(strips) == 3

    def test_pictures_of_several_sizes(self, tmp_path):
        """As when labels changed between two parts of a run."""
        pictures = [Image.new("RGB", size) for size in ((10, 30), (40, 20))]
        traversal.write_gif(pictures, tmp_path / "all.gif")
        with Image.open(tmp_path / "all.gif") as gif:
            frame = gif.convert("L")
            assert (gif.size, frame.getpixel((5, 25)), frame.getpixel((35, 5))) == ((40, 30), 0, 255)

    def test_nothing_to_join(self, tmp_path):
        with pytest.raises(ValueError, match="No pictures"):
            traversal.write_gif([], tmp_path / "none.gif")

    @pytest.mark.parametrize("size", [(65_536, 1), (1, 65_536)])
    def test_pictures_that_are_too_large(self, tmp_path, size):
        with pytest.raises(ValueError, match=r"none.gif: pictures of .* 65535 either way. Draw fewer rows or columns"):
            traversal.write_gif([Image.new("RGB", size)], tmp_path / "none.gif")
        assert not list(tmp_path.iterdir())
