"""Fill the tables of the README and the site from `benchmarks/results`, the package and its commands.

    python benchmarks/tables.py            # writes what has changed
    python benchmarks/tables.py --check    # says what has, and exits with 1

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is a function of this file.
"""

import argparse
import csv
import dataclasses
import re
import statistics
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
REGION = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
PAPER, FREE, DECLARED = "paper-float32", "robust-free", "robust"


def main(check: bool) -> int:
    """Fills every page; the number of pages that were different."""
    stale = 0
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = page.read_text()
        filled = REGION.sub(lambda match: f"{match[1]}{globals()[match[2]]()}\n{match[3]}", text)
        if filled != text:
            stale += 1
            print(f"{page.relative_to(ROOT)}: {'differs' if check else 'written'}")
            if not check:
                page.write_text(filled)
    return stale


# ---- results


def summary() -> str:
    """What the README says of MNIST and Fashion-MNIST."""
    mnist_runs = grouped("mnist.csv")
    rows = {
        "MNIST, the paper's set-up": mnist_runs[PAPER],
        "MNIST, `mnist-robust`": mnist_runs[DECLARED],
        "MNIST, `mnist-robust-free`": mnist_runs[FREE],
        "Fashion-MNIST, version 0.1 of `fashion-mnist`": read("fashion_mnist.csv"),
    }
    cells = [(name, len(runs), percent(runs, "error"), worst(runs)) for name, runs in rows.items()]
    return table(("", "seeds", "error of the categorical code", "worst seed"), cells)


def mnist() -> str:
    """Every configuration of MNIST."""
    names = ("configuration", "precision", "updates", "seeds", "error of `digit`", "worst seed", "NMI")
    names += (
        "information about real images, nats",
        "`fid10k_mnist_cnn`",
        "slant, lowest",
        "width or thickness, lowest",
    )
    rows = []
    for name, runs in grouped("mnist.csv").items():
        lowest = (f"{min(map(float, column(runs, measure))):.2f}" for measure in ("slant", "stroke"))
        quality = (mean(runs, "nmi", 3), mean(runs, "image_information", 2), spread(runs, "fid10k_cnn", 1))
        run = (name, ", ".join(sorted(set(column(runs, "precision")))), f"{int(runs[0]['updates']):,}", len(runs))
        rows.append((*run, percent(runs, "error"), worst(runs), *quality, *lowest))
    return table(names, rows)


def mnist_declared() -> str:
    """Every whole run with declared codes on MNIST."""
    names = ("configuration", "seed", "updates", "error of `digit`", "NMI", "`fid10k_mnist_cnn`")
    names += ("`rotation` with slant", "`width` with width", "mean leakage")
    rows = []
    for run in read("mnist.csv"):
        if not run["rotation_slant"] or run["configuration"] == "robust-no-erasing":
            continue
        numbers = (f"{float(run[name]):.2f}" for name in ("fid10k_cnn", "rotation_slant", "width_width", "leakage"))
        quality = (f"{100 * float(run['error']):.1f} %", f"{float(run['nmi']):.3f}")
        rows.append((run["configuration"], run["seed"], f"{int(run['updates']):,}", *quality, *numbers))
    return table(names, rows)


def fashion_mnist() -> str:
    """Fashion-MNIST, beside a published system."""
    runs = read("fashion_mnist.csv")
    numbers = (percent(runs, "error"), worst(runs), mean(runs, "nmi", 3), spread(runs, "fid10k_cnn", 1))
    peer = ("ClusterGAN, its authors' repository", 10, "38.8 ± 2.3 %", "", "0.616", "")
    names = ("", "seeds", "error of `kind`", "worst seed", "NMI", "`fid10k_fashion_mnist_cnn`")
    return table(names, [("here", len(runs), *numbers), peer])


def systems() -> str:
    """Other systems on the same networks; InfoGAN's runs are those of `mnist.csv` in bfloat16."""
    labels = {"gan": "none", "infogan": "none", "semi-supervised": "100", "acgan": "60,000"}
    groups = {**grouped("baselines.csv"), "infogan": grouped("mnist.csv")["paper"]}
    names = ("system", "labels it learns from", "seeds", "error of `digit`", "NMI", "bound of `digit`, nats")
    rows = []
    for system, number in labels.items():
        runs = groups[system]
        codes = ("", "", "")
        if system != "gan":
            codes = percent(runs, "error"), mean(runs, "nmi", 3), mean(runs, "bound", 2)
        rows.append((system, number, len(runs), *codes, spread(runs, "fid10k_cnn", 1)))
    return table((*names, "`fid10k_mnist_cnn`"), rows)


