"""The harness of runs over seeds, with a script of a moment in place of training."""

import argparse
import itertools
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import ROOT, make_model
from PIL import Image, ImageColor

from infogan_keras.plotting import charts

TRAIN = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--run-dir") + 1])
seed = int(sys.argv[sys.argv.index("--seed") + 1])
folder.mkdir(exist_ok="--resume" in sys.argv)
(folder / "config.json").touch()
if seed == 1 and "--resume" not in sys.argv:
    sys.exit("interrupted")
(folder / "evaluation.json").write_text(json.dumps(sys.argv[1:]))
"""


def sweep(folder, *flags):
    (folder / "train.py").write_text(TRAIN)
    return study("sweep", "runs/tiny", "--jobs", "2", *flags, "--", "train.py", "--fast", cwd=folder)


def study(name, *flags, cwd=None):
    line = [sys.executable, "-m", f"benchmarks.studies.{name}", *flags]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(line, cwd=cwd, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


def test_a_sweep_makes_what_is_missing_and_goes_on(tmp_path):
    first = sweep(tmp_path, "--seeds", "3")
    assert first.returncode == 1
    assert first.stdout.splitlines() == [
        "runs/tiny-0: done",
        "runs/tiny-1: failed, see runs/tiny-1.log",
        "runs/tiny-2: done",
    ]
    assert (tmp_path / "runs" / "tiny-1.log").read_text() == "interrupted\n"
    before = (tmp_path / "runs" / "tiny-0" / "evaluation.json").stat().st_mtime_ns
    second = sweep(tmp_path, "--seeds", "3")
    assert (second.returncode, second.stdout.count("done")) == (0, 3)
    assert (tmp_path / "runs" / "tiny-0" / "evaluation.json").stat().st_mtime_ns == before
    given = json.loads((tmp_path / "runs" / "tiny-1" / "evaluation.json").read_text())
    assert given == ["--fast", "--seed", "1", "--run-dir", "runs/tiny-1", "--resume"]


def test_a_sweep_resumes_baselines_of_which_one_is_done(tmp_path):
    system = tmp_path / "runs" / "tiny-0" / "gan"
    system.mkdir(parents=True)
    for name in ("config.json", "evaluation.json"):
        (system / name).touch()
    assert sweep(tmp_path, "--seeds", "1").returncode == 0
    assert "--resume" in json.loads((tmp_path / "runs" / "tiny-0" / "evaluation.json").read_text())
    (tmp_path / "runs" / "tiny-0" / "evaluation.json").rename(tmp_path / "runs" / "tiny-0" / "models.png")
    assert sweep(tmp_path, "--seeds", "1").returncode == 0
    assert not (tmp_path / "runs" / "tiny-0" / "evaluation.json").exists()


def test_a_sweep_goes_on_with_a_run_whose_export_failed(tmp_path):
    run = tmp_path / "runs" / "tiny-0"
    (run / "saved_model").mkdir(parents=True)
    (run / "config.json").touch()
    assert sweep(tmp_path, "--seeds", "1").returncode == 0
    assert "--resume" in json.loads((run / "evaluation.json").read_text())


@pytest.fixture
def runs(tmp_path):
    """Two runs' folders, as far as the table reads them."""
    for seed, error in enumerate((0.02, 0.04)):
        folder = tmp_path / f"robust-{seed}"
        folder.mkdir()
        layers = [{"config": {"dtype": "float32"}}, {"config": {"dtype": {"config": {"name": "mixed_bfloat16"}}}}]
        config = {"model": {"generator": {"config": {"layers": layers}}, "seed": seed}}
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "log.csv").write_text("updates,mi/digit,seconds\n500,2.25,60\n1000,2.29,66\n")
        # The seed of an evaluation is that of its generated images.
        measured = {"seed": 7, "updates": 1000, "test_error/digit": error, "fid10k_mnist_cnn": 3.0}
        measured |= {"slant_spearman/a": -0.9, "thickness_spearman/a": 0.99, "width_spearman/a": 0.1}
        measured |= {"slant_spearman/b": 0.95, "thickness_spearman/b": 0.2, "width_spearman/b": -0.5}
        measured |= {"declared_spearman/slant/rotation": 1.0, "declared_spearman/width/width": 0.9}
        measured |= {"declared_leakage/rotation": 0.3, "declared_leakage/width": 0.1}
        (folder / "evaluation.json").write_text(json.dumps(measured))
    return sorted(tmp_path.iterdir())


