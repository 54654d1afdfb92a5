"""Minutes of mixed good and bad requests to a served model: errors on good ones, wrong answers, growth of memory.

    python benchmarks/serving_soak.py --minutes 10 > benchmarks/results/serving_soak.csv

The server is the tests' stand-in for TensorFlow Serving (its loader, its protos, gRPC) with the MNIST model of
`saved_models/`; four clients ask at once. Bad requests are rows that are not valid beside good ones, and whole requests
of a wrong shape, which must fail.
"""

import argparse
import concurrent.futures
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import processes

ROOT = Path(__file__).parent.parent
CLIENTS = 4


def main(minutes):
    """Asks until the time is up, and reports minute by minute."""
    command = [sys.executable, ROOT / "tests" / "model_server.py", ROOT / "saved_models" / "mnist"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as server:
        port = json.loads(server.stdout.readline())["grpc"]
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            ends = [start + 60 * minute for minute in range(1, minutes + 1)]
            counts = [pool.submit(ask, port, seed, ends) for seed in range(CLIENTS)]
            memory = []
            for end in ends:
                time.sleep(max(0, end - time.monotonic()))
                memory.append(processes.resident_mb(server.pid))
                processes.say(f"{round(end - start)} s: {memory[-1]:.0f} MB")
            totals = np.sum([count.result() for count in counts], 0)
        server.communicate()
    names = ("good", "failed", "wrong", "bad_answered", "bad_refused")
    processes.write(
        [
            {"minute": minute + 1, **dict(zip(names, totals[minute], strict=True)), "server_mb": round(memory[minute])}
            for minute in range(minutes)
        ]
    )


def ask(port, seed, ends):
    """One client: (minutes, 5) counts of good requests answered, failed, and wrong; bad ones answered, and refused."""
    import grpc
    import tensorflow as tf
    from PIL import Image
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    service = prediction_service_pb2_grpc.PredictionServiceStub(grpc.insecure_channel(f"localhost:{port}"))
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    Image.new("L", (40, 30), 128).save(file, "png")
    picture, first = file.getvalue(), {}
    counts = np.zeros((len(ends), 5), int)

    def predict(signature, **inputs):
        request = predict_pb2.PredictRequest(model_spec={"name": "mnist", "signature_name": signature})
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        answer = service.Predict(request, timeout=120)
        return {name: tf.make_ndarray(value) for name, value in answer.outputs.items()}

    def generate(rows, digit, shape):
        codes = {"digit": np.full(rows, digit), "rotation": np.zeros(shape, np.float32)}
        return predict("generate", seed=np.arange(rows), width=np.zeros((rows, 1), np.float32), **codes)["images"]

    for minute, end in enumerate(ends):
        while time.monotonic() < end:
            rows, kind = int(rng.integers(1, 33)), rng.integers(0, 5)
            try:
                if kind == 0:
                    images = generate(rows, 0, (rows, 1))
                    # The first row is the same image every time.
                    right = np.allclose(images[0], first.setdefault("image", images[0]), atol=1e-5)
                    counts[minute, 0 if right else 2] += 1
                elif kind == 1:
                    files = [picture, b"not a picture", picture[:40]] * rows
                    valid = predict("encode_bytes", image_bytes=np.array(files, object))["valid"]
                    counts[minute, 3 if valid.tolist() == [True, False, False] * rows else 2] += 1
                elif kind == 2:
                    images = rng.uniform(size=(rows, 28, 28, 1)).astype(np.float32)
                    right = predict("encode", images=images)["valid"].all()
                    counts[minute, 0 if right else 2] += 1
                elif kind == 3:
                    images = generate(rows, 99, (rows, 1))
                    counts[minute, 2 if images.any() else 3] += 1
                else:
                    generate(rows, 0, rows)
                    counts[minute, 2] += 1
            except grpc.RpcError as error:
                refused = kind == 4 and error.code() == grpc.StatusCode.INVALID_ARGUMENT
                counts[minute, 4 if refused else 1] += 1
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=10, help="default 10")
    main(parser.parse_args().minutes)
