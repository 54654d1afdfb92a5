"""An exported model loaded as TensorFlow Serving loads it, beside OpenVINO and PyTorch: images per second, latency.

    python benchmarks/serving.py > benchmarks/results/serving.csv

Generator (`from_latents`, and `generate`, which draws the noise from seeds as well) and encoder of the MNIST networks,
in float32, at batches of 1, 16 and 128. Every runtime has a process of its own, as their threads disturb each other,
and the processes take turns. PyTorch runs as it is, with `torch.compile`, and traced and frozen by TorchScript. Needs
`pip install torch==2.13.0 openvino` and a C++ compiler. Alone on the machine it takes six minutes.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import processes
from one_step import make_model, seconds

BATCHES = (1, 16, 128)
SIGNATURES = ("from_latents", "generate", "encode")
ROUNDS, WARM_UP, REQUESTS = 3, 10, 60


def tensorflow_function(folder, signature):
    """A signature of a SavedModel, run as the server runs it."""
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2

    session = tf.compat.v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        loaded = tf.compat.v1.saved_model.loader.load(session, ["serve"], str(folder))
    signature = loaded.signature_def[signature]
    feed = [signature.inputs[key].name for key in sorted(signature.inputs)]
    fetch = [tensor.name for tensor in signature.outputs.values()]
    call = session._make_callable_from_options(config_pb2.CallableOptions(feed=feed, fetch=fetch))
    return lambda inputs: call(*(inputs[key] for key in sorted(inputs)))


def openvino_function(folder, signature):
    """The same in OpenVINO, from a SavedModel with this signature only."""
    import openvino

    converted = openvino.convert_model(folder / signature)
    return openvino.compile_model(converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def torch_function(signature, runtime):
    """The same network in PyTorch, with weights of its own."""
    import torch
    from torch_step import Discriminator, make_generator

    network = make_generator().eval() if signature == "from_latents" else Discriminator().eval()
    if runtime == "PyTorch, compiled":
        network = torch.compile(network, dynamic=False)
    if runtime == "PyTorch, frozen":
        example = torch.zeros((2, 74) if signature == "from_latents" else (2, 1, 28, 28))
        network = torch.jit.optimize_for_inference(torch.jit.trace(network, example))

    def call(inputs):
        if signature == "encode":
            vectors = torch.from_numpy(inputs["images"]).permute(0, 3, 1, 2)
        else:
            vectors = torch.from_numpy(np.concatenate(list(inputs.values()), 1))
        with torch.inference_mode():
            return network(vectors)

    return call


def measure(runtime, folder):
    """Milliseconds of single requests in this process: `[[signature, batch, times], ...]`."""
    results = []
    for signature in SIGNATURES:
        if runtime.startswith("TensorFlow"):
            storage = "float16" if "float16" in runtime else "float32"
            call = tensorflow_function(folder / storage, signature)
        elif signature == "generate":
            continue
        else:
            openvino = runtime == "OpenVINO"
            call = openvino_function(folder, signature) if openvino else torch_function(signature, runtime)
        for batch in BATCHES:
            with np.load(folder / f"{signature}-{batch}.npz") as content:
                inputs = dict(content)
            for _ in range(WARM_UP):
                call(inputs)
            times = [1e3 * seconds(lambda call=call, inputs=inputs: call(inputs)) for _ in range(REQUESTS)]
            results.append([signature, batch, times])
    return results


def inputs_of(model, signature, batch):
    """A request of `batch` rows."""
    latents = {name: value.astype(np.float32) for name, value in model.sample_latents(batch, seed=0).items()}
    if signature == "from_latents":
        return latents
    if signature == "generate":
        codes = {"digit": np.arange(batch) % 10, "rotation": latents["rotation"], "width": latents["width"]}
        return {"seed": np.arange(batch), **codes}
    return {"images": model.decode(latents)}


def main():
    """Every signature, batch and runtime, one row each."""
    of_torch = ("PyTorch", "PyTorch, compiled", "PyTorch, frozen")
    runtimes = ("TensorFlow", "TensorFlow, stored in float16", "OpenVINO", *of_torch)
    times = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = make_model()
        for storage in ("float32", "float16"):
            model.export(folder / storage, storage=storage)
        for signature in SIGNATURES:
            model.export(folder / signature, signatures=[signature])
            for batch in BATCHES:
                np.savez(folder / f"{signature}-{batch}.npz", **inputs_of(model, signature, batch))
        for round_number in range(ROUNDS):
            for runtime in runtimes:
                output = processes.run(__file__, f"--runtime={runtime}", f"--folder={folder}")
                for signature, batch, values in json.loads(output.splitlines()[-1]):
                    times.setdefault((signature, batch, runtime), []).extend(values)
            processes.say(f"round {round_number + 1} of {ROUNDS}")
    rows = []
    for signature, batch, runtime in sorted(times, key=lambda key: (SIGNATURES.index(key[0]), key[1])):
        p50, p99 = np.percentile(times[signature, batch, runtime], [50, 99])
        ours = np.median(times[signature, batch, "TensorFlow"])
        rows.append(
            {
                "signature": signature,
                "batch": batch,
                "runtime": runtime,
                "images_per_second": f"{1e3 * batch / p50:.0f}",
                "p50_ms": f"{p50:.2f}",
                "p99_ms": f"{p99:.2f}",
                "over_tensorflow": f"{ours / p50:.2f}",
            }
        )
    processes.write(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runtime", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.runtime:
        print(json.dumps(measure(arguments.runtime, arguments.folder)))
    else:
        main()
