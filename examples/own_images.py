"""Train InfoGAN on a folder of your own images.

They are cropped and resized to squares of 28, 32 or 64 pixels, gray if all of them are, and each size has networks of
the paper (Tables 1, 2 and 6). Both learning rates are 2e-4, which held where the paper's did not.
"""

import functools
from pathlib import Path

import command_line


def main(arguments):
    """Trains, measures, and exports."""
    command_line.start_tensorflow(arguments.precision)
    import keras

    import infogan_keras as ig

    codes = {"kind": ig.Categorical(arguments.categories)} if arguments.categories else {}
    codes |= {f"style_{number}": ig.Uniform(1) for number in range(1, arguments.continuous + 1)}
    latents = ig.LatentSpec(noise=ig.Uniform(128), codes=codes)
    tables = {28: ig.architectures.MNIST, 32: ig.architectures.SVHN, 64: ig.architectures.CHAIRS}
    table = tables[arguments.size]
    channels = ig.datasets.images.count_channels(arguments.data_dir)
    keras.utils.set_random_seed(arguments.seed)
    with command_line.make_strategy(arguments.strategy).scope():
        generator, discriminator = table.build(latents, variant=arguments.variant, channels=channels)
        model = ig.InfoGAN(generator, discriminator, latents, table.image_range, arguments.seed)
        model.compile(
            d_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
            g_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
        )
    load = functools.partial(
        ig.datasets.images.load,
        arguments.data_dir,
        model.image_shape,
        model.image_range,
        arguments.batch_size,
        arguments.seed,
    )
    command_line.train(model, load, arguments)
    facts = {"data": "a folder of images", "licence of the data": "its owner's"}
    command_line.report(model, load(), arguments, facts)


def parse(argv=None):
    """Reads the flags; exits with a message for a folder that is not there, and where there would be no code."""
    parser = command_line.training_parser(__doc__, "own-images", epochs=200, data_dir=None)
    parser.add_argument("--data-dir", type=command_line.place, required=True, help="your images, subfolders included")
    parser.add_argument("--size", type=int, choices=(28, 32, 64), default=32, help="pixels along a side (default 32)")
    parser.add_argument("--categories", type=int, default=10, help="of the code 'kind'; 0 for none (default 10)")
    parser.add_argument("--continuous", type=int, default=2, help="number of continuous codes (default 2)")
    arguments = command_line.parse_training(parser, argv)
    if not Path(arguments.data_dir).is_dir():
        parser.error(f"--data-dir: there is no folder {arguments.data_dir}.")
    if arguments.categories < 0 or arguments.categories == 1:
        parser.error(f"--categories {arguments.categories}: expected at least 2, or 0 for none.")
    if arguments.continuous < 0 or arguments.categories + arguments.continuous == 0:
        parser.error(f"--continuous {arguments.continuous}: expected at least 0, and one where --categories is 0.")
    return arguments


if __name__ == "__main__":
    main(parse())
