"""Known changes of images: what each does, its sign and unit, and how several are composed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from infogan_keras import views

PHOTOMETRIC = [
    views.Brightness(0.5),
    views.Contrast(0.5),
    views.LightRamp(0.5),
    views.Hue(90.0),
    views.Orbit(),
]
GEOMETRIC = [views.Mirror(), views.Stretch(), views.Slant(), views.Zoom(), views.Turn(), views.Shift()]


def dot(row, column, size=9):
    image = np.zeros((1, size, size, 1), np.float32)
    image[0, row, column] = 1
    return tf.constant(image)


def shown(view, images, share=1.0, image_range=(0, 1)):
    return views.apply([view], images, {view.name: tf.fill([len(images)], share)}, image_range).numpy()


def centre(images):
    """(x, y) of the light from the image's centre, to the right and down."""
    weights = images[0, ..., 0] / images[0].sum()
    places = np.arange(images.shape[1]) - (images.shape[1] - 1) / 2
    return float(weights.sum(0) @ places), float(weights.sum(1) @ places)


@pytest.mark.parametrize(
    ("view", "start", "end"),
    [
        (views.Slant(0.5), (2, 4), (1, -2)),  # Two pixels above the centre: one to the right.
        (views.Slant(0.5), (6, 4), (-1, 2)),
        (views.Stretch(np.log(1.5)), (4, 6), (3, 0)),
        (views.Stretch(np.log(1.5)), (6, 4), (0, 2)),
        (views.Zoom(np.log(1.5)), (6, 6), (3, 3)),
        (views.Turn(90.0), (4, 6), (0, 2)),  # Clockwise: from the right to below.
        (views.Shift(2 / 9), (4, 4), (2, 0)),
        (views.Shift(2 / 9, "down"), (4, 4), (0, 2)),
    ],
)
def test_where_a_dot_goes(view, start, end):
    assert centre(shown(view, dot(*start))) == pytest.approx(end, abs=0.02)


def test_orbit():
    """Of nine pixels the middle one moves by one, and those in the corners by none."""
    for axis, direction in enumerate(("right", "down")):
        orbit = views.Orbit(1 / 9, direction)
        assert centre(shown(orbit, dot(4, 4)))[axis] == pytest.approx(1, abs=0.1)
        np.testing.assert_array_equal(shown(orbit, dot(0, 0)), dot(0, 0))
    column = tf.tile(tf.reshape(tf.range(9.0) / 10, [1, 9, 1, 1]), [2, 1, 9, 1])
    changed = views.apply([orbit], column, {"orbit_down": tf.constant([1.0, -0.5])}).numpy()
    np.testing.assert_allclose(changed[:, 4, 4, 0], [0.3, 0.45], atol=1e-6)
    np.testing.assert_allclose(changed[:, 4, 6, 0], 0.4 - np.array([0.1, -0.05]) * (1 - 0.25 / 0.64), atol=1e-6)


def test_asymmetry_of_outlines():
    """Of 4 by 5 pixels, a square on the left, one in the middle, a shaded one, and a yellow one on white."""
    images = np.zeros((4, 4, 5, 3), np.float32)
    images[0, 1:3, :2] = 1
    images[1, 1:3, 1:4] = 1
    images[2, 1:3, 1:4] = np.array([0.1, 0.5, 1.0])[:, None]
    images[3] = 1
    images[3, 1:3, :2, 2] = 0
    np.testing.assert_allclose(views.outline_asymmetry(tf.constant(images)), [0.4, 0, 0, 0.4])


def test_mirror():
    image = tf.reshape(tf.range(6, dtype=tf.float32) / 5, [1, 2, 3, 1])
    np.testing.assert_allclose(shown(views.Mirror(), image, -0.3), image[:, :, ::-1], atol=1e-6)
    np.testing.assert_allclose(shown(views.Mirror(), image, 0.3), image, atol=1e-6)


