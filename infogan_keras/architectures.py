"""The paper's five pairs of networks (appendix C, Tables 1 to 6) as data, and one builder.

Every table follows the release's order: convolution or dense layer with a bias, batch normalization, activation.
The last up-convolution of Tables 1, 4 and 6 is printed without a stride; the image size demands stride 2 (which is
also what the release's MNIST network does). Padding is SAME and kernels are 4x4 throughout.
"""

import dataclasses
import functools
import math

import keras

from infogan_keras import layers

VARIANTS = ("paper", "openai")


@dataclasses.dataclass(frozen=True)
class Conv:
    """A convolution in D, an up-convolution (transposed) in G; 4x4 kernel."""

    filters: int
    stride: int = 2
    batch_norm: bool = True


@dataclasses.dataclass(frozen=True)
class Dense:
    """A dense layer; with several `units` its output is reshaped to them after the activation."""

    units: tuple
    batch_norm: bool = True


@dataclasses.dataclass(frozen=True)
class Architecture:
    """One table of the paper.

    Attributes:
        name: of the data set.
        image_shape: (height, width, channels).
        image_range: (lowest, highest) value of the generator's output: (0, 1) ends in a sigmoid, (-1, 1) in a tanh.
        trunk: the layers that D and Q share.
        recognition: Q's own hidden layers, between the trunk and its outputs.
        generator: the layers of G before the last up-convolution (stride 2) to the image.
        openai_last_batch_norm: whether the trunk's last layer has its batch normalization in the authors' code too.
        variant: what `build` makes unless told otherwise.
    """

    name: str
    image_shape: tuple
    image_range: tuple
    trunk: tuple
    recognition: tuple
    generator: tuple
    openai_last_batch_norm: bool = True
    variant: str = "paper"

    def build(self, latents, variant=None, channels=None, synchronized=True):
        """Builds the table's networks for a latent spec.

        Weights are drawn from N(0, 0.02), batch normalization's scales from N(1, 0.02), from Keras' global random
        state: call `keras.utils.set_random_seed` first for the same networks each time.

        Args:
            latents: the `LatentSpec`; the generator's input and Q's outputs follow from it.
            variant: "paper" for appendix C (leaky rate 0.1, Q's std is exp(output)), "openai" for the authors' code
                where it differs (leaky rate 0.01, std is sqrt(exp(output)), convolutions from a truncated normal, and
                for faces and chairs no batch normalization after D's dense layer); None for the table's `variant`.
            channels: channels of the images, where they are not the table's.
            synchronized: whether batch normalization takes its statistics from the whole batch when a strategy spreads
                it over several replicas, so that their number changes nothing; False spares the communication, and
                every replica normalizes its own rows.

        Returns:
            `(generator, discriminator)`, functional Keras models: (rows, latents.size) → images in `image_range`, and
            images → `{"logits": (rows, 1), code: (rows, posterior_size), ...}`. Outputs are float32 under every
            mixed dtype policy.

        Raises:
            ValueError: for an unknown variant or number of channels.

        Example:
            >>> from infogan_keras import Categorical, LatentSpec, Uniform, architectures
            >>> spec = LatentSpec(Uniform(62), {"digit": Categorical(10)})
            >>> generator, discriminator = architectures.MNIST.build(spec)
            >>> generator.output_shape, sorted(discriminator.output_names)
            ((None, 28, 28, 1), ['digit', 'logits'])
        """
        require_channels_last()
        variant = variant or self.variant
        if variant not in VARIANTS:
            raise ValueError(f"variant={variant!r}: expected one of {', '.join(map(repr, VARIANTS))}.")
        if channels not in (None, 1, 2, 3, 4):
            raise ValueError(f"channels={channels!r}: expected 1 to 4, or None for the table's {self.image_shape[2]}.")
        shape = (*self.image_shape[:2], channels or self.image_shape[2])
        batch_norm = functools.partial(_batch_norm, synchronized=synchronized)
        return (
            self._generator(latents, shape, batch_norm),
            self._discriminator(latents, shape, batch_norm, variant),
        )

    def scaled(self, share: float) -> "Architecture":
        """The same layers with `share` of the filters and units each, at least 2, for trials that take seconds.

        >>> MNIST.scaled(1 / 16).generator[1]
        Dense(units=(7, 7, 8), batch_norm=True)
        """

        def smaller(row):
            if isinstance(row, Conv):
                return dataclasses.replace(row, filters=max(2, round(share * row.filters)))
            return dataclasses.replace(row, units=(*row.units[:-1], max(2, round(share * row.units[-1]))))

        trunk, recognition, generator = (
            tuple(map(smaller, part)) for part in (self.trunk, self.recognition, self.generator)
        )
        return dataclasses.replace(self, trunk=trunk, recognition=recognition, generator=generator)

    def _generator(self, latents, shape, batch_norm):
        inputs = x = keras.Input((latents.size,), name="latents")
        for index, row in enumerate(self.generator, start=1):
            x = _block(x, row, f"g{index}", batch_norm, keras.layers.ReLU, upward=True)
        activation = "sigmoid" if self.image_range[0] == 0 else "tanh"
        x = _convolution(Conv(shape[2]), "image", upward=True)(x)
        outputs = keras.layers.Activation(activation, dtype=_wide(), name=activation)(x)
        return keras.Model(inputs, outputs, name="generator")

    def _discriminator(self, latents, shape, batch_norm, variant):
        slope = 0.1 if variant == "paper" else 0.01
        truncated = variant == "openai"

        def leaky_relu(name):
            return keras.layers.LeakyReLU(slope, name=name)

        inputs = x = keras.Input(shape, name="images")
        trunk = self.trunk
        if variant == "openai" and not self.openai_last_batch_norm:
            trunk = (*trunk[:-1], dataclasses.replace(trunk[-1], batch_norm=False))
        for index, row in enumerate(trunk, start=1):
            x = _block(x, row, f"d{index}", batch_norm, leaky_relu, truncated=truncated)
        if len(x.shape) > 2:
            x = keras.layers.Flatten(name="d-features")(x)
        outputs = {"logits": _output(1, "logits")(x)}
        for index, row in enumerate(self.recognition, start=1):
            x = _block(x, row, f"q{index}", batch_norm, leaky_relu)
        for name, code in latents.codes.items():
            output = _output(code.posterior_size, name)(x)
            if variant == "openai" and code.posterior_size == 2 * code.size:
                # The released network's second half is a log variance; a distribution reads a log std.
                scale = [1.0] * code.size + [0.5] * code.size
                output = keras.layers.Rescaling(scale, dtype=_wide(), name=f"{name}-log-std")(output)
            outputs[name] = output
        return keras.Model(inputs, outputs, name="discriminator")


