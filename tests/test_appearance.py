import numpy as np
import pytest
from helpers import make_latents, make_model

import infogan_keras as ig
from infogan_keras.evaluation import appearance

FINE = 16


def bar(degrees=0.0, across=4.0, height=20.0, size=28):
    """A bar that leans to the right, `across` pixels broad in each row; gray edges, (1, size, size, 1)."""
    y, x = (np.arange(size * FINE) + 0.5)[:, np.newaxis] / FINE, (np.arange(size * FINE) + 0.5) / FINE
    up = size / 2 - y
    ink = (np.abs(up) < height / 2) & (np.abs(x - size / 2 - up * np.tan(np.radians(degrees))) < across / 2)
    return ink.reshape(size, FINE, size, FINE).mean((1, 3))[np.newaxis, ..., np.newaxis]


def ring(radius=8.0, thick=3.0, size=28):
    places = (np.arange(size * FINE) + 0.5) / FINE - size / 2
    ink = np.abs(np.hypot(places[:, np.newaxis], places) - radius) < thick / 2
    return ink.reshape(size, FINE, size, FINE).mean((1, 3))[np.newaxis, ..., np.newaxis]


@pytest.mark.parametrize("degrees", [-40, -10, 0, 5, 30])
class TestBars:
    @pytest.mark.parametrize("across", [2, 3.3, 5])
    def test_slant(self, degrees, across):
        assert appearance.slant(bar(degrees, across))[0] == pytest.approx(degrees, abs=0.6)

    @pytest.mark.parametrize("across", [6, 9.3])
    def test_width_does_not_see_the_slant(self, degrees, across):
        assert appearance.width(bar(degrees, across, height=14))[0] == pytest.approx(across, abs=0.15)

    @pytest.mark.parametrize("across", [2, 3.3, 5])
    def test_thickness_is_square_to_the_stroke(self, degrees, across):
        thick, length = across * np.cos(np.radians(degrees)), 20 / np.cos(np.radians(degrees))
        expected = thick * (1 - thick / (3 * length))
        assert appearance.thickness(bar(degrees, across))[0] == pytest.approx(expected, abs=0.25)


def test_measures_by_hand():
    """Three dots on the diagonal that rises to the right: mu11 = -mu02, so 45 degrees and nothing left of the width."""
    dots = np.zeros((1, 5, 5, 1))
    dots[0, [0, 2, 4], [4, 2, 0], 0] = 1
    assert appearance.slant(dots)[0] == pytest.approx(45)
    assert appearance.width(dots)[0] == pytest.approx(0)
    columns = np.zeros((1, 8, 8, 1))
    columns[0, 2:6, [1, 7], 0] = 1
    assert (appearance.slant(columns)[0], appearance.width(columns)[0]) == (0, pytest.approx(np.sqrt(12 * 9)))


def test_a_ring_has_a_thickness_and_a_width_of_its_own():
    for thick in (2, 3, 4):
        assert appearance.thickness(ring(thick=thick))[0] == pytest.approx(thick, abs=0.3)
    assert appearance.slant(ring())[0] == pytest.approx(0, abs=1e-6)
    narrow, broad = (appearance.width(ring(radius))[0] for radius in (5, 8))
    # Between radii a and b the ink has the variance (a² + b²) / 4 sideways.
    assert narrow == pytest.approx(np.sqrt(3 * (3.5**2 + 6.5**2)), abs=0.1)
    assert broad == pytest.approx(np.sqrt(3 * (6.5**2 + 9.5**2)), abs=0.1)


def test_brightness_does_not_change_the_moments():
    images = np.concatenate([bar(20), 0.3 * bar(20)])
    for measure in (appearance.slant, appearance.width):
        assert measure(images)[0] == pytest.approx(measure(images)[1])


def test_images_without_ink():
    nothing = np.zeros((1, 8, 8, 1))
    assert all(np.isnan(measure(nothing)[0]) for measure in appearance.MEASURES.values())
    full = np.ones((1, 8, 8, 1))
    assert appearance.thickness(full)[0] > 2
    line = np.zeros((1, 8, 8, 1))
    line[0, 3] = 1
    assert np.isnan(appearance.slant(line)[0])


@pytest.mark.parametrize("images", [np.zeros((3, 8, 8)), np.zeros((3, 8, 8, 3)), np.full((3, 8, 8, 1), 255)])
def test_wrong_images(images):
    for measure in appearance.MEASURES.values():
        with pytest.raises(ValueError, match=r"expected \(n, height, width, 1\) with values from 0 to 1"):
            measure(images)


