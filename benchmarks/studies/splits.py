"""By what MNIST runs split digits: how well the style of a digit's images tells which of two categories they are in.

    python -m benchmarks.studies.splits runs/paper-float32-? runs/paper-? > benchmarks/results/splits.csv

A digit is split where its second category has a fifth of its test images or more. For its two largest categories,
`slant`, `thickness` and `width` are the area under the ROC curve when images are told apart by that measure alone: 0.5
where it says nothing, 1 where it says all. `shared` has the digits that the two categories hold beside this one.
"""

from benchmarks.studies import run_table

SPLIT = 0.2


def summarize(run_dir):
    """One row per digit that is split."""
    import keras
    import numpy as np
    from sklearn.metrics import roc_auc_score

    import infogan_keras as ig
    from infogan_keras.evaluation import appearance, clustering

    model = keras.saving.load_model(run_dir / "model.keras")
    images, digits = ig.datasets.mnist.arrays("test")
    scaled = np.float32(images / 255)
    categories = model.encode(scaled)["digit_id"]
    confusion = clustering.confusion_matrix(categories, digits, 10, 10)
    shares = confusion / confusion.sum(0)
    measures = {name: getattr(appearance, name)(scaled) for name in ("slant", "thickness", "width")}
    rows = []
    for digit in range(10):
        second, first = np.argsort(shares[:, digit])[-2:]
        if shares[second, digit] < SPLIT:
            continue
        ours = (digits == digit) & np.isin(categories, (first, second))
        areas = {name: roc_auc_score(categories[ours] == first, values[ours]) for name, values in measures.items()}
        others = np.flatnonzero((shares[[first, second]] >= SPLIT).any(0))
        rows.append(
            {
                "configuration": run_table.configuration(run_dir),
                "seed": model.seed,
                "digit": digit,
                "first": f"{shares[first, digit]:.3f}",
                "second": f"{shares[second, digit]:.3f}",
                "shared": " ".join(str(other) for other in others if other != digit),
                **{name: f"{max(area, 1 - area):.3f}" for name, area in areas.items()},
            }
        )
    return rows


if __name__ == "__main__":
    run_table.write(__doc__, summarize)
