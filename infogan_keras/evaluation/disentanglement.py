"""Disentanglement of codes where the true factors of the images are known.

Codes and factors are dicts of columns, `{name: (n,)}`, one row per image. A column of integers holds categories without
an order, a column of floats numbers; a number may be cyclic, such as an angle. A categorical code counts as one code,
whatever its number of categories.

Where a metric counts, numbers are cut into `bins` intervals of equal width. Information that is estimated from counts
is too large by about (values - 1)(values - 1) / 2n nats: use many more rows than pairs of values.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from sklearn import ensemble, linear_model, metrics, pipeline, preprocessing

from infogan_keras.evaluation.correlation import explained

Columns = Mapping[str, Any]  # Of arrays (n,), or what makes one.
Sampler = Callable[[str | None, int, int, np.random.Generator], dict[str, np.ndarray]]
BINS = 20


def mutual_information_gap(codes: Columns, factors: Columns, bins: int = BINS) -> float:
    """MIG: for each factor, the information that the best code has beyond the second best, as a share of its entropy.

    Chen et al. 2018, "Isolating Sources of Disentanglement in Variational Autoencoders", section 4; the information is
    estimated from counts of the codes as they are given, not from samples of q.

    Args:
        codes: `{name: (n,)}`.
        factors: `{name: (n,)}`.
        bins: intervals of a number.

    Returns:
        The mean over the factors, 0 to 1: 1 where each factor is in one code alone; 0 where none is in any code, or
        every one in two alike.

    Raises:
        ValueError: for columns of different lengths, or a factor that is constant.
    """
    codes, factors = _columns(codes, factors)
    gaps = []
    for factor in factors.values():
        found = [mutual_information(code, factor, bins) for code in codes.values()]
        # What a factor says of itself is its entropy.
        gaps.append(_gap(found) / mutual_information(factor, factor, bins))
    return float(np.mean(gaps))


def dci(codes: Columns, factors: Columns, seed: int = 0) -> dict[str, float]:
    """Disentanglement, completeness and informativeness, from the importances of codes in random forests.

    Eastwood & Williams 2018, "A Framework for the Quantitative Evaluation of Disentangled Representations", section 2,
    with their nonlinear predictor: one forest per factor, trained on three quarters of the rows.

    Args:
        codes: `{name: (n,)}`, at least two.
        factors: `{name: (n,)}`, at least two.
        seed: of the forests and of the split.

    Returns:
        A dict of `disentanglement` (does a code matter to one factor only?), `completeness` (does one code matter to a
        factor?), both 0 to 1, and `informativeness`, the mean over the factors of what the forest gets right of the
        other rows: the accuracy of categories, R² of numbers.

    Raises:
        ValueError: for fewer than two codes or factors, or columns of different lengths.
    """
    codes, factors = _columns(codes, factors)
    if len(codes) < 2 or len(factors) < 2:
        raise ValueError(f"{len(codes)} codes and {len(factors)} factors: expected at least two of each.")
    blocks = [_block(code) for code in codes.values()]
    edges = np.cumsum([block.shape[1] for block in blocks])[:-1]
    inputs = np.concatenate(blocks, 1)
    train, test = _split(len(inputs), seed)
    importance, scores = np.zeros((len(codes), len(factors))), []
    for index, factor in enumerate(factors.values()):
        kind = ensemble.RandomForestClassifier if _is_categorical(factor) else ensemble.RandomForestRegressor
        # Leaves of several rows: trees that fit every row find a use for codes that say nothing.
        forest = kind(50, min_samples_leaf=5, random_state=seed).fit(inputs[train], factor[train])
        importance[:, index] = [part.sum() for part in np.split(forest.feature_importances_, edges)]
        scores.append(forest.score(inputs[test], factor[test]))
    return {**dci_of_importances(importance), "informativeness": float(np.mean(scores))}


def dci_of_importances(importance: np.ndarray) -> dict[str, float]:
    """`disentanglement` and `completeness` of a matrix of importances, (codes, factors), all at least 0.

    A code's disentanglement is 1 - H(its importances) / ln(factors), weighted by its share of all importance; a
    factor's completeness is 1 - H(its importances) / ln(codes). What has no importance at all counts as 0.

    >>> scores = dci_of_importances(np.array([[0.5, 0.0], [0.0, 1.0], [0.5, 0.0]]))
    >>> {name: round(score, 4) for name, score in scores.items()}
    {'disentanglement': 1.0, 'completeness': 0.6845}
    """
    weights = importance.sum(1) / max(importance.sum(), 1e-12)
    return {
        "disentanglement": float(np.sum(weights * _concentration(importance))),
        "completeness": float(np.mean(_concentration(importance.T))),
    }


def separated_attribute_predictability(codes: Columns, factors: Columns, seed: int = 0) -> float:
    """SAP: for each factor, how much better the best code predicts it linearly than the second best.

    Kumar et al. 2018, "Variational Inference of Disentangled Latent Concepts from Unlabeled Observations", section 3:
    R² of a line where the factor is a number; where it is categorical, the balanced accuracy of a linear classifier of
    the one code (thresholds), on a quarter of the rows that it was not trained on. What says nothing, R² of 0 or one
    class in so many, stands in for a second code where there is only one.

    Args:
        codes: `{name: (n,)}`.
        factors: `{name: (n,)}`.
        seed: of the split.

    Returns:
        The mean over the factors, 0 to 1; 0 where two codes predict alike.

    Raises:
        ValueError: for columns of different lengths, or a factor that is constant.
    """
    codes, factors = _columns(codes, factors)
    blocks = [_block(code) for code in codes.values()]
    gaps = []
    for factor in factors.values():
        if _is_categorical(factor):
            scores = [_balanced_accuracy(block, factor, seed) for block in blocks] + [1 / len(np.unique(factor))]
        else:
            scores = [explained(block, factor) for block in blocks]
        gaps.append(_gap(scores))
    return float(np.mean(gaps))


def sampler(codes: Columns, factors: Columns, bins: int = BINS) -> Sampler:
    """Makes the function that `factor_vae_score` and `beta_vae_score` draw codes with, from columns.

    Args:
        codes: `{name: (n,)}`.
        factors: `{name: (n,)}`; two rows share a number when they share its interval.
        bins: intervals of a number.

    Returns:
        `sample(factor, groups, rows, rng)` → `{code: (groups, rows)}`: codes of rows drawn with replacement, of which
        all of a group share one value of the factor; None shares nothing. A function of your own that renders images
        with a factor held fixed, and encodes them, does as well.

    Raises:
        ValueError: for columns of different lengths.
    """
    codes, factors = _columns(codes, factors)
    order, starts, counts, value_of = {}, {}, {}, {}
    for name, factor in [*factors.items(), (None, np.zeros(_length(factors), int))]:
        value_of[name] = _categories(factor, bins)
        order[name] = np.argsort(value_of[name], kind="stable")
        counts[name] = np.bincount(value_of[name])
        starts[name] = np.cumsum(counts[name]) - counts[name]

    def sample(factor, groups, rows, rng):
        shared = value_of[factor][rng.integers(len(value_of[factor]), size=(groups, 1))]
        places = starts[factor][shared] + (rng.random((groups, rows)) * counts[factor][shared]).astype(int)
        chosen = order[factor][places]
        return {name: code[chosen] for name, code in codes.items()}

    return sample


def factor_vae_score(
    sample: Sampler, factors: Iterable[str], votes: int = 1000, rows: int = 64, seed: int = 0
) -> float:
    """FactorVAE's score: is the code that varies least, when one factor is held, the same one for every value of it?

    Kim & Mnih 2018, "Disentangling by Factorising", section 4. A vote is the code with the smallest variance among
    rows that share a factor's value, relative to its variance overall; of a category, the variance is 1 - Σp². A
    majority vote tells the factor by that code; its accuracy is counted on as many fresh votes.

    Args:
        sample: see `sampler`.
        factors: the factors' names.
        votes: of each factor.
        rows: that share a value in a vote.
        seed: of everything drawn.

    Returns:
        The accuracy, 0 to 1; a representation that says nothing has about 1 / factors. Codes that never vary do not
        vote.
    """
    factors = list(factors)
    rng = np.random.default_rng(seed)
    everything = sample(None, 1, 10_000, rng)
    voters = [name for name, values in everything.items() if len(np.unique(values)) > 1]
    if not voters:
        return 1 / len(factors)

    def ballots():
        counts = []
        for factor in factors:
            drawn = sample(factor, votes, rows, rng)
            relative = np.stack([_variance(drawn[name]) / _variance(everything[name]) for name in voters])
            counts.append(np.bincount(relative.argmin(0), minlength=len(voters)))
        return np.stack(counts)

    majority = ballots().argmax(0)
    return float(ballots()[majority, np.arange(len(voters))].sum() / (votes * len(factors)))


def beta_vae_score(sample: Sampler, factors: Iterable[str], points: int = 500, rows: int = 64, seed: int = 0) -> float:
    """BetaVAE's score: does a linear classifier tell which factor two images shared by how far their codes lie apart?

    Higgins et al. 2017, "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework", section
    3: a point is the mean over pairs of |code of the one - code of the other|; of a category, whether the two differ.

    Args:
        sample: see `sampler`.
        factors: the factors' names.
        points: of each factor, to train on, and as many again to count on.
        rows: pairs in a point, each sharing a value of its own.
        seed: of everything drawn.

    Returns:
        The accuracy, 0 to 1; a representation that says nothing has about 1 / factors. A rotated one can have much
        more, as the classifier may weigh all codes.

    Raises:
        ValueError: for a single factor.
    """
    factors = list(factors)
    if len(factors) < 2:
        raise ValueError(f"There is one factor, {', '.join(factors)}: expected at least two to tell apart.")
    rng = np.random.default_rng(seed)

    def distances():
        parts = []
        for factor in factors:
            drawn = sample(factor, points * rows, 2, rng)
            apart = [
                a != b if _is_categorical(pairs) else np.abs(a - b) for pairs in drawn.values() for a, b in [pairs.T]
            ]
            parts.append(np.stack(apart, -1).reshape(points, rows, -1).mean(1))
        return np.concatenate(parts)

    answers = np.repeat(np.arange(len(factors)), points)
    classifier = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    classifier.fit(distances(), answers)
    return float(classifier.score(distances(), answers))


def mutual_information(code: ArrayLike, factor: ArrayLike, bins: int = BINS) -> float:
    """Information between a code and a factor, (n,) each, in nats, from counts; numbers are cut into intervals."""
    return float(metrics.mutual_info_score(*(_categories(np.asarray(column), bins) for column in (code, factor))))


def _columns(codes, factors):
    """The dicts with arrays for columns, checked."""
    codes, factors = ({name: np.asarray(value) for name, value in columns.items()} for columns in (codes, factors))
    columns = [("code", *item) for item in codes.items()] + [("factor", *item) for item in factors.items()]
    if not codes or not factors or len({value.shape for _, _, value in columns}) > 1:
        shapes = ", ".join(f"{kind} {name} {value.shape}" for kind, name, value in columns)
        raise ValueError(f"The columns are {shapes or 'none'}: expected codes and factors of one length.")
    for kind, name, value in columns:
        if value.ndim != 1 or value.dtype.kind not in "biuf" or not np.all(np.isfinite(value)):
            raise ValueError(
                f"The {kind} {name} is {value.dtype} {value.shape}: expected a column of integers or of finite floats."
            )
        if kind == "factor" and len(np.unique(value)) < 2:
            raise ValueError(f"The factor {name} has one value only: leave it out.")
    return codes, factors


def _length(columns):
    return len(next(iter(columns.values())))


def _is_categorical(column):
    return column.dtype.kind != "f"


def _categories(column, bins):
    """Integers from 0, without gaps: categories as they are, numbers by their interval."""
    if not _is_categorical(column):
        low, high = column.min(), column.max()
        column = ((column - low) / (high - low if high > low else 1) * bins).astype(int).clip(0, bins - 1)
    return np.unique(column, return_inverse=True)[1]


def _block(column):
    """A code as what a predictor reads, (n, width): categories one-hot, numbers with mean 0 and variance 1."""
    kind = (
        preprocessing.OneHotEncoder(sparse_output=False) if _is_categorical(column) else preprocessing.StandardScaler()
    )
    return kind.fit_transform(column[:, np.newaxis])


def _gap(scores):
    """The best minus the second best, which is 0 where there is only one."""
    first, second, *_ = sorted([*scores, 0.0], reverse=True)
    return first - second


def _concentration(importance):
    """1 - H / ln(columns) of each row's shares, 0 for rows of zeros."""
    some = importance.sum(1) > 0
    entropies = stats.entropy(np.where(some[:, np.newaxis], importance, 1), axis=1)
    return np.where(some, 1 - entropies / np.log(importance.shape[1]), 0)


def _variance(values):
    """Of each row of (groups, rows)."""
    if not _is_categorical(values):
        return values.var(1)
    return 1 - sum(np.mean(values == category, 1) ** 2 for category in np.unique(values))


def _split(rows, seed):
    """Indices of three quarters of the rows, and of the others."""
    order = np.random.default_rng(seed).permutation(rows)
    return order[rows // 4 :], order[: rows // 4]


def _balanced_accuracy(block, factor, seed):
    train, test = _split(len(block), seed)
    classifier = linear_model.LogisticRegression(class_weight="balanced", max_iter=1000)
    classifier.fit(block[train], factor[train])
    return float(metrics.balanced_accuracy_score(factor[test], classifier.predict(block[test])))
