import doctest
import importlib
import os
import pkgutil
import subprocess
import sys

import keras
import pytest

import infogan_keras as ig
from infogan_keras import _registration


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}
    )


def test_public_names():
    for name in ig.__all__:
        assert getattr(ig, name) is not None


@pytest.mark.parametrize("module", [name for _, name, _ in pkgutil.walk_packages(ig.__path__, "infogan_keras.")])
def test_examples_in_docstrings(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_another_keras_backend_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    for environment, backend in (({"KERAS_BACKEND": "jax"}, "jax"), ({"KERAS_HOME": str(tmp_path)}, "torch")):
        result = python("import infogan_keras", **environment)
        expected = f"ImportError: infogan_keras needs Keras on TensorFlow, and Keras is set to '{backend}' here. Set"
        assert expected in result.stderr
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ImportError, match="set to 'torch' here"):
        _registration.require_tensorflow_backend()
    (tmp_path / "keras.json").write_text("not JSON")
    _registration.require_tensorflow_backend()
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    _registration.require_tensorflow_backend()


def test_keras_knows_every_serializable_class_from_the_start():
    """Where only the package and Keras are imported, and nothing of ours is."""
    code = "import infogan_keras, keras; print(*sorted(k for k in keras.saving.get_custom_objects()))"
    known = python(code).stdout.split()
    for module in pkgutil.walk_packages(ig.__path__, "infogan_keras."):
        importlib.import_module(module.name)
    assert known == sorted(name for name in keras.saving.get_custom_objects() if name.startswith("infogan_keras>"))


def test_a_saved_model_loads_where_only_the_package_is_imported(model, tmp_path):
    """In a new process, as the README says: importing infogan_keras registers its classes."""
    model.save(tmp_path / "model.keras")
    code = "import infogan_keras, keras; print(keras.saving.load_model('model.keras').generate(1).shape)"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert result.stdout == "(1, 8, 8, 1)\n", result.stderr
