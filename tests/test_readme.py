"""The README's code blocks, run as they stand, but short: commands with --smoke, two updates per fit, few images."""

import csv
import re
import shlex
import statistics
import tomllib
from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_datasets
from helpers import README, ROOT, readme_commands, write_photos

import infogan_keras as ig

FINDINGS, RESULTS, SPEED = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("findings", "results", "speed"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMMANDS = readme_commands()


def test_every_command_is_of_a_kind_that_is_tested():
    kinds = ("pip install -e ", "python examples/", "pytest")
    assert COMMANDS
    assert [command for command in COMMANDS if not command.startswith(kinds)] == []


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("pip")])
def test_install_lines(command):
    target = shlex.split(command)[3]
    extras = re.fullmatch(r"\.(?:\[(\w+)\])?", target).group(1)
    assert extras is None or extras in PYPROJECT["project"]["optional-dependencies"]


def test_python_blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit = ig.GAN.fit

    def short_fit(self, x, epochs, steps_per_epoch, **kwargs):
        return fit(self, x, epochs=1, steps_per_epoch=2, verbose=0, **kwargs)

    arrays, evaluate = ig.datasets.mnist.arrays, ig.evaluation.evaluate

    def few_arrays(*arguments):
        return tuple(values[:500] for values in arrays(*arguments))

    def short_evaluate(*arguments, **keywords):
        return evaluate(*arguments, count=100, **keywords)

    start = ig.runs.start

    def short_start(*arguments, **keywords):
        return start(*arguments, **{**keywords, "epochs": 1, "steps_per_epoch": 2})

    monkeypatch.setattr(ig.GAN, "fit", short_fit)
    monkeypatch.setattr(ig.runs, "start", short_start)
    monkeypatch.setattr(ig.datasets.mnist, "arrays", few_arrays)
    monkeypatch.setattr(ig.evaluation, "evaluate", short_evaluate)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    write_photos(Path("photos"), 64)
    latents = ig.LatentSpec(ig.Uniform(4), {"digit": ig.Categorical(10)})
    Path("saved_models").mkdir()
    Path("saved_models/mnist").symlink_to(ROOT / "saved_models" / "mnist")
    Path("runs/mnist-001").mkdir(parents=True)
    ig.InfoGAN(*ig.architectures.MNIST.build(latents), latents).save("runs/mnist-001/model.keras")

    images = tf.data.Dataset.from_tensors({"image": tf.fill((64, 64, 3), tf.constant(200, tf.uint8))}).repeat(64)
    tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
        name="my_images",
        version="1.0.0",
        data_dir="prepared",
        features=tensorflow_datasets.features.FeaturesDict({"image": tensorflow_datasets.features.Image()}),
        split_datasets={"train": images},
    )

    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        # TensorFlow has one strategy per process, and test_replicas.py makes one.
        alone = block.replace("tf.distribute.MirroredStrategy()", "tf.distribute.get_strategy()")
        exec(compile(alone, "README.md", "exec"), {})
    assert Path("digit-width.png").is_file()
    assert Path("saved_models/my-first/1").is_dir()
    assert Path("runs/photos/model.keras").is_file()
    assert Path("evaluations/mine/evaluation.json").is_file()


def test_pictures_and_files_that_are_named_exist():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    texts = {page: page.read_text() for page in pages}
    anchors = {
        page: {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in text.splitlines()
            if line[:1] == "#"
        }
        for page, text in texts.items()
    }
    for page, text in texts.items():
        links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text)
        assert links
        for name, anchor in links:
            target = (page.parent / name).resolve() if name else page
            assert target.exists(), (page.name, name)
            assert not anchor or anchor in anchors[target], (page.name, name, anchor)


def test_floors_and_ceilings_are_the_code_s():
    rows = re.findall(r"\| `(Categorical\(10\)|Uniform\(1.*?\))`.*?\| (.*?) \| (?:ln 10 = )?(.*?) \|", README)
    assert len(rows) == 3
    for code, floor, ceiling in rows:
        distribution = eval(code, {"Categorical": ig.Categorical, "Uniform": ig.Uniform})
        assert (float(floor), float(ceiling)) == (round(distribution.mi_floor, 3), round(distribution.mi_ceiling, 3))


