"""Train InfoGAN on SVHN, the digits of house numbers: four codes of ten categories and four continuous ones.

Codes, networks and learning rates are the paper's (appendix C.2, Table 2); batches and length are not stated there.
"""

from infogan_keras import cli


def train(flags):
    """Trains, measures, and exports."""
    import infogan_keras as ig

    cli.train(ig.experiments.SVHN, flags)


def main(argv=None):
    """Reads the flags."""
    cli.run_script(train, cli.training_flags(__doc__, name="svhn", epochs=200, argv=argv))


if __name__ == "__main__":
    main()