def require_channels_last():
    """Raises ValueError where Keras is set to (channels, height, width)."""
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            "keras.config.image_data_format() is 'channels_first': images here are (height, width, channels). Call "
            "keras.config.set_image_data_format('channels_last') before the networks are built."
        )


# Names of layers have a hyphen where no code's name can be the same.


def _normal(mean=0.0):
    return keras.initializers.RandomNormal(mean, 0.02)


def _convolution(row, name, upward=False, truncated=False):
    layer = keras.layers.Conv2DTranspose if upward else keras.layers.Conv2D
    initializer = keras.initializers.TruncatedNormal(0.0, 0.02) if truncated else _normal()
    return layer(row.filters, 4, row.stride, "same", kernel_initializer=initializer, name=name)


def _wide():
    """The dtype of outputs: float32 under mixed policies too."""
    return "float64" if keras.config.dtype_policy().compute_dtype == "float64" else "float32"


def _output(units, name):
    return layers.Dense(units, kernel_initializer=_normal(), dtype=_wide(), name=name)


def _batch_norm(name, synchronized):
    return layers.BatchNormalization(
        momentum=0.9, epsilon=1e-5, gamma_initializer=_normal(1.0), synchronized=synchronized, name=name
    )


def _block(x, row, name, batch_norm, activation, upward=False, truncated=False):
    if isinstance(row, Conv):
        x = _convolution(row, f"{name}-conv", upward, truncated)(x)
    else:
        if len(x.shape) > 2:
            x = keras.layers.Flatten(name=f"{name}-flatten")(x)
        x = layers.Dense(math.prod(row.units), kernel_initializer=_normal(), name=f"{name}-dense")(x)
    if row.batch_norm:
        x = batch_norm(name=f"{name}-batch-norm")(x)
    x = activation(name=f"{name}-activation")(x)
    if isinstance(row, Dense) and len(row.units) > 1:
        x = keras.layers.Reshape(row.units, name=f"{name}-reshape")(x)
    return x


