"""The card of a servable: what it is, for people (`card.md`, `traversals.png`)."""

import json
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from infogan_keras.latents import Categorical, Circular
from infogan_keras.models._metadata import LATENTS
from infogan_keras.plotting import charts, traversal
from infogan_keras.views import View

KIND_OF_PICTURES = {1: "gray", 3: "colour"}
KINDS = {
    "GAN": "A GAN without codes",
    "InfoGAN": "An InfoGAN (Chen et al., 2016)",
    "ACGAN": "An InfoGAN that was told the classes of labelled images",
}
NOT_WEIGHTS = ("d_optimizer", "g_optimizer", "run_eagerly", "steps_per_execution", "jit_compile")


def write_card(model: keras.Model, path: str | Path, name: str, version: int, storage: str, metadata: Mapping) -> None:
    """Writes `card.md` and `traversals.png` into a version's folder, beside its `latents.json`.

    Args:
        model: the `GAN` or `InfoGAN` that was exported.
        path: the folder.
        name: of the servable.
        version: its number.
        storage: of its weights.
        metadata: `{name: text or number}` of the run.
    """
    path = Path(path)
    if model.latents.codes:
        _traversals(model).save(path / "traversals.png")
    (path / "card.md").write_text(_text(model, name, version, storage, metadata, _statistics(path)))


def _traversals(model):
    """One picture of all codes, one below the other."""
    pictures = [traversal.show(model, name, samples=3, seed=0) for name in traversal.traversal_names(model.latents)]
    return charts.below(pictures, gap=0)


def _text(model, name, version, storage, metadata, statistics):
    height, width, channels = model.image_shape
    codes = model.latents.codes
    shown = "\n\n![Each code's values from left to right; rows differ in noise](traversals.png)" if codes else ""
    kind = KINDS.get(type(model).__name__, f"A model of the class {type(model).__name__}")
    sections = [
        f"# {name}, version {version}\n\n{kind} that makes {height}x{width} {KIND_OF_PICTURES[channels]} images, "
        f"written by infogan_keras for TensorFlow Serving.{shown}",
        "## The run\n\n" + _table(("", ""), [*metadata.items(), *_settings(model, storage).items()]),
    ]
    if codes:
        sections.append(f"## What it expects\n\n{_expected(model.image_shape, statistics)}")
        rows = [(f"`{code}`", f"`{distribution!r}`", _request(distribution)) for code, distribution in codes.items()]
        sections.append("## Codes\n\n" + _table(("name", "distribution", "in a request"), rows))
    sections.append(
        "## Signatures\n\nEvery input and output has one row per request; images are in [0, 1]. A row that is not "
        "valid (an id out of range, NaN, bytes that are no picture) is answered by zeros and `valid` false.\n\n"
        + _table(("signature", "inputs", "outputs"), _signatures(model, statistics))
    )
    return "\n\n".join(sections) + "\n"


def _statistics(path):
    return json.loads((path / LATENTS).read_text()).get("expects")


def _expected(image_shape, statistics):
    """What an image must be like for its codes to mean something."""
    height, width, channels = image_shape
    size = f"{height}x{width} {KIND_OF_PICTURES[channels]} images in [0, 1]"
    if statistics is None:
        return f"{size}, framed and lit like those that it was trained on; none were at hand to describe here."
    dark, brightness = statistics["dark_pixels"], statistics["brightness"]
    polarity = "light on dark" if dark > 0.7 else "dark on light" if dark < 0.3 else "neither mostly dark nor light"
    return (
        f"{size}, {polarity}: in {statistics['images']:,} real ones {dark:.0%} of the values are below one half, and "
        f"an image's mean is {brightness['mean']:.2f} ± {brightness['std']:.2f} (its mean and standard deviation over "
        "the images). `typical` is by how many standard deviations an image's mean, or the discriminator's logit of "
        "it, differs from theirs, whichever is more: above 4 is unusual, and codes read from such an image mean little."
    )


def _settings(model, storage):
    """What the model itself knows of its training."""
    rows = {"updates": f"{model.updates:,}", "seed": model.seed}
    compiled = model.get_compile_config()
    if compiled is not None:
        for owner in ("d_optimizer", "g_optimizer"):
            rows[owner] = _optimizer(getattr(model, owner))
        for key, value in compiled.items():
            if key not in NOT_WEIGHTS:
                parts = value.items() if isinstance(value, dict) else [("", value)]
                rows[key] = ", ".join(f"{name} {_number(part)}".strip() for name, part in parts)
    if model.ema_momentum is not None:
        rows["generator"] = f"its average over the updates, momentum {model.ema_momentum:g}"
    if model.d_ema_momentum is not None:
        rows["discriminator"] = f"its average over the updates, momentum {model.d_ema_momentum:g}"
    if shown := getattr(model, "views", ()):
        rows["views"] = "; ".join(_view(view) for view in shown)
    if hasattr(model, "labelled"):
        rows["labels"] = f"of `{model.labelled}`"
    weights = sum(int(np.prod(weight.shape)) for weight in model.generator.weights + model.discriminator.weights)
    rows["noise"] = f"`{model.latents.noise!r}`"
    rows["weights"] = f"{weights:,} numbers, stored in {storage}"
    rows["computation"] = model.generator.layers[1].dtype_policy.name
    rows["versions"] = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
    return rows


def _view(view):
    """A view, or a Keras layer with its own arguments."""
    if isinstance(view, View):
        return f"`{view!r}`"
    own = {key: value for key, value in view.get_config().items() if key not in ("name", "trainable", "dtype", "seed")}
    return f"`{type(view).__name__}({', '.join(f'{key}={value!r}' for key, value in own.items())})`"


def _number(value):
    """A number, or the schedule of one."""
    if isinstance(value, dict) and "class_name" in value:
        given = {key: part for key, part in value["config"].items() if key != "name" and part is not None}
        return f"{value['class_name']}({', '.join(f'{key}={_number(part)}' for key, part in given.items())})"
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _optimizer(optimizer):
    config = optimizer.get_config()
    config = config.get("inner_optimizer", {}).get("config", config)
    names = ("learning_rate", "beta_1", "beta_2", "epsilon")
    values = [f"{name} {_number(config[name])}" for name in names if config.get(name) is not None]
    return ", ".join([type(optimizer).__name__, *values])


def _request(distribution):
    if isinstance(distribution, Categorical):
        names = ", ".join(f"{i} is {name}" for i, name in enumerate(distribution.names))
        return f"int64, 0 to {distribution.categories - 1}" + (f": {names}" if names else "")
    if isinstance(distribution, Circular):
        return "degrees, 1 float32"
    return f"{distribution.size} float32"


def _signatures(model, statistics):
    codes = ", ".join(["`seed` (int64)", *(f"`{name}`" for name in model.latents.codes)])
    rows = [
        ("`generate`, `serving_default`", codes, "`images`, `valid`"),
        ("`generate_png`", codes, "`png_bytes`, `valid`"),
        ("`from_latents`", ", ".join(f"`{name}`" for name in model.latents.parts), "`images`, `valid`"),
    ]
    if model.latents.codes:
        outputs = {name: tf.zeros((1, code.posterior_size)) for name, code in model.latents.codes.items()}
        names = [*model.activate_posteriors(outputs), *(["typical"] if statistics else [])]
        read = ", ".join(f"`{name}`" for name in names)
        rows.append(("`encode`", "`images`", f"{read}, `valid`"))
        rows.append(("`encode_bytes`", "`image_bytes`, PNG or JPEG", f"{read}, `valid`"))
    return rows


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
