import keras
import numpy as np
import pytest

from infogan_keras.views import RandomAffine


@pytest.fixture
def pixels():
    """Two images with a bright dot each, right of and below the centre."""
    pixels = np.zeros((2, 9, 9, 1), np.float32)
    pixels[0, 4, 6] = pixels[1, 6, 4] = 1
    return pixels


def centres(images):
    """(rows, 2) of x and y from the image's centre, to the right and down."""
    weights = images[..., 0] / images.sum((1, 2, 3))[:, None, None]
    places = np.arange(images.shape[1]) - (images.shape[1] - 1) / 2
    return np.stack([(weights.sum(1) * places).sum(1), (weights.sum(2) * places).sum(1)], 1)


def test_no_change(pixels):
    np.testing.assert_allclose(RandomAffine(0, 0, 0, 0)(pixels), pixels, atol=1e-6)
    np.testing.assert_array_equal(RandomAffine()(pixels, training=False), pixels)


def test_turns_keep_the_distance_from_the_centre(pixels):
    images = RandomAffine(90, 0, 0, 0, seed=1)(np.repeat(pixels, 50, 0)).numpy()
    moved = centres(images)
    np.testing.assert_allclose(np.hypot(*moved.T), 2, atol=0.25)
    # The two dots, a quarter turn apart, spread over half a turn each.
    angles = np.degrees(np.arctan2(moved[:50, 1], moved[:50, 0]))
    assert angles.min() < -60 and angles.max() > 60 and np.abs(angles).max() < 91


def test_shifts_are_shares_of_the_size(pixels):
    moved = centres(RandomAffine(0, 0.1, 0, 0, seed=1)(np.repeat(pixels, 50, 0)).numpy()) - np.repeat(
        centres(pixels), 50, 0
    )
    assert 0.6 < np.abs(moved).max() <= 0.9 + 1e-5
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.4


def test_zooms_move_things_from_or_to_the_centre(pixels):
    moved = centres(RandomAffine(0, 0, 0.25, 0, seed=1)(np.repeat(pixels[:1], 50, 0)).numpy())
    np.testing.assert_allclose(moved[:, 1], 0, atol=1e-5)
    assert 1.49 < moved[:, 0].min() < 1.75 and 2.25 < moved[:, 0].max() < 2.51


def test_slants_move_what_is_below_the_centre_to_the_side(pixels):
    moved = centres(RandomAffine(0, 0, 0, 0.5, seed=1)(np.repeat(pixels, 50, 0)).numpy())
    beside, below = moved[:50], moved[50:]
    np.testing.assert_allclose(beside, np.repeat(centres(pixels)[:1], 50, 0), atol=1e-5)
    np.testing.assert_allclose(below[:, 1], 2, atol=1e-5)
    assert -1 - 1e-5 < below[:, 0].min() < -0.8 and 0.8 < below[:, 0].max() < 1 + 1e-5


def test_what_comes_in_from_outside():
    images = RandomAffine(0, 0.5, 0, 0, fill=-1.0, seed=1)(np.ones((20, 8, 8, 3), np.float32)).numpy()
    assert images.min() == -1 and images.max() == 1


def test_config_and_wrong_arguments(pixels):
    layer = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(RandomAffine(5, 0.2, 0.3, 0.4, -1.0, 7))
    )
    np.testing.assert_array_equal(layer(pixels), RandomAffine(5, 0.2, 0.3, 0.4, -1.0, 7)(pixels))
    for arguments in ({"degrees": -1}, {"shift": 1}, {"zoom": 1.5}, {"shear": -0.1}):
        with pytest.raises(ValueError, match="expected a number from 0 to"):
            RandomAffine(**arguments)
