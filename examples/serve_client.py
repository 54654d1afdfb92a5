"""Talk to a running TensorFlow Serving: draw every category by REST, read the pictures back by gRPC, save a picture.

    docker run -p 8500:8500 -p 8501:8501 -v "$PWD/saved_models/mnist:/models/mnist" -e MODEL_NAME=mnist \
        tensorflow/serving
    python examples/serve_client.py

It needs `tensorflow-serving-api` and Pillow, and not infogan_keras: copy what you need into your own service.
"""

import argparse
import base64
import io
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

import command_line
import numpy as np
from PIL import Image


def main(arguments):
    """One request by REST, one by gRPC."""
    categories, columns = 10, 10
    ids = np.repeat(np.arange(categories), columns)
    rest = f"http://{arguments.host}:{arguments.rest_port}/v1/models/{arguments.model}"
    inputs = {"seed": np.tile(np.arange(columns), categories).tolist()}
    for name, spec in described_inputs(rest).items():
        if name != "seed":
            width = [int(size["size"]) for size in spec["tensor_shape"]["dim"][1:]]
            inputs[name] = ids.tolist() if not width else np.zeros((len(ids), *width)).tolist()
    answer = post(f"{rest}:predict", {"signature_name": "generate_png", "inputs": inputs})
    files = [base64.b64decode(item["b64"]) for item in answer["outputs"]["png_bytes"]]
    picture = grid([Image.open(io.BytesIO(file)) for file in files], columns)
    picture.save(arguments.output)
    print(f"REST: {len(files)} pictures, one category per row, one seed per column, in {arguments.output}")

    outputs = encode_by_grpc(f"{arguments.host}:{arguments.grpc_port}", arguments.model, files)
    for name in sorted(name for name in outputs if name.endswith("_id")):
        right = np.mean(outputs[name] == ids)
        print(f"gRPC: {name} of the {len(files)} pictures is the category that was asked for in {right:.0%}")


def described_inputs(rest):
    """The inputs of `generate_png`, as the server describes them."""
    metadata = fetch(urllib.request.Request(f"{rest}/metadata"))
    return metadata["metadata"]["signature_def"]["signature_def"]["generate_png"]["inputs"]


def post(url, body):
    """The server's answer to a JSON body."""
    return fetch(urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}))


def fetch(request):
    """The JSON answer, or an exit that says what the server said."""
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{request.full_url} answered {error.code}: {error.read().decode()}")
    except OSError as error:
        sys.exit(
            f"No server answers at {request.full_url} ({error}). Start one, or name it with --host and --rest-port."
        )


def encode_by_grpc(address, model, files):
    """The answer of `encode_bytes` to image files, as arrays by name."""
    command_line.start_tensorflow()
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest(model_spec={"name": model, "signature_name": "encode_bytes"})
    request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto(files, tf.string))
    with grpc.insecure_channel(address) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            answer = service.Predict(request, timeout=60)
        except grpc.RpcError as error:
            sys.exit(f"{address} answered {error.code().name}: {error.details()}")
    return {name: tf.make_ndarray(value) for name, value in answer.outputs.items()}


def grid(pictures, columns):
    """The pictures as one, in rows."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    joined = Image.new(pictures[0].mode, (columns * width, rows * height))
    for index, picture in enumerate(pictures):
        joined.paste(picture, (index % columns * width, index // columns * height))
    return joined


def parse(argv=None):
    """The flags."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="localhost", help="default localhost")
    parser.add_argument("--rest-port", type=int, default=8501, help="default 8501")
    parser.add_argument("--grpc-port", type=int, default=8500, help="default 8500")
    parser.add_argument("--model", default="mnist", help="the model's name on the server (default mnist)")
    parser.add_argument("--output", type=Path, default=Path("served.png"), help="of the picture (default served.png)")
    arguments = parser.parse_args(argv)
    if arguments.output.exists():
        parser.error(f"--output: {arguments.output} exists.")
    return arguments


if __name__ == "__main__":
    main(parse())
