"""How a model is written to a file and read back: the part of `GAN` that Keras' saving calls."""

import json

import keras
import numpy as np

UNIMPORTANT = ("name", "dtype", "trainable", "seed", "synchronized", "batch_shape", "input_shape")


class Serialization:
    """Configuration, compilation and weights of a model."""

    def get_config(self):
        """The constructor's arguments, networks included."""
        serialize = keras.saving.serialize_keras_object
        return {
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latents": serialize(self.latents),
            "image_range": list(self.image_range),
            "seed": self.seed,
            "name": self.name,
            "ema_momentum": self.ema_momentum,
            "d_ema_momentum": self.d_ema_momentum,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The model that `get_config` described."""
        networks = {
            key: keras.saving.deserialize_keras_object(config[key], custom_objects=custom_objects)
            for key in ("generator", "discriminator", "latents")
        }
        return cls(**{**config, **networks})

    def get_compile_config(self):
        """`compile`'s arguments."""
        if self.d_optimizer is None:
            return None
        serialize = keras.saving.serialize_keras_object
        optimizers = {"d_optimizer": serialize(self.d_optimizer), "g_optimizer": serialize(self.g_optimizer)}
        return {**optimizers, **self._keras_options}

    def compile_from_config(self, config):
        """Compiles a loaded model as the saved one was."""
        deserialize = keras.saving.deserialize_keras_object
        optimizers = {key: deserialize(config[key]) for key in ("d_optimizer", "g_optimizer")}
        self.compile(**{**config, **optimizers})

    def save_own_variables(self, store):
        """Adds what the networks and codes are, so that weights of others are not loaded by mistake."""
        super().save_own_variables(store)
        store["description"] = np.frombuffer(json.dumps(describe(self)).encode(), np.uint8)

    def load_own_variables(self, store):
        """Raises ValueError for weights of a model with other codes or networks; old files say nothing of them."""
        values = {key: store[key] for key in list(store.keys())}
        described = values.pop("description", None)
        if described is not None:
            theirs, ours = json.loads(np.asarray(described).tobytes()), json.loads(json.dumps(describe(self)))
            if other := next((part for part in ours if theirs.get(part) != ours[part]), None):
                difference = _difference(theirs.get(other), ours[other])
                raise ValueError(f"These weights are of a model with other {other}: {difference}.")
        super().load_own_variables(values)

    def save(self, filepath, *args, **kwargs):
        """Writes a `.keras` file, as in Keras; ValueError for HDF5, which has no place for two networks."""
        if str(filepath).endswith((".h5", ".hdf5")):
            raise ValueError(f"{filepath}: expected a .keras file, which holds both networks and optimizers.")
        super().save(filepath, *args, **kwargs)


def describe(model):
    """What weights belong to: the codes in their order, and the layers of both networks, as JSON can hold it."""
    codes = [[name, type(code).__name__, code.size, code.posterior_size] for name, code in model.latents.codes.items()]
    return {"codes": codes, **{network.name: _layers(network) for network in (model.generator, model.discriminator)}}


def _layers(network):
    """Class and plain settings of each layer; initializers and names do not matter once there are weights."""
    return [
        [
            type(layer).__name__,
            {
                key: value
                for key, value in layer.get_config().items()
                if isinstance(value, int | float | str | bool | list | tuple) and key not in UNIMPORTANT
            },
        ]
        for layer in network.layers
    ]


def _difference(theirs, ours):
    """The first entry in which two lists differ, in words."""
    if theirs is None or len(theirs) != len(ours):
        return f"{len(theirs or [])} layers or codes, and this one has {len(ours)}"
    there, here = next(pair for pair in zip(theirs, ours, strict=True) if pair[0] != pair[1])
    return f"{there}, and this one has {here}"
