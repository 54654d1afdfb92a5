"""Figure 1 with one thing changed at a time: which of the settings that the paper leaves open moves the curves.

    python -m benchmarks.studies.figure1_variants --jobs 2 > benchmarks/results/figure1_variants.csv

Columns are the bound in nats of InfoGAN and of the GAN with a Q, means over ten updates around the one that is named.
The generator of the GAN is never rewarded for what Q reads; Q learns all the same, in the same steps (where these are
both, the GAN is left out).
"""

import argparse
import json

from benchmarks import processes

SYSTEMS = ("InfoGAN", "GAN")
DEFAULTS = {
    "batch_size": 128,
    "variant": "paper",
    "d_rate": 2e-4,
    "g_rate": 1e-3,
    "beta_1": 0.5,
    "g_stddev": 0.02,
    "d_stddev": 0.02,
    "q_learns_in": "D",
}
VARIANTS = {
    "as examples/figure1.py": {},
    "batches of 64": {"batch_size": 64},
    "batches of 256": {"batch_size": 256},
    "D and Q at 1e-4": {"d_rate": 1e-4},
    "D and Q at 1e-3": {"d_rate": 1e-3},
    "G at 5e-4": {"g_rate": 5e-4},
    "G at 2e-3": {"g_rate": 2e-3},
    "beta1 of 0.9": {"beta_1": 0.9},
    "weights from N(0, 0.05)": {"g_stddev": 0.05, "d_stddev": 0.05},
    "G's weights from N(0, 0.05)": {"g_stddev": 0.05},
    "D's and Q's weights from N(0, 0.05)": {"d_stddev": 0.05},
    "the release's networks": {"variant": "openai"},
    "Q learns in the G step too": {"q_learns_in": "D and G"},
    "Q learns in the G step alone": {"q_learns_in": "G"},
}
AT = (10, 20, 30, 50, 100, 150)
WINDOW = 5


def train(name, seed):
    """One row."""
    from unittest import mock

    import keras
    import numpy as np

    import infogan_keras as ig

    settings = {**DEFAULTS, **VARIANTS[name]}

    class Bounds(keras.callbacks.Callback):
        """Each update's own bound."""

        def on_train_batch_begin(self, batch, logs=None):
            self.model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            bounds.append(float(logs["mi"]))

    class LearnsWithG(ig.InfoGAN):
        """An InfoGAN whose Q, without the trunk, learns in the G step."""

        def _apply(self, optimizer, tape, loss, variables):
            if optimizer is self.g_optimizer:
                variables = [*variables, *of_q(self)]
            super()._apply(optimizer, tape, loss, variables)

    def layers_of_q(discriminator):
        return [layer for layer in discriminator.layers if layer.name[0] == "q" or layer.name == "digit"]

    def of_q(model):
        return [variable for layer in layers_of_q(model.discriminator) for variable in layer.trainable_variables]

    def cut_before_q(discriminator):
        """The same layers, and no gradient from Q to the trunk and the generator."""
        layers = layers_of_q(discriminator)
        x = keras.layers.Lambda(keras.ops.stop_gradient)(layers[0].input)
        for layer in layers:
            x = layer(x)
        return keras.Model(discriminator.input, {"logits": discriminator.output["logits"], "digit": x})

    def build(stddev):
        def normal(mean=0.0):
            return keras.initializers.RandomNormal(mean, 0.02 if mean else stddev)

        keras.utils.set_random_seed(seed)
        with mock.patch.object(ig.architectures, "_normal", normal):
            return ig.architectures.MNIST.build(latents, settings["variant"])

    keras.config.set_dtype_policy("mixed_bfloat16")
    latents = ig.LatentSpec(noise=ig.Uniform(62), codes={"digit": ig.Categorical(10)})
    row = {"variant": name, "seed": seed}
    with_g, with_d = "G" in settings["q_learns_in"], "D" in settings["q_learns_in"]
    for system in SYSTEMS[:1] if with_g and with_d else SYSTEMS:
        generator, discriminator = build(settings["g_stddev"])[0], build(settings["d_stddev"])[1]
        if system == "GAN" and not with_d:
            discriminator = cut_before_q(discriminator)
        kind = LearnsWithG if with_g else ig.InfoGAN
        model = kind(generator, discriminator, latents, seed=seed)
        d_optimizer, g_optimizer = (
            ig.optimizers.Adam(settings[rate], settings["beta_1"], epsilon=1e-8) for rate in ("d_rate", "g_rate")
        )
        if with_g:
            g_optimizer.build([*model.generator.trainable_variables, *of_q(model)])
        # The paper's Eq. 6 has no bound in D's step.
        g_weight = float(system == "InfoGAN" or not with_d)
        model.compile(d_optimizer, g_optimizer, mi_weight=float(with_d), generator_mi_weight=g_weight)
        images = ig.datasets.mnist.load("train", settings["batch_size"], seed)
        bounds = []
        model.fit(images, steps_per_epoch=max(AT) + WINDOW, callbacks=[Bounds()], verbose=0)
        for update in AT:
            row[f"{system} {update}"] = f"{np.mean(bounds[update - WINDOW : update + WINDOW]):.2f}"
    return row


def main(arguments):
    """Every variant, as CSV."""

    def run(one):
        row = json.loads(processes.run("-m", __spec__.name, "--one", json.dumps(one)))
        processes.say(" ".join(map(str, row.values())))
        return row

    wanted = [(name, seed) for seed in range(arguments.seeds) for name in arguments.variants]
    processes.write(list(processes.side_by_side(run, wanted, arguments.jobs)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=[*VARIANTS], help="default: all")
    parser.add_argument("--seeds", type=int, default=1, help="how many, from 0 on (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, on a share of the cores each (default 1)")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.one:
        print(json.dumps(train(*flags.one)))
    else:
        main(flags)
