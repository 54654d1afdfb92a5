"""What averaging the generator buys: both generators of `mnist-robust-free` runs, as `infogan evaluate` measures them.

    python -m benchmarks.studies.averaging runs/robust-free-? > benchmarks/results/averaging.csv

Training is the same with and without the average, so each run has the images of both.
"""

from benchmarks.studies import run_table


def summarize(run_dir):
    """Two rows: of the averaged generator and of the trained one."""
    import keras

    import infogan_keras as ig
    from infogan_keras.evaluation import extractors, report

    model = keras.saving.load_model(run_dir / "model.keras")
    images, _ = ig.datasets.mnist.arrays("test")
    classifier = extractors.trained_classifier("mnist", *ig.datasets.mnist.arrays("train"))

    def measure(generator):
        measured = report.evaluate(model, images, extractor=classifier)
        return {
            "configuration": run_table.configuration(run_dir),
            "seed": model.seed,
            "updates": model.updates,
            "generator": generator,
            "bound": f"{measured['mi/digit']:.4f}",
            "fid10k_cnn": f"{measured['fid10k_mnist_cnn']:.4f}",
        }

    rows = [measure("averaged")]
    model.averaged_generator = None
    return [*rows, measure("trained")]


if __name__ == "__main__":
    run_table.write(__doc__, summarize)
