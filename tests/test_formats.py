"""Networks as `.tflite` and `.onnx`, in the formats' own runtimes."""

import dataclasses

import numpy as np
import pytest
from helpers import TINY, make_latents, make_model

import infogan_keras as ig

RUNTIMES = {"tflite": "ai_edge_litert.interpreter", "onnx": "onnxruntime"}


def run(path, **inputs):
    """The answer of a network's file in the runtime of its format, by name."""
    runtime = pytest.importorskip(RUNTIMES[path.suffix[1:]], reason="the format's runtime is not installed")
    if path.suffix == ".tflite":
        return runtime.Interpreter(str(path)).get_signature_runner()(**inputs)
    session = runtime.InferenceSession(str(path))
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


@pytest.fixture(params=RUNTIMES)
def file_format(request):
    if request.param == "onnx":
        pytest.importorskip("tf2onnx", reason="tf2onnx, which converts to ONNX, is not installed")
    return request.param


def test_they_answer_as_the_model_does(tmp_path, pixels, file_format):
    codes = {
        "kind": ig.Categorical(3, names=("a", "b", "c"), order=(2, 0, 1)),
        "flags": ig.Bernoulli(2),
        "width": ig.Uniform(1),
    }
    model = make_model(make_latents(**codes), architecture=dataclasses.replace(TINY, image_range=(-1, 1)))
    paths = ig.export.export_networks(model, tmp_path / "files", file_format)
    assert {path.name for path in (tmp_path / "files").iterdir()} == {path.name for path in paths.values()}
    latents = model.sample_latents(3, seed=0)
    images = (model.decode(latents) + 1) / 2
    np.testing.assert_allclose(run(paths["generator"], **latents)["images"], images, atol=1e-4)
    expected = model.encode(pixels * 2 - 1)
    del expected["kind_name"]
    answer = run(paths["encoder"], images=pixels)
    assert set(answer) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(answer[name], values, atol=1e-4)
    with pytest.raises(FileExistsError, match="nothing is overwritten"):
        ig.export.export_networks(model, tmp_path / "files", file_format)


@pytest.mark.slow
def test_mixed_precision_computes_in_float32(tmp_path, policy, file_format):
    policy("mixed_bfloat16")
    model = make_model()
    paths = ig.export.export_networks(model, tmp_path, file_format)
    assert model.generator.layers[1].compute_dtype == "bfloat16"
    latents = model.sample_latents(3, seed=0)
    np.testing.assert_allclose(run(paths["generator"], **latents)["images"], model.decode(latents), atol=0.02)


def test_what_is_refused(tmp_path, model, monkeypatch):
    with pytest.raises(ValueError, match=r"no format 'tflit'\. Did you mean tflite"):
        ig.export.export_networks(model, tmp_path, "tflit")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install infogan-keras\[onnx\]"):
        ig.export.export_networks(model, tmp_path, "onnx")
    assert not list(tmp_path.iterdir())
