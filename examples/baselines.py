"""Train the systems that InfoGAN is compared with on MNIST, on the same networks, and draw them side by side.

    gan              no codes
    gan-with-q       InfoGAN's codes; Q learns to read them, and G is not rewarded for it, as in the paper's Figure 1
    infogan          examples/mnist.py's run
    acgan            Q also learns the digits of all training images (Odena et al., 2017)
    semi-supervised  InfoGAN whose Q learns the digits of ten images per class (Spurr et al., 2017)

Every system gets a folder in --run-dir, its evaluation in it, and models.png beside them shows what they draw. This
needs the extra `evaluation`, and one machine (no --strategy workers).
"""

import argparse
import functools

import command_line

MODELS = ("gan", "gan-with-q", "infogan", "acgan", "semi-supervised")
SHOWN = ("test_error/digit", "nmi/digit", "mi/digit", "fid")
FEW = 10


def main(arguments):
    """Trains and measures each, and draws all."""
    command_line.start_tensorflow(arguments.precision)
    import infogan_keras as ig
    from infogan_keras._files import atomic_file
    from infogan_keras.plotting import charts

    splits = {split: ig.datasets.mnist.arrays(split, arguments.data_dir) for split in ("train", "test")}
    few = 200 if arguments.smoke else None
    cnn = ig.evaluation.extractors.trained_classifier("mnist", *(values[:few] for values in splits["train"]))
    pictures = []
    for name in arguments.model:
        settings = argparse.Namespace(**vars(arguments))
        settings.run_dir = arguments.run_dir / name
        settings.resume = (settings.run_dir / "config.json").is_file()
        print(f"\n{name}")
        model = make_model(name, settings)
        command_line.train(model, functools.partial(load, name, splits["train"], settings), settings, limit=2)
        numbers = ig.evaluation.evaluate(
            model,
            *(values[:few] for values in splits["test"]),
            extractor=cnn,
            count=few or 10_000,
            directory=settings.run_dir,
            overwrite=settings.resume,
        )
        for number, value in numbers.items():
            if number.startswith(SHOWN):
                print(f"{number:20} {value:.4g}")
        pictures.append(charts.titled(draw(model), name))
    with atomic_file(arguments.run_dir / "models.png") as path:
        charts.flowing(pictures).save(path)
    print(f"All of them are in {arguments.run_dir / 'models.png'}.")


def make_model(name, arguments):
    """The compiled model of a system; the generator takes 74 numbers in all of them."""
    import keras

    import infogan_keras as ig

    digit = {"digit": ig.Categorical(10)}
    styles = {"rotation": ig.Uniform(1, fix_std=True), "width": ig.Uniform(1, fix_std=True)}
    codes = {"gan": {}, "acgan": digit}.get(name, digit | styles)
    latents = ig.LatentSpec(noise=ig.Uniform(74 - sum(code.size for code in codes.values())), codes=codes)
    kind = {"gan": ig.GAN, "acgan": ig.ACGAN, "semi-supervised": ig.ACGAN}.get(name, ig.InfoGAN)
    keras.utils.set_random_seed(arguments.seed)
    with command_line.make_strategy(arguments.strategy).scope():
        model = kind(*ig.architectures.MNIST.build(latents, arguments.variant), latents, seed=arguments.seed)
        model.compile(
            d_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
            g_optimizer=ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8),
            **({"generator_mi_weight": 0.0} if name == "gan-with-q" else {}),
        )
    return model


def load(name, train, arguments, start_step=0):
    """The training batches of a system: images, images and labels, or images and a few labelled ones beside them."""
    import tensorflow as tf

    from infogan_keras.datasets import mnist, sampling

    settings = {"batch_size": arguments.batch_size, "data_dir": arguments.data_dir, "labelled": name == "acgan"}
    every = mnist.load("train", seed=arguments.seed, start_step=start_step, **settings)
    if name != "semi-supervised":
        return every
    images, labels = train
    few = sampling.few_of_each(labels, FEW, arguments.seed)
    labelled = sampling.batches_of(images[few], "train", len(few), arguments.seed, start_step, labels=labels[few])
    return tf.data.Dataset.zip(every, labelled)


def draw(model):
    """One category per column, or samples where there is none."""
    import infogan_keras as ig

    if model.latents.codes:
        return ig.traversal.show(model, "digit", samples=10)
    grid = ig.traversal.sample_grid(model.latents)
    return ig.traversal.draw(model.decode(grid.latents), grid, model.image_range)


if __name__ == "__main__":
    parser = command_line.training_parser(__doc__, "baselines", epochs=50)
    parser.add_argument("--model", nargs="+", choices=MODELS, default=MODELS, help="default: all, one after another")
    flags = command_line.parse_training(parser)
    if flags.strategy == "workers":
        parser.error("several hosts train one system: use examples/mnist.py.")
    main(flags)
