"""Declared codes on perfect, useless, mixed and duplicated representations, and on numbers by hand."""

import types

import numpy as np
import pytest
from helpers import make_latents

import infogan_keras as ig
from infogan_keras.evaluation import appearance, declared, report
from infogan_keras.evaluation.correlation import correlation_matrix

VIEWS = [ig.views.Slant(0.4), ig.views.Stretch(0.2)]
FOLLOWS = {"rotation": ["slant"], "width": ["stretch"]}

# Two views that are not correlated, and four images.
AMOUNTS = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
REPRESENTATIONS = {
    "perfect": (AMOUNTS * [2, 0.1], [[1, 0], [0, 1]]),
    "useless": (np.array([[0.1, 1], [0.1, -1], [0.1, -1], [0.1, 1]]), [[0, 0], [0, 0]]),
    "mixed": (AMOUNTS @ [[1, 1], [1, -1]], [[0.5**0.5, 0.5**0.5], [0.5**0.5, -(0.5**0.5)]]),
    "duplicated": (AMOUNTS[:, [0, 0]] * [1, -3], [[1, 0], [-1, 0]]),
}


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_correlations_of_responses(name):
    delta, expected = REPRESENTATIONS[name]
    np.testing.assert_allclose(correlation_matrix(delta, AMOUNTS), expected, atol=1e-12)


def test_offsets_of_categories_do_not_count():
    """Each category follows perfectly, the second with the other sign, the third once, and the fourth never."""
    amounts = np.array([0.0, 1, 2, 0, 1, 2, 5])
    values = np.array([10.0, 11, 12, -8, -9, -10, 0])
    ids = np.array([0, 0, 0, 1, 1, 1, 2])
    np.testing.assert_allclose(declared.per_category(values, amounts, ids, 4), [1, -1, np.nan, np.nan])


def test_sign_change():
    means = np.array([[-1.0, 1, 3], [0, 2, 3], [1, 3, 3]])
    mirrored = np.array([[1.0, 1, 3], [0, 2, 3], [-1, 3, 3]])
    np.testing.assert_allclose(declared.sign_change(means, mirrored), [1, -1, 0], atol=1e-12)


def test_leakage():
    assert declared.leakage({"slant": 0.9, "width": -0.4, "mirror": 0.2}, ["slant"]) == pytest.approx(0.3)
    assert declared.leakage({"slant": 0.9, "width": -0.4}, []) == pytest.approx(0.65)
    assert np.isnan(declared.leakage({"slant": 0.9}, ["slant"]))


def test_declarations():
    """A free code says nothing, and a code that must stay says that it follows nothing."""
    codes = {
        "digit": ig.Categorical(3),
        "free": ig.Uniform(1),
        "rotation": ig.Uniform(1, follows=ig.views.Slant()),
        "style": ig.Normal(1, follows=()),
        "azimuth": ig.Circular(follows=ig.views.Mirror()),
    }
    assert declared.declarations(codes) == {"rotation": ["slant"], "style": []}


def response(code, measure, curve):
    return appearance.Response(code, measure, np.array([-1.0, 0, 1]), np.reshape(curve, (1, 1, 3)))


def test_generated_images_by_hand():
    """Rotation leans by 14 degrees per unit and moves the width half of the way; thickness is nobody's."""
    responses = [
        response("rotation", "slant", [-13.0, 1, 15]),
        response("rotation", "width", [3.0, 5, 4]),
        response("rotation", "thickness", [3.0, 2, 1]),
        response("width", "slant", [2.0, 2, 2]),
        response("width", "width", [8.0, 9, 12]),
        response("width", "thickness", [1.0, 2, 3]),
        response("free", "slant", [1.0, 2, 3]),
    ]
    found = declared.measure_generated(responses, FOLLOWS)
    assert found == pytest.approx(
        {
            "declared_spearman/slant/rotation": 1,
            "declared_slope_degrees/slant/rotation": 14,
            "declared_leakage/rotation": 0.5,
            "declared_spearman/width/width": 1,
            "declared_slope_pixels/width/width": 2,
            "declared_leakage/width": 0,
        }
    )
    alone = declared.measure_generated(responses, {"rotation": ["slant"], "free": []})
    assert set(alone) == {
        "declared_spearman/slant/rotation",
        "declared_slope_degrees/slant/rotation",
        "declared_leakage/free",
    }
    assert alone["declared_leakage/free"] == pytest.approx(1)
    assert declared.measure_generated(responses, {"rotation": ["hue"]}) == {}


