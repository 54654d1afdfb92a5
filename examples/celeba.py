"""Train InfoGAN on CelebA, photographs of faces: ten codes of ten categories each.

Codes and networks are the paper's (appendix C.3, Table 3). At its learning rates others saw the discriminator win;
--rates later sets the generator's to 2e-4, with which they had images.
"""

import infogan_keras as ig

RATES = {"--rates": {"choices": ("paper", "later"), "default": "paper", "help": "learning rates (default paper)"}}


def train(flags):
    """Trains, measures, and exports."""
    ig.cli.train(ig.experiments.CELEBA if flags.rates == "paper" else ig.experiments.CELEBA_LATER, flags)


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(train, ig.cli.training_flags(__doc__, name="celeba", epochs=200, argv=argv, options=RATES))


if __name__ == "__main__":
    main()
