import math

import numpy as np
import pytest

from infogan_keras.evaluation import information


class TestImageInformation:
    def test_a_constant_answer_says_nothing(self):
        for answer in ([0.25] * 4, [1, 0, 0, 0], [0.7, 0.3, 0, 0]):
            assert information.image_information([answer] * 5) == pytest.approx(0, abs=1e-12)

    def test_certain_and_even_answers(self):
        assert information.image_information(np.tile(np.eye(10), (3, 1))) == pytest.approx(math.log(10))

    def test_by_hand(self):
        """The mean is (0.5, 0.5), with ln 2; each row has the entropy of (0.9, 0.1), 0.3251."""
        assert information.image_information([[0.9, 0.1], [0.1, 0.9]]) == pytest.approx(0.693147 - 0.325083, abs=1e-6)

    def test_certain_answers_that_leave_categories_out(self):
        assert information.image_information([[1, 0, 0], [0, 1, 0]]) == pytest.approx(math.log(2))

    @pytest.mark.parametrize(
        ("probabilities", "message"),
        [
            ([0.5, 0.5], r"shape \(2,\): expected \(images, categories\)"),
            (np.zeros((0, 3)), r"shape \(0, 3\)"),
            ([[2.0, 3.0]], "sums from 5 to 5: expected probabilities"),
            ([[-0.5, 1.5]], "smallest value of -0.5"),
            ([[np.nan, 1.0]], "expected probabilities"),
        ],
    )
    def test_wrong_arguments(self, probabilities, message):
        with pytest.raises(ValueError, match=message):
            information.image_information(probabilities)


class TestReadBack:
    def test_a_categorical_code(self):
        scores = information.read_back(np.eye(4), {"probabilities": np.eye(4), "id": np.array([0, 1, 3, 3])})
        assert scores == {"accuracy": 0.75}

    def test_bits(self):
        values = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
        posterior = {"probability": np.array([[0.1, 0.9], [0.9, 0.1], [0.6, 0.2], [0.2, 0.4]])}
        np.testing.assert_allclose(information.read_back(values, posterior)["accuracy"], [1, 0.75])

    def test_a_continuous_code_by_hand(self):
        """Dimension 0 is read with errors ±0.5 and a std of 0.4; dimension 1 is read as its negative."""
        values = np.array([[-1.0, -1], [-1, -1], [1, 1], [1, 1]])
        mean = np.array([[-1.5, 1], [-0.5, 1], [0.5, -1], [1.5, -1]])
        scores = information.read_back(values, {"mean": mean, "std": np.full((4, 2), 0.4)})
        np.testing.assert_allclose(scores["correlation"], [1 / math.sqrt(1.25), -1])
        np.testing.assert_allclose(scores["explained"], [0.75, -3])
        np.testing.assert_allclose(scores["within_one_std"], [0, 0])
        np.testing.assert_allclose(scores["z_std"], [1.25, 5])

    def test_a_calibrated_std(self):
        rng = np.random.default_rng(0)
        values = rng.uniform(-1, 1, (20_000, 1))
        mean = values + 0.2 * rng.standard_normal(values.shape)
        scores = information.read_back(values, {"mean": mean, "std": np.full(values.shape, 0.2)})
        assert scores["within_one_std"] == pytest.approx(0.683, abs=0.01)
        assert scores["z_std"] == pytest.approx(1, abs=0.02)
        assert scores["explained"] == pytest.approx(1 - 0.04 * 3, abs=0.01)
        sure = information.read_back(values, {"mean": mean, "std": np.full(values.shape, 0.1)})
        assert sure["z_std"] == pytest.approx(2 * scores["z_std"])

    def test_a_mean_that_never_moves(self):
        values = np.linspace(-1, 1, 9)[:, np.newaxis]
        scores = information.read_back(values, {"mean": np.zeros((9, 1)), "std": np.ones((9, 1))})
        assert (scores["correlation"], scores["explained"]) == (0, 0)

    def test_other_lengths(self):
        with pytest.raises(
            ValueError, match=r"values \(3, 1\), and mean \(2, 1\), std \(2, 1\): expected as many rows"
        ):
            information.read_back(np.zeros((3, 1)), {"mean": np.zeros((2, 1)), "std": np.ones((2, 1))})


def test_angles_read_back():
    values = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert information.read_back(values, {"degrees": np.array([[0.0], [90.0], [180.0]])}) == {
        "alignment": pytest.approx(1)
    }
    # cos 60° + cos 90° + cos 180°, over three.
    found = information.read_back(values, {"degrees": np.array([[60.0], [180.0], [0.0]])})
    assert found == {"alignment": pytest.approx((0.5 + 0 - 1) / 3)}
