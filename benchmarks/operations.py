"""Where a training step's time goes: TensorFlow's own profile of ten MNIST steps, by kind of operation.

python benchmarks/operations.py > benchmarks/results/operations.csv

Milliseconds are summed over the threads that run operations side by side, so their total is more than the step's.
"""

import collections
import tempfile
from pathlib import Path

import processes
from one_step import make_model

STEPS = 10
KINDS = {
    "dense layers": ("MatMul", "Transpose"),
    "convolutions": ("Conv2D",),
    "batch norm": ("BatchNorm",),
    "Adam": ("ResourceApplyAdam",),
    "casts": ("Cast",),
    "activations": ("Relu", "Sigmoid"),
    "biases and sums": ("Bias", "AddN"),
}


def profile(precision):
    """Milliseconds per step of every operation's kernel, by the kernel's name."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    model = make_model(precision=precision)
    images = tf.random.uniform((128, *model.image_shape))
    step = tf.function(model.train_step)
    for _ in range(6):
        step(images)
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            for _ in range(STEPS):
                step(images)["d_loss"].numpy()
        space = xplane_pb2.XSpace()
        space.ParseFromString(next(Path(folder).rglob("*.xplane.pb")).read_bytes())
    spent = collections.Counter()
    for plane in space.planes:
        names = {key: value.name for key, value in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                name = names[event.metadata_id]
                # An operation's event is called "path/of/its/node:Kernel"; the others are TensorFlow's own.
                if ":" in name and "::" not in name and not name.startswith("EagerLocalExecute"):
                    spent[name.rpartition(":")[2]] += event.duration_ps / 1e9 / STEPS
    return spent


def rows(precision):
    """One row per kind of operation, the most expensive first."""
    sums = collections.Counter()
    for kernel, milliseconds in profile(precision).items():
        kind = next((kind for kind, parts in KINDS.items() if any(part in kernel for part in parts)), "the rest")
        sums[kind] += milliseconds
    total = sum(sums.values())
    return [
        {"precision": precision, "operations": kind, "ms": round(ms, 1), "share": round(ms / total, 3)}
        for kind, ms in sums.most_common()
    ]


if __name__ == "__main__":
    processes.no_flags(__doc__)
    processes.write([row for precision in ("float32", "mixed_bfloat16") for row in rows(precision)])
