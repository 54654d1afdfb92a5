"""`evaluate`: everything that can be measured of a trained model, as one dict of numbers and one page of pictures."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from infogan_keras import losses, views
from infogan_keras._arguments import positive_int
from infogan_keras._files import atomic_file, local_path
from infogan_keras.evaluation import (
    appearance,
    clustering,
    correlation,
    declared,
    disentanglement,
    information,
    sample_quality,
)
from infogan_keras.evaluation.batches import in_batches, read_images
from infogan_keras.evaluation.page import as_text, draw_confusion, draw_page
from infogan_keras.latents import Bernoulli, Categorical, Circular
from infogan_keras.plotting import charts, traversal

__all__ = ["FILES", "as_text", "code_columns", "evaluate", "free_files"]

FILES = ("evaluation.json", "evaluation.png")


def evaluate(
    model,
    images: np.ndarray,
    labels: ArrayLike | None = None,
    factors: Mapping[str, ArrayLike] | None = None,
    *,
    train: tuple[np.ndarray, np.ndarray] | None = None,
    periods: Mapping[str, float] | None = None,
    extractor=None,
    strokes: bool = False,
    count: int = 10_000,
    seed: int = 0,
    directory: str | Path | None = None,
    overwrite: bool = False,
    scale: int = 1,
) -> dict[str, float]:
    """Measures a trained model.

    Names are `<quantity>/<code>` or `<quantity>/<factor>/<code>`; a code of several dimensions is `name[i]`.

    - Of generated images, whose latents depend on the seed alone: `mi/`, `mi_floor/` and `mi_ceiling/`, the bound in
      nats, with Q as `encode` uses it (training's log normalizes by each batch); and `readback_accuracy/`,
      `readback_correlation/`, `readback_explained/` and, where std is learned, `readback_within_one_std/` and
      `readback_z_std/`, of circular codes `readback_alignment/`, see `information.read_back`.
    - Of real images: `image_information/` of categorical codes and bits, in nats, see `information`.
    - With labels: `test_error/`, `test_error_train_matched/` (with `train`), `test_error_many_to_one/`, `nmi/` and
      `ari/` of categorical codes, see `clustering`.
    - With factors: `mig`, `dci_disentanglement`, `dci_completeness`, `dci_informativeness`, `sap`, `factor_vae` and
      `beta_vae` of all codes together; for each factor and code `spearman/` (numbers, absolute), `circular/` and
      `cut_spearman/` (cyclic numbers) or `information/` (categories, nats), and `best_.../` the largest over the codes;
      see `disentanglement`.
    - With an extractor: `fid<count>_<name>` and `kid<count>_<name>` of as many generated images against all real ones,
      and a classifier's `<name>_test_accuracy` where there are labels; see `sample_quality`.
    - With strokes: `slant_spearman/`, `slant_change_degrees/`, `thickness_spearman/`, ... of continuous codes over
      -2..2, see `appearance`.
    - Where codes declare what they follow: `real_response/<view>/<code>`, `real_response_worst/<view>/<code>` and
      `real_leakage/<code>` of real images; with strokes `declared_spearman/<measure>/<code>`,
      `declared_slope_degrees/slant/<code>`, ... and `declared_leakage/<code>` of generated ones, over -1..1; see
      `declared`.

    Args:
        model: a trained `InfoGAN`, or a `GAN` (of which only samples can be measured).
        images: (n, height, width, channels) uint8, real images that training did not see.
        labels: (n,) integers, their classes.
        factors: `{name: (n,)}`, their true factors: integers for categories, floats for numbers.
        train: (images, labels) of training, to match categories on.
        periods: `{factor: period}` of the cyclic ones, such as 360 for degrees.
        extractor: of features, see `extractors`.
        strokes: whether images are light strokes on black, as MNIST's.
        count: generated images.
        seed: of all that is drawn.
        directory: the folder in which `evaluation.json` and `evaluation.png` are written; None writes nothing.
        overwrite: replace these files where they exist.
        scale: of the page: 2 draws everything, text included, twice as large, for slides.

    Returns:
        `{name: number}`, the same as in the JSON file (where NaN is null).

    Raises:
        FileExistsError: for a folder with an earlier evaluation, without `overwrite`.
        ValueError: for images, labels or factors that do not fit.

    Example:
        images, labels = mnist.arrays("test")
        cnn = extractors.trained_classifier("mnist", *mnist.arrays("train"))
        numbers = evaluate(model, images, labels, extractor=cnn, strokes=True, directory="runs/mnist-001")
    """
    files = free_files(directory, overwrite) if directory is not None else []
    images = np.asarray(images)
    count, scale = positive_int("count", count, least=2), positive_int("scale", scale)
    _check(model, images, labels, factors, periods or {}, strokes)
    codes = model.latents.codes
    numbers = {"updates": model.updates, "seed": seed, "real_images": len(images), "generated_images": count}
    pictures, responses = [], []

    latents = {name: value.numpy() for name, value in model.latents.sample(count, (seed, 2)).items()}
    fakes = in_batches(model.decode, latents, "generated image")
    if codes:
        numbers |= _of_generated(model, latents, fakes)
        encoded = read_images(model, images, "real")
        numbers |= _of_real(codes, encoded)
        if labels is not None:
            confusions, found = _of_labels(codes, encoded, labels, model, train)
            numbers |= found
            for name, confusion in confusions.items():
                pictures.append(draw_confusion(name, confusion, getattr(codes[name], "names", ()), scale))
        if factors is not None:
            columns = code_columns(codes, encoded)
            shares, found = _of_factors(columns, factors, periods or {}, seed)
            numbers |= found
            pictures.append(_draw_factors(shares, factors, columns, scale))
        if strokes:
            responses = appearance.responses(model, seed=seed)
            numbers |= _of_strokes(responses)
        if follows := declared.declarations(codes):
            known = [view.name for view in model.known_views]
            matrix, found = _of_declared(model, follows, images, encoded, strokes, seed)
            numbers |= found
            pictures.append(declared.draw_responses(matrix, [*follows], known, scale))
    if extractor is not None:
        numbers |= _of_samples(extractor, images, labels, traversal.brightness(fakes, model.image_range))

    numbers = {name: value if isinstance(value, int) else float(value) for name, value in numbers.items()}
    if files:
        _write(files, numbers, draw_page(model, images, fakes, numbers, pictures, responses, seed=seed, scale=scale))
    return numbers


def free_files(directory: str | Path, overwrite: bool = False) -> list[Path]:
    """The paths that `evaluate` writes to in a folder; FileExistsError where they exist, without `overwrite`."""
    files = [local_path(directory) / name for name in FILES]
    if not overwrite and (taken := [str(path) for path in files if path.exists()]):
        raise FileExistsError(
            f"{' and '.join(taken)} exist. Choose another folder, or replace them (overwrite=True, --overwrite)."
        )
    return files


def code_columns(codes: Mapping, encoded: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What `InfoGAN.encode` returned, as the columns that `disentanglement` takes.

    Ids of categorical codes, probabilities of bits, degrees of angles and means of continuous ones; a code of several
    dimensions has a column name[i] for each.

    Args:
        codes: `model.latents.codes`.
        encoded: of `encode`.

    Returns:
        `{name: (n,)}`.
    """
    columns = {}
    for name, code in codes.items():
        if isinstance(code, Categorical):
            columns[name] = encoded[f"{name}_id"]
        else:
            what = "probability" if isinstance(code, Bernoulli) else "degrees" if isinstance(code, Circular) else "mean"
            columns |= _by_dimension(name, encoded[f"{name}_{what}"].T)
    return columns


def _of_generated(model, latents, fakes):
    """The bound, and how codes are read back."""
    codes = model.latents.codes
    posteriors = in_batches(lambda batch: model(batch, training=False), fakes, "generated image read")
    bounds = losses.mutual_information(model.latents, latents, posteriors)
    numbers = {}
    for name, code in codes.items():
        numbers[f"mi/{name}"] = float(bounds[name])
        numbers[f"mi_floor/{name}"], numbers[f"mi_ceiling/{name}"] = code.mi_floor, code.mi_ceiling
        posterior = {what: np.asarray(value) for what, value in code.activate(posteriors[name]).items()}
        for quantity, values in information.read_back(latents[name], posterior).items():
            if getattr(code, "fix_std", False) and quantity in ("within_one_std", "z_std"):
                continue
            for dimension, value in _by_dimension(name, np.atleast_1d(values)).items():
                numbers[f"readback_{quantity}/{dimension}"] = value
    return numbers


def _of_real(codes, encoded):
    """The label-free score of categorical codes and bits."""
    numbers = {}
    for name, code in codes.items():
        if isinstance(code, Categorical):
            numbers[f"image_information/{name}"] = information.image_information(encoded[f"{name}_probabilities"])
        elif isinstance(code, Bernoulli):
            for dimension, ones in _by_dimension(name, encoded[f"{name}_probability"].T).items():
                both = np.stack([1 - ones, ones], 1)
                numbers[f"image_information/{dimension}"] = information.image_information(both)
    return numbers


def _of_labels(codes, encoded, labels, model, train):
    """The confusion matrices of categorical codes, and the codes as classifiers."""
    categorical = {name: code for name, code in codes.items() if isinstance(code, Categorical)}
    train_read = read_images(model, train[0], "training") if train is not None and categorical else None
    classes = int(max(np.max(labels), -1 if train is None else np.max(train[1]))) + 1
    numbers, confusions = {}, {}
    for name, code in categorical.items():
        ids = encoded[f"{name}_id"]
        confusions[name] = clustering.confusion_matrix(ids, labels, code.categories, classes)
        of_train = None
        if train_read is not None:
            of_train = clustering.confusion_matrix(train_read[f"{name}_id"], train[1], code.categories, classes)
        found = clustering.errors(confusions[name], of_train) | clustering.agreement(confusions[name])
        numbers |= {f"{quantity}/{name}": value for quantity, value in found.items()}
    return confusions, numbers


def _of_factors(codes, factors, periods, seed):
    """How much of each factor is in each code, (factors, codes), and the disentanglement of all codes."""
    sample = disentanglement.sampler(codes, factors)
    numbers = {"mig": disentanglement.mutual_information_gap(codes, factors)}
    numbers["sap"] = disentanglement.separated_attribute_predictability(codes, factors, seed)
    if len(factors) > 1:
        if len(codes) > 1:
            numbers |= {f"dci_{name}": value for name, value in disentanglement.dci(codes, factors, seed).items()}
        numbers["factor_vae"] = disentanglement.factor_vae_score(sample, factors, seed=seed)
        numbers["beta_vae"] = disentanglement.beta_vae_score(sample, factors, seed=seed)
    measured, shares = {}, np.full((len(factors), len(codes)), np.nan)
    for row, (factor, truth) in enumerate(factors.items()):
        entropy = disentanglement.mutual_information(truth, truth)
        for column, (code, values) in enumerate(codes.items()):
            found = _beside(values, np.asarray(truth), periods.get(factor))
            for quantity, value in found.items():
                measured.setdefault(f"{quantity}/{factor}", {})[code] = value
            if found:
                shares[row, column] = found["information"] / entropy if "information" in found else max(found.values())
    for name, values in measured.items():
        numbers[f"best_{name}"] = max(values.values())
        numbers |= {f"{name}/{code}": value for code, value in values.items()}
    return shares, numbers


def _draw_factors(shares, factors, codes, scale):
    texts = [["" if np.isnan(value) else f"{value:.2f}" for value in row] for row in shares]
    title = "factors and codes: correlation, or the share of a category's entropy"
    return charts.matrix(shares, list(factors), list(codes), title=title, texts=texts, cell=44, scale=scale)


def _beside(code, factor, period):
    """The measures of one code and one factor that fit their kinds."""
    if factor.dtype.kind != "f":
        return {"information": disentanglement.mutual_information(code, factor)}
    if code.dtype.kind != "f":
        return {}
    if period is None:
        return {"spearman": abs(correlation.spearman(code, factor))}
    return {
        "cut_spearman": correlation.cut_spearman(code, factor, period),
        "circular": correlation.circular_linear_correlation(code, factor, period),
    }


def _of_strokes(responses):
    """What continuous codes do to the strokes of generated images."""
    numbers = {}
    for response in responses:
        numbers[f"{response.measure}_spearman/{response.code}"] = response.spearman
        numbers[f"{response.measure}_change_{appearance.UNITS[response.measure]}/{response.code}"] = response.change
    return numbers


def _of_declared(model, follows, images, encoded, strokes, seed):
    """R of the declared codes, (codes, views), and how they follow."""
    low, high = model.image_range
    known = model.known_views

    def read(batch):
        columns = code_columns(model.latents.codes, in_batches(model.encode, batch, "changed image"))
        return np.stack([columns[code] for code in follows], 1)

    def apply(batch, amounts):
        def change(rows):
            given = [view for view in known if view.name in amounts]
            shares = {view.name: rows[view.name] / view.amount for view in given}
            return views.apply(given, tf.constant(rows["images"]), shares, model.image_range)

        return in_batches(change, {"images": batch, **amounts}, "image changed")

    categorical = (name for name, code in model.latents.codes.items() if isinstance(code, Categorical))
    ids = encoded[f"{name}_id"] if (name := next(categorical, None)) else None
    real = images.astype(np.float32) / 255 * (high - low) + low
    numbers, matrix = declared.measure_real(read, apply, real, known, follows, ids, seed)
    if strokes:
        numbers |= declared.measure_generated(appearance.responses(model, limit=1.0, seed=seed), follows)
    return matrix, numbers


def _of_samples(extractor, images, labels, fakes):
    """Distances between generated and real images."""
    real, generated = extractor(images.astype(np.float32) / 255), extractor(fakes)
    name = f"{sample_quality.count_name(len(fakes))}_{extractor.name}"
    numbers = {
        f"fid{name}": sample_quality.frechet_distance(generated, real),
        f"kid{name}": sample_quality.kernel_distance(generated, real),
    }
    if labels is not None and hasattr(extractor, "accuracy"):
        numbers[f"{extractor.name}_test_accuracy"] = extractor.accuracy(real, labels)
    return numbers


def _write(files, numbers, page):
    finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    with atomic_file(files[0]) as path:
        path.write_text(json.dumps(finite, indent=1, allow_nan=False) + "\n")
    with atomic_file(files[1]) as path:
        page.save(path)


def _check(model, images, labels, factors, periods, strokes):
    shape = ", ".join(map(str, model.image_shape))
    if images.dtype != np.uint8 or images.shape[1:] != tuple(model.image_shape) or len(images) < 2:
        raise ValueError(f"The images are {images.dtype} {images.shape}: expected uint8 (n, {shape}), at least two.")
    for name, column in {"labels": labels, **(factors or {})}.items():
        if column is not None and np.shape(column) != (len(images),):
            raise ValueError(f"{name} has shape {np.shape(column)}: expected ({len(images)},), one per image.")
    if labels is not None:
        clustering.require_indices(labels, "labels")
    if unknown := sorted(set(periods) - set(factors or {})):
        raise ValueError(f"periods names {', '.join(unknown)}: expected names of factors.")
    for name, period in periods.items():
        dtype = np.asarray(factors[name]).dtype
        if dtype.kind != "f":
            raise ValueError(f"The factor {name} has a period, and its values are {dtype}: expected floats.")
        if not 0 < period < math.inf:
            raise ValueError(f"periods={{{name!r}: {period!r}}}: expected a number above 0.")
    if strokes and model.image_shape[2] != 1:
        raise ValueError(f"strokes=True measures gray digits, and the model's images have shape ({shape}).")


def _by_dimension(name, values):
    """`{name: value}` of a code with one dimension, or `{name[i]: value}`."""
    return {name if len(values) == 1 else f"{name}[{i}]": value for i, value in enumerate(values)}
