"""Train InfoGAN on MNIST: one code finds the digits, two find how they are written, and no label is read.

The run is the release's (`launchers/run_mnist_exp.py`): batches of 128, 50 epochs of 100 updates, Adam at 2e-4 for
D and Q and 1e-3 for G, continuous codes with a fixed std. The networks are the paper's (Table 1). With --robust, real
images teach Q too, without labels (categories agree on views of an image, and are used evenly), and the images are of
the generator's moving average.
"""

import functools

import command_line


def main(arguments):
    """Trains, measures, and exports."""
    command_line.start_tensorflow(arguments.precision)
    import keras

    import infogan_keras as ig
    from infogan_keras.evaluation import clustering

    keras.utils.set_random_seed(arguments.seed)
    experiment = ig.experiments.MNIST_ROBUST if arguments.robust else ig.experiments.MNIST
    with command_line.make_strategy(arguments.strategy).scope():
        model = experiment.build_model(arguments.seed, arguments.variant)

    splits = {split: ig.datasets.mnist.arrays(split, arguments.data_dir) for split in ("train", "test")}
    load = functools.partial(
        ig.datasets.mnist.load, "train", arguments.batch_size, arguments.seed, data_dir=arguments.data_dir
    )
    command_line.train(model, load, arguments, limit=2)

    if arguments.smoke:
        splits = {split: (images[:1000], labels[:1000]) for split, (images, labels) in splits.items()}
    errors = clustering.evaluate_code(model, "digit", **splits)
    print(
        f"test error of the digit code: {errors['test_error']:.2%} (categories matched to digits one-to-one on the "
        f"test images), {errors['test_error_train_matched']:.2%} (matched on the training images), "
        f"{errors['test_error_many_to_one']:.2%} (many-to-one)"
    )
    test = ig.datasets.mnist.load("test", arguments.batch_size, data_dir=arguments.data_dir, drop_remainder=True)
    facts = {
        "data": "MNIST, 60,000 training images, no labels",
        "licence of the data": "CC BY-SA 3.0, Yann LeCun and Corinna Cortes",
        "test error of `digit`": f"{errors['test_error']:.2%} (categories matched to digits one-to-one)",
    }
    command_line.report(model, test, arguments, facts, steps=None)


if __name__ == "__main__":
    parser = command_line.training_parser(__doc__, "mnist", epochs=50)
    parser.add_argument("--robust", action="store_true", help="real images teach Q too; not the paper's objective")
    main(command_line.parse_training(parser))
