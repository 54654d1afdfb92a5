import dataclasses
import json
import math

import numpy as np
import pytest
from helpers import TINY, make_latents, make_model
from PIL import Image

import infogan_keras as ig
from infogan_keras.evaluation import appearance, clustering, evaluate, information, report, sample_quality
from infogan_keras.evaluation.page import draw_page

ROWS = 60
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (ROWS, 8, 8, 1), np.uint8)
LABELS = np.arange(ROWS) % 4
FACTORS = {"model": LABELS, "azimuth": RNG.uniform(0, 360, ROWS), "size": RNG.uniform(-1, 1, ROWS)}


class Corner:
    """Features that can be counted by hand: the first three pixels."""

    name = "corner"

    def __call__(self, images):
        return np.asarray(images)[:, 0, :3, 0]

    def accuracy(self, features, labels):
        assert len(features) == len(labels) == ROWS
        return 0.75


CODES = {
    "digit": ig.Categorical(3),
    "lean": ig.Uniform(1, fix_std=True),
    "style": ig.Uniform(2),
    "bit": ig.Bernoulli(1),
}


@pytest.fixture
def model():
    return make_model(make_latents(**CODES))


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """(model, numbers, folder) of an evaluation of all that there is."""
    folder = tmp_path_factory.mktemp("evaluation") / "run"
    model = make_model(make_latents(**CODES))
    numbers = evaluate(
        model,
        IMAGES,
        LABELS,
        FACTORS,
        train=(IMAGES[:30], LABELS[:30]),
        periods={"azimuth": 360},
        extractor=Corner(),
        strokes=True,
        count=50,
        directory=folder,
    )
    return model, numbers, folder


class TestNumbers:
    def test_names(self, everything):
        """All of what the docstring lists, and nothing else."""
        codes, numeric = ["digit", "lean", "style[0]", "style[1]", "bit"], ["lean", "style[0]", "style[1]"]
        columns = [*numeric, "bit"]
        expected = {"updates", "seed", "real_images", "generated_images"}
        expected |= {f"{what}/{code}" for what in ("mi", "mi_floor", "mi_ceiling") for code in CODES}
        expected |= {
            f"{what}/{code}" for what in ("readback_accuracy", "image_information") for code in ("digit", "bit")
        }
        expected |= {f"readback_{what}/{code}" for what in ("correlation", "explained") for code in numeric}
        expected |= {f"readback_{what}/style[{i}]" for what in ("within_one_std", "z_std") for i in range(2)}
        expected |= {f"test_error{how}/digit" for how in ("", "_train_matched", "_many_to_one")}
        expected |= {"nmi/digit", "ari/digit", "mig", "sap", "factor_vae", "beta_vae"}
        expected |= {f"dci_{what}" for what in ("disentanglement", "completeness", "informativeness")}
        expected |= {f"information/model/{code}" for code in codes} | {"best_information/model"}
        expected |= {f"spearman/size/{code}" for code in columns} | {"best_spearman/size"}
        for what in ("circular", "cut_spearman"):
            expected |= {f"{what}/azimuth/{code}" for code in columns} | {f"best_{what}/azimuth"}
        expected |= {"fid50_corner", "kid50_corner", "corner_test_accuracy"}
        expected |= {f"{measure}_spearman/{code}" for measure in appearance.MEASURES for code in numeric}
        for measure, unit in appearance.UNITS.items():
            expected |= {f"{measure}_change_{unit}/{code}" for code in numeric}
        assert set(everything[1]) == expected

    def test_they_are_those_of_the_functions(self, everything):
        model, numbers, _ = everything
        latents = {name: value.numpy() for name, value in model.latents.sample(50, (0, 2)).items()}
        fakes = model.decode(latents)
        on_fakes, on_reals = model.encode(fakes), model.encode(IMAGES.astype(np.float32) / 255)
        confusion = clustering.confusion_matrix(on_reals["digit_id"], LABELS, 3)
        bounds = ig.losses.mutual_information(model.latents, latents, model(fakes))
        fid = sample_quality.frechet_distance(fakes[:, 0, :3, 0], IMAGES[:, 0, :3, 0] / 255)
        expected = {
            "mi/style": bounds["style"],
            "mi_floor/style": model.latents.codes["style"].mi_floor,
            "readback_accuracy/digit": np.mean(on_fakes["digit_id"] == latents["digit"].argmax(1)),
            "readback_explained/style[1]": 1
            - np.mean((latents["style"] - on_fakes["style_mean"]) ** 2, 0)[1] / np.var(latents["style"][:, 1]),
            "image_information/digit": information.image_information(on_reals["digit_probabilities"]),
            "test_error/digit": clustering.error(confusion, clustering.match_one_to_one(confusion)),
            "fid50_corner": fid,
            "corner_test_accuracy": 0.75,
            "updates": 0,
        }
        for name, value in expected.items():
            assert numbers[name] == pytest.approx(float(value), rel=1e-4, abs=1e-6), name

    def test_one_factor_has_no_other_to_tell_apart_from(self, model):
        numbers = evaluate(model, IMAGES, factors={"size": FACTORS["size"]}, count=20)
        assert "best_spearman/size" in numbers and not {"factor_vae", "beta_vae"} & set(numbers)

    def test_they_are_a_function_of_the_seed(self, everything):
        model, numbers, _ = everything
        again, other = (evaluate(model, IMAGES, extractor=Corner(), count=50, seed=seed) for seed in (0, 1))
        assert again == {name: numbers[name] for name in again}
        assert other["fid50_corner"] != again["fid50_corner"]


