r"""Summarize finished runs on rendered faces or chairs as CSV: which code follows which true factor.

    python examples/faces.py --configuration lighting --seed 0 --epochs 50 --precision mixed_bfloat16 \
        --run-dir runs/faces-lighting-0
    ...
    python -m benchmarks.studies.factor_runs runs/faces-* > benchmarks/results/faces.csv

    python examples/chairs.py --configuration width --variant openai --epochs 10 --precision mixed_bfloat16 \
        --run-dir runs/chairs-openai-width-0
    python examples/chairs.py --configuration rotation --epochs 20 --precision mixed_bfloat16 \
        --run-dir runs/chairs-rotation-0
    python -m benchmarks.studies.factor_runs runs/chairs-* > benchmarks/results/chairs.csv

For each factor of the test images the code that follows it best: by the absolute rank correlation (Spearman's) of
continuous codes, for the chairs' azimuth at the best cut of the circle, and for it and the chair itself by the mutual
information of any code in nats. `bound` is that code's on generated images, in nats, over the last 100 updates.
"""

import json

from benchmarks.studies import run_table


def summarize(run_dir):
    """One row for each factor."""
    import keras
    import numpy as np

    import infogan_keras as ig
    from infogan_keras.evaluation import batches, correlation, disentanglement, report

    model = keras.saving.load_model(run_dir / "model.keras")
    faces = model.image_shape[0] == ig.datasets.faces.IMAGE_SIZE
    images, factors = (ig.datasets.faces if faces else ig.datasets.chairs).arrays("test")
    codes = report.code_columns(model.latents.codes, batches.read_images(model, images, "test"))
    config = json.loads((run_dir / "config.json").read_text())["compile"]
    log = run_table.read_log(run_dir)
    run = {
        "run": run_dir.name,
        "precision": model.generator.layers[1].dtype_policy.name,
        "seed": model.seed,
        "updates": model.updates,
        "d_rate": f"{config['d_optimizer']['config']['learning_rate']:.0e}",
        "minutes": f"{sum(float(row['seconds']) for row in log) / 60:.1f}",
    }

    measures = {
        "spearman": lambda code, values: abs(correlation.spearman(code, values)),
        "cut_spearman": lambda code, values: correlation.cut_spearman(code, values, 360),
        "information": lambda code, values: disentanglement.mutual_information(
            code, np.unique(values, return_inverse=True)[1]
        ),
    }
    # The numbers of categories have no order.
    ordered = [name for name, code in model.latents.codes.items() if not isinstance(code, ig.Categorical)]
    of_chairs = {"model": ["information"], "azimuth": ["cut_spearman", "information"]}
    rows = []
    for factor, values in factors.items():
        for measure in ["spearman"] if faces else of_chairs.get(factor, ["spearman"]):
            names = codes if measure == "information" else ordered
            found = {name: measures[measure](codes[name], values) for name in names}
            best = max(found, key=found.get)
            row = {"factor": factor, "code": best, "measure": measure, "value": f"{found[best]:.3f}"}
            rows.append({**run, **row, "bound": f"{float(log[-1][f'mi/{best}']):.3f}"})
    return rows


if __name__ == "__main__":
    run_table.write(__doc__, summarize)
