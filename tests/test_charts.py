import concurrent.futures

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from infogan_keras.plotting import charts


def rgb(colour):
    return tuple(round(255 * part) for part in to_rgb(colour))


def drawn(picture, colour, tolerance=0):
    """Where the picture has the colour, (height, width)."""
    return (np.abs(np.asarray(picture).astype(int) - rgb(colour)) <= tolerance).all(-1)


def border(picture):
    """The picture's outermost pixels, which are blank where nothing was cut off."""
    pixels = np.asarray(picture)
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


class TestMatrix:
    def test_cells_are_shaded_by_their_values(self):
        """White, blue, a half between them, and red below zero, each over one cell less its lines."""
        picture = charts.matrix([[0, 1], [0.5, -1]], ["a", "b"], ["x", "y"], cell=40)
        halfway = tuple((np.array(rgb(charts.PAPER)) + rgb(charts.BLUE)) / 510)
        for colour, place in ((charts.BLUE, (0, 1)), (halfway, (1, 0)), (charts.RED, (1, 1))):
            rows, columns = np.nonzero(drawn(picture, colour, tolerance=1))
            assert len(rows) == pytest.approx(39**2, rel=0.05)
            assert (rows.mean() > picture.height / 2, columns.mean() > picture.width / 2) == tuple(map(bool, place))

    def test_long_texts_are_not_cut(self):
        names = ["T-shirt/top", "Ankle boot", "$5 and _more_"]
        texts = [["123456", "7", ""]] * 3
        title = "a title that is much longer than the table is wide, and goes on for a while"
        picture = charts.matrix(np.eye(3), names, names, title=title, rows="category", columns="class", texts=texts)
        assert np.all(border(picture) == 255)
        assert picture.width > 400

    def test_cells_without_a_number(self):
        picture = charts.matrix([[np.nan, 1]], ["a"], ["x", "y"], texts=[["", "1.00"]])
        assert drawn(picture, charts.BLUE).sum() > 500


class TestCurves:
    def test_the_mean_is_drawn(self):
        """Two level curves at 1 and 3: the thick one lies half way between, over the whole width."""
        picture = charts.curves(np.linspace(-2, 2, 5), [[1] * 5, [3] * 5], size=(300, 150))
        blue, pale = (np.argwhere(drawn(picture, colour, 8)) for colour in (charts.BLUE, charts.PALE))
        assert blue[:, 0].mean() == pytest.approx((pale[:, 0].min() + pale[:, 0].max()) / 2, abs=1.5)
        assert np.ptp(blue[:, 1]) > 290
        assert np.ptp(blue[:, 0]) < 5

    def test_gaps(self):
        columns = drawn(charts.curves(range(7), [[1, 1, 1, np.nan, 1, 1, 1]]), charts.BLUE, 20).any(0)
        assert np.diff(np.flatnonzero(columns)).max() > 0.2 * len(columns)
        partly = charts.curves([0, 1, 2], [[np.nan, 1, 2], [0, np.nan, 2]])
        assert drawn(partly, charts.BLUE, 20).any()

    def test_nothing_to_show(self):
        assert not drawn(charts.curves([0, 1, 2], np.full((2, 3), np.nan)), charts.BLUE, 20).any()

    def test_points_of_others(self):
        """Those between the first and the last place are drawn."""
        lines = [[0.0, 1]]
        without = charts.curves([0, 1], lines)
        outside = charts.curves([0, 1], lines, points={2: 0.5})
        inside = charts.curves([0, 1], lines, points={0.2: 0.9})
        assert outside.tobytes() == without.tobytes()
        assert drawn(inside, charts.INK).sum() > drawn(without, charts.INK).sum() + 10

    def test_nothing_is_cut(self):
        picture = charts.curves(
            [0, 1000], [[1e6, 2e6]], title="a long title " * 5, x_label="updates", points={1000: 2e6}
        )
        assert np.all(border(picture) == 255)


def test_tables_hold_every_row():
    short, long = (charts.table([("updates", "5000")] * rows, title="numbers") for rows in (1, 11))
    assert long.width == short.width
    line = (long.height - short.height) / 10
    assert 14 < line < 22
    assert charts.table([], title="numbers").height < 2 * line
    assert np.all(border(long) == 255)


def test_scale():
    """Twice the scale is twice the size, text and lines included."""
    for draw in (
        lambda scale: charts.matrix(np.eye(2), ["a", "b"], ["x", "y"], title="t", scale=scale),
        lambda scale: charts.curves([0, 1], [[0, 1]], title="t", scale=scale),
        lambda scale: charts.table([("a", "1")], title="t", scale=scale),
    ):
        one, two = draw(1), draw(2)
        assert two.width == pytest.approx(2 * one.width, abs=6)
        assert two.height == pytest.approx(2 * one.height, abs=6)


def test_charts_are_the_same_every_time_and_in_threads():
    def draw(_):
        return charts.matrix(np.eye(2), ["a", "b"], ["x", "y"], title="t").tobytes()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(draw, range(8)))) == 1


def test_pictures_beside_and_below_each_other():
    a, b = Image.new("RGB", (10, 20), "red"), Image.new("RGB", (30, 5), "blue")
    row, column = charts.beside([a, b], gap=4), charts.below([a, b], gap=3, margin=2)
    assert (row.size, column.size) == ((44, 20), (34, 32))
    assert (row.getpixel((14, 0)), column.getpixel((2, 25))) == ((0, 0, 255), (0, 0, 255))
    assert row.getpixel((12, 0)) == column.getpixel((0, 0)) == rgb(charts.PAPER)


def test_pictures_that_flow():
    pictures = [Image.new("RGB", (40, 10)) for _ in range(5)]
    assert charts.flowing(pictures, width=100, gap=5).size == (85, 3 * 10 + 2 * 18)
    assert charts.flowing(pictures, width=30, gap=5).size == (40, 5 * 10 + 4 * 18)


def test_a_title_above_a_picture():
    picture = Image.new("RGB", (300, 50), "red")
    titled = charts.titled(picture, "real")
    assert titled.width == 300
    assert 10 < titled.height - 50 < 30
    assert titled.crop((0, titled.height - 50, 300, titled.height)).tobytes() == picture.tobytes()