class TestFiles:
    def test_the_json_has_the_numbers(self, everything):
        _, numbers, folder = everything
        written = json.loads((folder / "evaluation.json").read_text())
        assert set(written) == set(numbers)
        assert {n for n, v in written.items() if v is None} == {n for n, v in numbers.items() if math.isnan(v)}
        assert written["fid50_corner"] == numbers["fid50_corner"]
        assert sorted(path.name for path in folder.iterdir()) == ["evaluation.json", "evaluation.png"]

    def test_the_page(self, everything):
        with Image.open(everything[2] / "evaluation.png") as page:
            assert page.width > 600
            assert page.height > 600

    def test_the_page_for_slides(self, model):
        """Twice the scale, twice the size, with as many pictures in a row."""
        fakes = model.generate(30)
        small, large = (draw_page(model, IMAGES, fakes, {"a": 1, "b": 0.5}, [], [], scale=scale) for scale in (1, 2))
        assert large.width == pytest.approx(2 * small.width, rel=0.02)
        assert large.height == pytest.approx(2 * small.height, rel=0.05)

    def test_nothing_is_overwritten_before_it_is_said(self, everything):
        model, _, folder = everything
        before = (folder / "evaluation.json").read_bytes()
        with pytest.raises(FileExistsError, match=r"evaluation\.json and .*evaluation\.png exist\. Choose another"):
            evaluate(model, IMAGES, directory=folder)
        assert (folder / "evaluation.json").read_bytes() == before

    def test_overwriting(self, tmp_path, model):
        (tmp_path / "evaluation.json").write_text("old")
        numbers = evaluate(model, IMAGES, count=20, directory=tmp_path, overwrite=True)
        assert json.loads((tmp_path / "evaluation.json").read_text()) == numbers

    def test_not_a_number_is_null(self, tmp_path):
        report._write(report.free_files(tmp_path), {"a": math.nan, "b": 1}, Image.new("RGB", (1, 1)))
        assert json.loads((tmp_path / "evaluation.json").read_text()) == {"a": None, "b": 1}


def test_a_gan_without_codes():
    latents = ig.LatentSpec(ig.Uniform(5), {})
    gan = ig.GAN(*TINY.build(latents), latents)
    numbers = evaluate(gan, IMAGES, LABELS, extractor=Corner(), strokes=True, count=20)
    assert set(numbers) == {
        *("updates", "seed", "real_images", "generated_images"),
        *("fid20_corner", "kid20_corner", "corner_test_accuracy"),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": IMAGES / 255}, r"The images are float64 \(60, 8, 8, 1\): expected uint8 \(n, 8, 8, 1\)"),
        ({"images": IMAGES[:, :4]}, r"uint8 \(60, 4, 8, 1\): expected"),
        ({"labels": LABELS[:5]}, r"labels has shape \(5,\): expected \(60,\), one per image"),
        ({"factors": {"size": np.zeros((60, 2))}}, r"size has shape \(60, 2\)"),
        ({"periods": {"azimuth": 360}}, "periods names azimuth: expected names of factors"),
        ({"factors": FACTORS, "periods": {"model": 4}}, "The factor model has a period, and its values are int64"),
        ({"factors": FACTORS, "periods": {"azimuth": -1}}, "periods={'azimuth': -1}: expected a number above 0"),
        ({"count": 1}, "count=1: expected an integer of at least 2"),
        ({"scale": 0}, "scale=0: expected an integer of at least 1"),
        ({"directory": "gs://bucket/run"}, "gs://bucket/run is an address"),
    ],
)
def test_wrong_arguments(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        evaluate(model, **{"images": IMAGES, **arguments})


def test_strokes_of_coloured_images():
    model = make_model(architecture=dataclasses.replace(TINY, image_shape=(8, 8, 3)))
    with pytest.raises(ValueError, match=r"strokes=True measures gray digits, and the model's .* \(8, 8, 3\)"):
        evaluate(model, np.repeat(IMAGES, 3, 3), strokes=True)
