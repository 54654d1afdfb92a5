r"""Summarize finished runs on rendered faces or chairs as CSV: which code follows which true factor.

    python examples/faces.py --configuration lighting --seed 0 --epochs 50 --precision mixed_bfloat16 \
        --run-dir runs/faces-lighting-0
    ...
    python benchmarks/factor_runs.py runs/faces-* > benchmarks/results/faces.csv

For each factor of the test images the code that follows it best: by absolute rank correlation (Spearman's) for numbers,
for the chairs' azimuth at the best cut of the circle, and by mutual information in nats for the chair itself.
"""

import json

import run_table


def summarize(run_dir):
    """One row for each factor."""
    import keras

    import infogan_keras as ig
    from infogan_keras.evaluation import disentanglement, report

    model = keras.saving.load_model(run_dir / "model.keras")
    faces = model.image_shape[0] == ig.datasets.faces.IMAGE_SIZE
    images, factors = (ig.datasets.faces if faces else ig.datasets.chairs).arrays("test")
    codes = report.code_columns(model.latents.codes, report.read_images(model, images, "test"))
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

    def measured(factor, values, code):
        if factor == "model":
            return "information", disentanglement.mutual_information(code, values)
        if factor == "azimuth" and not faces:
            return "cut_spearman", disentanglement.cut_spearman(code, values, 360)
        return "spearman", abs(disentanglement.spearman(code, values))

    rows = []
    for factor, values in factors.items():
        # The numbers of categories have no order.
        ordered = [name for name, code in model.latents.codes.items() if not isinstance(code, ig.Categorical)]
        found = {name: measured(factor, values, codes[name]) for name in (codes if factor == "model" else ordered)}
        best = max(found, key=lambda name: found[name][1])
        measure, value = found[best]
        rows.append({**run, "factor": factor, "code": best, "measure": measure, "value": f"{value:.3f}"})
    return rows


if __name__ == "__main__":
    run_table.write(__doc__, summarize)
