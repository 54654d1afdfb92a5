"""Train InfoGAN on rendered chairs, whose rotation and width are known: three codes of 20 categories, one continuous.

The networks are the paper's (Table 6), and so are the learning rates and the weights of the bound, of which it has one
set for each factor that it shows (Table 7).
"""

import functools

import command_line


def main(arguments):
    """Trains, measures, and exports."""
    command_line.start_tensorflow(arguments.precision)
    import keras

    import infogan_keras as ig

    experiment = {
        "rotation": ig.experiments.CHAIRS_ROTATION,
        "width": ig.experiments.CHAIRS_WIDTH,
    }[arguments.configuration]
    keras.utils.set_random_seed(arguments.seed)
    with command_line.make_strategy(arguments.strategy).scope():
        model = experiment.build_model(arguments.seed, arguments.variant)
    load = functools.partial(
        ig.datasets.chairs.load,
        "train",
        arguments.batch_size,
        arguments.seed,
        data_dir=arguments.data_dir,
        size=64 if arguments.smoke else None,
    )
    command_line.train(model, load, arguments)
    facts = {
        "data": "chairs rendered from 64 meshes, 31,744 images",
        "licence of the data": "CC0 and CC BY 3.0, creators in infogan_keras/data/chairs/chairs.csv",
    }
    if arguments.data_dir is not None and ig.datasets.public_chairs.find(arguments.data_dir):
        facts = {"data": "rendered_chairs of Aubry et al. (CVPR 2014)", "licence of the data": "its authors'"}
    command_line.report(model, load(), arguments, facts)


if __name__ == "__main__":
    parser = command_line.training_parser(
        __doc__, "chairs", epochs=200, data_dir="where rendered chairs are kept, or the folder of the public set"
    )
    parser.add_argument(
        "--configuration",
        choices=("rotation", "width"),
        default="rotation",
        help="a row of Table 7 (default rotation)",
    )
    main(command_line.parse_training(parser))
