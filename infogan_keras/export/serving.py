"""What TensorFlow Serving reads beside a SavedModel: warm-up requests, versions with labels, batching.

Messages are TensorFlow Serving's own (`tensorflow-serving-api`), so that what is written here is what it parses.
"""

import io
from collections.abc import Collection
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

LARGEST_BATCH, LARGEST_REQUEST = 128, 4096


def require_name(name: str) -> None:
    """Raises ValueError for a model's name that `models.config` cannot hold."""
    if not name or not name.isprintable() or set(name) & set('"\\'):
        raise ValueError(
            f"The folder's name {name!r} is the name under which a server serves the model: expected one without "
            "quotes, backslashes and line breaks."
        )


def requests(model: keras.Model, name: str, rows: int = 1) -> dict:
    """A valid `PredictRequest` for every signature of an exported model.

    Args:
        model: the `GAN` or `InfoGAN` that was exported.
        name: under which the server knows it.
        rows: in each request.

    Returns:
        `{signature: PredictRequest}`.
    """
    from tensorflow_serving.apis import predict_pb2

    codes = model.latents.codes
    specs = [code.request_spec(name) for name, code in codes.items()]
    given = {spec.name: np.zeros((rows, *spec.shape[1:]), spec.dtype.as_numpy_dtype) for spec in specs}
    given["seed"] = np.arange(rows, dtype=np.int64)
    full = {part: np.zeros((rows, d.size), np.float32) for part, d in model.latents.parts.items()}
    inputs = {"generate": given, "generate_png": given, "from_latents": full}
    if codes:
        inputs["encode"] = {"images": np.zeros((rows, *model.image_shape), np.float32)}
        inputs["encode_bytes"] = {"image_bytes": np.array([_png(model.image_shape)] * rows, object)}
    return {
        signature: predict_pb2.PredictRequest(
            model_spec={"name": name, "signature_name": signature},
            inputs={key: tf.make_tensor_proto(value) for key, value in values.items()},
        )
        for signature, values in inputs.items()
    }


def write_warm_up(model: keras.Model, path: str | Path, name: str) -> None:
    """Writes the requests that the server makes before it takes others, so that the first user does not wait."""
    from tensorflow_serving.apis import prediction_log_pb2

    folder = Path(path) / "assets.extra"
    folder.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(folder / "tf_serving_warmup_requests")) as writer:
        for request in requests(model, name).values():
            log = prediction_log_pb2.PredictionLog(predict_log={"request": request})
            writer.write(log.SerializeToString())


def write_configuration(path: str | Path, name: str, version: int, earlier: Collection[int] = ()) -> None:
    """Writes `models.config`, which labels this version, and `batching.config`.

    Alone, a version is `stable`; where there are earlier ones it is the `canary`, and the newest of them is `stable`.
    """
    labels = {"stable": max(earlier), "canary": version} if earlier else {"stable": version}
    served = "".join(f" versions: {number}" for number in sorted(labels.values()))
    labelled = "\n".join(f'    version_labels {{ key: "{key}" value: {number} }}' for key, number in labels.items())
    (Path(path) / "models.config").write_text(
        f"""# tensorflow_model_server --model_config_file=models.config --allow_version_labels_for_unavailable_models
# Without the second flag the server refuses labels of versions that it has not loaded yet, as all are at its start.
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
    model_version_policy {{ specific {{{served} }} }}
{labelled}
  }}
}}
"""
    )
    (Path(path) / "batching.config").write_text(
        f"""# tensorflow_model_server --enable_batching --batching_parameters_file=batching.config
# Larger requests are split, up to max_batch_size rows.
max_batch_size {{ value: {LARGEST_REQUEST} }}
enable_large_batch_splitting {{ value: true }}
max_execution_batch_size {{ value: {LARGEST_BATCH} }}
batch_timeout_micros {{ value: 2000 }}
max_enqueued_batches {{ value: 100 }}
"""
    )


def _png(image_shape):
    file = io.BytesIO()
    mode = "L" if image_shape[2] == 1 else "RGB"
    Image.new(mode, (image_shape[1], image_shape[0])).save(file, "png")
    return file.getvalue()