def figure1() -> str:
    """The bound along training, means over ten updates and the seeds."""
    sys.path.insert(0, str(ROOT / "examples"))
    import figure1 as example

    updates = read("figure1.csv")
    rows = []
    for system, paper in example.PAPER.items():
        seeds = [name for name in updates[0] if name.startswith(f"{system} ")]
        windows = [updates[at - 5 : at + 5] for at in example.AT]
        ours = [statistics.mean(float(row[name]) for row in window for name in seeds) for window in windows]
        rows.append((f"{system}, the paper's", *(f"{paper[at]:.2f}" for at in example.AT)))
        rows.append((system, *(f"{value:.2f}" for value in ours)))
    return table(("update", *example.AT), rows)


def faces() -> str:
    """Of each factor, the correlation with the code that follows it best."""
    runs = {}
    for row in read("faces.csv"):
        runs.setdefault(row["run"], {})[row["factor"]] = row["value"]
    factors = ("azimuth", "elevation", "light_azimuth", "width")
    rows = [(*run.split("-")[1:], *(values[factor] for factor in factors)) for run, values in runs.items()]
    return table(("configuration", "seed", "azimuth", "elevation", "light azimuth", "width"), rows)


def rings() -> str:
    """Digits that share categories, as connected groups."""
    runs = {}
    for row in read("splits.csv"):
        found = runs.setdefault((row["configuration"], row["seed"]), [])
        ring = {row["digit"], *row["shared"].split()}
        for other in [other for other in found if other & ring]:
            found.remove(other)
            ring |= other
        found.append(ring)
    rows = [(*run, ", ".join(sorted(" ".join(sorted(ring)) for ring in found))) for run, found in runs.items()]
    return table(("configuration", "seed", "groups of digits"), rows)


def courses() -> str:
    """Errors along whole plain runs."""
    return _courses(range(500, 5001, 500), PAPER)


def long_courses() -> str:
    """Errors along runs of more than 5,000 updates."""
    return _courses(range(5000, 21001, 2000), f"{PAPER}-long")


def declared_courses() -> str:
    """Errors along runs with declared codes."""
    return _courses(range(500, 5001, 500), f"{DECLARED}-trained-d-long", f"{DECLARED}-constant-rates")


def courses_without_erasing() -> str:
    """The same before squares were erased in views."""
    return _courses(range(500, 2001, 500), f"{DECLARED}-no-erasing")


def _courses(updates, *configurations):
    runs = {}
    for row in read("courses.csv"):
        if row["configuration"] in configurations:
            runs.setdefault((row["configuration"], row["seed"]), {})[int(row["updates"])] = 100 * float(row["error"])
    rows = [(*run, *(f"{errors[n]:.1f} %" if n in errors else "" for n in updates)) for run, errors in runs.items()]
    return table(("configuration", "seed", *(f"{n:,}" for n in updates)), rows)


DIFFERENCES = {
    "paper": "neither term",
    "robust": "consistency 3, balance 6; turns of 20 degrees, shifts of 10 %, zooms of 20 %, slants of 0.3",
    "held constant": "no gradient into Q's answer for the image itself",
    "no consistency": "balance alone",
    "no balance": "consistency alone",
    "balance as consistency": "consistency 3, balance 3",
    "half": "consistency 1.5, balance 3",
    "twice": "consistency 6, balance 12",
    "smaller views": "turns of 10 degrees, shifts of 5 %, zooms of 10 %, slants of 0.15",
    "larger views": "turns of 30 degrees, shifts of 15 %, zooms of 30 %, slants of 0.45",
    "no slant": "no slanted views",
}


