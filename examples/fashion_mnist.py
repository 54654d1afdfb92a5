"""Train InfoGAN on Fashion-MNIST: one code finds kinds of clothing, and no label is read.

The configuration is that of `mnist.py --robust`, with smaller turns of the views, as clothes stand upright.
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
    with command_line.make_strategy(arguments.strategy).scope():
        model = ig.experiments.FASHION_MNIST.build_model(arguments.seed, arguments.variant)
    data = ig.datasets.fashion_mnist
    splits = {split: data.arrays(split, arguments.data_dir) for split in ("train", "test")}
    load = functools.partial(data.load, "train", arguments.batch_size, arguments.seed, data_dir=arguments.data_dir)
    command_line.train(model, load, arguments, limit=2)

    if arguments.smoke:
        splits = {split: (images[:1000], labels[:1000]) for split, (images, labels) in splits.items()}
    error = clustering.evaluate_code(model, "kind", **splits)["test_error"]
    print(f"test error of the code `kind`: {error:.2%} (categories matched to classes one-to-one on the test images)")
    test = data.load("test", arguments.batch_size, data_dir=arguments.data_dir, drop_remainder=True)
    facts = {
        "data": "Fashion-MNIST, 60,000 training images, no labels",
        "licence of the data": "MIT, Zalando SE",
        "test error of `kind`": f"{error:.2%} (categories matched to classes one-to-one)",
    }
    command_line.report(model, test, arguments, facts, steps=None)


if __name__ == "__main__":
    main(command_line.parse_training(command_line.training_parser(__doc__, "fashion-mnist", epochs=50)))
