"""The page as one file: what it says about the model, the networks, the runtime, and the front end of `page/`."""

import base64
import gzip
import html
import json
import lzma
import re
from pathlib import Path

import numpy as np
import tensorflow as tf

from infogan_keras._files import atomic_file
from infogan_keras.explore.convert import to_litert
from infogan_keras.export.card import KIND_OF_PICTURES
from infogan_keras.models import InfoGAN

PAGE, RUNTIME = Path(__file__).with_name("page"), Path(__file__).with_name("runtime")
# Pictures of a view are made so many at a time; in between, the page may ask for another.
BATCH = 4
LOOKS = 64
DARK, INK = 0.05, 0.2
# In the order in which each may use the ones before it.
SCRIPTS = (
    *("elements.js", "random.js", "latents.js", "address.js", "engine.js", "tiles.js", "views.js", "controls.js"),
    *("prepare.js", "pad.js", "readout.js", "reading.js", "gif.js", "downloads.js", "snippets.js", "main.js"),
)


def write_page(model: InfoGAN, path: str | Path, *, name: str = "model", source: str | Path | None = None) -> Path:
    """Writes one HTML file in which a reader moves a model's codes and sees what it makes of them.

    The page holds the generator and the recognition network, with 8-bit weights, and runs both in the browser. It
    opens from the file system without network or server, and fetches nothing. An existing file is replaced.

    Args:
        model: a trained model with codes, of images with 1 or 3 channels in any size.
        path: of the file, such as "page.html".
        name: of the model: the page's title, and the served name in its request to TensorFlow Serving.
        source: what `ig.load_model` loads it from, for the Python line that the page shows; None for the name.

    Returns:
        The path.

    Raises:
        ValueError: for a model without codes, with images of other channels, or with a layer that LiteRT cannot run;
            the message names the layer.

    Example:
        ig.explore.write_page(ig.load_model("mnist"), "page.html", name="mnist")
    """
    if not isinstance(model, InfoGAN):
        raise ValueError(f"A page explores the codes of an InfoGAN; this is a {type(model).__name__}.")
    if model.image_shape[2] not in KIND_OF_PICTURES:
        raise ValueError(f"The model makes images of {model.image_shape[2]} channels: the page shows 1 or 3.")
    low, high = model.image_range

    def joined(values):
        """The generator's input; the page knows values, and not in which order a network has its categories."""
        sizes = [part.size for part in model.latents.parts.values()]
        return model.latents.join(dict(zip(model.latents.parts, tf.split(values, sizes, -1), strict=True)))

    def read(outputs):
        posteriors = model.activate_posteriors(model.latents.split(outputs))
        return {name: value for name, value in posteriors.items() if value.dtype.is_floating}

    files = {
        "wasm": _runtime("litert_wasm_compat_internal.wasm"),
        "generator": to_litert(
            model.sampling_generator,
            [1, BATCH],
            before=joined,
            after=lambda images: tf.clip_by_value((images - low) / (high - low), 0, 1),
        ),
        "encoder": to_litert(
            model.encoding_discriminator, [1], before=lambda images: images * (high - low) + low, after=read
        ),
    }
    about = description(model, name, name if source is None else source)
    with atomic_file(path) as temporary:
        temporary.write_text(_html(about, files), encoding="utf-8")
    return Path(path)


def description(model: InfoGAN, name: str, source: str | Path) -> dict:
    """What the page's scripts know about a model, as they read it in JSON; `write_page` has the arguments."""
    height, width, channels = model.image_shape
    updates = f", {model.updates:,} updates" if model.updates else ""
    return {
        "name": name,
        "python": f"ig.load_model({json.dumps(str(source))})",
        "kind": f"{type(model).__name__}, {width}x{height} {KIND_OF_PICTURES[channels]}{updates}",
        "image": {"height": height, "width": width, "channels": channels},
        "noise": _part("noise", model.latents.noise),
        "codes": [_part(name, code) for name, code in model.latents.codes.items()],
        "latents": model.latents.size,
        "batch": BATCH,
        **_usual(model),
    }


def _part(name, distribution):
    return {
        "name": name,
        "distribution": type(distribution).__name__,
        "size": distribution.size,
        "dim": getattr(distribution, "dim", 1),
        "names": getattr(distribution, "names", ()),
        "fix_std": getattr(distribution, "fix_std", False) or getattr(distribution, "fix_concentration", False),
    }


def _usual(model):
    """How the model's own images look: on a dark or light `background`, or None, and `ink`, the share that it fills."""
    low, high = model.image_range
    images = ((model.generate(LOOKS, seed=0) - low) / (high - low)).mean(-1)
    border = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
    if DARK < border.mean() < 1 - DARK:
        return {"background": None, "ink": 1.0}
    drawn = np.abs(images - np.median(border)) > INK
    ink = np.median([max(_span(image.any(0)), _span(image.any(1))) for image in drawn])
    return {"background": "dark" if border.mean() < 0.5 else "light", "ink": float(ink) or 1.0}


def _span(filled):
    """From the first to the last place that is filled, as a share of all."""
    places = np.flatnonzero(filled)
    return (places[-1] - places[0] + 1) / len(filled) if len(places) else 0.0


def _html(about, files):
    def script(kind, identifier, text):
        return f'<script type="{kind}" id="{identifier}">{text}</script>'

    runtime = [_classic(_runtime(name)) for name in ("litert_wasm_compat_internal.js", "litert_core.js")]
    worker = "\n".join([*runtime, _front_end("worker.js")])
    data = [
        script("application/json", "about", json.dumps(about).replace("<", "\\u003c")),
        script("text/plain", "worker", worker),
        script("text/plain", "licence", (RUNTIME / "LICENSE").read_text()),
        *(script("text/plain", name, _packed(file)) for name, file in files.items()),
    ]
    parts = {
        "TITLE": html.escape(f"{about['name']}: move its codes"),
        "STYLE": _front_end("style.css"),
        "DATA": "\n".join(data),
        "SCRIPT": "\n".join(_merged(_front_end(name)) for name in SCRIPTS),
    }
    return re.sub("<!--([A-Z]+)-->", lambda match: parts[match[1]], _front_end("index.html"))


def _merged(module):
    """A module's text for one script with those that it imports."""
    return re.sub(r"^export ", "", re.sub(r"^import .*\n", "", module, flags=re.MULTILINE), flags=re.MULTILINE)


def _classic(script):
    """A runtime's script without imports and exports: workers of a page that was opened as a file take no modules."""
    text = re.sub(r"^import .*\n", "", script.decode(), flags=re.MULTILINE)
    return re.sub(r"^export \{.*?\};\n", "", text, flags=re.MULTILINE | re.DOTALL)


def _packed(file):
    return base64.b64encode(gzip.compress(file, mtime=0)).decode()


def _runtime(name):
    return lzma.decompress((RUNTIME / f"{name}.xz").read_bytes())


def _front_end(name):
    return (PAGE / name).read_text(encoding="utf-8")
