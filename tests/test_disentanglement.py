"""Every metric on a perfect, a useless, a duplicated and a rotated representation, and on numbers by hand."""

import math

import numpy as np
import pytest

from infogan_keras.evaluation import disentanglement as d

ROWS = 4000
RNG = np.random.default_rng(0)
FACTORS = {
    "shape": RNG.integers(0, 3, ROWS),
    "size": RNG.uniform(-1, 1, ROWS),
    "height": RNG.uniform(-1, 1, ROWS),
}
PERFECT = {"a": FACTORS["height"] * -3, "b": (FACTORS["shape"] + 1) % 3, "c": FACTORS["size"] ** 3}
USELESS = {"a": RNG.standard_normal(ROWS), "b": RNG.integers(0, 3, ROWS), "c": RNG.standard_normal(ROWS)}
DUPLICATED = {**PERFECT, "a2": PERFECT["a"] + 1, "b2": PERFECT["b"], "c2": -PERFECT["c"]}
TWO = {"size": FACTORS["size"], "height": FACTORS["height"]}
ROTATED = {"a": FACTORS["size"] + FACTORS["height"], "b": FACTORS["size"] - FACTORS["height"]}

# Two fair bits; code a is the first bit, code b is the second one in three rows of four.
BITS = {"first": np.repeat([0, 1, 0, 1], 4), "second": np.repeat([0, 0, 1, 1], 4)}
BY_HAND = {"a": BITS["first"], "b": np.array([0, 0, 0, 1] * 2 + [1, 1, 1, 0] * 2)}
OF_B = math.log(2) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)


class TestMutualInformationGap:
    def test_by_hand(self):
        """Code a has ln 2 nats of the first bit, b has 0.131 of the second, and neither has any of the other's."""
        assert d.mutual_information(BY_HAND["b"], BITS["second"]) == pytest.approx(OF_B)
        assert d.mutual_information_gap(BY_HAND, BITS) == pytest.approx((1 + OF_B / math.log(2)) / 2)
        both = {**BY_HAND, "c": BITS["first"] * 2 + BITS["second"]}
        assert d.mutual_information_gap(both, BITS) == pytest.approx((0 + 1 - OF_B / math.log(2)) / 2)

    def test_representations(self):
        assert d.mutual_information_gap({**PERFECT, "c": FACTORS["size"] * 2}, FACTORS) > 0.95
        assert d.mutual_information_gap(USELESS, FACTORS) < 0.02
        assert d.mutual_information_gap(DUPLICATED, FACTORS) == pytest.approx(0, abs=1e-12)
        assert d.mutual_information_gap(ROTATED, TWO) < 0.05

    def test_one_code_has_no_second(self):
        assert d.mutual_information_gap({"a": BITS["first"]}, {"first": BITS["first"]}) == pytest.approx(1)

    def test_numbers_are_cut_into_intervals(self):
        column = np.linspace(0, 1, 100)
        assert d.mutual_information(column, column, bins=4) == pytest.approx(math.log(4))


class TestDCI:
    def test_importances_by_hand(self):
        """Code 0 is shared, (0.75, 0.25), with an entropy of 0.811 bits, and has 1 of the 2 of all importance."""
        importance = np.array([[0.75, 0.25], [0.25, 0.0], [0.0, 0.75]])
        shared = 1 - 0.811278
        scores = d.dci_of_importances(importance)
        assert scores["disentanglement"] == pytest.approx(0.5 * shared + 0.5 * 1, abs=1e-6)
        completeness = 1 - 0.811278 / math.log2(3)
        assert scores["completeness"] == pytest.approx(completeness, abs=1e-6)

    def test_dead_codes_and_lost_factors(self):
        scores = d.dci_of_importances(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]]))
        assert scores["disentanglement"] == pytest.approx(1)
        assert scores["completeness"] == pytest.approx(2 / 3)
        assert d.dci_of_importances(np.zeros((2, 2))) == {"disentanglement": 0, "completeness": 0}

    def test_representations(self):
        perfect, useless, duplicated = (d.dci(codes, FACTORS) for codes in (PERFECT, USELESS, DUPLICATED))
        assert min(perfect.values()) > 0.95
        assert useless["disentanglement"] < 0.2
        assert useless["completeness"] < 0.3
        assert useless["informativeness"] < 0.2
        assert duplicated["disentanglement"] > 0.95
        assert duplicated["completeness"] == pytest.approx(1 - math.log(2) / math.log(6), abs=0.05)
        rotated = d.dci(ROTATED, TWO)
        assert rotated["disentanglement"] < 0.05
        assert rotated["informativeness"] > 0.9

    def test_one_of_a_kind(self):
        with pytest.raises(ValueError, match="1 codes and 3 factors: expected at least two of each"):
            d.dci({"a": PERFECT["a"]}, FACTORS)


