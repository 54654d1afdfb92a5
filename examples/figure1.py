"""Reproduce the paper's Figure 1: the bound of one categorical code, in InfoGAN and in a GAN that has a Q.

Both are trained on MNIST with a code of ten categories and no other. The GAN's generator is not rewarded for what Q
reads (`generator_mi_weight=0`); D's trunk, which Q shares, learns from it in both. Writes figure1.csv, the bound in
every update, and figure1.png, with the paper's points. These short runs are neither resumed nor spread over hosts.
"""

import csv

import command_line

# Read off the paper's Figure 1 to about 0.02 nats: the middle of the band where the curve is one.
PAPER = {
    "InfoGAN": {
        5: 0.35,
        10: 1.1,
        15: 1.53,
        20: 1.8,
        25: 1.95,
        30: 2.07,
        50: 2.17,
        100: 2.255,
        200: 2.19,
        400: 2.26,
        900: 2.26,
    },
    "GAN": {5: 0.03, 10: 0.07, 20: 0.13, 30: 0.19, 50: 0.28, 100: 0.53, 130: 0.61, 200: 0.12, 400: 0.06, 900: 0.06},
}
AT = (10, 20, 30, 50, 100, 200, 400, 900)


def main(arguments):
    """Trains both for every seed, and draws."""
    command_line.start_tensorflow(arguments.precision)
    import numpy as np

    from infogan_keras._files import atomic_file

    arguments.run_dir.mkdir(parents=True)
    updates = arguments.epochs * arguments.steps_per_epoch
    bounds = {}
    for system in PAPER:
        for seed in range(arguments.seed, arguments.seed + arguments.seeds):
            print(f"{system}, seed {seed}")
            bounds[system, seed] = train(system, seed, updates, arguments)
            with atomic_file(arguments.run_dir / "figure1.csv") as path, path.open("w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["update", *(f"{name} {number}" for name, number in bounds)])
                for update in range(updates):
                    writer.writerow([update + 1, *(f"{values[update]:.4f}" for values in bounds.values())])
    for system, points in PAPER.items():
        lines = [values for (name, _), values in bounds.items() if name == system]
        for update in (at for at in AT if at <= updates):
            window = [np.mean(line[max(0, update - 5) : update + 5]) for line in lines]
            ours = " ".join(f"{value:.2f}" for value in window)
            print(f"{system:8} update {update:4}: {ours} nats; the paper's {points.get(update, float('nan')):.2f}")
    with atomic_file(arguments.run_dir / "figure1.png") as path:
        draw(bounds).save(path)
    print(f"The figure is {arguments.run_dir / 'figure1.png'}.")


def draw(bounds):
    """The figure of `{(system, seed): bound in every update}`."""
    import numpy as np

    from infogan_keras.plotting import charts

    pictures = []
    for system, points in PAPER.items():
        lines = [values for (name, _), values in bounds.items() if name == system]
        x = np.arange(1, len(lines[0]) + 1)
        title = f"{system}: bound in nats; dots: the paper"
        pictures.append(charts.curves(x, lines, title=title, x_label="updates", size=(520, 340), points=points))
    return charts.beside(pictures)


def train(system, seed, updates, arguments):
    """The bound in every update, a list of nats."""
    import keras

    import infogan_keras as ig

    class Bounds(keras.callbacks.Callback):
        """Each update's own bound; the logs have the mean of an epoch."""

        def __init__(self):
            super().__init__()
            self.values = []

        def on_train_batch_begin(self, batch, logs=None):
            self.model.reset_metrics()

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(float(logs["mi"]))

    keras.utils.set_random_seed(seed)
    latents = ig.LatentSpec(noise=ig.Uniform(62), codes={"digit": ig.Categorical(10)})
    with command_line.make_strategy(arguments.strategy).scope():
        networks = ig.architectures.MNIST.build(latents, variant=arguments.variant)
        model = ig.InfoGAN(*networks, latents, seed=seed)
        model.compile(
            d_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
            g_optimizer=ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8),
            generator_mi_weight=None if system == "InfoGAN" else 0.0,
        )
    images = ig.datasets.mnist.load("train", arguments.batch_size, seed, data_dir=arguments.data_dir)
    bounds = Bounds()
    model.fit(images, steps_per_epoch=updates, callbacks=[bounds])
    return bounds.values


if __name__ == "__main__":
    parser = command_line.training_parser(__doc__, "figure1", epochs=10)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each, from --seed on (default 3)")
    flags = command_line.parse_training(parser)
    if flags.resume or flags.strategy == "workers":
        parser.error("these short runs are neither resumed nor spread over hosts.")
    main(flags)
