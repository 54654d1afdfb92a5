"""Time training steps of one pair of networks in a process of its own, and the machine's rate for large matrices.

    python benchmarks/one_step.py --architecture mnist --precision float32 --batch-size 128

Prints one line of JSON. `training_step.py` and `scaling.py` start it.
"""

import argparse
import json
import math
import resource
import statistics
import time

import processes  # noqa: F401 - how TensorFlow starts

WARMUP = 6


def multiply_adds(generator, discriminator):
    """Multiply-adds that one update needs per real image: products with weights only.

    D's step: G forward; D forward, and its gradients of weights and of all inputs but the images, on a real and on a
    generated image. G's step: both forward, D's gradients of all inputs, G's of weights and of all inputs but the
    latents. (Q's own layers on real images, which nobody needs, are counted: 0.2 % on MNIST.) Products with the zeros
    that pad an image are not.
    """
    d, g = _per_layer(discriminator), _per_layer(generator)
    d_step = sum(g) + 2 * (3 * sum(d) - d[0])
    g_step = 2 * sum(d) + 3 * sum(g) - g[0]
    return d_step + g_step


def _per_layer(network):
    import keras

    counts = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dense):
            counts.append(layer.kernel.shape[0] * layer.kernel.shape[1])
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.Conv2DTranspose)):
            small, large = sorted((layer.input.shape[1:3], layer.output.shape[1:3]))
            taps = map(_taps, layer.kernel_size, layer.strides, small, large)
            counts.append(math.prod(taps) * math.prod(layer.kernel.shape[2:]))
    return counts


def _taps(kernel, stride, small, large):
    """How often an element of the kernel falls on a pixel of the larger image, along one axis with padding "same"."""
    before = max((small - 1) * stride + kernel - large, 0) // 2
    places = [stride * place - before + element for place in range(small) for element in range(kernel)]
    return sum(0 <= place < large for place in places)


def matrix_rate(precision):
    """GFLOP/s of a 4096 x 4096 product, the best of six."""
    import tensorflow as tf

    dtype = {"float32": "float32", "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}[precision]
    a, b = (tf.cast(tf.random.normal((4096, 4096)), dtype) for _ in range(2))
    product = tf.function(lambda: tf.reduce_sum(tf.cast(tf.matmul(a, b)[0, :2], "float32")))
    product().numpy()
    return 2 * 4096**3 / min(seconds(lambda: product().numpy()) for _ in range(6)) / 1e9


def make_model(architecture="mnist", precision="float32"):
    """The MNIST run's InfoGAN, or one with another table's networks."""
    import keras

    import infogan_keras as ig

    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(0)
    codes = {"digit": ig.Categorical(10), "rotation": ig.Uniform(1, fix_std=True), "width": ig.Uniform(1, fix_std=True)}
    latents = ig.LatentSpec(ig.Uniform(62), codes)
    table = getattr(ig.architectures, architecture.upper())
    model = ig.InfoGAN(*table.build(latents), latents, image_range=table.image_range)
    model.compile(
        ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8), ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8)
    )
    return model


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def alternating_medians(steps, rounds=25):
    """Median milliseconds of each of `{name: step}`, which are called in turn."""
    milliseconds = {name: [] for name in steps}
    for _ in range(WARMUP + rounds):
        for name, step in steps.items():
            milliseconds[name].append(1e3 * seconds(step))
    return {name: statistics.median(values[WARMUP:]) for name, values in milliseconds.items()}


def measure(architecture, precision, batch_size, steps, jit_compile=False):
    """What the JSON line holds."""
    import tensorflow as tf

    model = make_model(architecture, precision)
    low, high = model.image_range
    images = tf.random.uniform((batch_size, *model.image_shape), low, high)
    step = tf.function(model.train_step, jit_compile=jit_compile)
    for _ in range(WARMUP):
        step(images)
    milliseconds = [1e3 * seconds(lambda: step(images)["d_loss"].numpy()) for _ in range(steps)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    gflop = 2 * batch_size * multiply_adds(model.generator, model.discriminator) / 1e9
    median, rate = statistics.median(milliseconds), matrix_rate(precision)
    return {
        "median_ms": round(median, 1),
        "min_ms": round(min(milliseconds), 1),
        "gflop": round(gflop, 2),
        "matrix_gflops": round(rate),
        "share": round(gflop / median * 1e3 / rate, 3),
        "peak_mb": round(peak),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", choices=("mnist", "svhn", "celeba", "faces", "chairs"), default="mnist")
    parser.add_argument("--precision", choices=("float32", "mixed_bfloat16", "mixed_float16"), default="float32")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--jit-compile", action="store_true")
    print(json.dumps(measure(**vars(parser.parse_args()))))