class TestLeakage:
    def test_bars(self):
        """Of two bars: leaning makes strokes thinner, and does not change how broad they spread."""
        found = appearance.measure_leakage(np.concatenate([bar(across=5), bar(across=9, height=12)]), values=5)
        assert found["slant"] == pytest.approx(1)
        assert abs(found["width"]) < 0.4
        upright = np.concatenate([bar(10, across=5), bar(15, across=5)])
        assert appearance.measure_leakage(upright, limit=0.15, values=5)["thickness"] == pytest.approx(-1)

    def test_the_shear_is_the_one_that_was_asked_for(self):
        for shear in (-0.3, 0.2):
            leaning = appearance._sheared(bar()[..., 0], shear)
            assert appearance.slant(leaning)[0] == pytest.approx(np.degrees(np.arctan(shear)), abs=0.6)

    def test_images_without_ink(self):
        assert all(np.isnan(value) for value in appearance.measure_leakage(np.zeros((2, 8, 8, 1))).values())

    def test_digits(self):
        """What the docstring says of MNIST's test images, here of a few of them."""
        images, _ = ig.datasets.mnist.arrays("test")
        found = appearance.measure_leakage(images[:40] / 255, values=5)
        assert found["slant"] > 0.99
        assert abs(found["width"]) < 0.1
        assert found["thickness"] < -0.2


class TestResponses:
    def test_by_hand(self):
        """Two samples, two categories, three values: correlations 1, -1, 0.5 and one image without ink."""
        curves = np.array([[[1.0, 2, 3], [3, 2, 1]], [[1, 3, 2], [np.nan, 1, 5]]])
        response = appearance.Response("rotation", "slant", np.array([-2.0, 0, 2]), curves)
        assert response.spearman == pytest.approx(((1 - 1) / 2 + (0.5 + 1) / 2) / 2)
        assert response.change == pytest.approx(((2 - 2) / 2 + 1) / 2)
        # Per unit: 2 / 4, -2 / 4, 1 / 4, and 4 / 2 over the two images that have ink.
        assert response.slope == pytest.approx(((0.5 - 0.5) / 2 + (0.25 + 2) / 2) / 2)
        np.testing.assert_allclose(response.by_category, [[1, 2.5, 2.5], [3, 1.5, 3]])

    def test_no_ink_at_all(self):
        response = appearance.Response("rotation", "slant", np.arange(3.0), np.full((2, 2, 3), np.nan))
        assert np.isnan(response.spearman)
        assert np.isnan(response.change)
        assert np.isnan(response.slope)

    def test_of_a_model_that_leans_and_thickens(self, monkeypatch):
        """A generator that draws bars as its codes say, in the range -1 to 1."""
        model = make_model(make_latents(digit=ig.Categorical(2), lean=ig.Uniform(1), style=ig.Normal(2)))
        model.image_range = (-1, 1)

        def decode(latents):
            height = 10 + 8 * latents["digit"][:, 1]
            rows = zip(latents["lean"][:, 0], latents["style"][:, 1], height, strict=True)
            return np.concatenate([2 * bar(10 * lean, 4 + style, height) - 1 for lean, style, height in rows])

        monkeypatch.setattr(model, "decode", decode)
        found = {(r.code, r.measure): r for r in appearance.responses(model, samples=2, values=4)}
        assert set(found) == {(c, m) for c in ("lean", "style[0]", "style[1]") for m in appearance.MEASURES}
        assert found["lean", "slant"].curves.shape == (2, 2, 4)
        assert found["lean", "slant"].spearman == pytest.approx(1)
        assert found["lean", "slant"].change == pytest.approx(40, abs=1)
        assert found["lean", "slant"].slope == pytest.approx(10, abs=0.3)
        assert found["style[1]", "width"].spearman == pytest.approx(1)
        assert found["style[1]", "width"].change == pytest.approx(4, abs=0.3)
        assert found["style[0]", "thickness"].change == 0

    def test_a_model_without_categories(self):
        model = make_model(make_latents(width=ig.Uniform(1), bits=ig.Bernoulli(2)))
        found = appearance.responses(model, samples=3, values=2)
        assert [(r.code, r.curves.shape) for r in found] == [("width", (3, 1, 2))] * 3
