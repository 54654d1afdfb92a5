"""What the parts of `MNIST_ROBUST` add to the MNIST step: one step after the other, in one process.

python benchmarks/robust_step.py > benchmarks/results/robust_step.csv
"""

import dataclasses

import processes
from one_step import alternating_medians


def make_steps(precision):
    """`{configuration: one training step}`."""
    import keras
    import tensorflow as tf

    from infogan_keras import experiments

    keras.config.set_dtype_policy(precision)
    images = tf.random.uniform((128, 28, 28, 1))
    variants = {
        "paper": experiments.MNIST,
        "and balance": dataclasses.replace(experiments.MNIST, balance_weight=6.0),
        "and consistency": dataclasses.replace(experiments.MNIST_ROBUST, ema_momentum=None),
        "and averaging": experiments.MNIST_ROBUST,
    }

    def make(experiment):
        step = tf.function(experiment.build_model().train_step)
        return lambda: step(images)["d_loss"].numpy()

    return {name: make(experiment) for name, experiment in variants.items()}


def rows(precision):
    """One row per configuration."""
    medians = alternating_medians(make_steps(precision))
    return [
        {"precision": precision, "configuration": name, "ms": round(ms, 1), "ratio": round(ms / medians["paper"], 3)}
        for name, ms in medians.items()
    ]


if __name__ == "__main__":
    processes.no_flags(__doc__)
    processes.write([row for precision in ("float32", "mixed_bfloat16") for row in rows(precision)])