class TestSeparatedAttributePredictability:
    def test_by_hand(self):
        """Of 0, 1, 2 and 3, x has R² 1 and x² has 15² / (5 · 49), by the sums of products around their means."""
        x = np.tile([0.0, 1, 2, 3], 5)
        assert d.separated_attribute_predictability({"a": x, "b": x**2}, {"x": x}) == pytest.approx(1 - 225 / 245)
        assert d.separated_attribute_predictability({"a": x}, {"x": x}) == pytest.approx(1)

    def test_categories_count_by_balanced_accuracy(self):
        """Code a tells the classes, b is constant, and a classifier that says one class has a half, not nine tenths."""
        classes = np.array([0] * 900 + [1] * 100)
        codes = {"a": classes * 2.0, "b": np.zeros(1000)}
        assert d.separated_attribute_predictability(codes, {"class": classes}) == pytest.approx(0.5)

    def test_one_code_is_compared_with_chance(self):
        """Of two classes, a code that tells them has 1 - 1/2, and noise next to nothing."""
        classes = np.tile([0, 1], 1000)
        noise = np.random.default_rng(0).normal(size=2000)
        assert d.separated_attribute_predictability({"a": classes * 2.0}, {"class": classes}) == pytest.approx(0.5)
        assert d.separated_attribute_predictability({"a": noise}, {"class": classes}) < 0.05

    def test_representations(self):
        linear = {**PERFECT, "c": FACTORS["size"]}
        assert d.separated_attribute_predictability(linear, FACTORS) == pytest.approx((2 + 2 / 3) / 3, abs=0.03)
        assert d.separated_attribute_predictability(USELESS, FACTORS) < 0.03
        assert d.separated_attribute_predictability(DUPLICATED, FACTORS) == pytest.approx(0, abs=1e-6)
        assert d.separated_attribute_predictability(ROTATED, TWO) < 0.05


class TestSampler:
    def test_rows_of_a_group_share_the_factor_and_nothing_else(self):
        codes = {**FACTORS, "row": np.arange(ROWS)}
        sample = d.sampler(codes, FACTORS)
        drawn = sample("shape", 50, 20, np.random.default_rng(1))
        assert {name: value.shape for name, value in drawn.items()} == dict.fromkeys(codes, (50, 20))
        assert (drawn["shape"] == drawn["shape"][:, :1]).all()
        assert set(drawn["shape"][:, 0]) == {0, 1, 2}
        assert len(np.unique(drawn["row"])) > 800
        np.testing.assert_array_equal(FACTORS["size"][drawn["row"]], drawn["size"])
        assert np.ptp(sample("size", 50, 20, np.random.default_rng(1))["size"], axis=1).max() <= 0.1
        assert len(np.unique(sample(None, 1, 100, np.random.default_rng(1))["shape"])) == 3

    def test_draws_are_a_function_of_the_generator(self):
        sample = d.sampler(PERFECT, FACTORS)
        first, again = (sample("size", 3, 4, np.random.default_rng(7)) for _ in range(2))
        np.testing.assert_array_equal(first["a"], again["a"])


def test_a_single_factor():
    with pytest.raises(ValueError, match="There is one factor, size: expected at least two to tell apart"):
        d.beta_vae_score(d.sampler(PERFECT, FACTORS), ["size"])


@pytest.mark.parametrize("score", [d.factor_vae_score, d.beta_vae_score])
class TestScoresOfSamples:
    def test_representations(self, score):
        assert score(d.sampler(PERFECT, FACTORS), FACTORS) > 0.99
        assert score(d.sampler(DUPLICATED, FACTORS), FACTORS) > 0.99
        assert score(d.sampler(USELESS, FACTORS), FACTORS) == pytest.approx(1 / 3, abs=0.06)
        assert score(d.sampler(ROTATED, TWO), TWO) == pytest.approx(1 / 2, abs=0.06)

    def test_a_lost_factor(self, score):
        """A single code always has FactorVAE's vote; distances tell its factor from the two others, a coin's toss."""
        expected = {d.factor_vae_score: 1 / 3, d.beta_vae_score: 2 / 3}[score]
        assert score(d.sampler({"a": PERFECT["a"]}, FACTORS), FACTORS) == pytest.approx(expected, abs=0.03)

    def test_a_function_that_samples(self, score):
        """As one that renders images with a factor held and encodes them."""

        def sample(factor, groups, rows, rng):
            values = {name: rng.uniform(-1, 1, (groups, rows)) for name in ("x", "y")}
            if factor is not None:
                values[factor][:] = values[factor][:, :1]
            return {"a": values["x"] + 1, "b": -values["y"]}

        assert score(sample, ("x", "y")) == 1

    def test_constant_codes(self, score):
        constant = {"a": np.full(ROWS, 0.1), "b": np.zeros(ROWS, int)}
        assert score(d.sampler(constant, FACTORS), FACTORS) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("codes", "factors", "message"),
    [
        ({"a": [1, 2]}, {"x": [1, 2, 3]}, r"code a \(2,\), factor x \(3,\): expected codes and factors of one length"),
        ({}, {"x": [1, 2]}, "expected codes and factors of one length"),
        ({"x": [[1], [2]]}, {"x": [[1], [2]]}, r"The code x is int64 \(2, 1\): expected a column"),
        ({"a": [1, np.nan]}, {"x": [1, 2]}, "finite floats"),
        ({"a": ["u", "v"]}, {"x": [1, 2]}, "The code a is <U1"),
        ({"a": [1, 2]}, {"x": [3, 3]}, "The factor x has one value only"),
    ],
)
def test_wrong_columns(codes, factors, message):
    for metric in (d.mutual_information_gap, d.dci, d.separated_attribute_predictability, d.sampler):
        with pytest.raises(ValueError, match=message):
            metric(codes, factors)
