"""What batch normalization's statistics cost the encoder: errors of the digit code under four kinds of averages.

    python -m benchmarks.studies.encoder_statistics runs/paper-float32-? > benchmarks/results/encoder_statistics.csv

- stored: what the model keeps, moving averages of the last real batches of training.
- real: exact averages over 200 batches of real training images, with the finished weights.
- mixed: moving averages over a real batch and two generated ones in turn, which plain Keras layers would keep.
- generated: exact averages over 200 batches of generated images.

`test_error` is of real test images, categories matched to digits one-to-one on them; `readback_error` is how often
Q misses the category of 10,000 images that the model generates.
"""

from benchmarks.studies import run_table

BATCH, BATCHES = 128, 200


def set_statistics(model, batches, exact):
    """Runs batches through the discriminator and keeps their statistics: exact means, or moving averages at 0.9."""
    import keras

    norms = [layer for layer in model.discriminator.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for count, images in enumerate(batches):
        for norm in norms:
            norm.momentum = count / (count + 1) if exact else 0.9
        model.discriminator(images, training=True)


def measure(model):
    """(test error, readback error) under the statistics that the model now holds."""
    import numpy as np

    from infogan_keras.datasets import mnist
    from infogan_keras.evaluation import clustering

    images, labels = mnist.arrays("test")
    confusion = clustering.confusion_matrix(model.encode(images / 255)["digit_id"], labels, 10)
    digits = np.arange(10_000) % 10
    readback = model.encode(model.generate(10_000, digit=digits, seed=0))["digit_id"]
    return clustering.error(confusion, clustering.match_one_to_one(confusion)), float(np.mean(readback != digits))


def rows(run_dir):
    """One row per kind of statistics."""
    import keras

    from infogan_keras.datasets import mnist

    model = keras.saving.load_model(run_dir / "model.keras")
    reals = list(mnist.load("train", BATCH).take(BATCHES))
    fakes = [model.generate(BATCH, seed=BATCH * i) for i in range(BATCHES)]
    # Keras' layers would see a step's real batch, its generated batch, and the G step's generated batch.
    mixed = [images for i in range(0, BATCHES, 2) for images in (reals[i], fakes[i], fakes[i + 1])]
    kinds = {"stored": None, "real": (reals, True), "mixed": (mixed, False), "generated": (fakes, True)}
    for kind, statistics in kinds.items():
        if statistics:
            set_statistics(model, *statistics)
        test_error, readback_error = measure(model)
        yield {
            "run": run_dir.name,
            "statistics": kind,
            "test_error": f"{test_error:.4f}",
            "readback_error": f"{readback_error:.4f}",
        }


if __name__ == "__main__":
    run_table.write(__doc__, rows)