def test_the_table_of_runs(runs):
    result = study("mnist_runs", *runs)
    assert result.returncode == 0, result.stderr
    header, first, second = (row.split(",") for row in result.stdout.splitlines())
    row = dict(zip(header, second, strict=True))
    assert first[:7] == ["robust", "mnist", "mixed_bfloat16", "0", "1000", "2.1", "0.0200"]
    assert (row["error"], row["bound_500"], row["nmi"]) == ("0.0400", "2.2500", "")
    # b has the slant and a the stroke: a for the slant would leave 0.5 for the stroke.
    assert (row["slant"], row["stroke"]) == ("0.9500", "0.9900")
    assert (row["rotation_slant"], row["width_width"], row["leakage"]) == ("1.0000", "0.9000", "0.2000")
    assert result.stderr == "robust: 2 errors, 3.00% ± 1.41%, worst 4.00%\n"


def test_a_run_without_ink_has_no_strokes(runs):
    file = runs[0] / "evaluation.json"
    nothing = {name: None for name in json.loads(file.read_text()) if "_spearman/" in name}
    file.write_text(json.dumps(json.loads(file.read_text()) | nothing))
    result = study("mnist_runs", *runs)
    header, first, _ = (row.split(",") for row in result.stdout.splitlines())
    row = dict(zip(header, first, strict=True))
    assert (row["slant"], row["stroke"], row["rotation_slant"]) == ("0", "0", ""), result.stderr


def test_the_picture_of_confusions(tmp_path):
    from benchmarks.studies import ablation

    perfect = " ".join(str(100 * (i == j)) for i in range(10) for j in range(10))
    runs = itertools.product(("paper", "robust"), (0, 1), (125, 250))
    rows = [f"{variant},float32,{seed},{updates},0,2.3,{perfect}" for variant, seed, updates in runs]
    file, picture = tmp_path / "runs.csv", tmp_path / "picture.png"
    file.write_text("\n".join([",".join(ablation.COLUMNS), *rows]))

    def blue_cells(variants, at):
        ablation.draw(argparse.Namespace(file=file, picture=picture, variants=variants, seeds=3, at=at))
        return np.all(np.asarray(Image.open(picture)) == ImageColor.getrgb(charts.BLUE), -1).sum() // (14 * 14)

    assert blue_cells(["paper", "robust"], None) == 8 * 10
    assert blue_cells(["paper"], [250]) == 2 * 10
    with pytest.raises(SystemExit, match="has no rows of these variants, seeds and updates"):
        blue_cells(["paper"], [375])


def test_a_course_is_measured_while_its_run_trains(tmp_path, monkeypatch):
    from benchmarks.studies import courses

    run_dir, file = tmp_path / "tiny-7", tmp_path / "courses.csv"
    model, measured = make_model(seed=7), []

    def reach(epoch):
        model._updates.assign(100 * epoch)
        model.save(run_dir / "checkpoints" / f"epoch-{epoch:03d}.keras")

    def go_on(seconds):
        reach(10)
        (run_dir / "model.keras").touch()

    def measure(model):
        measured.append(model.updates)
        return model.updates, "0.2500", "2.3000", "1 0 0 1"

    (run_dir / "checkpoints").mkdir(parents=True)
    reach(5)
    reach(6)
    monkeypatch.setattr(courses.ablation, "measure", measure)
    monkeypatch.setattr(courses.time, "sleep", go_on)
    for _ in range(2):
        courses.main(argparse.Namespace(file=file, run_dirs=[run_dir], every=5))
    assert measured == [500, 1000]
    assert file.read_text().splitlines() == [
        "configuration,seed,updates,error,image_information,confusion",
        "tiny,7,500,0.2500,2.3000,1 0 0 1",
        "tiny,7,1000,0.2500,2.3000,1 0 0 1",
    ]


def test_how_a_circular_code_and_a_silhouette_are_measured():
    from benchmarks.studies import factor_courses

    truth = np.arange(0, 360, 10.0)
    assert factor_courses.angular_error(180 - truth, truth) == 0
    # A sixth of a turn off, which neither direction nor half-turn mends.
    assert factor_courses.angular_error(truth + 60, truth) == pytest.approx(60)
    images = np.zeros((1, 32, 32, 1), np.uint8)
    images[0, 10:14, 4:12] = 1
    assert factor_courses.extent(images)[0] == 8
    assert factor_courses.aspect(images)[0] == pytest.approx(np.std(np.arange(8)) / np.std(np.arange(4)))


@pytest.mark.slow
def test_a_small_fault_campaign(tmp_path):
    line = [sys.executable, ROOT / "benchmarks" / "faults.py", "--smoke", "--only", "kills", "files"]
    result = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    rows = [row.split(",") for row in result.stdout.splitlines()]
    assert rows[0][:7] == ["part", "case", "trials", "right", "refused", "wrong", "other"]
    assert {row[0] for row in rows[1:]} == {"kills", "files"}
