import math

import numpy as np
import pytest

from infogan_keras.evaluation import correlation as c


class TestCorrelationMatrix:
    def test_by_hand(self):
        """Around their means a is (-1, 0, 1) and b (-1, 1, 0): 1 / (√2 √2); a constant column has 0."""
        a = [[1.0, 0.1], [2, 0.1], [3, 0.1]]
        b = [[1.0, -1], [3, -2], [2, -3]]
        np.testing.assert_allclose(c.correlation_matrix(a, b), [[0.5, -1], [0, 0]], atol=1e-12)

    def test_nan_is_not_hidden(self):
        found = c.correlation_matrix([[1.0], [np.nan], [3]], [[1.0, 0], [2, 0], [3, 0]])
        assert np.isnan(found[0, 0])

    @pytest.mark.parametrize("shapes", [((3,), (3, 1)), ((3, 1), (4, 1)), ((0, 1), (0, 1))])
    def test_wrong_shapes(self, shapes):
        with pytest.raises(ValueError, match=r"expected \(n, columns\) and \(n, other columns\)"):
            c.correlation_matrix(*map(np.zeros, shapes))


def test_explained_by_hand():
    """Of 0, 1, 2 and 3, x² has 15² / (5 · 49) by the sums of products around the means."""
    x = np.arange(4.0)
    assert c.explained(x[:, np.newaxis] ** 2, x) == pytest.approx(225 / 245)
    assert c.explained(np.stack([x, x**2], 1), 2 * x**2 - x + 1) == pytest.approx(1)
    assert c.explained(x[:, np.newaxis], np.full(4, 0.1)) == 0


class TestOneCodeAndOneFactor:
    def test_spearman(self):
        x = np.arange(-25, 26) / 25
        assert c.spearman(x**3, x) == pytest.approx(1)
        assert c.spearman(-np.exp(x), x) == pytest.approx(-1)
        assert c.spearman(x**2, x) == pytest.approx(0, abs=1e-12)
        assert c.spearman(np.full(51, 0.1), x) == 0
        assert np.isnan(c.spearman(np.where(x == x[3], np.nan, x), x))
        # Ranks (1, 2, 3, 4) and (2, 1, 4, 3): 1 - 6 · 4 / (4 · 15).
        assert c.spearman([1, 2, 3, 4], [20, 10, 40, 30]) == pytest.approx(0.6)

    def test_cyclic_factors(self):
        angles = np.arange(0, 360, 1.0)
        waves, ramp = np.cos(np.radians(angles - 40)), (angles - 100) % 360
        assert c.circular_linear_correlation(waves, angles, 360) == pytest.approx(1)
        assert c.circular_linear_correlation(ramp, angles, 360) == pytest.approx(math.sqrt(6) / math.pi, abs=1e-3)
        assert c.circular_linear_correlation(np.zeros(360), angles, 360) == 0
        assert c.circular_linear_correlation(np.cos(np.radians(2 * angles)), angles, 360) == pytest.approx(0, abs=1e-6)
        assert c.cut_spearman(ramp, angles, 360) > 0.95
        assert c.spearman(ramp, angles) < 0.5
        assert c.cut_spearman(np.random.default_rng(0).standard_normal(360), angles, 360) < 0.3

    def test_the_period(self):
        turns = np.linspace(0, 1, 200, endpoint=False)
        assert c.circular_linear_correlation(np.sin(2 * np.pi * turns), turns, 1) == pytest.approx(1)
