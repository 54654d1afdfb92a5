"""Train InfoGAN on SVHN, the digits of house numbers: four codes of ten categories and four continuous ones.

Codes, networks and learning rates are the paper's (appendix C.2, Table 2); batches and length are not stated there.
"""

import functools

import command_line


def main(arguments):
    """Trains, measures, and exports."""
    command_line.start_tensorflow(arguments.precision)
    import keras

    import infogan_keras as ig

    data_dir = arguments.data_dir
    if arguments.smoke and data_dir is None:
        data_dir = command_line.make_stand_in("svhn_cropped", arguments.strategy)
    keras.utils.set_random_seed(arguments.seed)
    with command_line.make_strategy(arguments.strategy).scope():
        model = ig.experiments.SVHN.build_model(arguments.seed, arguments.variant)
    load = functools.partial(
        ig.datasets.svhn.load,
        "train+extra",
        arguments.batch_size,
        arguments.seed,
        data_dir=data_dir,
        strategy=model.distribute_strategy,
    )
    command_line.train(model, load, arguments)
    facts = {
        "data": "SVHN, 604,388 training and extra images, no labels",
        "licence of the data": "for non-commercial use, see http://ufldl.stanford.edu/housenumbers/",
    }
    command_line.report(model, load(), arguments, facts)


if __name__ == "__main__":
    parser = command_line.training_parser(
        __doc__, "svhn", epochs=200, data_dir="where tensorflow-datasets keeps its data (default: its own folder)"
    )
    main(command_line.parse_training(parser))
