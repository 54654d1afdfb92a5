import numpy as np
import pytest
from scipy import linalg

from infogan_keras.evaluation import sample_quality as sq


def covariance(seed, size=5):
    root = np.random.default_rng(seed).standard_normal((size, size))
    return root @ root.T


class TestFrechetDistance:
    def test_gaussians_by_hand(self):
        """In one dimension (m - m')² + (s - s')²; without correlations, the sum over the dimensions."""
        one = sq.gaussian_frechet_distance(np.array([1.0]), np.array([[4.0]]), np.array([4.0]), np.array([[25.0]]))
        assert one == pytest.approx(3**2 + (2 - 5) ** 2)
        three = sq.gaussian_frechet_distance(
            np.array([0.0, 1, 2]), np.diag([1.0, 4, 0]), np.array([0.0, 0, 0]), np.diag([1.0, 1, 9])
        )
        assert three == pytest.approx(5 + 0 + 1 + 9)

    def test_correlated_gaussians(self):
        a, b = covariance(0), covariance(1)
        expected = np.trace(a + b - 2 * np.real(linalg.sqrtm(a @ b)))
        assert sq.gaussian_frechet_distance(np.zeros(5), a, np.zeros(5), b) == pytest.approx(expected)

    def test_features_by_hand(self):
        """Variances with n - 1: those of (-1, 1) and (1, 7) are 2 and 18, so √2 and 3√2 are the deviations."""
        distance = sq.frechet_distance([[-1.0], [1.0]], [[1.0], [7.0]])
        assert distance == pytest.approx(4**2 + (3 * np.sqrt(2) - np.sqrt(2)) ** 2)

    def test_equal_sets_even_of_few_rows(self):
        features = np.random.default_rng(0).standard_normal((10, 40))
        assert sq.frechet_distance(features, features) == pytest.approx(0, abs=1e-9)
        assert sq.frechet_distance(features, features[::-1] + 1) == pytest.approx(40)

    def test_it_is_symmetric_and_grows_with_the_shift(self):
        rng = np.random.default_rng(0)
        a, b = rng.standard_normal((200, 4)), 2 * rng.standard_normal((300, 4))
        assert sq.frechet_distance(a, b) == pytest.approx(sq.frechet_distance(b, a))
        assert sq.frechet_distance(a, b) < sq.frechet_distance(a, b + 1)


class TestKernelDistance:
    def test_by_hand(self):
        """Of (0, 1) and (2, 3) under (xy + 1)³: pairs within have 1 and 343, those between 1, 1, 27 and 64."""
        assert sq.kernel_distance([[0.0], [1.0]], [[2.0], [3.0]]) == pytest.approx(1 + 343 - 2 * 93 / 4)

    def test_the_kernel_divides_by_the_size(self):
        wide = sq.kernel_distance([[0.0, 0], [1, 1]], [[2.0, 2], [3, 3]])
        assert wide == pytest.approx(1 + 343 - 2 * 93 / 4)

    def test_it_is_unbiased(self):
        """The mean over many small samples of one distribution is 0; the biased estimate's would be above 0."""
        rng = np.random.default_rng(0)
        found = [sq.kernel_distance(*rng.standard_normal((2, 20, 3))) for _ in range(400)]
        assert abs(np.mean(found)) < 3 * np.std(found) / 20
        assert min(found) < 0

    def test_many_rows_are_summed_in_parts(self):
        rng = np.random.default_rng(0)
        a, b = rng.standard_normal((2300, 2)), rng.standard_normal((1200, 2)) + 1
        kernel = (a @ b.T / 2 + 1) ** 3
        assert sq._kernel_sum(a, b) == pytest.approx(kernel.sum())


@pytest.mark.parametrize("distance", [sq.frechet_distance, sq.kernel_distance])
class TestWrongFeatures:
    @pytest.mark.parametrize("shapes", [((5,), (5,)), ((5, 2), (5, 3)), ((1, 2), (5, 2))])
    def test_shapes(self, distance, shapes):
        with pytest.raises(ValueError, match=r"expected \(n, size\) and \(m, size\), at least two rows each"):
            distance(*map(np.zeros, shapes))

    def test_nan(self, distance):
        with pytest.raises(ValueError, match="NaN or infinite"):
            distance(np.full((3, 2), np.nan), np.zeros((3, 2)))


def test_counts_in_names():
    assert [sq.count_name(count) for count in (10_000, 1000, 500, 2500)] == ["10k", "1k", "500", "2500"]
