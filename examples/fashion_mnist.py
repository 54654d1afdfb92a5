"""Train InfoGAN on Fashion-MNIST: one code finds kinds of clothing, and no label is read.

Two more follow brightness and width. Rates, weights and length are those of `mnist.py --robust`; views turn less, as
clothes stand upright, and nothing is erased.
"""

import infogan_keras as ig


def train(flags):
    """Trains, measures, and exports."""
    ig.cli.train(ig.experiments.FASHION_MNIST, flags)


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(train, ig.cli.training_flags(__doc__, name="fashion-mnist", epochs=20, argv=argv))


if __name__ == "__main__":
    main()
