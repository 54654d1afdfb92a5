"""Train InfoGAN on MNIST: one code finds the digits, two find how they are written, and no label is read.

The run is the release's (`launchers/run_mnist_exp.py`): batches of 128, 50 epochs of 100 updates, Adam at 2e-4 for
D and Q and 1e-3 for G, continuous codes with a fixed std. The networks are the paper's (Table 1). With `--robust` it is
`ig.experiments.MNIST_ROBUST` instead.
"""

import infogan_keras as ig

EPOCHS = 50
ROBUST = {"--robust": {"action": "store_true", "help": "real images teach Q too; not the paper's objective or length"}}


def build_model(flags):
    """The model, compiled."""
    codes = {"digit": ig.Categorical(10), "rotation": ig.Uniform(1, fix_std=True), "width": ig.Uniform(1, fix_std=True)}
    latents = ig.LatentSpec(noise=ig.Uniform(62), codes=codes)
    table = ig.architectures.MNIST.scaled(1 / 16) if flags.smoke else ig.architectures.MNIST
    model = ig.InfoGAN.from_architecture(table, latents, variant=flags.variant, seed=flags.seed)
    model.compile(
        d_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
        g_optimizer=ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8),
    )
    return model


def train(flags):
    """Trains, or goes on with a run; measures, and exports."""
    if flags.robust:
        ig.cli.train(ig.experiments.MNIST_ROBUST, flags)
        return
    with ig.cli.make_strategy(flags.strategy).scope():
        if flags.resume:
            run = ig.runs.resume(flags.run_dir, epochs=flags.epochs)
        else:
            settings = {"experiment": "mnist", **flags.settings}
            length = {"epochs": flags.epochs or EPOCHS, "steps_per_epoch": flags.steps_per_epoch}
            run = ig.runs.start(flags.run_dir, build_model(flags), settings=settings, limit=2, **length)
    if run.finished:
        print(f"The run has its {run.epochs_done} epochs. Pass --epochs, more than these, to go on.")
    else:
        run.fit(ig.datasets.mnist.load("train", flags.batch_size, flags.seed, run.model.updates, flags.data_dir))

    few = slice(1000 if flags.smoke else None)
    splits = {split: ig.datasets.mnist.arrays(split, flags.data_dir) for split in ("train", "test")}
    splits = {split: (images[few], labels[few]) for split, (images, labels) in splits.items()}
    error = ig.evaluation.clustering.evaluate_code(run.model, "digit", **splits)["test_error"]
    print(f"test error of digit: {error:.2%} (categories matched to digits one-to-one)")
    images = ig.datasets.mnist.load("test", flags.batch_size, data_dir=flags.data_dir, drop_remainder=True)
    metadata = {"data": "MNIST", "licence of the data": "CC BY-SA 3.0", "test error of `digit`": f"{error:.2%}"}
    ig.cli.finish(run, images, flags, metadata)


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(train, ig.cli.training_flags(__doc__, name="mnist", argv=argv, options=ROBUST))


if __name__ == "__main__":
    main()
