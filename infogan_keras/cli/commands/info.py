"""Say what a model is: images, codes and their bounds, length, errors that were measured, and its card.

    infogan info runs/mnist-001
    infogan info saved_models/mnist

Until a run is exported, its bounds are those of its last epoch.
"""

import argparse
import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from infogan_keras._model_paths import find_model, is_servable, servable_folder
from infogan_keras.cli.start import start_tensorflow
from infogan_keras.cli.training import describe_bound

if TYPE_CHECKING:
    from infogan_keras.latents import LatentSpec


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument("model", metavar="MODEL", help="a run's folder, a .keras file, a servable's folder, or a name")


def run(arguments: argparse.Namespace) -> None:
    """Prints."""
    path = find_model(arguments.model)
    print(path)
    known = describe_servable(path) if is_servable(path) else describe_model(path)
    card = newest_card(path)
    if card is not None:
        known |= metadata_of_card(card)
    for name, value in (known | errors_of_evaluation(path.parent / "evaluation.json")).items():
        print(f"{name}: {value}")
    if card is not None:
        print(f"card: {card}")


def describe_model(path: Path) -> dict[str, str]:
    """What the model in a `.keras` file says of itself, and the log beside it of its bounds."""
    start_tensorflow()
    import infogan_keras as ig

    model = ig.load_model(path)
    return {
        "images": _images(model.image_shape, model.image_range),
        "noise": repr(model.latents.noise),
        **{f"code {name}": repr(code) for name, code in model.latents.codes.items()},
        "updates": f"{model.updates:,}",
        "weights": f"{model.generator.count_params() + model.discriminator.count_params():,}",
        "seed": str(model.seed),
        **bounds_of_log(path.parent / "log.csv", model.latents),
    }


def describe_servable(path: Path) -> dict[str, str]:
    """What a servable's `latents.json` says; TensorFlow is not needed."""
    version = servable_folder(path)
    file = version / "latents.json"
    if not file.is_file():
        return {}
    about = json.loads(file.read_text())
    image = about["image"]
    return {
        "version": version.name,
        "images": _images([image[side] for side in ("height", "width", "channels")], image["range"]),
        "noise": _distribution(about["noise"]),
        **{f"code {name}": _distribution(code) for name, code in about["codes"].items()},
    }


def _images(image_shape, image_range):
    height, width, channels = image_shape
    low, high = image_range
    return f"{height}x{width}, {channels} channel{'s' * (channels > 1)}, from {low:g} to {high:g}"


def _distribution(about):
    """As the distribution's `repr` begins."""
    fields = {name: value for name, value in about.items() if name not in ("distribution", "size")}
    return f"{about['distribution']}({', '.join(f'{name}={value!r}' for name, value in fields.items())})"


def newest_card(path: Path) -> Path | None:
    """The card of a servable, or of the newest version that a run has exported."""
    servable = path if path.is_dir() else path.parent / "saved_model"
    card = servable_folder(servable) / "card.md" if is_servable(servable) else None
    return card if card is not None and card.is_file() else None


def metadata_of_card(card: Path) -> dict[str, str]:
    """What a card says of the run: data, licence, length, size, errors and bounds."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", card.read_text(), re.MULTILINE)
    shown = r"(data|licence of the data|updates|weights|seed|test error of .*|bound of .*)"
    return {name.replace("`", ""): value for name, value in rows if re.fullmatch(shown, name)}


def bounds_of_log(log: Path, latents: "LatentSpec") -> dict[str, str]:
    """The bounds of a run's last epoch."""
    if not log.is_file():
        return {}
    with log.open(newline="") as file:
        last = list(csv.DictReader(file))[-1:]
    return {
        f"bound of {name}": describe_bound(code, float(row[f"mi/{name}"]))
        for row in last
        for name, code in latents.codes.items()
        if row.get(f"mi/{name}")
    }


def errors_of_evaluation(path: Path) -> dict[str, str]:
    """What `infogan evaluate` measured of a run: errors of codes, and distances of images."""
    if not path.is_file():
        return {}
    numbers = json.loads(path.read_text())
    shown = {name: value for name, value in numbers.items() if re.match(r"test_error/|fid|kid", name)}
    return {name: f"{value:.4g} ({path.name})" for name, value in shown.items() if value is not None}
