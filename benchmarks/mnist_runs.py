"""Summarize finished MNIST runs as CSV: errors of the digit code, the bound on the way, and minutes.

for seed in 0 1 2; do python examples/mnist.py --seed $seed --run-dir runs/paper-$seed; done
python benchmarks/mnist_runs.py runs/paper-* > benchmarks/results/mnist.csv
"""

import json

import run_table


def summarize(run_dir):
    """One row: what the run was, and what came of it."""
    import keras

    from infogan_keras.datasets import mnist
    from infogan_keras.evaluation import clustering

    model = keras.saving.load_model(run_dir / "model.keras")
    log = run_table.read_log(run_dir)
    errors = clustering.evaluate_code(model, "digit", train=mnist.arrays("train"), test=mnist.arrays("test"))
    at_500 = next((row for row in log if int(row["updates"]) == 500), log[-1])
    layers = json.loads((run_dir / "config.json").read_text())["model"]["discriminator"]["config"]["layers"]
    leaky = next(layer["config"]["negative_slope"] for layer in layers if layer["class_name"] == "LeakyReLU")
    return {
        "configuration": "paper" if leaky == 0.1 else "openai",
        "precision": model.generator.layers[1].dtype_policy.name,
        "dataset": "mnist",
        "seed": model.seed,
        "updates": model.updates,
        **{name: f"{value:.4f}" for name, value in errors.items()},
        "mi_digit_500": f"{float(at_500['mi/digit']):.4f}",
        "mi_digit_end": f"{float(log[-1]['mi/digit']):.4f}",
        "explained_rotation": f"{float(log[-1]['explained/rotation']):.4f}",
        "explained_width": f"{float(log[-1]['explained/width']):.4f}",
        "minutes": f"{sum(float(row['seconds']) for row in log) / 60:.1f}",
    }


if __name__ == "__main__":
    run_table.write(__doc__, lambda run_dir: [summarize(run_dir)])
