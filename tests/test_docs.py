"""The README and the site: their Python runs as it stands, their commands exist, their tables are the results'."""

import contextlib
import importlib.util
import json
import re
import shlex
import tomllib
from pathlib import Path

import keras
import pytest
import tensorflow as tf
import tensorflow_datasets
from helpers import ROOT, write_photos

import infogan_keras as ig
from infogan_keras.architectures import Architecture
from infogan_keras.cli import command as cli

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def blocks(language):
    return [
        (page, number, block)
        for page in PAGES
        for number, block in enumerate(re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL))
    ]


def commands():
    """The shell commands of all pages."""
    lines = [line for _, _, block in blocks("bash") for line in block.splitlines() if line.strip()]
    return sorted({part.strip() for line in lines for part in line.split("#")[0].split("&&")})


@pytest.mark.parametrize(
    ("page", "block"),
    [
        pytest.param(
            page,
            block,
            id=f"{page.stem}-{number}",
            marks=[] if page.stem == "README" else [pytest.mark.slow],
        )
        for page, number, block in blocks("python")
    ],
)
def test_python(page, block, tmp_path, monkeypatch):
    """With narrow networks, few images, and two updates per run, eager but for the README's."""
    monkeypatch.chdir(tmp_path)
    if page.stem != "README":
        monkeypatch.setattr(ig.GAN, "run_eagerly", property(lambda self: True, lambda self, value: None))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fit, start, build, arrays = ig.GAN.fit, ig.runs.start, Architecture.build, ig.datasets.mnist.arrays
    short = {"epochs": 1, "steps_per_epoch": 2}
    monkeypatch.setattr(ig.GAN, "fit", lambda self, x, **given: fit(self, x, verbose=0, **{**given, **short}))
    monkeypatch.setattr(ig.runs, "start", lambda *given, **named: start(*given, **{**named, **short}))
    monkeypatch.setattr(
        Architecture, "build", lambda self, *given, **named: build(self.scaled(1 / 16), *given, **named)
    )
    monkeypatch.setattr(ig.datasets.mnist, "arrays", lambda *given: tuple(values[:500] for values in arrays(*given)))
    if "photos" in block:
        write_photos(Path("photos"), 64)
    if "prepared" in block:
        pixels = tf.data.Dataset.from_tensors({"image": tf.fill((64, 64, 3), tf.constant(200, tf.uint8))}).repeat(64)
        tensorflow_datasets.dataset_builders.store_as_tfds_dataset(
            name="my_images",
            version="1.0.0",
            data_dir="prepared",
            features=tensorflow_datasets.features.FeaturesDict({"image": tensorflow_datasets.features.Image()}),
            split_datasets={"train": pixels},
        )
    keras.utils.set_random_seed(0)
    # TensorFlow has one such strategy per process, and the tests of replicas make it.
    block = block.replace("tf.distribute.MirroredStrategy()", "tf.distribute.get_strategy()")
    exec(compile(block, str(page), "exec"), {})


@pytest.mark.parametrize("line", commands())
def test_commands(line, capsys):
    """Installed extras, scripts and subcommands are there; test_examples.py and test_cli.py run them."""
    program, *rest = shlex.split(line)
    if program == "pip":
        extra = re.fullmatch(r"\.(?:\[(\w+)\])?", rest[-1]).group(1)
        assert extra is None or extra in EXTRAS
    elif program == "python":
        assert (ROOT / rest[0]).is_file()
    elif program == "infogan":
        with contextlib.suppress(SystemExit) if rest[-1] in ("--help", "--version") else contextlib.nullcontext():
            cli.make_parser().parse_args(rest)
    else:
        assert program in ("pytest", "mkdocs", "ruff", "docker", "pre-commit")


@pytest.fixture(scope="module")
def tables():
    spec = importlib.util.spec_from_file_location("tables", ROOT / "benchmarks" / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    return tables


def test_tables_are_those_of_the_results(tables):
    assert tables.main(check=True) == 0, "Run python benchmarks/tables.py."


def test_an_empty_table_ends_at_its_own_mark(tables):
    page = "<!-- table: a -->\n<!-- end -->\nkept\n<!-- table: b -->\n| |\n<!-- end -->\n"
    assert [match[2] for match in tables.REGION.finditer(page)] == ["a", "b"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links(page):
    for name in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        assert (page.parent / name).resolve().exists(), name


@pytest.mark.slow
def test_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = json.loads((ROOT / "docs" / "mnist.ipynb").read_text())["cells"]
    names = {}
    for cell in cells:
        assert not cell.get("outputs")
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["model"].updates == 20
