import numpy as np
import pytest
from PIL import Image

from infogan_keras.plotting import charts


def count(picture, colour, tolerance=0):
    return int((np.abs(np.asarray(picture).astype(int) - colour) <= tolerance).all(-1).sum())


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-2, 2, [-2, -1, 0, 1, 2]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (1.3, 4.9, [2, 3, 4]),
        (-31, 44, [-20, 0, 20, 40]),
        (0.001, 0.004, [0.001, 0.002, 0.003, 0.004]),
    ],
)
def test_ticks_are_round_numbers_inside(low, high, expected):
    assert charts.ticks(low, high) == expected


def test_cells_are_shaded_by_their_values():
    picture = charts.matrix([[0, 1], [1, 0.5]], ["a", "b"], ["x", "y"], cell=40)
    inside = 39**2
    assert count(picture, charts.BLUE) == 2 * inside
    half = tuple(round((p + b) / 2) for p, b in zip(charts.PAPER, charts.BLUE, strict=True))
    assert count(picture, half) == inside
    pixels = np.asarray(picture)
    right, bottom = pixels.shape[1] - 2, pixels.shape[0] - 2
    assert tuple(pixels[bottom - 60, right - 20]) == charts.BLUE
    assert tuple(pixels[bottom - 60, right - 60]) == charts.PAPER


def test_the_mean_of_the_curves_is_drawn():
    """Two level curves at 1 and 3: the thick one lies half way between, over the whole width."""
    picture = np.asarray(charts.curves(np.linspace(-2, 2, 5), [[1] * 5, [3] * 5], size=(300, 190)))
    blue = np.argwhere((np.abs(picture.astype(int) - charts.BLUE) < 20).all(-1))
    pale = np.argwhere((np.abs(picture.astype(int) - charts.PALE) < 8).all(-1))
    assert blue[:, 0].mean() == pytest.approx((pale[:, 0].min() + pale[:, 0].max()) / 2, abs=1.5)
    assert np.ptp(blue[:, 1]) > 250
    assert np.ptp(blue[:, 0]) < 5


def test_curves_with_gaps_and_without_anything_to_show():
    gap = charts.curves([0, 1, 2], [[np.nan, 1, 2], [0, np.nan, 2]])
    nothing = charts.curves([0, 1, 2], np.full((2, 3), np.nan))
    level = charts.curves([0, 1], [[5, 5]])
    assert gap.size == nothing.size == level.size
    assert count(nothing, charts.BLUE, 20) == 0
    # Nothing is drawn over the middle, where there is no value.
    parts = np.asarray(charts.curves(range(7), [[1, 1, 1, np.nan, 1, 1, 1]])).astype(int)
    drawn = (np.abs(parts - charts.BLUE) < 20).all(-1).any(0)
    assert np.diff(np.flatnonzero(drawn)).max() > 0.2 * len(drawn)
    assert count(gap, charts.BLUE, 20) > 0
    assert count(level, charts.BLUE, 20) > 0


def test_pictures_beside_and_below_each_other():
    a, b = Image.new("RGB", (10, 20), "red"), Image.new("RGB", (30, 5), "blue")
    row, column = charts.beside([a, b], gap=4), charts.below([a, b], gap=3, margin=2)
    assert (row.size, column.size) == ((44, 20), (34, 32))
    assert (row.getpixel((14, 0)), column.getpixel((2, 25))) == ((0, 0, 255), (0, 0, 255))
    assert row.getpixel((12, 0)) == column.getpixel((0, 0)) == charts.PAPER


def test_pictures_that_flow():
    pictures = [Image.new("RGB", (40, 10)) for _ in range(5)]
    assert charts.flowing(pictures, width=100, gap=5).size == (85, 3 * 10 + 2 * 18)
    assert charts.flowing(pictures, width=30, gap=5).size == (40, 5 * 10 + 4 * 18)


def test_tables():
    table = charts.table([("updates", "5000"), ("a_long_name/digit", "0.5")], title="numbers")
    assert table.height == 3 * 18 + 2
    assert charts.table([], title="numbers").height == 20
