"""What our layers and our Adam gain over Keras' own: one MNIST step after the other, in one process.

python benchmarks/kernels.py > benchmarks/results/kernels.csv
"""

import processes
from one_step import alternating_medians, make_model


def make_steps(precision):
    """`{name: one training step}`; each adds one of our parts to those before it."""
    import keras
    import tensorflow as tf

    import infogan_keras as ig

    base = make_model(precision=precision)
    images = tf.random.uniform((128, *base.image_shape))
    batch_norm = {ig.layers.BatchNormalization: keras.layers.BatchNormalization}
    dense = {ig.layers.Dense: keras.layers.Dense}
    variants = {
        "Keras": ({**batch_norm, **dense}, keras.optimizers.Adam),
        "and our Adam": ({**batch_norm, **dense}, ig.optimizers.Adam),
        "and our batch norm": (dense, ig.optimizers.Adam),
        "and our dense layers": ({}, ig.optimizers.Adam),
    }

    def make(instead, adam):
        def clone(layer):
            return instead.get(type(layer), type(layer)).from_config(layer.get_config())

        networks = [keras.models.clone_model(n, clone_function=clone) for n in (base.generator, base.discriminator)]
        model = ig.InfoGAN(*networks, base.latents)
        model.compile(adam(2e-4, beta_1=0.5, epsilon=1e-8), adam(1e-3, beta_1=0.5, epsilon=1e-8))
        step = tf.function(model.train_step)
        return lambda: step(images)["d_loss"].numpy()

    return {name: make(*variant) for name, variant in variants.items()}


def rows(precision):
    """One row per variant."""
    medians = alternating_medians(make_steps(precision))
    return [
        {"precision": precision, "step": name, "ms": round(ms, 1), "speedup": round(medians["Keras"] / ms, 2)}
        for name, ms in medians.items()
    ]


if __name__ == "__main__":
    processes.no_flags(__doc__)
    processes.write([row for precision in ("float32", "mixed_bfloat16") for row in rows(precision)])