def test_results_are_those_of_the_committed_runs():
    runs = read_runs("mnist.csv")
    assert all(run["error"] == run["error_train_matched"] for run in runs)
    easier = [run for run in runs if run["error"] != run["error_many_to_one"]]
    assert [(run["configuration"], run["seed"]) for run in easier] == [("paper-float32", seed) for seed in "578"]
    many, one = ([f"{100 * float(run[name]):.1f}" for run in easier] for name in ("error_many_to_one", "error"))
    lists = "{}, {} and {} % in place of {}, {} and {}".format(*many, *one)
    assert f"many-to-one on all but three (seeds 5, 7 and 8 in float32: {lists})" in " ".join(RESULTS.split())
    for configuration, ours in by_configuration(runs).items():
        cells = [
            *(configuration, ours[0]["precision"], str(len(ours))),
            *(spread(ours, "error", 1, percent=True), f"{100 * max(float(run['error']) for run in ours):.1f} %"),
            *(mean(ours, "nmi", 3), mean(ours, "image_information", 2), spread(ours, "fid10k_cnn", 1)),
            *(f"{min(float(run[name]) for run in ours):.2f}" for name in ("slant", "stroke")),
        ]
        assert f"| {' | '.join(cells)} |" in RESULTS


def test_the_summary_is_that_of_the_committed_runs():
    groups = by_configuration(read_runs("mnist.csv"))
    for name, runs in (
        ("MNIST, the paper's set-up", groups["paper-float32"]),
        ("MNIST, `--robust`", groups["robust"]),
        ("Fashion-MNIST, the same configuration", read_runs("fashion_mnist.csv")),
    ):
        worst = f"{100 * max(float(run['error']) for run in runs):.1f} %"
        assert f"| {name} | {len(runs)} | {spread(runs, 'error', 1, percent=True)} | {worst} |" in README
    text = " ".join(README.split())
    ours = [result("training_step.csv", "ours_ms", precision=name) for name in ("float32", "mixed_bfloat16")]
    faster = {row["speedup"] for row in read_rows("training_step.csv")}
    assert f"takes {ours[0]:.0f} ms in float32 and {ours[1]:.0f} ms in bfloat16 on two cores" in text
    assert faster == {"1.38"} and "1.38 times as fast as PyTorch in both" in text
    one, many = (result("serving.csv", "p50_ms", signature="generate", batch=n, runtime="TensorFlow") for n in (1, 128))
    assert f"one image in {one:.1f} ms and 128 in {many:.0f} ms" in text
    robust = [100 * float(run["error"]) for run in groups["robust"]]
    assert f"the {min(robust):.1f} to {max(robust):.1f} % of the robust runs" in " ".join(FINDINGS.split())


def test_fashion_mnist_is_that_of_the_committed_runs():
    runs = read_runs("fashion_mnist.csv")
    assert {(run["dataset"], run["precision"]) for run in runs} == {("fashion_mnist", "mixed_bfloat16")}
    error = f"{spread(runs, 'error', 1, percent=True)} | {100 * max(float(run['error']) for run in runs):.1f} %"
    assert f"| here | {len(runs)} | {error} | {mean(runs, 'nmi', 3)} | {spread(runs, 'fid10k_cnn', 1)} |" in RESULTS


def test_the_rings_of_digits_are_those_of_the_committed_runs():
    runs = {}
    for row in read_rows("splits.csv"):
        rings = runs.setdefault((row["configuration"], row["seed"]), [])
        ring = {row["digit"], *row["shared"].split()}
        for other in [other for other in rings if other & ring]:
            rings.remove(other)
            ring |= other
        rings.append(ring)
    for (configuration, seed), rings in runs.items():
        cell = ", ".join(sorted(" ".join(sorted(ring)) for ring in rings))
        assert f"| {configuration} | {seed} | {cell} |" in FINDINGS
    text = " ".join(FINDINGS.split())
    slant, thickness, width = (
        [float(r[name]) for r in read_rows("splits.csv")] for name in ("slant", "thickness", "width")
    )
    count = sum(run["configuration"].startswith("paper") for run in read_runs("mnist.csv"))
    assert f"{len(slant)} digits are split in the {count} runs" in text
    assert f"0.8 for {sum(s >= 0.8 for s in slant)} of them and 0.9 for {sum(s >= 0.9 for s in slant)}" in text
    assert f"the thickness of strokes and the width reach {max(thickness):.2f} and {max(width):.2f} at best" in text


def test_the_ablation_is_that_of_the_committed_runs():
    first_seeds = {"mixed_bfloat16": 0, "float32": 1}
    errors = {}
    for row in read_rows("ablation.csv"):
        runs = errors.setdefault((row["variant"], int(row["updates"])), {precision: [] for precision in first_seeds})
        seeds = runs[row["precision"]]
        assert int(row["seed"]) == first_seeds[row["precision"]] + len(seeds)
        seeds.append(f"{100 * float(row['error']):.1f} %")
    for (variant, updates), runs in errors.items():
        if updates == 500:
            cells = " | ".join(", ".join(seeds) for seeds in runs.values())
            assert re.search(rf"\| {variant} \| .* \| {cells} \|", FINDINGS), (variant, cells)
    plain = [errors["paper", updates]["mixed_bfloat16"][0] for updates in (500, 1000, 1500, 2500)]
    sentence = "{} errors after 500 updates, {} after 1,000, {} after 1,500 and {} after 2,500"
    assert sentence.format(*plain) in " ".join(FINDINGS.split())


