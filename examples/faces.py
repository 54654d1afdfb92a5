"""Train InfoGAN on rendered faces, whose pose, light and width are known: five continuous codes.

The networks are the paper's (Table 4), and so are the learning rates and the weight of the bound, of which it has one
set for each factor that it shows (Table 5). It shows wide and narrow faces with those of the lighting.
"""

import infogan_keras as ig

CONFIGURATIONS = ("azimuth", "elevation", "lighting", "declared")
ROW = {
    "choices": CONFIGURATIONS,
    "default": "azimuth",
    "help": "a row of Table 5, or codes that follow what a picture shows (default azimuth)",
}


def train(flags):
    """Trains, measures, and exports."""
    ig.cli.train(ig.experiments.by_name(f"faces-{flags.configuration}"), flags)


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(
        train, ig.cli.training_flags(__doc__, name="faces", epochs=200, argv=argv, options={"--configuration": ROW})
    )


if __name__ == "__main__":
    main()
