"""What a server that never saw this package answers; `model_server.py` stands in for TensorFlow Serving's binary."""

import base64
import contextlib
import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from helpers import ROOT, make_latents, make_model
from PIL import Image
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

import infogan_keras as ig
from infogan_keras.evaluation import clustering
from infogan_keras.export import serving

pytestmark = pytest.mark.slow

CODES = {
    "digit": [0, 1, 2],
    "kind": [1, 0, 1],
    "rotation": [[0.0], [0.5], [-2.0]],
    "width": [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
}


class Server:
    def __init__(self, process):
        self.process = process
        ports = json.loads(process.stdout.readline())
        self.grpc, self.rest, self.warm_ups = ports["grpc"], ports["rest"], ports["warm_ups"]
        self.channel = grpc.insecure_channel(f"localhost:{self.grpc}")
        self.service = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)

    def predict(self, signature, **inputs):
        request = predict_pb2.PredictRequest(model_spec={"name": "tiny", "signature_name": signature})
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        answer = self.service.Predict(request, timeout=60)
        return {name: tf.make_ndarray(value) for name, value in answer.outputs.items()}

    def post(self, **body):
        url = f"http://localhost:{self.rest}/v1/models/tiny:predict"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode()), timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)


@contextlib.contextmanager
def running(folder, log):
    command = [sys.executable, Path(__file__).parent / "model_server.py", folder]
    with log.open("w") as err:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True)
        try:
            yield Server(process)
        finally:
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    codes = {"digit": ig.Categorical(3), "rotation": ig.Uniform(1, fix_std=True), "width": ig.Uniform(2)}
    model = make_model(make_latents(**codes, kind=ig.Categorical(2)))
    ig.export_saved_model(model, folder / "tiny")
    with running(folder / "tiny", folder / "server.err") as server:
        yield model, server
        server.channel.close()


def test_warm_up_requests_are_answered_before_the_first_user(served):
    assert served[1].warm_ups == 5


class TestGrpc:
    def test_the_same_seed_gives_the_same_image_in_another_process(self, served):
        model, server = served
        seeds = np.array([1, 2, 2**62], np.int64)
        answer = server.predict(
            "generate",
            seed=seeds,
            digit=np.array(CODES["digit"], np.int64),
            kind=np.array(CODES["kind"], np.int64),
            rotation=np.array(CODES["rotation"], "f"),
            width=np.array(CODES["width"], "f"),
        )
        np.testing.assert_allclose(answer["images"], model.generate(3, seed=seeds, **CODES), atol=1e-6)
        assert answer["valid"].all()

    def test_latents_and_codes(self, served, pixels):
        model, server = served
        latents = model.sample_latents(4, seed=0)
        np.testing.assert_allclose(
            server.predict("from_latents", **latents)["images"], model.decode(latents), atol=1e-6
        )
        answer = server.predict("encode", images=pixels)
        for name, values in model.encode(pixels).items():
            np.testing.assert_allclose(answer[name], values, atol=1e-6)

    def test_requests_merged_by_the_server(self, served):
        model, server = served
        good = {
            "seed": np.arange(3),
            "digit": np.array(CODES["digit"]),
            "kind": np.array(CODES["kind"]),
            "rotation": np.array(CODES["rotation"], "f"),
            "width": np.array(CODES["width"], "f"),
        }
        bad = {
            "seed": np.arange(2),
            "digit": np.array([7, 0]),
            "kind": np.array([0, 0]),
            "rotation": np.array([[0], [np.nan]], "f"),
            "width": np.zeros((2, 2), "f"),
        }
        merged = {name: np.concatenate([good[name], bad[name], good[name]]) for name in good}
        answer = server.predict("generate", **merged)
        assert answer["valid"].tolist() == [True] * 3 + [False] * 2 + [True] * 3
        expected = model.generate(3, seed=range(3), **CODES)
        np.testing.assert_allclose(
            answer["images"], np.concatenate([expected, np.zeros((2, 8, 8, 1)), expected]), atol=1e-6
        )

    @pytest.mark.parametrize(
        ("signature", "inputs", "message"),
        [
            ("encode", {"images": np.zeros((2, 8, 8), "f")}, r"tensor \w*images\w* \[2,8,8\] is not"),
            ("encode", {"images": np.zeros((2, 8, 8, 3), "f")}, r"tensor \w*images\w* \[2,8,8,3\] is not"),
            ("encode_bytes", {"image_bytes": np.array([[b"text"]])}, r"tensor \w*image_bytes\w* \[1,1\] is not"),
            ("generate", {"rotation": np.zeros(3, "f")}, r"tensor \w*rotation\w* \[3\] is not .* \[\?,1\]"),
            ("generate", {"width": np.zeros((3, 1), "f")}, r"tensor \w*width\w* \[3,1\] is not .* \[\?,2\]"),
            ("generate_png", {"digit": np.zeros((3, 1), np.int64)}, r"tensor \w*digit\w* \[3,1\] is not .* \[\?\]"),
            ("generate", {"seed": np.zeros(2, np.int64)}, "the inputs have different numbers of rows"),
            ("from_latents", {"noise": np.zeros((3, 4), "f")}, r"tensor \w*noise\w* \[3,4\] is not .* \[\?,5\]"),
        ],
    )  # fmt: skip
    def test_a_wrong_shape_fails_the_request_with_a_clear_message(self, served, signature, inputs, message):
        model, server = served
        request = serving.requests(model, "tiny", 3)[signature]
        valid = {name: tf.make_ndarray(value) for name, value in request.inputs.items()}
        with pytest.raises(grpc.RpcError, match=message) as error:
            server.predict(signature, **{**valid, **inputs})
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert server.predict(signature, **valid)["valid"].all()


