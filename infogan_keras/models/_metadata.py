"""What a SavedModel holds beside its graph: codes and images (`latents.json`), and the Keras model (`model.json`)."""

import json
from pathlib import Path

import keras
import numpy as np

from infogan_keras._files import atomic_file
from infogan_keras.models import _data

LATENTS, MODEL = "latents.json", "model.json"


def image_statistics(model: keras.Model, examples: np.ndarray | None) -> dict | None:
    """What real images look like to a model: the brightness that it saw, and D's logit of it.

    Args:
        model: a `GAN` or `InfoGAN`.
        examples: (n, height, width, channels) real images in the model's `image_range`, or None.

    Returns:
        `{"images": n, "dark_pixels": share of values below the middle of the range, "brightness": {"mean", "std"},
        "logit": {"mean", "std"}}`, brightness being the mean of an image in [0, 1]; None without examples.
    """
    if examples is None:
        return None
    images = np.asarray(examples, np.float32)
    low, high = model.image_range
    parts = np.array_split(images, -(-len(images) // 256))
    logits = np.concatenate([np.asarray(model(part)["logits"]) for part in parts])
    images = (images - low) / (high - low)
    return {
        "images": len(images),
        "dark_pixels": float(np.mean(images < 0.5)),
        "brightness": _mean_and_std(images.mean((1, 2, 3))),
        "logit": _mean_and_std(logits),
    }


def require_examples(model: keras.Model, examples: np.ndarray | None) -> None:
    """Raises ValueError for examples of another shape or range than the model's images, or fewer than two."""
    if examples is None:
        return
    images = np.asarray(examples)
    if images.shape[1:] != model.image_shape or len(images) < 2:
        expected = ", ".join(map(str, model.image_shape))
        raise ValueError(f"examples of the shape {images.shape}: expected at least two real images, (n, {expected}).")
    low, high = model.image_range
    _data.require_range(images, model.image_range, f"These are the examples': expected {low:g} to {high:g}.")


def write_latents(model: keras.Model, folder: Path, statistics: dict | None) -> None:
    """Writes `latents.json`: images as they are served, noise and codes, and what real images look like."""
    height, width, channels = model.image_shape
    content = {
        "image": {"height": height, "width": width, "channels": channels, "range": [0, 1]},
        "noise": _description(model.latents.noise),
        "codes": {name: _description(code) for name, code in model.latents.codes.items()},
    }
    if statistics is not None:
        content["expects"] = statistics
    with atomic_file(folder / LATENTS) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")


def write_model(model: keras.Model, folder: Path, weights: dict) -> None:
    """Writes `model.json`: what it takes to make the Keras model again from the SavedModel's weights.

    Networks with layers that have no config cannot be made again; for them nothing is written.

    Args:
        model: a `GAN` or `InfoGAN`.
        folder: the SavedModel's.
        weights: `{network: [name of each weight, in the order in which the SavedModel holds them]}`, see
            `named_variables`.
    """
    try:
        serialized = keras.saving.serialize_keras_object(model)
    except NotImplementedError:
        return
    kept = {key: serialized[key] for key in ("module", "class_name", "registered_name", "config")}
    with atomic_file(folder / MODEL) as temporary:
        temporary.write_text(json.dumps({"model": kept, "updates": model.updates, "weights": weights}) + "\n")


def named_variables(network: keras.Model) -> dict:
    """A network's variables as `{"layer/variable": variable}`, names that its config alone decides.

    (Keras' own paths depend on when and where a nested layer was built.)
    """
    return _named(network, "")


def _named(network, prefix):
    named = {}
    for layer in network.layers:
        if hasattr(layer, "layers"):
            named |= _named(layer, f"{prefix}{layer.name}/")
            continue
        for variable in layer.variables:
            name = f"{prefix}{layer.name}/{variable.name}"
            while name in named:
                name += "'"
            named[name] = variable
    return named


def _description(distribution):
    """What a code's values are; what training declared of it is in `model.json`, and may need a user's functions."""
    config = {key: value for key, value in distribution.get_config().items() if key not in ("follows", "magnitude")}
    return {"distribution": type(distribution).__name__, "size": distribution.size, **config}


def _mean_and_std(values):
    return {"mean": float(np.mean(values)), "std": float(np.std(values))}
