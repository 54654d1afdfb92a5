"""Train InfoGAN on SVHN, the digits of house numbers: four codes of ten categories and four continuous ones.

Codes, networks and learning rates are the paper's (appendix C.2, Table 2); batches and length are not stated there.
"""

import infogan_keras as ig


def train(flags):
    """Trains, measures, and exports."""
    ig.cli.train(ig.experiments.SVHN, flags)


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(train, ig.cli.training_flags(__doc__, name="svhn", epochs=200, argv=argv))


if __name__ == "__main__":
    main()
