"""Minutes of valid, bad and hostile rows to a served model, for `faults.py`.

The model is `saved_models/mnist`, loaded and called as TensorFlow Serving does (`tests/model_server.py`), in this
process. A row is right where it has the answer that it has alone; a bad one is refused where it is not valid and all
zeros, and a request of a wrong shape where it is an error of the client.
"""

import io
import sys
import time
from pathlib import Path

import fault_files
import numpy as np
import processes
import tensorflow as tf
from PIL import Image

ROOT = Path(__file__).parent.parent
POOL = 64  # Valid rows whose answers are known.
WARM_UP = 0.2  # Of the time, after which memory is measured for the first time.
REFUSALS = (ValueError, tf.errors.InvalidArgumentError)


def ask(trial):
    """(case, outcomes, note): one outcome per row, and per request of a wrong shape."""
    seed, minutes = trial
    sys.path.insert(0, str(ROOT / "tests"))
    import model_server

    rng = np.random.default_rng(seed)
    model = model_server.Model(ROOT / "saved_models" / "mnist" / "1")
    pools = {"generate": _codes(rng), "encode": _images(rng), "encode_bytes": _pictures(rng)}
    known = {name: model.predict(name, pool) for name, pool in pools.items()}
    outcomes, requests, memory = [], 0, []
    start = time.monotonic()
    while (passed := (time.monotonic() - start) / (60 * minutes)) < 1:
        name = str(rng.choice(list(pools)))
        outcomes += _misshapen(model, name, pools[name], rng) if rng.random() < 0.1 else []
        outcomes += _rows(model, name, pools[name], known[name], rng)
        requests += 1
        if not memory and passed > WARM_UP:
            memory.append(processes.resident_mb())
    memory.append(processes.resident_mb())
    note = f"{requests:,} requests in {minutes:g} minutes; memory {memory[0]:.0f} MB, {memory[-1]:.0f} MB at the end"
    return "rows of a served model", outcomes, note


def _rows(model, name, pool, known, rng):
    """Outcomes of the rows of one request, good and bad in any order."""
    rows = int(rng.integers(1, 33))
    chosen, bad = rng.integers(POOL, size=rows), rng.random(rows) < 0.3
    given = {key: values[chosen].copy() for key, values in pool.items()}
    for row in np.flatnonzero(bad):
        BAD[name](given, row, rng)
    try:
        answer = model.predict(name, given)
    except Exception:
        return ["other"] * rows
    outcomes = []
    for row in range(rows):
        values = {key: value[row] for key, value in answer.items()}
        if bad[row]:
            outcomes.append("wrong" if any(map(np.any, values.values())) else "refused")
        else:
            alike = all(np.allclose(values[key], known[key][chosen[row]], atol=1e-4) for key in known)
            outcomes.append("right" if alike else "wrong")
    return outcomes


def _misshapen(model, name, pool, rng):
    """The outcome of a request with an axis too many, or too few rows in one input."""
    key = str(rng.choice(list(pool)))
    values = pool[key][:8]
    several = rng.random() < 0.5 and len(pool) > 1
    given = {other: array[:8] for other, array in pool.items()} | {key: values[:5] if several else values[np.newaxis]}
    try:
        model.predict(name, given)
    except REFUSALS:
        return ["refused"]
    except Exception:
        return ["other"]
    return ["wrong"]


def _codes(rng):
    return {
        "seed": rng.integers(2**62, size=POOL),
        "digit": rng.integers(10, size=POOL),
        **{name: rng.uniform(-2, 2, (POOL, 1)).astype(np.float32) for name in ("rotation", "width")},
    }


def _images(rng):
    return {"images": rng.uniform(size=(POOL, 28, 28, 1)).astype(np.float32)}


def _pictures(rng):
    files = [fault_files.picture(rng, ("RGB", "L", "P")[row % 3], int(rng.integers(20, 60))) for row in range(POOL)]
    return {"image_bytes": np.array(files, object)}


def _bad_codes(given, row, rng):
    if rng.random() < 0.5:
        given["digit"][row] = rng.choice([-1, 10, 2**40, -(2**63)])
    else:
        given[str(rng.choice(["rotation", "width"]))][row] = rng.choice([np.nan, np.inf, -np.inf])


def _bad_images(given, row, rng):
    given["images"][row, rng.integers(28), rng.integers(28)] = rng.choice([np.nan, np.inf, -0.5, 2, 255, 3e38])


def _bad_pictures(given, row, rng):
    whole = given["image_bytes"][row]
    given["image_bytes"][row] = (
        b"",
        b"not a picture",
        whole[: len(whole) // 2],
        bytes(len(whole)),
        BOMB,
        b"\xff\xd8\xff" + whole,
    )[rng.integers(6)]


def _bomb():
    file = io.BytesIO()
    Image.new("L", (7000, 7000)).save(file, "png")
    return file.getvalue()


BOMB = _bomb()
BAD = {"generate": _bad_codes, "encode": _bad_images, "encode_bytes": _bad_pictures}
