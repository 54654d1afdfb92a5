"""Random damage to files of every format that is read, for `faults.py`: flipped bits, truncations, blocks of zeros."""

import contextlib
import gzip
import io
import os
import shutil
import signal
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from PIL import Image

import infogan_keras as ig

SECONDS = 60  # After which reading a file hangs.


class HangError(Exception):
    """Reading a damaged file did not end."""


class Format(NamedTuple):
    """A file, how it is read, and which values other than the whole file's are right for damaged bytes."""

    path: Path
    read: Callable[[], Any]
    also_right: Callable[[bytes], list] = lambda content: []


def trials(folder, seed, count):
    """Arguments of `damage`, one per format."""
    return [(folder / f"files-{index}", name, seed, count) for index, name in enumerate(FORMATS)]


def damage(trial):
    """(case, outcomes, note) of one format."""
    folder, name, seed, count = trial
    folder.mkdir()
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    signal.signal(signal.SIGALRM, _hang)
    rng = np.random.default_rng([seed, list(FORMATS).index(name)])
    outcomes, notes = [], []
    # Readers draw progress bars and warn.
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        warnings.catch_warnings(action="ignore"),
    ):
        path, read, also_right = FORMATS[name](folder, rng)
        whole, expected = path.read_bytes(), read()
        for _ in range(count):
            content = mutated(whole, rng)
            path.write_bytes(content)
            shutil.rmtree(folder / "cache", ignore_errors=True)
            outcome, note = judge(path, read, [expected, *also_right(content)])
            outcomes.append(outcome)
            notes += [note] * bool(note)
    return name, outcomes, "; ".join(f"{notes.count(note)} {note}" for note in dict.fromkeys(notes))


def mutated(content, rng):
    """Bytes with one to three flipped bits, cut off, or with a block of zeros; never the same."""
    while True:
        new, kind = bytearray(content), rng.integers(3)
        if kind == 0:
            for place in rng.integers(len(new), size=rng.integers(1, 4)):
                new[place] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del new[int(rng.integers(len(new))) :]
        else:
            start = int(rng.integers(len(new)))
            end = min(len(new), start + int(rng.choice([16, 512, 4096])))
            new[start:end] = bytes(end - start)
        if new != content:
            return bytes(new)


def judge(path, read, right):
    """(outcome, note) of reading a damaged file."""
    signal.alarm(SECONDS)
    try:
        value = read()
    except (ValueError, OSError) as error:
        if path.stem in str(error):
            return "refused", ""
        return "other", f"error without the file's name: {str(error)[:80]}"
    except Exception as error:
        return "other", type(error).__name__
    finally:
        signal.alarm(0)
    return ("right", "") if any(equal(value, one) for one in right) else ("wrong", "")


def equal(value, expected):
    """Whether two values of a reader are the same."""
    if isinstance(value, list | tuple):
        return len(value) == len(expected) and all(map(equal, value, expected))
    if isinstance(value, dict):
        return value.keys() == expected.keys() and all(equal(value[key], expected[key]) for key in value)
    return np.array_equal(value, expected)


def _hang(*_):
    raise HangError


# ---- pictures and data sets


def npz(folder, rng, save=np.savez_compressed):
    """MNIST as Keras distributes it."""
    path = folder / "mnist.npz"
    save(path, x_train=_digits(rng), y_train=rng.integers(0, 10, 20))
    return Format(path, lambda: ig.datasets.mnist.arrays("train", path))


def npz_stored(folder, rng):
    """The same, not compressed."""
    return npz(folder, rng, np.savez)


def idx(folder, rng, suffix="", pack=bytes):
    """MNIST in its own format. Plain files have no checksum: other pixels of as many bytes are what the file says."""
    for name, values in (("labels-idx1", rng.integers(0, 10, 20, np.uint8)), ("images-idx3", _digits(rng))):
        header = np.array([0x800 + values.ndim, *values.shape], ">u4").tobytes()
        path = folder / f"train-{name}-ubyte{suffix}"
        path.write_bytes(pack(header + values.tobytes()))
    labels = ig.datasets.mnist.arrays("train", folder)[1]

    def other_pixels(content):
        if suffix or content[:16] != header or len(content) != 16 + values.size:
            return []
        return [(np.frombuffer(content[16:], np.uint8).reshape(-1, 28, 28, 1), labels)]

    return Format(path, lambda: ig.datasets.mnist.arrays("train", folder), other_pixels)


