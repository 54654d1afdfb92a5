"""Train InfoGAN on rendered chairs, whose rotation and width are known: three codes of 20 categories, one continuous.

The networks are the paper's (Table 6), and so are the learning rates and the weights of the bound, of which it has one
set for each factor that it shows (Table 7).
"""

import infogan_keras as ig

CONFIGURATIONS = ("rotation", "width", "declared", "circular")
ROW = {
    "choices": CONFIGURATIONS,
    "default": "rotation",
    "help": "a row of Table 7, or a declared azimuth, on a line or a circle (default rotation)",
}


def train(flags):
    """Trains, measures, and exports."""
    ig.cli.train(ig.experiments.by_name(f"chairs-{flags.configuration}"), flags)


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(
        train, ig.cli.training_flags(__doc__, name="chairs", epochs=200, argv=argv, options={"--configuration": ROW})
    )


if __name__ == "__main__":
    main()