@pytest.mark.parametrize("view", GEOMETRIC + PHOTOMETRIC)
def test_an_amount_of_zero_changes_nothing(view):
    images = tf.constant(np.random.default_rng(0).uniform(0.1, 0.9, (2, 8, 8, 3)).astype(np.float32))
    np.testing.assert_allclose(shown(view, images, 0.0), images, atol=1e-5)


@pytest.mark.parametrize(
    "view", [views.Slant(0.3), views.Stretch(0.2), views.Zoom(0.2), views.Turn(20.0), views.Shift(0.1)]
)
def test_the_inverse_is_the_map_of_the_opposite_amount(view):
    amounts = tf.constant([0.7, -0.4])
    there, back = view.matrix(view.scaled(amounts), (9, 9)), view.inverse(view.scaled(amounts), (9, 9))
    product = np.stack([[np.asarray(v) for v in row] for row in views.geometric._composed([there, back])])
    np.testing.assert_allclose(product, np.repeat([[[1], [0], [0]], [[0], [1], [0]]], 2, -1), atol=1e-5)


def test_brightness_keeps_black_and_light_ramp_lights_one_side():
    images = tf.constant([[[[0.0], [0.4]]]])
    np.testing.assert_allclose(shown(views.Brightness(np.log(2)), images)[0, 0, :, 0], [0, 0.8], atol=1e-6)
    even = tf.fill([1, 1, 3, 1], 0.5)
    np.testing.assert_allclose(shown(views.LightRamp(0.5), even)[0, 0, :, 0], [0.25, 0.5, 0.75], atol=1e-6)
    np.testing.assert_allclose(shown(views.Contrast(np.log(2)), images)[0, 0, :, 0], [0, 0.6], atol=1e-6)


def test_hue_goes_from_red_to_green_at_constant_luma():
    red = tf.constant([[[[0.6, 0.3, 0.3]]]])
    green = shown(views.Hue(120.0), red)[0, 0, 0]
    assert green.argmax() == 1
    assert green @ [0.299, 0.587, 0.114] == pytest.approx(0.6 * 0.299 + 0.3 * 0.701, abs=1e-4)


def test_values_stay_in_the_image_range():
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (2, 8, 8, 1)).astype(np.float32))
    for view in (views.Brightness(3.0), views.LightRamp(1.0), views.Contrast(3.0)):
        changed = shown(view, images, 1.0, (-1, 1))
        assert changed.min() >= -1 and changed.max() <= 1
        assert changed.std() > 0


def test_composition_is_one_interpolation_in_a_fixed_order():
    """A shift by whole pixels after a mirror is exact, in whichever order they are given."""
    images = tf.constant(np.random.default_rng(0).uniform(size=(1, 8, 8, 1)).astype(np.float32))
    shares = {"mirror": tf.constant([-1.0]), "shift_right": tf.constant([1.0])}
    first, second = (
        views.apply(order, images, shares).numpy()
        for order in ([views.Mirror(), views.Shift(0.25)], [views.Shift(0.25), views.Mirror()])
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first[:, :, 2:], images[:, :, ::-1][:, :, :-2], atol=1e-5)


def test_the_same_under_xla():
    images = tf.constant(np.random.default_rng(0).uniform(size=(3, 6, 8, 3)).astype(np.float32))
    shown_views = [*GEOMETRIC, *PHOTOMETRIC, views.Erase()]
    shares = {view.name: tf.constant([-0.5, 0.2, 1.0]) for view in shown_views}

    def change(x):
        changed = views.apply(shown_views, x, shares)
        return changed, views.outline_asymmetry(changed)

    for compiled, plain in zip(tf.function(change, jit_compile=True)(images), change(images), strict=True):
        np.testing.assert_allclose(compiled, plain, atol=1e-4)


def test_half_precision_does_not_misplace_pixels():
    image = dot(20, 20, size=33)
    moved = shown(views.Shift(1.3 / 33), tf.cast(image, tf.bfloat16))
    assert moved.dtype == tf.bfloat16
    np.testing.assert_allclose(moved.astype(np.float32), shown(views.Shift(1.3 / 33), image), atol=0.01)


