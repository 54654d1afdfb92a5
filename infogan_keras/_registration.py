"""What Keras must know of this package from the start: its backend, and the classes that `.keras` files name.

`import infogan_keras` imports neither Keras nor TensorFlow, and still `keras.saving.load_model` finds our classes: each
has a stand-in in Keras' registry, from the moment at which Keras is imported, until the module that defines it is.
"""

import importlib.abc
import importlib.util
import json
import os
import sys
from pathlib import Path

PACKAGE = "infogan_keras"
SERIALIZABLE = {
    "layers": ("BatchNormalization", "Dense"),
    "latents": ("Bernoulli", "Categorical", "Circular", "LatentSpec", "Normal", "Uniform"),
    "models": ("ACGAN", "GAN", "InfoGAN"),
    "optimizers": ("Adam",),
    "views": (
        *("Brightness", "Contrast", "Custom", "Erase", "Hue", "LightRamp", "Mirror", "Orbit"),
        *("RandomAffine", "Shift", "Slant", "Stretch", "Turn", "Zoom", "outline_asymmetry"),
    ),
}


class StandIn:
    """A class or function of ours in Keras' registry, imported when a file that names it is read."""

    def __init__(self, module, name):
        self.module, self.name = f"{PACKAGE}.{module}", name

    def from_config(self, config):
        """The object that the class itself makes of the config."""
        return getattr(importlib.import_module(self.module), self.name).from_config(config)

    def __call__(self, *arguments):
        """What the function itself returns."""
        return getattr(importlib.import_module(self.module), self.name)(*arguments)


class AfterKeras(importlib.abc.MetaPathFinder):
    """Calls `register` once Keras has been imported."""

    def __init__(self):
        self._searching = False

    def find_spec(self, fullname, path, target=None):
        """Keras' own spec, whose loader registers our classes at the end; None for all other modules.

        It may be asked for without an import, as TensorFlow does to see whether there is a Keras.
        """
        if fullname != "keras" or self._searching:
            return None
        self._searching = True
        try:
            spec = importlib.util.find_spec("keras")
        finally:
            self._searching = False
        if spec is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module):
                sys.meta_path.remove(self)
                execute(module)
                register()

            spec.loader.exec_module = execute_and_register
        return spec


def register():
    """Puts stand-ins of our classes into Keras' registry, now or as soon as Keras is imported."""
    if "keras" not in sys.modules:
        sys.meta_path.insert(0, AfterKeras())
        return
    registry = sys.modules["keras"].saving.get_custom_objects()
    for module, names in SERIALIZABLE.items():
        for name in names:
            registry.setdefault(f"{PACKAGE}>{name}", StandIn(module, name))


def require_tensorflow_backend():
    """Raises ImportError where Keras has another backend than TensorFlow, or will have it once it is imported."""
    if "keras" in sys.modules:
        backend = sys.modules["keras"].backend.backend()
    else:
        try:
            file = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "keras.json"
            settings = json.loads(file.read_text())
        except (OSError, ValueError):
            settings = {}
        backend = os.environ.get("KERAS_BACKEND") or settings.get("backend", "tensorflow")
    if backend != "tensorflow":
        raise ImportError(
            f"infogan_keras needs Keras on TensorFlow, and Keras is set to {backend!r} here. Set the environment "
            "variable KERAS_BACKEND=tensorflow, or 'backend' in keras.json, before Keras is imported."
        )