def test_the_courses_are_those_of_the_committed_runs():
    courses = {}
    for row in read_rows("courses.csv"):
        courses.setdefault((row["configuration"], row["seed"]), {})[int(row["updates"])] = 100 * float(row["error"])
    for (configuration, seed), errors in courses.items():
        columns = range(5000, 21001, 2000) if configuration.endswith("-long") else range(500, 5001, 500)
        cells = [f"{errors[n]:.1f} %" if n in errors else "" for n in columns]
        assert f"| {configuration} | {seed} | {' | '.join(cells)} |".replace("  ", " ") in FINDINGS


def test_the_other_systems_results_are_those_of_the_committed_runs():
    labels = {"gan": "none", "infogan": "none", "semi-supervised": "100", "acgan": "60,000"}
    systems = by_configuration(read_runs("baselines.csv"))
    systems["infogan"] = by_configuration(read_runs("mnist.csv"))["paper"]
    assert systems.keys() == labels.keys()
    for system, ours in systems.items():
        assert {run["precision"] for run in ours} == {"mixed_bfloat16"}
        cells = [system, labels[system], str(len(ours)), "", "", "", spread(ours, "fid10k_cnn", 1)]
        if system != "gan":
            cells[3:6] = spread(ours, "error", 1, percent=True), mean(ours, "nmi", 3), mean(ours, "bound", 2)
        assert f"| {' | '.join(cells)} |".replace("  ", " ") in RESULTS


def read_rows(name):
    with (ROOT / "benchmarks" / "results" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def read_runs(name):
    runs = read_rows(name)
    assert {run["updates"] for run in runs} == {"5000"}
    return runs


def by_configuration(runs):
    groups = {}
    for run in runs:
        groups.setdefault(run["configuration"], []).append(run)
    for ours in groups.values():
        assert len({run["seed"] for run in ours}) == len(ours)
    return groups


def mean(runs, name, digits):
    return f"{statistics.mean(float(run[name]) for run in runs):.{digits}f}"


def spread(runs, name, digits, percent=False):
    values = [float(run[name]) * (100 if percent else 1) for run in runs]
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}{' %' if percent else ''}"


