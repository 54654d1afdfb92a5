"""Train InfoGAN on rendered faces, whose pose, light and width are known: five continuous codes.

The networks are the paper's (Table 4), and so are the learning rates and the weight of the bound, of which it has one
set for each factor that it shows (Table 5). It shows wide and narrow faces with those of the lighting.
"""

import functools

import command_line


def main(arguments):
    """Trains, measures, and exports."""
    command_line.start_tensorflow(arguments.precision)
    import keras

    import infogan_keras as ig

    experiment = {
        "azimuth": ig.experiments.FACES_AZIMUTH,
        "elevation": ig.experiments.FACES_ELEVATION,
        "lighting": ig.experiments.FACES_LIGHTING,
    }[arguments.configuration]
    keras.utils.set_random_seed(arguments.seed)
    with command_line.make_strategy(arguments.strategy).scope():
        model = experiment.build_model(arguments.seed, arguments.variant)
    own = ig.datasets.faces.holds_own_renders(arguments.data_dir)
    load = functools.partial(
        ig.datasets.faces.load,
        "train",
        arguments.batch_size,
        arguments.seed,
        data_dir=arguments.data_dir,
        size=64 if arguments.smoke and not own else None,
    )
    command_line.train(model, load, arguments)
    facts = {
        "data": "heads rendered from MakeHuman's mesh, 50,000 images",
        "licence of the data": "CC0, of the rendered heads",
    }
    if own:
        facts = {"data": "a folder of renders", "licence of the data": "its owner's"}
    command_line.report(model, load(), arguments, facts)


if __name__ == "__main__":
    parser = command_line.training_parser(
        __doc__, "faces", epochs=200, data_dir="where rendered faces are kept, or a folder of your own renders"
    )
    parser.add_argument(
        "--configuration",
        choices=("azimuth", "elevation", "lighting"),
        default="azimuth",
        help="a row of Table 5 (default azimuth)",
    )
    main(command_line.parse_training(parser))