class TestRest:
    def test_columns_and_rows(self, served):
        model, server = served
        columns = {"seed": [1, 2, 3], **CODES}
        answer = server.post(inputs=columns)
        expected = model.generate(3, seed=[1, 2, 3], **CODES)
        np.testing.assert_allclose(answer["outputs"]["images"], expected, atol=1e-6)
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        answer = server.post(instances=rows)
        np.testing.assert_allclose([row["images"] for row in answer["predictions"]], expected, atol=1e-6)

    def test_pictures_go_both_ways_as_base64(self, served):
        _, server = served
        answer = server.post(signature_name="generate_png", inputs={"seed": [1, 2, 3], **CODES})
        files = answer["outputs"]["png_bytes"]
        assert Image.open(io.BytesIO(base64.b64decode(files[0]["b64"]))).size == (8, 8)
        answer = server.post(
            signature_name="encode_bytes", inputs=[*files, {"b64": base64.b64encode(b"text").decode()}]
        )
        assert answer["outputs"]["valid"] == [True, True, True, False]
        assert answer["outputs"]["digit_probabilities"][3] == [0, 0, 0]

    def test_a_row_that_is_not_valid_leaves_the_answer_readable(self, served):
        _, server = served
        answer = server.post(
            inputs={"seed": [1, 2], "digit": [0, 99], "kind": [0, 0], "rotation": [[0], [0]], "width": [[0, 0], [0, 0]]}
        )
        assert answer["outputs"]["valid"] == [True, False]

    def test_errors(self, served):
        _, server = served
        assert "expected shape [?,8,8,1]" in server.post(signature_name="encode", inputs=[[1.0]])["error"]
        assert (
            "kind: expected integers"
            in server.post(inputs={"seed": [1, 2, 3], **CODES, "kind": [0.0, 1.0, 0.0]})["error"]
        )
        assert "no signature draw" in server.post(signature_name="draw", inputs={"seed": [1]})["error"]


class TestClient:
    def run(self, folder, *flags):
        command = [sys.executable, ROOT / "examples" / "serve_client.py", "--model", "tiny", *map(str, flags)]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)

    def test_the_example_talks_to_the_server(self, served, tmp_path):
        _, server = served
        result = self.run(tmp_path, "--rest-port", server.rest, "--grpc-port", server.grpc)
        assert result.returncode == 0, result.stderr
        assert "REST: 30 pictures, one digit per row" in result.stdout
        assert "gRPC: read back from the pictures, digit is what was asked for in" in result.stdout
        with Image.open(tmp_path / "served.png") as picture:
            assert picture.size == (80, 24)
        result = self.run(tmp_path)
        assert result.returncode == 2 and "served.png exists" in result.stderr

    def test_no_server_and_no_such_model(self, served, tmp_path):
        _, server = served
        result = self.run(tmp_path, "--rest-port", 1)
        assert result.returncode == 1 and "No server answers at http://localhost:1/" in result.stderr
        result = self.run(tmp_path, "--rest-port", server.rest, "--model", "other")
        assert result.returncode == 1 and "answered 404" in result.stderr


def test_the_example_has_nothing_to_draw_of_a_model_without_codes(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import serve_client

    seed = {"seed": {"dtype": "DT_INT64", "tensor_shape": {"dim": [{"size": "-1"}]}}}
    signatures = {"signature_def": {"generate_png": {"inputs": seed}}}
    monkeypatch.setattr(serve_client, "fetch", lambda request: {"metadata": {"signature_def": signatures}})
    with pytest.raises(SystemExit, match="has no categorical code to draw"):
        serve_client.described_codes("http://localhost")


@pytest.fixture(scope="module")
def digits():
    return ig.load_servable(ROOT / "saved_models" / "mnist", version=1)


class TestShippedModel:
    """`saved_models/mnist/1`, as a new user would try it."""

    def test_it_reads_its_own_digits_back(self, digits):
        ids = np.repeat(np.arange(10), 10)
        answer = digits.generate_png(seed=range(100), digit=ids, rotation=0.0, width=0.0)
        assert answer["valid"].all()
        assert np.mean(digits.encode_bytes(image_bytes=answer["png_bytes"])["digit_id"] == ids) >= 0.98

    def test_its_error_is_what_the_card_says(self, digits):
        images, labels = ig.datasets.mnist.arrays("test")
        ids = digits.encode(images=(images / 255).astype(np.float32))["digit_id"]
        confusion = clustering.confusion_matrix(ids, labels)
        error = clustering.error(confusion, clustering.match_one_to_one(confusion))
        card = (digits.path / "card.md").read_text()
        assert f"| error of `digit` on the 10,000 test images | {error:.1%}".replace("%", " %") in card

    def test_the_server_loads_it(self, tmp_path):
        with running(ROOT / "saved_models" / "mnist", tmp_path / "server.err") as server:
            assert server.warm_ups == 5
            server.channel.close()

    def test_its_size(self, digits):
        assert sum(path.stat().st_size for path in digits.path.rglob("*") if path.is_file()) < 28 * 2**20
