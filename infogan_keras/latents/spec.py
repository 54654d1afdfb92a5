"""LatentSpec: what the generator is fed, by name."""

import keyword
import re
from collections.abc import Mapping

import keras
import tensorflow as tf

from infogan_keras import _random
from infogan_keras.latents.discrete import Categorical
from infogan_keras.latents.distribution import Distribution
from infogan_keras.views import Mirror

RESERVED_NAMES = ("noise", "logits", "images", "seed", "n", "valid", "self")


@keras.saving.register_keras_serializable("infogan_keras")
class LatentSpec:
    """Noise and named codes, in the order in which the generator's input vector joins them.

    Codes travel as dicts `{name: (rows, size)}`; the flat vector exists only at the generator's door.

    Args:
        noise: the `Distribution` of the incompressible noise z.
        codes: `{name: Distribution}` of the codes c that Q reads back, possibly empty. Names become keyword arguments
            and served names: ASCII identifiers that begin with a letter, and none of `RESERVED_NAMES`.

    Raises:
        ValueError: for a name that cannot be used, a value that is not a distribution, noise that follows views, and
            two codes that follow the same one; but several may change their sign under `Mirror`.

    Example (the paper's MNIST run, appendix C.1):

    >>> from infogan_keras import Categorical, LatentSpec, Uniform
    >>> spec = LatentSpec(Uniform(62), {"digit": Categorical(10), "rotation": Uniform(1), "width": Uniform(1)})
    >>> spec.size
    74
    >>> {name: value.shape.as_list() for name, value in spec.sample(2, seed=(0, 0)).items()}
    {'noise': [2, 62], 'digit': [2, 10], 'rotation': [2, 1], 'width': [2, 1]}
    """

    def __init__(self, noise, codes):
        if not isinstance(codes, Mapping):
            raise ValueError(f"codes={codes!r}: expected a dict of distributions by name.")
        for name, distribution in {"noise": noise, **codes}.items():
            if not isinstance(distribution, Distribution):
                raise ValueError(f"{name}={distribution!r}: expected a distribution, such as ig.Uniform(62).")
        if noise.follows is not None:
            raise ValueError(f"noise={noise!r}: only codes can follow views, as Q does not read the noise.")
        _require_own_views(codes)
        for name in codes:
            if (
                not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", str(name))
                or keyword.iskeyword(name)
                or name in RESERVED_NAMES
            ):
                raise ValueError(
                    f"A code cannot be called {name!r}: a name is made of ASCII letters, digits and _, begins with a "
                    f"letter, and is no Python keyword and none of {', '.join(RESERVED_NAMES)}."
                )
        self.noise = noise
        self.codes = dict(codes)

    @property
    def parts(self):
        """`{"noise": noise, **codes}`: the distributions in the order of the generator's vector."""
        return {"noise": self.noise, **self.codes}

    @property
    def size(self):
        """Length of the generator's input vector."""
        return sum(part.size for part in self.parts.values())

    @property
    def declared(self):
        """`{name: distribution}` of the codes that follow views, or stay under them."""
        return {name: code for name, code in self.codes.items() if code.follows is not None}

    @property
    def followed_views(self):
        """The views that codes follow, each once."""
        return tuple(dict.fromkeys(view for code in self.declared.values() for view in code.follows))

    @property
    def entropy(self):
        """Entropy of all codes together in nats (noise excluded)."""
        return sum(code.entropy for code in self.codes.values())

    def sample(self, rows, seed):
        """Draws noise and codes from their priors.

        Args:
            rows: how many; a number or a scalar tensor.
            seed: two 32-bit integers, as a tensor (2,) or a pair. The draw is a pure function of it, the same in every
                process, graph and device.

        Returns:
            `{name: (rows, size) float32}` with `noise` first.
        """
        return {
            name: part.sample(rows, _random.fold_in(seed, index))
            for index, (name, part) in enumerate(self.parts.items())
        }

    def sample_each(self, seeds):
        """Draws one row per seed: row i depends on `seeds[i]` and on nothing else in the batch.

        Args:
            seeds: (rows,) integers.

        Returns:
            `{name: (rows, size) float32}`.
        """

        def one(seed):
            # XLA and other kernels agree on two 32-bit seeds, and not on 64-bit ones.
            return {name: value[0] for name, value in self.sample(1, tf.bitcast(seed, tf.int32)).items()}

        signature = {name: tf.TensorSpec([part.size], tf.float32) for name, part in self.parts.items()}
        return tf.map_fn(one, tf.cast(seeds, tf.int64), fn_output_signature=signature)

    def join(self, latents):
        """The generator's input: `{name: (rows, size)}` → (rows, self.size); ValueError where a part does not fit."""
        missing = [name for name in self.parts if name not in latents]
        if missing:
            raise ValueError(f"The latents lack {', '.join(missing)}: expected {', '.join(self.parts)}.")
        given = {name: latents[name] for name in self.parts}
        tensors = {name: v if tf.is_tensor(v) else tf.constant(v, tf.float32) for name, v in given.items()}
        for name, part in self.parts.items():
            if not tensors[name].shape.is_compatible_with([None, part.size]):
                rows = "one-hot rows" if isinstance(part, Categorical) else "rows"
                raise ValueError(f"{name} has shape {tensors[name].shape}: expected {rows}, (rows, {part.size}).")
        lengths = {name: tensor.shape[0] for name, tensor in tensors.items()}
        if len(set(lengths.values()) - {None}) > 1:
            raise ValueError(f"The latents have different numbers of rows: {lengths}.")
        return tf.concat([part.to_generator(tensors[name]) for name, part in self.parts.items()], -1)

    def split(self, outputs):
        """The discriminator's outputs, `{"logits", code: (rows, n)}`, in the order of the codes' values."""
        return {
            name: self.codes[name].from_recognition(value) if name in self.codes else value
            for name, value in outputs.items()
        }

    def get_config(self):
        """The constructor's arguments, serialized."""
        return {
            "noise": keras.saving.serialize_keras_object(self.noise),
            "codes": {name: keras.saving.serialize_keras_object(code) for name, code in self.codes.items()},
        }

    @classmethod
    def from_config(cls, config):
        """The spec that `get_config` described."""
        deserialize = keras.saving.deserialize_keras_object
        codes = {name: deserialize(code) for name, code in config["codes"].items()}
        return cls(deserialize(config["noise"]), codes)

    def __eq__(self, other):
        return isinstance(other, LatentSpec) and list(self.parts.items()) == list(other.parts.items())

    __hash__ = None  # type: ignore[assignment]  # Compared by value, and its codes may change.

    def __repr__(self):
        return f"LatentSpec(noise={self.noise!r}, codes={self.codes!r})"


def _require_own_views(codes):
    """Raises ValueError where two codes follow the amounts of one view: each would have to be what the other is."""
    followed = {}
    for name, code in codes.items():
        for view in code.follows or ():
            other = followed.setdefault(view.name, name)
            if other != name and not isinstance(view, Mirror):
                raise ValueError(f"{other} and {name} both follow {view.name}: expected another view for each code.")