class TestRealImages:
    """Images of two numbers, which the views move, and a third, which the mirror turns round."""

    IMAGES = np.random.default_rng(0).uniform(-1, 1, (400, 3))
    IDS = np.arange(400) % 3

    @staticmethod
    def apply(images, amounts):
        images = images.copy()
        images[:, 0] += amounts.get("slant", 0)
        images[:, 1] += amounts.get("stretch", 0)
        if "mirror" in amounts:
            images[:, 2] *= amounts["mirror"]
        return images

    def measure(self, read, views=VIEWS, follows=FOLLOWS, ids=None):
        return declared.measure_real(read, self.apply, self.IMAGES, views, follows, ids)

    def test_a_perfect_reader(self):
        numbers, matrix = self.measure(lambda images: images[:, :2], ids=self.IDS)
        np.testing.assert_allclose(np.diagonal(matrix), 1)
        assert np.abs(matrix[[0, 1], [1, 0]]).max() < 0.15
        assert numbers["real_response_worst/slant/rotation"] == pytest.approx(1)
        assert numbers["real_leakage/rotation"] == pytest.approx(abs(matrix[0, 1]))
        assert numbers["real_response/stretch/rotation"] == matrix[0, 1]
        assert len(numbers) == 4 + 2 + 2

    def test_codes_that_took_each_other_s_view(self):
        numbers, _ = self.measure(lambda images: images[:, [1, 0]])
        assert abs(numbers["real_response/slant/rotation"]) < 0.15
        assert numbers["real_leakage/rotation"] == pytest.approx(1)
        assert not any(name.startswith("real_response_worst") for name in numbers)

    def test_a_category_that_does_not_follow(self):
        """In the third category the code has the other sign."""

        def read(images):
            return images[:, :2] * np.where(self.IDS == 2, -1, 1)[:, np.newaxis]

        assert self.measure(read, ids=self.IDS)[0]["real_response_worst/slant/rotation"] == pytest.approx(-1)

    def test_a_reader_that_says_nothing(self):
        numbers, matrix = self.measure(lambda images: np.zeros((len(images), 2)), ids=self.IDS)
        assert not matrix.any()
        assert set(numbers.values()) == {0}

    def test_mirror_images(self):
        views = [ig.views.Mirror(), *VIEWS]
        follows = {"azimuth": ["mirror"], "rotation": ["slant"]}
        numbers, matrix = self.measure(lambda images: images[:, [2, 0]], views, follows)
        np.testing.assert_allclose(matrix[:, 0], [1, -1])
        assert numbers["real_response/mirror/azimuth"] == pytest.approx(1)
        # Not to change under a mirror image is no leakage.
        assert numbers["real_leakage/rotation"] == pytest.approx(abs(matrix[1, 2]))

    def test_amounts_are_a_function_of_the_seed(self):
        def noisy(seed):
            return declared.measure_real(
                lambda images: np.tanh(images[:, :2]), self.apply, self.IMAGES, VIEWS, FOLLOWS, None, seed
            )[1]

        np.testing.assert_array_equal(noisy(0), noisy(0))
        assert np.any(noisy(0) != noisy(1))


def test_a_model_that_declares():
    """What `evaluate` asks of a model: here brightness stands in for both the code and the change."""

    def encode(images):
        means = np.log(np.mean(images + 1, (1, 2, 3)))[:, np.newaxis]
        nothing = np.zeros((len(images), 2))
        return {"rotation_mean": means, "width_mean": nothing, "digit_id": np.zeros(len(images), int)}

    model = types.SimpleNamespace(
        image_range=(-1, 1), latents=make_latents(), known_views=(ig.views.Brightness(0.2),), encode=encode
    )
    images = np.full((300, 8, 8, 1), 100, np.uint8)
    encoded = encode(images / 255)
    matrix, numbers = report._of_declared(model, {"rotation": ["brightness"]}, images, encoded, strokes=False, seed=0)
    assert matrix == pytest.approx(np.ones((1, 1)))
    assert numbers["real_response_worst/brightness/rotation"] == pytest.approx(1)
    assert np.isnan(numbers["real_leakage/rotation"])


def test_the_picture():
    picture = declared.draw_responses(np.eye(2), FOLLOWS, [view.name for view in VIEWS])
    assert picture.width > 2 * 44
    assert np.any(np.all(np.asarray(picture) == (31, 90, 166), -1))
