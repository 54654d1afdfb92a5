"""Train the systems that InfoGAN is compared with on MNIST, on the same networks, and draw them side by side.

    gan              no codes
    gan-with-q       InfoGAN's codes; Q learns to read them, and G is not rewarded for it, as in the paper's Figure 1
    infogan          examples/mnist.py's run
    acgan            Q also learns the digits of all training images (Odena et al., 2017)
    semi-supervised  InfoGAN whose Q learns the digits of ten images per class (Spurr et al., 2017)

Every system gets a folder in --run-dir, its evaluation in it, and models.png beside them shows what they draw. With
--resume, finished runs are kept. This needs one machine (no --strategy workers).
"""

import infogan_keras as ig

MODELS = ("gan", "gan-with-q", "infogan", "acgan", "semi-supervised")
CHOICE = {"nargs": "+", "choices": MODELS, "default": MODELS, "help": "default: all, one after another"}
SHOWN = ("test_error/digit", "nmi/digit", "mi/digit", "fid")
FEW = 10


def build_model(name, seed, variant=None, smoke=False):
    """The compiled model of a system; the generator takes 74 numbers in all of them."""
    import keras

    digit = {"digit": ig.Categorical(10)}
    styles = {"rotation": ig.Uniform(1, fix_std=True), "width": ig.Uniform(1, fix_std=True)}
    codes = {"gan": {}, "acgan": digit}.get(name, digit | styles)
    latents = ig.LatentSpec(noise=ig.Uniform(74 - sum(code.size for code in codes.values())), codes=codes)
    kind = {"gan": ig.GAN, "acgan": ig.ACGAN, "semi-supervised": ig.ACGAN}.get(name, ig.InfoGAN)
    table = ig.architectures.MNIST.scaled(1 / 16) if smoke else ig.architectures.MNIST
    keras.utils.set_random_seed(seed)
    model = kind.from_architecture(table, latents, variant=variant, seed=seed)
    model.compile(
        d_optimizer=ig.optimizers.Adam(2e-4, beta_1=0.5, epsilon=1e-8),
        g_optimizer=ig.optimizers.Adam(1e-3, beta_1=0.5, epsilon=1e-8),
        **({"generator_mi_weight": 0.0} if name == "gan-with-q" else {}),
    )
    return model


def load(name, train, flags, start_step=0):
    """The training batches of a system: images, images and labels, or images and a few labelled ones beside them."""
    import tensorflow as tf

    settings = {"batch_size": flags.batch_size, "data_dir": flags.data_dir, "labelled": name == "acgan"}
    every = ig.datasets.mnist.load("train", seed=flags.seed, start_step=start_step, **settings)
    if name != "semi-supervised":
        return every
    images, labels = train
    few = ig.datasets.sampling.few_of_each(labels, FEW, flags.seed)
    labelled = ig.datasets.sampling.batches_of(
        images[few], "train", len(few), flags.seed, start_step, labels=labels[few]
    )
    return tf.data.Dataset.zip(every, labelled)


def draw(model):
    """One category per column, or samples where there is none."""
    if model.latents.codes:
        return ig.traversal.show(model, "digit", samples=10)
    grid = ig.traversal.sample_grid(model.latents)
    return ig.traversal.draw(model.decode(grid.latents), grid, model.image_range)


def train(flags):
    """Trains and measures each, and draws all."""
    from matplotlib.figure import Figure

    if flags.strategy == "workers":
        raise ValueError("Several hosts train one system: use examples/mnist.py.")
    few = slice(200 if flags.smoke else None)
    splits = {}
    for split in ("train", "test"):
        images, labels = ig.datasets.mnist.arrays(split, flags.data_dir)
        splits[split] = images[few], labels[few]
    cnn = ig.evaluation.extractors.trained_classifier("mnist", *splits["train"])
    figure = Figure(figsize=(7 * len(flags.model), 7), layout="constrained")
    for name, axes in zip(flags.model, figure.subplots(1, len(flags.model), squeeze=False)[0], strict=True):
        print(f"\n{name}")
        directory = flags.run_dir / name
        resumed = (directory / "config.json").is_file()
        with ig.cli.make_strategy(flags.strategy).scope():
            if resumed:
                run = ig.runs.resume(directory, epochs=flags.epochs)
            else:
                model = build_model(name, flags.seed, flags.variant, flags.smoke)
                length = {"epochs": flags.epochs, "steps_per_epoch": flags.steps_per_epoch}
                run = ig.runs.start(directory, model, settings=flags.settings, limit=2, **length)
        if not run.finished:
            run.fit(load(name, splits["train"], flags, run.model.updates))
        count = 200 if flags.smoke else 10_000
        options = {"extractor": cnn, "count": count, "directory": directory, "overwrite": resumed}
        for number, value in ig.evaluation.evaluate(run.model, *splits["test"], **options).items():
            if number.startswith(SHOWN):
                print(f"{number:20} {value:.4g}")
        axes.imshow(draw(run.model))
        axes.set_title(name)
        axes.axis("off")
    figure.savefig(flags.run_dir / "models.png", dpi=100)
    print(f"All of them are in {flags.run_dir / 'models.png'}.")


def main(argv=None):
    """Reads the flags."""
    ig.cli.run_script(
        train, ig.cli.training_flags(__doc__, name="baselines", epochs=50, argv=argv, options={"--model": CHOICE})
    )


if __name__ == "__main__":
    main()
