"""An exported model loaded as TensorFlow Serving loads it, beside OpenVINO and PyTorch: images per second, latency.

    python benchmarks/serving.py > benchmarks/results/serving.csv

Generator (`from_latents`, and `generate`, which draws the noise from seeds as well) and encoder of the MNIST networks,
in float32, at batches of 1, 16 and 128. All are in one process and take turns. Needs `pip install torch==2.13.0
openvino`. Alone on the machine it takes about three minutes.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import processes
from one_step import make_model, seconds

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BATCHES = (1, 16, 128)
ROUNDS, REQUESTS = 10, 20


def loaded_functions(path):
    """`{signature: function of a dict of arrays}` of a SavedModel, run as the server runs it."""
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2

    session = tf.compat.v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        signatures = tf.compat.v1.saved_model.loader.load(session, ["serve"], str(path)).signature_def

    def function(signature):
        feed = [signature.inputs[key].name for key in sorted(signature.inputs)]
        fetch = [tensor.name for tensor in signature.outputs.values()]
        call = session._make_callable_from_options(config_pb2.CallableOptions(feed=feed, fetch=fetch))
        return lambda inputs: call(*(inputs[key] for key in sorted(inputs)))

    return {name: function(signature) for name, signature in signatures.items() if not name.startswith("__")}


def openvino_function(model, name, folder):
    """The same function in OpenVINO, from a SavedModel with this signature only."""
    import openvino

    model.export(folder / name, signatures=[name])
    converted = openvino.convert_model(folder / name)
    return openvino.compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def torch_function(name):
    """The same network in PyTorch, with weights of its own."""
    import torch
    from torch_step import Discriminator, make_generator

    network = make_generator().eval() if name == "from_latents" else Discriminator().eval()

    def call(inputs):
        if name == "encode":
            vectors = torch.from_numpy(inputs["images"]).permute(0, 3, 1, 2)
        else:
            vectors = torch.from_numpy(np.concatenate([inputs[key] for key in inputs], 1))
        with torch.inference_mode():
            return network(vectors)

    return call


def main():
    """Every signature, batch and runtime, one row each."""
    model = make_model()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model.export(folder / "float32")
        model.export(folder / "float16", storage="float16")
        served, halved = (loaded_functions(folder / storage) for storage in ("float32", "float16"))
        for signature in ("from_latents", "generate", "encode"):
            runtimes = {"TensorFlow": served[signature], "TensorFlow, stored in float16": halved[signature]}
            if signature != "generate":
                runtimes["OpenVINO"] = openvino_function(model, signature, folder)
                runtimes["PyTorch"] = torch_function(signature)
            for batch in BATCHES:
                rows += measure(signature, runtimes, inputs_of(model, signature, batch), batch)
    processes.write(rows)


def inputs_of(model, signature, batch):
    """A request of `batch` rows."""
    latents = {name: value.astype(np.float32) for name, value in model.sample_latents(batch, seed=0).items()}
    if signature == "from_latents":
        return latents
    if signature == "generate":
        codes = {"digit": np.arange(batch) % 10, "rotation": latents["rotation"], "width": latents["width"]}
        return {"seed": np.arange(batch), **codes}
    return {"images": model.decode(latents)}


def measure(signature, runtimes, inputs, batch):
    """Milliseconds of single requests, the runtimes in turn."""
    times = {name: [] for name in runtimes}
    for round_number in range(ROUNDS + 1):
        for name, call in runtimes.items():
            spent = [1e3 * seconds(lambda call=call: call(inputs)) for _ in range(REQUESTS)]
            # The first round warms up, and the first request of a turn finds the caches full of another's weights.
            if round_number:
                times[name] += spent[1:]
    ours = np.median(times["TensorFlow"])
    rows = []
    for name, values in times.items():
        p50, p99 = np.percentile(values, [50, 99])
        rows.append(
            {
                "signature": signature,
                "batch": batch,
                "runtime": name,
                "images_per_second": f"{1e3 * batch / p50:.0f}",
                "p50_ms": f"{p50:.2f}",
                "p99_ms": f"{p99:.2f}",
                "over_tensorflow": f"{ours / p50:.2f}",
            }
        )
        processes.say(" ".join(map(str, rows[-1].values())))
    return rows


if __name__ == "__main__":
    sys.exit(main())