def test_figure_1_is_the_committed_run_s(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import figure1

    updates = read_rows("figure1.csv")
    for system, paper in figure1.PAPER.items():
        of_seeds = [name for name in updates[0] if name.startswith(f"{system} ")]
        windows = [updates[at - 5 : at + 5] for at in figure1.AT]
        ours = [statistics.mean(float(row[name]) for row in window for name in of_seeds) for window in windows]
        for name, values in ((f"{system}, the paper's", [paper[at] for at in figure1.AT]), (system, ours)):
            assert f"| {name} | {' | '.join(f'{value:.2f}' for value in values)} |" in RESULTS


def test_speeds_are_those_that_were_measured():
    rows = read_rows("training_step.csv")
    assert len(rows) == 2
    for row in rows:
        ours, peer = (f"{float(row[name]):.0f} ms" for name in ("ours_ms", "peer_ms"))
        share = f"{float(row['share_of_matrix_rate']):.0%}".replace("%", " %")
        speedup = f"{row['speedup']} ({row['speedup_spread']})"
        assert f"| {row['precision']} | {ours} | {peer} | {speedup} | {share} |" in SPEED


def result(file, column, **where):
    """The number in a column of the one row of a CSV of results in which the other columns have these values."""
    (row,) = (row for row in read_rows(file) if all(row[name] == str(value) for name, value in where.items()))
    return float(row[column])


def test_sentences_have_the_measured_numbers():
    text = " ".join(" ".join((README, RESULTS, SPEED)).split())

    def robust(column, precision, configuration):
        return result("robust_step.csv", column, precision=precision, configuration=configuration)

    ratios = [robust("ratio", precision, "and averaging") for precision in ("float32", "mixed_bfloat16")]
    times = [robust("ms", precision, "and averaging") for precision in ("float32", "mixed_bfloat16")]
    assert f"{ratios[0]:.2f} times as long in float32 and {ratios[1]:.2f} in bfloat16" in text
    assert f"{times[0]:.0f} and {times[1]:.0f} ms on two cores" in text

    averaged, trained = (
        [result("averaging.csv", "fid10k_cnn", seed=run["seed"], generator=generator) for run in robust_runs()]
        for generator in ("averaged", "trained")
    )
    between = [f"{min(values):.1f} to {max(values):.1f}" for values in (averaged, trained)]
    assert f"(`fid10k_mnist_cnn`) is {between[0]}, and {between[1]} for the trained generator itself" in text

    faces, chairs = (result("rendering.csv", "rendered_per_second", set=name) for name in ("faces", "chairs"))
    assert f"Two cores render {faces:.0f} faces or {chairs:.0f} chairs per second" in text

    ours = [
        result("kernels.csv", "speedup", precision=precision, step="and our dense layers")
        for precision in ("float32", "mixed_bfloat16")
    ]
    assert f"the same step takes {ours[0]:.2f} times as long, and {ours[1]:.2f} in bfloat16" in text
    shares = [
        result("operations.csv", "share", precision="float32", operations=kind)
        for kind in ("convolutions", "dense layers")
    ]
    assert f"convolutions take {shares[0]:.0%} of" in text.replace(" %", "%")
    assert f"and dense layers {shares[1]:.0%} (" in text.replace(" %", "%")

    of_eq_6 = [
        f"{result('figure1_variants.csv', f'InfoGAN {at}', variant='Q learns in the G step alone'):.2f}"
        for at in (10, 20, 30, 50, 100)
    ]
    assert f"{', '.join(of_eq_6[:-1])} and {of_eq_6[-1]} nats after 10, 20, 30, 50 and 100 updates" in text

    for run, column, of, cell in [
        ("chairs-openai-width-0", "value", {"factor": "model"}, "`kind_2` says {:.2f} of 4.16 nats"),
        ("chairs-openai-width-0", "value", {"factor": "azimuth", "code": "kind_1"}, "`kind_1` {:.2f} of 3.43 nats"),
        ("chairs-openai-width-0", "bound", {"factor": "model"}, "bounds of {:.2f} nats of at most 3.00"),
        ("chairs-rotation-0", "bound", {"factor": "model"}, "a bound of {:.2f} nats of at most 2.77"),
        ("chairs-rotation-0", "value", {"measure": "cut_spearman"}, "a cut rank correlation of {:.2f}"),
    ]:
        assert cell.format(result("chairs.csv", column, run=run, **of)) in text

    one, many = (result("serving.csv", "p50_ms", signature="generate", batch=n, runtime="TensorFlow") for n in (1, 128))
    assert f"(`generate`) in {one:.1f} ms and 128 in {many:.0f} ms" in text
    torch = {
        (signature, batch): max(
            result("serving.csv", "over_tensorflow", signature=signature, batch=batch, runtime=f"PyTorch{how}")
            for how in ("", ", compiled", ", frozen")
        )
        for signature in ("from_latents", "encode")
        for batch in (1, 16, 128)
    }
    ours = {case: 1 / ratio for case, ratio in torch.items()}
    generator = [ours["from_latents", batch] for batch in (1, 16, 128)]
    sentence = "it is {:.2f} times as fast for one image from given latents, {:.1f} for 16 and {:.1f} for 128"
    assert sentence.format(*generator) in text
    encoder = sorted(ours["encode", batch] for batch in (1, 16, 128))
    assert f"its encoder {encoder[0]:.1f} to {encoder[-1]:.1f} times" in text

    steps = {
        name: [
            result("scaling.csv", "median_ms", architecture=name, batch_size=128, precision=precision)
            for precision in ("float32", "mixed_bfloat16")
        ]
        for name in ("svhn", "faces", "chairs")
    }
    for name, milliseconds in steps.items():
        hours = [20_000 * one / 3.6e6 for one in milliseconds]
        digits = 0 if min(hours) >= 9.5 else 1
        cell = " / ".join(f"{value:.{digits}f}" for value in hours)
        assert re.search(rf"\| `{name}\.py` \|.*\| {cell} hours \|", README), (name, cell)


def robust_runs():
    return by_configuration(read_runs("mnist.csv"))["robust"]


def test_the_faces_factors_are_those_of_the_committed_runs():
    rows = read_rows("faces.csv")
    runs = {}
    for row in rows:
        assert (row["updates"], row["precision"]) == ("5000", "mixed_bfloat16")
        runs.setdefault(row["run"], {})[row["factor"]] = row["value"]
    for run, values in runs.items():
        _, configuration, seed = run.split("-")
        cells = [values[factor] for factor in ("azimuth", "elevation", "light_azimuth", "width")]
        assert f"| {configuration} | {seed} | {' | '.join(cells)} |" in RESULTS
