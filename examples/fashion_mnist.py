"""Train InfoGAN on Fashion-MNIST: one code finds kinds of clothing, and no label is read.

The configuration is that of `mnist.py --robust`, with smaller turns of the views, as clothes stand upright.
"""

from infogan_keras import cli


def train(flags):
    """Trains, measures, and exports."""
    import infogan_keras as ig

    cli.train(ig.experiments.FASHION_MNIST, flags)


def main(argv=None):
    """Reads the flags."""
    cli.run_script(train, cli.training_flags(__doc__, name="fashion-mnist", epochs=50, argv=argv))


if __name__ == "__main__":
    main()