class Squeeze(views.Geometric):
    """Upright stretch, of a user's own."""

    def matrix(self, amounts, size):
        one, zero = tf.ones_like(amounts), tf.zeros_like(amounts)
        return [[one, zero, zero], [zero, tf.exp(-amounts), zero]]


def test_a_geometric_view_of_ones_own():
    assert centre(shown(Squeeze(np.log(2)), dot(6, 4))) == pytest.approx((0, 1), abs=0.02)


def test_erase_on_images_that_are_not_square():
    images, shares = tf.ones([3, 10, 20, 1]), {"erase": tf.constant([0.0, 0.25, 1.0])}
    erased = 1 - views.apply([views.Erase(0.4)], images, shares).numpy()[..., 0]
    np.testing.assert_array_equal(erased.sum((1, 2)), [4 * 8] * 3)
    assert [tuple(np.argwhere(one)[0]) for one in erased] == [(0, 0), (2, 6), (6, 0)]


def test_erase_moves_a_square_along_the_rows():
    images, shares = tf.ones([5, 10, 10, 1]), {"erase": tf.constant([-0.5, 0.0, 0.05, 0.5, 1.0])}
    erased = 1 - views.apply([views.Erase(0.4)], images, shares).numpy()[..., 0]
    corners = [tuple(np.argwhere(one)[0]) if one.any() else None for one in erased]
    assert corners == [None, (0, 0), (0, 3), (3, 0), (6, 0)]
    np.testing.assert_array_equal(erased.sum((1, 2)), [0, 16, 16, 16, 16])
    assert erased[2, :4, 3:7].all()


@keras.saving.register_keras_serializable("tests")
def darken(images, amounts):
    return images * (1 - tf.reshape(amounts, [-1, 1, 1, 1]) / 2)


def test_a_change_of_ones_own():
    view = views.Custom(1.0, function=darken, label="darkness")
    np.testing.assert_allclose(shown(view, dot(1, 1)), dot(1, 1) / 2, atol=1e-6)
    forgetful = views.Custom(1.0, function=lambda images, amounts: images * amounts, label="fade")
    images, shares = tf.zeros([3, 8, 8, 1]), {"fade": tf.zeros([3])}
    with pytest.raises(ValueError, match=r"'fade' turned images of shape \(3, 8, 8, 1\) into \(3, 8, 8, 3\)"):
        views.apply([forgetful], images, shares)


@pytest.mark.parametrize(
    "view",
    [
        *GEOMETRIC,
        *PHOTOMETRIC,
        views.Erase(),
        views.Shift(0.2, "down"),
        views.Custom(0.5, function=darken, label="dark"),
    ],
)
def test_config_round_trip(view):
    config = keras.saving.serialize_keras_object(view)
    assert keras.saving.deserialize_keras_object(config) == view


def test_wrong_arguments():
    for view, amount in (
        *((view, amount) for view in (views.Slant, views.Zoom, views.Brightness) for amount in (0, "0.3", None, True)),
        *((views.Shift, 2), (views.LightRamp, 2.0), (views.Turn, 400.0), (views.Hue, 181.0)),
    ):
        with pytest.raises(ValueError, match=rf"\({amount!r}\): expected an amount above 0"):
            view(amount)
    with pytest.raises(ValueError, match=r"Custom\(function='fade'\): expected a function"):
        views.Custom(0.5, function="fade")
    with pytest.raises(ValueError, match="label='my/fade': expected letters"):
        views.Custom(0.5, function=darken, label="my/fade")
    with pytest.raises(ValueError, match=r"Erase\(1\.0\): expected a share of the image's size, below 1"):
        views.Erase(1.0)
    with pytest.raises(ValueError, match="expected 'right' or 'down'"):
        views.Shift(0.1, "left")
    with pytest.raises(ValueError, match="expected 'right' or 'down'"):
        views.Orbit(0.1, "up")
    with pytest.raises(ValueError, match=r"Orbit\(0\.2\): expected an amount below 0\.2"):
        views.Orbit(0.2)
    with pytest.raises(ValueError, match=r"label='mirror' is the name of ig\.views\.Mirror"):
        views.Custom(1.0, function=darken, label="mirror")