DECLARED_DIFFERENCES = {
    "declared": "`mnist-robust`",
    "half the rate": "2e-4 for D in place of 4e-4",
    "half the balance": "a weight of 6 in place of 12",
    "half of both": "both of them",
    "smaller squares": "erased squares of 0.25 of the size in place of 0.4",
    "no erasing": "no erased squares among the views",
    "no independence": "declared codes may go together on real images",
    "every leak": "what a code does not follow costs from a correlation of 0 on",
    "declared weight 1": "in place of 0.1",
    "slants alone": "`rotation` follows slants, and views have no turns",
}


def ablation() -> str:
    """Errors after 500 updates, by seed."""
    return errors_by_seed(DIFFERENCES, {"mixed_bfloat16": "bfloat16", "float32": "float32"})


def declared_ablation() -> str:
    """The same of declared codes."""
    return errors_by_seed(DECLARED_DIFFERENCES, {"mixed_bfloat16": "bfloat16", "float32": "float32"})


def errors_by_seed(differences, precisions):
    """A row per variant, a column per precision."""
    errors = {name: {precision: [] for precision in precisions} for name in differences}
    for row in read("ablation.csv"):
        if row["updates"] == "500" and row["variant"] in differences:
            errors[row["variant"]][row["precision"]].append(f"{100 * float(row['error']):.1f} % ({row['seed']})")
    rows = [(name, differences[name], *map(", ".join, runs.values())) for name, runs in errors.items()]
    return table(("variant", "what is different", *(f"{name}: error (seed)" for name in precisions.values())), rows)


# ---- speed


def training_step() -> str:
    """The MNIST step beside PyTorch's."""
    rows = []
    for row in read("training_step.csv"):
        ours, peer = (f"{float(row[name]):.0f} ms" for name in ("ours_ms", "peer_ms"))
        share = f"{100 * float(row['share_of_matrix_rate']):.0f} %"
        rows.append((row["precision"], ours, peer, f"{row['speedup']} ({row['speedup_spread']})", share))
    return table(("precision", "here", "PyTorch", "ratio", "share of the rate of a 4096 x 4096 product"), rows)


def hours() -> str:
    """What 20,000 updates take, from the time of a step."""
    steps = {
        (row["architecture"], row["precision"]): float(row["median_ms"])
        for row in read("scaling.csv")
        if row["batch_size"] == "128"
    }
    rows = []
    for name in ("svhn", "faces", "chairs"):
        rows.append((name, *(f"{20_000 * steps[name, kind] / 3.6e6:.1f}" for kind in ("float32", "mixed_bfloat16"))))
    return table(("data", "hours in float32", "hours in bfloat16"), rows)


# ---- the package


def faults() -> str:
    """The fault campaign."""
    names = ("part", "case", "trials", "right", "refused", "wrong", "other", "note")
    return table(names, [[row[name] for name in names] for row in read("faults.csv")])


def declared_faces() -> str:
    """The last look at each run of `faces-declared`: the code that is named after what is measured."""
    shown = (("azimuth", "azimuth"), ("elevation", "elevation"), ("light", "light_azimuth"), ("width", "aspect"))
    shown += (("width", "width within 25 degrees"), ("width", "width"), ("all", "all"))
    return last_looks("faces-declared", shown, {"all": ("mig", "dci_disentanglement", "factor_vae")})


def declared_chairs() -> str:
    """The last look at each run of the declared chairs."""
    shown = (("azimuth", "azimuth of the front half-turn"), ("width", "extent"))
    front = last_looks("chairs-declared-32", shown, {})
    circle = last_looks("chairs-circular-32", (("azimuth", "azimuth"),), {})
    return f"{front}\n\n{circle}"


def last_looks(experiment, shown, measures):
    """A row per seed, a column per (code, factor); `measures` has the names of several in one column's place."""
    runs = {}
    for row in read("factor_courses.csv"):
        if row["experiment"] == experiment:
            runs.setdefault(int(row["seed"]), {}).setdefault(int(row["updates"]), []).append(row)
    names, rows = ["seed", "updates"], []
    for seed, looks in sorted(runs.items()):
        updates = max(looks)
        cells = {
            (row["factor"] if row["measure"] == "spearman" else row["measure"]): row["value"]
            for row in looks[updates]
            if (row["code"], row["factor"]) in shown and row["factor"] != "training"
            if row["code"] not in measures or row["measure"] in measures[row["code"]]
        }
        names[2:] = [name.replace("_", " ") for name in cells]
        rows.append((seed, updates, *cells.values()))
    return table(names, rows)


