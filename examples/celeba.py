"""Train InfoGAN on CelebA, photographs of faces: ten codes of ten categories each.

Codes and networks are the paper's (appendix C.3, Table 3). At its learning rates others saw the discriminator win;
--rates later sets the generator's to 2e-4, with which they had images.
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
        data_dir = command_line.make_stand_in("celeb_a", arguments.strategy)
    experiment = {"paper": ig.experiments.CELEBA, "later": ig.experiments.CELEBA_LATER}[arguments.rates]
    keras.utils.set_random_seed(arguments.seed)
    with command_line.make_strategy(arguments.strategy).scope():
        model = experiment.build_model(arguments.seed, arguments.variant)
    load = functools.partial(
        ig.datasets.celeba.load,
        "train",
        arguments.batch_size,
        arguments.seed,
        data_dir=data_dir,
        strategy=model.distribute_strategy,
    )
    command_line.train(model, load, arguments)
    facts = {
        "data": "CelebA, 162,770 training images",
        "licence of the data": "for non-commercial research, see http://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    }
    command_line.report(model, load(), arguments, facts)


if __name__ == "__main__":
    parser = command_line.training_parser(
        __doc__, "celeba", epochs=200, data_dir="where tensorflow-datasets keeps its data (default: its own folder)"
    )
    parser.add_argument("--rates", choices=("paper", "later"), default="paper", help="learning rates (default paper)")
    main(command_line.parse_training(parser))
