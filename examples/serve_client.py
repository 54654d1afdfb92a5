"""Talk to a running TensorFlow Serving: draw every category by REST, read the pictures back by gRPC, save a picture.

    docker run -p 127.0.0.1:8500:8500 -p 127.0.0.1:8501:8501 -v "$PWD/saved_models/mnist:/models/mnist" \
        -e MODEL_NAME=mnist tensorflow/serving
    python examples/serve_client.py

It needs NumPy, Pillow and, for gRPC, `tensorflow-serving-api`; not infogan_keras: copy what your service needs.
"""

import argparse
import base64
import io
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
from PIL import Image

COLUMNS = 10
DTYPES = {"DT_INT64": int, "DT_FLOAT": float}


def main(arguments):
    """One request by REST, one by gRPC."""
    rest = f"http://{arguments.host}:{arguments.rest_port}/v1/models/{arguments.model}"
    code, categories, other_codes = described_codes(rest)
    ids = np.repeat(np.arange(categories), COLUMNS)
    inputs = {"seed": np.tile(np.arange(COLUMNS), categories).tolist(), code: ids.tolist()}
    inputs |= {name: np.zeros((len(ids), *shape), dtype).tolist() for name, (shape, dtype) in other_codes.items()}
    answer = post(f"{rest}:predict", {"signature_name": "generate_png", "inputs": inputs})
    files = [base64.b64decode(item["b64"]) for item in answer["outputs"]["png_bytes"]]
    grid([Image.open(io.BytesIO(file)) for file in files], COLUMNS).save(arguments.output)
    print(f"REST: {len(files)} pictures, one {code} per row, one seed per column, in {arguments.output}")

    outputs = encode_by_grpc(f"{arguments.host}:{arguments.grpc_port}", arguments.model, files)
    share = np.mean(outputs[f"{code}_id"] == ids)
    print(f"gRPC: read back from the pictures, {code} is what was asked for in {share:.0%}")


def described_codes(rest):
    """From the server: the first categorical code, its number of categories, and `{name: (shape, dtype)}` of others."""
    metadata = fetch(urllib.request.Request(f"{rest}/metadata"))
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    inputs, outputs = (
        {
            name: ([int(size["size"]) for size in spec["tensor_shape"]["dim"][1:]], DTYPES.get(spec["dtype"]))
            for name, spec in signatures.get(signature, {}).get(side, {}).items()
        }
        for signature, side in (("generate_png", "inputs"), ("encode_bytes", "outputs"))
    )
    categories = {name: outputs[f"{name}_probabilities"][0][0] for name in inputs if f"{name}_probabilities" in outputs}
    if not categories:
        sys.exit(f"The model at {rest} has no categorical code to draw.")
    code = min(categories)
    return code, categories[code], {name: given for name, given in inputs.items() if name not in ("seed", code)}


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
    # TensorFlow has much to say when it starts.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
        parser.error(f"--output: {arguments.output} exists. Delete it, or name another file.")
    return arguments


if __name__ == "__main__":
    main(parse())
