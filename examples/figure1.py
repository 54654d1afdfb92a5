"""Reproduce the paper's Figure 1: the bound of one categorical code, in InfoGAN and in a GAN that has a Q.

Both are trained on MNIST with a code of ten categories and no other. The GAN's generator is not rewarded for what Q
reads (`generator_mi_weight=0`); D's trunk, which Q shares, learns from it in both. Writes figure1.csv, the bound in
every update, and figure1.png, with the paper's points. These short runs are neither resumed nor spread over hosts.
"""

import csv

import infogan_keras as ig

# Read off the paper's Figure 1 to about 0.02 nats, {update: nats}: the middle of the band where the curve is one.
# fmt: off
PAPER = {
    "InfoGAN": {5: 0.35, 10: 1.1, 15: 1.53, 20: 1.8, 25: 1.95, 30: 2.07, 50: 2.17, 100: 2.255, 200: 2.19, 400: 2.26,
                900: 2.26},
    "GAN": {5: 0.03, 10: 0.07, 20: 0.13, 30: 0.19, 50: 0.28, 100: 0.53, 130: 0.61, 200: 0.12, 400: 0.06, 900: 0.06},
}
# fmt: on
AT = (10, 20, 30, 50, 100, 200, 400, 900)
SEEDS = {"--seeds": {"type": int, "default": 3, "help": "runs of each, from --seed on (default 3)"}}


def measure_bounds(system, seed, flags):
    """The bound in every update, a list of nats."""
    import keras

    class Bounds(keras.callbacks.Callback):
        """Each update's own bound; the logs have the mean of an epoch."""

        def on_train_begin(self, logs=None):
            self.values = []

        def on_train_batch_begin(self, batch, logs=None):
            self.model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(float(logs["mi"]))

    keras.utils.set_random_seed(seed)
    latents = ig.LatentSpec(noise=ig.Uniform(62), codes={"digit": ig.Categorical(10)})
    table = ig.architectures.MNIST.scaled(1 / 16) if flags.smoke else ig.architectures.MNIST
    with ig.cli.make_strategy(flags.strategy).scope():
        model = ig.InfoGAN.from_architecture(table, latents, variant=flags.variant, seed=seed)
        model.compile(
            d_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
            g_optimizer=ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8),
            generator_mi_weight=None if system == "InfoGAN" else 0.0,
        )
    images = ig.datasets.mnist.load("train", flags.batch_size, seed, data_dir=flags.data_dir)
    bounds = Bounds()
    model.fit(images, steps_per_epoch=flags.epochs * flags.steps_per_epoch, callbacks=[bounds])
    return bounds.values


def draw(bounds, path):
    """Draws `{(system, seed): bound in every update}`, and the paper's points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.5), layout="constrained")
    for axes, (system, points) in zip(figure.subplots(1, 2), PAPER.items(), strict=True):
        for values in (values for (name, _), values in bounds.items() if name == system):
            axes.plot(range(1, len(values) + 1), values, linewidth=1)
        axes.plot(*zip(*points.items(), strict=True), "ko", markersize=4)
        axes.set(title=f"{system}; dots: the paper", xlabel="updates", ylabel="bound in nats")
    figure.savefig(path, dpi=100)


def train(flags):
    """Trains both for every seed, and draws."""
    import numpy as np

    if flags.resume or flags.strategy == "workers":
        raise ValueError("These short runs are neither resumed nor spread over hosts.")
    flags.run_dir.mkdir(parents=True, exist_ok=True)
    bounds = {}
    for system in PAPER:
        for seed in range(flags.seed, flags.seed + flags.seeds):
            print(f"{system}, seed {seed}")
            bounds[system, seed] = measure_bounds(system, seed, flags)
    with (flags.run_dir / "figure1.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["update", *(f"{name} {number}" for name, number in bounds)])
        for update, values in enumerate(zip(*bounds.values(), strict=True), start=1):
            writer.writerow([update, *(f"{value:.4f}" for value in values)])
    for system, points in PAPER.items():
        lines = [values for (name, _), values in bounds.items() if name == system]
        for update in (at for at in AT if at <= len(lines[0])):
            ours = " ".join(f"{np.mean(line[max(0, update - 5) : update + 5]):.2f}" for line in lines)
            print(f"{system:8} update {update:4}: {ours} nats; the paper's {points.get(update, float('nan')):.2f}")
    draw(bounds, flags.run_dir / "figure1.png")
    print(f"The figure is {flags.run_dir / 'figure1.png'}.")


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(train, ig.cli.training_flags(__doc__, name="figure1", epochs=10, argv=argv, options=SEEDS))


if __name__ == "__main__":
    main()