def idx_gz(folder, rng):
    """The same, compressed."""
    return idx(folder, rng, ".gz", gzip.compress)


def tar(folder, rng):
    """The public chairs."""
    path = folder / "rendered_chairs.tar"
    with tarfile.open(path, "w") as file:
        for number in range(4):
            content = picture(rng, "RGB", 20)
            member = tarfile.TarInfo(f"rendered_chairs/{number:032x}/renders/image_001_p020_t011_r096.png")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return Format(path, lambda: ig.datasets.chairs.arrays("train", folder))


def png(folder, rng, mode="RGB"):
    """A picture in a folder."""
    path = folder / "pictures" / "one.png"
    path.parent.mkdir()
    path.write_bytes(picture(rng, mode, 28))
    return Format(path, lambda: next(iter(ig.datasets.images.load(path.parent, (28, 28, 3), batch_size=1))).numpy())


def png_palette(folder, rng):
    """One with transparent colours in its palette."""
    return png(folder, rng, "P")


def picture(rng, mode, side):
    """The bytes of a PNG of random pixels."""
    pixels = rng.integers(0, 256, (side, side, 3) if mode == "RGB" else (side, side), np.uint8)
    image, options = Image.fromarray(pixels // 64 if mode == "P" else pixels), {}
    if mode == "P":
        image.putpalette(rng.integers(0, 256, 12, np.uint8).tobytes())
        options["transparency"] = bytes([0, 80, 160, 255])
    file = io.BytesIO()
    image.save(file, "png", **options)
    return file.getvalue()


def _digits(rng):
    return rng.integers(0, 256, (20, 28, 28), np.uint8)


# ---- models and runs


def keras_file(folder, rng):
    """A whole model."""
    path = folder / "model.keras"
    _model().save(path)
    return Format(path, lambda: _numbers(ig.load_model(path)))


def checkpoint(folder, rng):
    """The newest of two checkpoints; the older one may take its place."""
    run = _run(folder)
    older, newest = (run / "checkpoints" / f"epoch-{epoch:03d}.keras" for epoch in (1, 2))
    right = [(1, _numbers(ig.load_model(older)))]
    return Format(newest, lambda: _resumed(run), lambda content: right)


def config(folder, rng):
    """The run's `config.json`."""
    run = _run(folder)

    def read():
        resumed = ig.runs.resume(run)
        return resumed.epochs, resumed.steps_per_epoch, resumed.limit, resumed.settings

    return Format(run / "config.json", read)


def latents(folder, rng):
    """A servable's `latents.json`."""
    path = folder / "servable"
    images = ig.datasets.mnist.arrays("test")[0][:100] / np.float32(255)
    ig.models._signatures.write_saved_model(_model(), path, ["from_latents"], examples=images)

    def read():
        servable = ig.load_servable(path)
        return servable.latents.get_config(), servable.image_shape, servable.expects

    return Format(path / "latents.json", read)


def _model():
    keras.utils.set_random_seed(0)
    return ig.experiments.MNIST.tiny().build_model()


def _run(folder):
    run = ig.runs.start(folder / "run", _model(), epochs=2, steps_per_epoch=1, settings={"batch_size": 16, "seed": 0})
    run.fit(ig.datasets.mnist.load(batch_size=16), verbose=0)
    return run.directory


def _resumed(run):
    for damaged in (run / "checkpoints").glob("*.damaged"):
        damaged.unlink()
    resumed = ig.runs.resume(run)
    return resumed.epochs_done, _numbers(resumed.model)


def _numbers(model):
    holders = (model, model.d_optimizer, model.g_optimizer)
    return [variable.numpy() for holder in holders for variable in holder.variables]


FORMATS = {
    "mnist.npz": npz,
    "mnist.npz, stored": npz_stored,
    "IDX": idx,
    "IDX, gz": idx_gz,
    "tar of pictures": tar,
    "PNG": png,
    "PNG with a palette": png_palette,
    ".keras": keras_file,
    "newest checkpoint": checkpoint,
    "config.json": config,
    "latents.json": latents,
}