MNIST = Architecture(
    name="mnist",
    image_shape=(28, 28, 1),
    image_range=(0, 1),
    trunk=(Conv(64, batch_norm=False), Conv(128), Dense((1024,))),
    recognition=(Dense((128,)),),
    generator=(Dense((1024,)), Dense((7, 7, 128)), Conv(64)),
)
"""Table 1."""

SVHN = Architecture(
    name="svhn",
    image_shape=(32, 32, 3),
    image_range=(-1, 1),
    trunk=(Conv(64, batch_norm=False), Conv(128), Conv(256)),
    recognition=(Dense((128,)),),
    generator=(Dense((2, 2, 448)), Conv(256), Conv(128, batch_norm=False), Conv(64, batch_norm=False)),
)
"""Table 2; as printed, the generator's last two hidden layers have no batch normalization."""

CELEBA = dataclasses.replace(SVHN, name="celeba")
"""Table 3 (whose caption says SVHN): Table 2's networks with another latent spec."""

FACES = Architecture(
    name="faces",
    image_shape=(32, 32, 1),
    image_range=(0, 1),
    trunk=(Conv(64, batch_norm=False), Conv(128), Dense((1024,))),
    recognition=(),
    generator=(Dense((1024,)), Dense((8, 8, 128)), Conv(64)),
    openai_last_batch_norm=False,
)
"""Table 4: D and Q part only at their output units."""

CHAIRS = Architecture(
    name="chairs",
    image_shape=(64, 64, 1),
    image_range=(0, 1),
    trunk=(Conv(64, batch_norm=False), Conv(128), Conv(256), Conv(256, 1), Conv(256, 1), Dense((1024,))),
    recognition=(),
    generator=(Dense((1024,)), Dense((8, 8, 256)), Conv(256, 1), Conv(256, 1), Conv(128), Conv(64)),
    openai_last_batch_norm=False,
)
"""Table 6: D and Q part only at their output units.

As printed, G makes 32x32 images; with stride 2 at the last up-convolution, as in the first author's own chairs
network, it makes the 64x64 of the data."""


def of_size(image_shape: tuple[int, int, int]) -> Architecture:
    """A table in the style of the paper's for images of any size that halves well, with values in [0, 1].

    Both sides are halved by convolutions with stride 2, of 64, 128, 256, 256, ... filters, until the shorter one is 8
    or less; D has a dense layer of 1,024 units, as in Tables 1, 4 and 6, and the generator is D's mirror image.

    Args:
        image_shape: (height, width, channels): sides from 16 to 256 pixels, 1 to 4 channels.

    Raises:
        ValueError: for other sizes, with the nearest that will do.

    >>> of_size((48, 64, 3)).generator[1]
    Dense(units=(6, 8, 256), batch_norm=True)
    """
    if not isinstance(image_shape, tuple | list) or len(image_shape) != 3:
        raise ValueError(f"image_shape={image_shape!r}: expected (height, width, channels).")
    height, width, channels = image_shape
    halvings = max(2, math.ceil(math.log2(min(height, width) / 8)))
    unit = 2**halvings
    if not (min(height, width) >= 16 and max(height, width) <= 256 and channels in (1, 2, 3, 4)):
        raise ValueError(f"image_shape={image_shape!r}: expected sides of 16 to 256 pixels, and 1 to 4 channels.")
    if height % unit or width % unit:
        nearest = tuple(max(16, round(side / unit) * unit) for side in (height, width))
        raise ValueError(
            f"image_shape={image_shape!r}: both sides are halved {halvings} times, so expected multiples of {unit}, "
            f"such as {(*nearest, channels)}."
        )
    filters = [min(256, 64 * 2**step) for step in range(halvings)]
    return Architecture(
        name=f"{height}x{width}",
        image_shape=tuple(image_shape),
        image_range=(0, 1),
        trunk=(Conv(filters[0], batch_norm=False), *(Conv(number) for number in filters[1:]), Dense((1024,))),
        recognition=(Dense((128,)),),
        generator=(
            Dense((1024,)),
            Dense((height // unit, width // unit, filters[-1])),
            *(Conv(number) for number in reversed(filters[:-1])),
        ),
    )
