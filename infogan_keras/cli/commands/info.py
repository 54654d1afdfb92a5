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

from infogan_keras.cli.loading import find, is_servable, load
from infogan_keras.cli.start import start_tensorflow
from infogan_keras.cli.training import describe_bound

if TYPE_CHECKING:
    from infogan_keras.latents import LatentSpec


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags."""
    parser.add_argument("model", metavar="MODEL", help="a run's folder, a .keras file, a servable's folder, or a name")


def run(arguments: argparse.Namespace) -> None:
    """Prints."""
    path = find(arguments.model)
    start_tensorflow()
    model = load(path)
    print(path)
    if model.image_shape is not None:
        height, width, channels = model.image_shape
        low, high = model.image_range
        print(f"images: {height}x{width}, {channels} channel{'s' * (channels > 1)}, from {low:g} to {high:g}")
    card = newest_card(path)
    if is_servable(path):
        known = {}
    else:
        weights = model.generator.count_params() + model.discriminator.count_params()
        known = {"updates": f"{model.updates:,}", "weights": f"{weights:,}", "seed": str(model.seed)}
        known |= bounds_of_log(path.parent / "log.csv", model.latents)
    if card is not None:
        known |= facts_of_card(card)
    if model.latents is not None:
        print(f"noise: {model.latents.noise!r}")
        for name, code in model.latents.codes.items():
            print(f"code {name}: {code!r}")
    for name, value in (known | errors_of_evaluation(path.parent / "evaluation.json")).items():
        print(f"{name}: {value}")
    if card is not None:
        print(f"card: {card}")


def newest_card(path: Path) -> Path | None:
    """The card of a servable, or of the newest version that a run has exported."""
    folder = path if path.is_dir() else path.parent / "saved_model"
    if (folder / "card.md").is_file():
        return folder / "card.md"
    versions = [version for version in folder.glob("[0-9]*") if (version / "card.md").is_file()]
    return max(versions, key=lambda version: int(version.name)) / "card.md" if versions else None


def facts_of_card(card: Path) -> dict[str, str]:
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
