import numpy as np
import pytest
from conftest import make_latents
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


def test_show(model):
    picture = traversal.show(model, "digit", "rotation", values=4, limit=2)
    assert isinstance(picture, Image.Image)
    assert picture.width > 3 * 16
    assert traversal.show(model, "digit").tobytes() == traversal.show(model, "digit").tobytes()


def test_gif(tmp_path):
    paths = []
    for level in (0, 128, 255):
        paths.append(tmp_path / f"{level}.png")
        Image.new("RGB", (4, 4), (level,) * 3).save(paths[-1])
    traversal.write_gif(paths, tmp_path / "all.gif", milliseconds=50)
    with Image.open(tmp_path / "all.gif") as gif:
        assert gif.n_frames == 3
        assert gif.info["loop"] == 0
    with pytest.raises(ValueError, match="No pictures"):
        traversal.write_gif([], tmp_path / "none.gif")
