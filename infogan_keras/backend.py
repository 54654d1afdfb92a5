"""One check, made before anything else is imported: Keras runs on TensorFlow."""

import keras

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"infogan_keras needs Keras on TensorFlow, and Keras runs on {keras.backend.backend()!r} here. Set the "
        "environment variable KERAS_BACKEND=tensorflow (or 'backend' in ~/.keras/keras.json) before Keras is imported."
    )