def codes() -> str:
    """Distributions: entropy, floor and ceiling, in nats."""
    import infogan_keras as ig

    rows = []
    for text in ("Categorical(10)", "Bernoulli()", "Uniform(1)", "Uniform(1, fix_std=True)", "Normal(1)", "Circular()"):
        code = eval(f"ig.{text}", {"ig": ig})
        numbers = (f"{value + 0.0:.3f}" for value in (code.entropy, code.mi_floor, code.mi_ceiling))
        rows.append((f"`{text}`", first_line(type(code)), *numbers))
    return table(("code", "values", "entropy", "floor", "ceiling"), rows)


def views() -> str:
    """Known changes of images."""
    from infogan_keras import views as module

    rows = []
    for name in module.__all__:
        kind = getattr(module, name)
        if dataclasses.is_dataclass(kind) and name not in ("View", "Geometric", "Photometric"):
            rows.append((f"`{name}`", first_line(kind), getattr(kind, "amount", "none")))
    return table(("view", "change", "default amount"), rows)


def experiments() -> str:
    """The experiments by name."""
    from infogan_keras import experiments as module

    rows = []
    for one in vars(module).values():
        if isinstance(one, module.Experiment):
            shown = ", ".join(f"`{name}`" for name in one.latents.codes)
            size = "x".join(map(str, one.architecture.image_shape))
            falls = "" if one.g_final_learning_rate is None else f" to {one.g_final_learning_rate:g}"
            rows.append(
                (
                    f"`{one.name}`",
                    size,
                    shown,
                    f"{one.d_learning_rate:g}",
                    f"{one.g_learning_rate:g}{falls}",
                    f"{one.updates:,}",
                )
            )
    return table(("`infogan train`", "images", "codes", "rate of D and Q", "rate of G", "updates"), rows)


def commands() -> str:
    """Every command with its flags, as `--help` has them."""
    from infogan_keras.cli import command

    subparsers = next(a for a in command.make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    sections = []
    for name, parser in subparsers.choices.items():
        blocks = parser.description.strip().split("\n\n")
        text = [f"```bash\n{textwrap.dedent(block)}\n```" if block.startswith("    ") else block for block in blocks]
        rows = [
            (f"`{', '.join(action.option_strings) or action.metavar or action.dest}`", action.help)
            for action in parser._actions
            if action.help != argparse.SUPPRESS and "--help" not in action.option_strings
        ]
        flags = [table(("flag", ""), rows)] if rows else []
        sections.append("\n\n".join([f"## `infogan {name}`", *text, *flags]))
    return "\n" + "\n\n".join(sections) + "\n"


# ---- cells


def read(name):
    """The rows of a file of results."""
    with (RESULTS / name).open(newline="") as file:
        return list(csv.DictReader(file))


def grouped(name):
    """Its rows by configuration."""
    groups = {}
    for row in read(name):
        groups.setdefault(row["configuration"], []).append(row)
    return groups


def column(runs, name):
    """The texts of a column."""
    return [run[name] for run in runs]


def mean(runs, name, digits):
    """Mean over runs."""
    return f"{statistics.mean(map(float, column(runs, name))):.{digits}f}"


def spread(runs, name, digits, factor=1):
    """Mean ± standard deviation over runs; of one run, its value."""
    values = [factor * float(value) for value in column(runs, name)]
    average = f"{statistics.mean(values):.{digits}f}"
    return f"{average} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else average


def percent(runs, name):
    """The same of shares."""
    return f"{spread(runs, name, 1, 100)} %"


def worst(runs):
    """The largest error."""
    return f"{100 * max(map(float, column(runs, 'error'))):.1f} %"


def first_line(kind):
    """The first sentence of a class' docstring."""
    return " ".join(kind.__doc__.partition("\n\n")[0].split())


def table(names, rows):
    """Markdown."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |".replace("  ", " ") for line in lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, and fail where a table differs")
    arguments = parser.parse_args()
    stale = main(arguments.check)
    sys.exit(arguments.check and stale > 0)
