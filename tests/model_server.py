"""A stand-in for TensorFlow Serving's binary: `python model_server.py MODEL_FOLDER`, which prints its two ports.

It loads the newest version as the server does (`tf.compat.v1.saved_model.loader`), replays its warm-up requests, and
speaks the official protos over gRPC and JSON over REST, rows and columns. It never imports infogan_keras.
"""

import base64
import concurrent.futures
import http.server
import json
import os
import re
import sys
import threading
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import config_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_log_pb2,
    prediction_service_pb2_grpc,
)


class Model:
    """One loaded version, whose signatures run without Python's checks of shapes, which the server does not have."""

    def __init__(self, path):
        self.name = path.parent.name
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        with self.session.graph.as_default():
            loaded = tf.compat.v1.saved_model.loader.load(self.session, ["serve"], str(path))
        self.signatures = {k: v for k, v in loaded.signature_def.items() if not k.startswith("__")}
        # Session.run checks shapes in Python; this, like the server, does not.
        self.functions = {
            name: self.session._make_callable_from_options(
                config_pb2.CallableOptions(
                    feed=[signature.inputs[key].name for key in sorted(signature.inputs)],
                    fetch=[signature.outputs[key].name for key in sorted(signature.outputs)],
                )
            )
            for name, signature in self.signatures.items()
        }
        self.warm_ups = 0
        for record in tf.compat.v1.io.tf_record_iterator(str(path / "assets.extra" / "tf_serving_warmup_requests")):
            request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
            assert request.model_spec.name == self.name
            answer = self.predict(request.model_spec.signature_name, decoded(request.inputs))
            assert answer["valid"].all()
            self.warm_ups += 1

    def predict(self, signature, inputs):
        signature = signature or "serving_default"
        if signature not in self.signatures:
            raise KeyError(f"no signature {signature}")
        specs = self.signatures[signature].inputs
        if set(inputs) != set(specs):
            raise ValueError(f"{signature} takes {sorted(specs)}, and got {sorted(inputs)}")
        arrays = [as_array(inputs[key], tf.as_dtype(specs[key].dtype), key) for key in sorted(specs)]
        return dict(zip(sorted(self.signatures[signature].outputs), self.functions[signature](*arrays), strict=True))


def as_array(value, dtype, key):
    """The value in the signature's type; like the server, without making integers of floats or floats of halves."""
    given = np.asarray(value)
    if isinstance(value, np.ndarray) and dtype != tf.string and given.dtype != dtype.as_numpy_dtype:
        raise ValueError(f"{key}: expected {dtype.name}, got {given.dtype.name}")
    if dtype.is_integer and given.size and given.dtype.kind != "i":
        raise ValueError(f"{key}: expected integers")
    return given.astype(dtype.as_numpy_dtype)


def decoded(inputs):
    return {key: tf.make_ndarray(value) for key, value in inputs.items()}


class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, model):
        self.model = model

    def Predict(self, request, context):  # noqa: N802
        try:
            outputs = self.model.predict(request.model_spec.signature_name, decoded(request.inputs))
        except (KeyError, ValueError, tf.errors.OpError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return predict_pb2.PredictResponse(outputs={k: tf.make_tensor_proto(v) for k, v in outputs.items()})


def rest_handler(model):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != f"/v1/models/{model.name}/metadata":
                return self.answer(404, {"error": "Malformed request"})
            signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=model.signatures)
            content = json_format.MessageToDict(signatures, preserving_proto_field_name=True)
            self.answer(200, {"model_spec": {"name": model.name}, "metadata": {"signature_def": content}})

        def do_POST(self):
            if self.path != f"/v1/models/{model.name}:predict":
                return self.answer(404, {"error": f"Servable not found for request: {self.path}"})
            try:
                body = from_json(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                by_rows = "instances" in body
                given = columns_of(body["instances"]) if by_rows else body["inputs"]
                signature = body.get("signature_name", "serving_default")
                if not isinstance(given, dict):
                    given = {next(iter(model.signatures[signature].inputs)): given}
                outputs = model.predict(signature, given)
            except (KeyError, ValueError, tf.errors.OpError) as error:
                return self.answer(400, {"error": str(error)})
            columns = {key: to_json(key, value.tolist()) for key, value in outputs.items()}
            if not by_rows:
                return self.answer(200, {"outputs": columns})
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            self.answer(200, {"predictions": rows})

        def answer(self, status, content):
            # The browsers' JSON has no NaN.
            data = json.dumps(content, allow_nan=False).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            pass

    return Handler


def columns_of(rows):
    """The row form's `instances` as columns; rows are dicts, or the values of the only input."""
    if not isinstance(rows[0], dict):
        return rows
    return {key: [row[key] for row in rows] for key in rows[0]}


def from_json(value):
    """{"b64": ...} as bytes."""
    if isinstance(value, dict):
        return base64.b64decode(value["b64"]) if set(value) == {"b64"} else {k: from_json(v) for k, v in value.items()}
    return [from_json(item) for item in value] if isinstance(value, list) else value


def to_json(key, values):
    """Bytes as {"b64": ...} in outputs whose name ends in _bytes, and in no others."""
    return [{"b64": base64.b64encode(value).decode()} for value in values] if key.endswith("_bytes") else values


def main(folder):
    version = max((path for path in folder.iterdir() if re.fullmatch("[0-9]+", path.name)), key=lambda p: int(p.name))
    model = Model(version)
    assert "infogan_keras" not in sys.modules
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Service(model), server)
    grpc_port = server.add_insecure_port("localhost:0")
    server.start()
    rest = http.server.ThreadingHTTPServer(("localhost", 0), rest_handler(model))
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    print(json.dumps({"grpc": grpc_port, "rest": rest.server_port, "warm_ups": model.warm_ups}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
