"""From flags to a finished run: trained, measured and exported."""

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infogan_keras.cli.start import make_strategy

if TYPE_CHECKING:
    import tensorflow as tf

    from infogan_keras.experiments import Experiment
    from infogan_keras.latents.distribution import Distribution
    from infogan_keras.runs import Run


def train(experiment: "Experiment", flags: argparse.Namespace, settings: dict[str, Any] | None = None) -> "Run":
    """Trains an experiment as the flags say, in a new run or with `--resume`; measures and exports it.

    Args:
        experiment: what to train.
        flags: of `training_flags`; TensorFlow has been started.
        settings: what the run must record beside the flags, to be resumed by `infogan resume`.

    Returns:
        The finished `Run`.

    Raises:
        ValueError: for several workers without a common folder where random pixels would stand in for the data, and
            to resume a run of another experiment.
    """
    import infogan_keras as ig

    data = experiment.training_set
    if flags.smoke and flags.strategy == "workers" and flags.data_dir is None and data.has_stand_in:
        raise ValueError(f"--smoke: {experiment.name} needs --data-dir where workers share it.")
    if flags.smoke:
        experiment = experiment.tiny()
    if flags.epochs and not flags.resume:
        experiment = dataclasses.replace(experiment, updates=flags.epochs * experiment.steps_per_epoch)
    batch_size = flags.batch_size or experiment.batch_size
    run_settings = {"experiment": experiment.name, **flags.settings, "batch_size": batch_size, **(settings or {})}
    with make_strategy(flags.strategy).scope():
        if flags.resume:
            run = ig.runs.resume(flags.run_dir, epochs=flags.epochs)
            if (recorded := run.settings.get("experiment", experiment.name)) != experiment.name:
                raise ValueError(f"The run in {run.directory} is of {recorded}, not of {experiment.name}.")
        else:
            run = ig.runs.start(
                flags.run_dir,
                experiment.build_model(flags.seed, flags.variant),
                epochs=experiment.epochs,
                steps_per_epoch=experiment.steps_per_epoch,
                settings=run_settings,
                limit=experiment.picture_limit,
            )
    model = run.model

    def load(start_step=0):
        strategy = model.distribute_strategy
        return data.load(batch_size, flags.seed, start_step, flags.data_dir, strategy, flags.smoke)

    if run.finished:
        print(f"The run in {run.directory} has its {run.epochs_done} epochs. Pass --epochs, more than these, to go on.")
    else:
        print(f"Pictures, log and checkpoints are in {run.directory}.")
        run.fit(load(model.updates))
    metadata = data.metadata(flags.data_dir)
    if data.labelled:
        metadata |= _errors(model, data, flags)
        test = data.test_batches(batch_size, flags.data_dir, flags.smoke)
        finish(run, test, flags, metadata)
    else:
        finish(run, load(), flags, metadata, steps=100)
    return run


def finish(
    run: "Run",
    images: "tf.data.Dataset",
    flags: argparse.Namespace,
    metadata: dict[str, Any],
    steps: int | None = None,
) -> None:
    """Prints the bound of each code, and exports the model with a card, unless it has been exported already.

    Args:
        run: whose model is trained.
        images: batches, of training's size; as many are generated to measure the bounds.
        flags: of `training_flags`.
        metadata: `{name: text}` for the card: the data, its licence, what was measured.
        steps: batches to measure on; None for all.
    """
    import infogan_keras as ig

    model = run.model
    logs = model.evaluate(images, steps=3 if flags.smoke else steps, verbose=0, return_dict=True)
    metadata = {**metadata, "images in a batch": flags.batch_size or run.settings.get("batch_size")}
    if flags.data_dir is not None:
        metadata["from"] = str(flags.data_dir)
    if flags.smoke:
        metadata["a smoke run"] = "a few updates of tiny networks, perhaps on stand-in images: nothing was learned"
    for name, code in model.latents.codes.items():
        bound = describe_bound(code, logs[f"mi/{name}"])
        print(f"bound of {name}: {bound}")
        metadata[f"bound of `{name}`"] = bound
    directory = run.directory / "saved_model"
    if flags.chief and not _is_exported(directory, model.updates):
        print(f"exported: {ig.export_saved_model(model, directory, None, 'float32', metadata)}")


def describe_bound(code: "Distribution", bound: float) -> str:
    """A bound in nats beside its floor, which Q reaches without the image, and its ceiling.

    >>> import infogan_keras as ig
    >>> describe_bound(ig.Uniform(1, fix_std=True), -0.31)
    '-0.31 nats (-0.39 says nothing of the image, -0.23 is the most)'
    """
    # Adding zero makes -0.0 positive.
    bound, floor, ceiling = (round(value, 2) + 0.0 for value in (bound, code.mi_floor, code.mi_ceiling))
    if bound < floor:
        return f"{bound:.2f} nats (below {floor:.2f}, which says nothing of the image; {ceiling:.2f} is the most)"
    return f"{bound:.2f} nats ({floor:.2f} says nothing of the image, {ceiling:.2f} is the most)"


def _errors(model, data, flags):
    """Prints how the first categorical code agrees with the labels; as metadata for the card."""
    from infogan_keras.evaluation import clustering
    from infogan_keras.latents import Categorical

    name = next((name for name, code in model.latents.codes.items() if isinstance(code, Categorical)), None)
    if name is None:
        return {}
    splits = {split: data.labelled_arrays(split, flags.data_dir, flags.smoke) for split in ("train", "test")}
    errors = clustering.evaluate_code(model, name, **splits)
    print(
        f"test error of {name}: {errors['test_error']:.2%} (categories matched to classes one-to-one on the test "
        f"images), {errors['test_error_train_matched']:.2%} (matched on the training images), "
        f"{errors['test_error_many_to_one']:.2%} (many-to-one)"
    )
    return {f"test error of `{name}`": f"{errors['test_error']:.2%} (categories matched to classes one-to-one)"}


def _is_exported(directory: Path, updates: int) -> bool:
    """Whether a version in the folder has the card of a model with so many updates."""
    return any(f"| updates | {updates:,} |" in card.read_text() for card in directory.glob("[0-9]*/card.md"))
