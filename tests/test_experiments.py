"""The experiments against the numbers of the paper's appendix C."""

import dataclasses

import numpy as np
import pytest
from helpers import write_photos

import infogan_keras as ig
from infogan_keras import architectures, experiments

NAMES = [name for name, value in vars(experiments).items() if isinstance(value, experiments.Experiment)]


def test_there_are_six_data_sets():
    assert {name.split("_")[0] for name in NAMES} == {"MNIST", "FASHION", "SVHN", "CELEBA", "FACES", "CHAIRS"}
    assert len({getattr(experiments, name).name for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "size", "noise", "categorical", "continuous"),
    [
        ("MNIST", 74, 62, [10], 2),
        ("SVHN", 168, 124, [10] * 4, 4),
        ("CELEBA", 228, 128, [10] * 10, 0),
        ("CELEBA_LATER", 228, 128, [10] * 10, 0),
        ("FACES_AZIMUTH", 133, 128, [], 5),
        ("FACES_ELEVATION", 133, 128, [], 5),
        ("FACES_LIGHTING", 133, 128, [], 5),
        ("CHAIRS_ROTATION", 189, 128, [20] * 3, 1),
        ("CHAIRS_WIDTH", 189, 128, [20] * 3, 1),
    ],
)
def test_codes(name, size, noise, categorical, continuous):
    experiment = getattr(experiments, name)
    latents = experiment.latents
    assert (latents.size, latents.noise) == (size, ig.Uniform(noise))
    codes = list(latents.codes.values())
    assert codes[: len(categorical)] == [ig.Categorical(n) for n in categorical]
    assert codes[len(categorical) :] == [ig.Uniform(1, fix_std=name in ("MNIST", "CHAIRS_ROTATION"))] * continuous
    assert experiment.architecture is getattr(architectures, name.split("_")[0])
    assert set(experiment.mi_weight) == set(latents.codes)


@pytest.mark.parametrize(
    ("name", "d_rate", "g_rate", "categorical", "continuous", "updates"),
    [
        ("MNIST", 2e-4, 1e-3, 1, 1, 5_000),
        ("SVHN", 2e-4, 1e-3, 1, 1, 20_000),
        ("CELEBA", 2e-4, 1e-3, 1, None, 20_000),
        ("CELEBA_LATER", 2e-4, 2e-4, 1, None, 20_000),
        ("FACES_AZIMUTH", 2e-4, 5e-4, None, 0.2, 20_000),
        ("FACES_ELEVATION", 4e-4, 3e-4, None, 0.1, 20_000),
        ("FACES_LIGHTING", 8e-4, 3e-4, None, 0.1, 20_000),
        ("CHAIRS_ROTATION", 2e-4, 1e-3, 1, 10, 20_000),
        ("CHAIRS_WIDTH", 2e-4, 1e-3, 2, 0.05, 20_000),
    ],
)
def test_learning_rates_weights_and_length(name, d_rate, g_rate, categorical, continuous, updates):
    experiment = getattr(experiments, name)
    optimizers = experiment.make_optimizers()
    assert [*optimizers] == ["d_optimizer", "g_optimizer"]
    for optimizer, rate in zip(optimizers.values(), (d_rate, g_rate), strict=True):
        assert isinstance(optimizer, ig.optimizers.Adam)
        assert float(optimizer.learning_rate) == pytest.approx(rate)
        assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.5, 0.999, 1e-8)
    for code, distribution in experiment.latents.codes.items():
        weight = categorical if isinstance(distribution, ig.Categorical) else continuous
        assert experiment.mi_weight[code] == weight
    assert (experiment.batch_size, experiment.updates) == (128, updates)


@pytest.mark.parametrize("name", ["MNIST_ROBUST", "MNIST_ROBUST_FREE", "FASHION_MNIST"])
def test_what_real_images_teach_q(name):
    plain, robust = experiments.MNIST, getattr(experiments, name)
    assert (plain.consistency_weight, plain.balance_weight) == (0, 0)
    kept = ["architecture", "g_learning_rate", "beta_1", "epsilon", "batch_size"]
    if name == "MNIST_ROBUST_FREE":
        kept += ["d_learning_rate", "g_final_learning_rate", "updates"]
    assert all(getattr(robust, field) == getattr(plain, field) for field in kept)
    assert [code.size for code in robust.latents.codes.values()] == [10, 1, 1]
    model = robust.tiny().build_model()
    assert (model.consistency_weight, model.balance_weight) == (3, 6 if name == "MNIST_ROBUST_FREE" else 12)
    assert (model.ema_momentum, plain.ema_momentum) == (0.999, None)
    assert model.views == robust.views
    assert model.declared_weight == (0 if name == "MNIST_ROBUST_FREE" else 0.1)


def test_the_generator_s_rate_falls_along_half_a_cosine():
    experiment = experiments.MNIST_ROBUST
    optimizers = experiment.make_optimizers()
    assert experiment.updates == 2_000
    for updates, expected in ((0, 1e-3), (1_000, 5.5e-4), (2_000, 1e-4), (9_000, 1e-4)):
        optimizers["g_optimizer"].iterations.assign(updates)
        assert float(optimizers["g_optimizer"].learning_rate) == pytest.approx(expected)
    assert float(optimizers["d_optimizer"].learning_rate) == pytest.approx(4e-4)
    halved = dataclasses.replace(experiment, updates=1_000).make_optimizers()["g_optimizer"]
    halved.iterations.assign(1_000)
    assert float(halved.learning_rate) == pytest.approx(1e-4)


def test_what_faces_and_chairs_declare():
    faces = experiments.FACES_DECLARED.latents
    assert {name: [view.name for view in code.follows] for name, code in faces.declared.items()} == {
        "azimuth": ["mirror"],
        "elevation": ["orbit_down"],
        "light": ["mirror", "light_ramp"],
        "width": ["stretch"],
    }
    assert set(experiments.FACES_DECLARED.mi_weight.values()) == {1.0}
    assert faces.declared["azimuth"].magnitude is ig.views.outline_asymmetry
    for name, kind in (("DECLARED", ig.Uniform), ("CIRCULAR", ig.Circular)):
        large, small = (getattr(experiments, f"CHAIRS_{name}{size}") for size in ("", "_32"))
        assert large.latents == small.latents and large.mi_weight == small.mi_weight
        azimuth = large.latents.declared["azimuth"]
        assert (
            isinstance(azimuth, kind)
            and azimuth.posterior_size == azimuth.size
            and [view.name for view in azimuth.follows] == ["mirror"]
        )
        assert [view.name for view in large.latents.declared["width"].follows] == ["stretch"]
        assert large.mi_weight["azimuth"] == large.mi_weight["width"] == 10
        assert small.architecture.image_shape == (32, 32, 1)
    assert {experiments.by_name(name).architecture.variant for name in ("faces-declared", "chairs-circular-32")} == {
        "openai"
    }


def test_names_of_codes():
    assert [*experiments.MNIST.latents.codes] == ["digit", "rotation", "width"]
    assert [*experiments.CHAIRS_WIDTH.latents.codes] == ["kind_1", "kind_2", "kind_3", "style"]
    assert [*experiments.FACES_AZIMUTH.latents.codes] == [f"style_{number}" for number in range(1, 6)]


def test_optimizers_are_new_each_time():
    first, second = (experiments.SVHN.make_optimizers() for _ in range(2))
    assert len({id(optimizer) for optimizer in [*first.values(), *second.values()]}) == 4


def test_a_compiled_model():
    experiment = experiments.FACES_ELEVATION
    model = experiment.tiny().build_model(seed=3, variant="openai")
    assert model.latents == experiment.latents
    assert (model.seed, model.image_range, model.image_shape) == (3, (0, 1), (32, 32, 1))
    assert model.mi_weight == model.generator_mi_weight == experiment.mi_weight
    assert float(model.d_optimizer.learning_rate) == pytest.approx(4e-4)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(3e-4)
    assert model.discriminator.get_layer("d1-activation").negative_slope == pytest.approx(0.01)
    assert experiments.FACES_AZIMUTH.tiny().build_model().discriminator.get_layer("d1-activation").negative_slope == 0.1


def test_by_name():
    for name in NAMES:
        assert experiments.by_name(getattr(experiments, name).name) is getattr(experiments, name)
    with pytest.raises(
        ValueError, match=r"There is no experiment 'mnsit'\. Did you mean mnist\? Known: mnist, mnist-rob"
    ):
        experiments.by_name("mnsit")


@pytest.mark.parametrize("name", NAMES)
def test_tiny_networks_are_of_the_same_kind(name):
    experiment = getattr(experiments, name)
    tiny = experiment.tiny()
    assert (tiny.batch_size, tiny.epochs, tiny.steps_per_epoch) == (16, 2, 3)
    assert dataclasses.replace(tiny, architecture=None, batch_size=0, updates=0, steps_per_epoch=0) == (
        dataclasses.replace(experiment, architecture=None, batch_size=0, updates=0, steps_per_epoch=0)
    )
    for part in ("trunk", "recognition", "generator"):
        ours, theirs = (getattr(table, part) for table in (tiny.architecture, experiment.architecture))
        for small, full in zip(ours, theirs, strict=True):
            assert (type(small), small.batch_norm) == (type(full), full.batch_norm)
            if isinstance(full, architectures.Conv):
                assert (small.filters, small.stride) == (full.filters // 16, full.stride)
            else:
                assert small.units == (*full.units[:-1], full.units[-1] // 16)
    generator, discriminator = tiny.architecture.build(experiment.latents)
    assert generator.output_shape[1:] == discriminator.input_shape[1:] == experiment.architecture.image_shape


@pytest.mark.parametrize("name", NAMES)
def test_what_it_trains_on(name):
    experiment = getattr(experiments, name)
    data = experiment.training_set
    assert data.module.__name__.split(".")[-1] == {"FASHION": "fashion_mnist"}.get(
        name.split("_")[0], name.split("_")[0].lower()
    )
    assert [*data.metadata()] == ["data", "licence of the data"] and all(data.metadata().values())
    assert experiment.picture_limit == (2 if data.labelled else 1)


def test_batches_and_labels_of_mnist():
    data = experiments.MNIST.training_set
    first, second = (next(iter(data.load(4, seed=1, start_step=step))) for step in (0, 1))
    again = next(iter(data.load(4, seed=1, start_step=1)))
    assert first.shape == (4, 28, 28, 1)
    np.testing.assert_array_equal(second, again)
    assert np.any(first != second)
    images, labels = data.labelled_arrays("test", smoke=True)
    assert (images.shape, labels.shape) == ((1000, 28, 28, 1), (1000,))
    assert next(iter(data.test_batches(8))).shape == (8, 28, 28, 1)


def test_own_renders_have_their_owner_s_licence(tmp_path):
    faces, chairs = experiments.FACES_AZIMUTH.training_set, experiments.CHAIRS_WIDTH.training_set
    write_photos(tmp_path / "renders", 20)
    own = {"data": "a folder of renders", "licence of the data": "its owner's"}
    assert faces.metadata(tmp_path / "renders") == own
    # Not the smoke run's few renders, but the user's images.
    with pytest.warns(UserWarning, match="were made gray"):
        batch = next(iter(faces.load(16, data_dir=tmp_path / "renders", smoke=True)))
    assert batch.shape == (16, 32, 32, 1)
    (tmp_path / "rendered_chairs").mkdir()
    assert chairs.metadata(tmp_path)["data"] == "rendered_chairs of Aubry et al. (CVPR 2014)"
    assert "64 meshes" in chairs.metadata()["data"]


def test_a_folder_is_an_experiment(tmp_path):
    write_photos(tmp_path / "photos", 16)
    experiment = experiments.of_folder(tmp_path / "photos", size=64, categories=5, continuous=2)
    assert (experiment.name, experiment.architecture.image_shape) == ("own-images", (64, 64, 3))
    assert experiment.latents.codes == {"kind": ig.Categorical(5), "style_1": ig.Uniform(1), "style_2": ig.Uniform(1)}
    model = experiment.tiny().build_model()
    batch = next(iter(experiment.training_set.load(16, data_dir=tmp_path / "photos")))
    assert batch.shape[1:] == model.image_shape == (64, 64, 3)
    assert model.image_range == experiment.training_set.image_range


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 50}, "multiples of 8"),
        ({"categories": 0, "continuous": 0}, "expected a code at least"),
        ({}, "holds no images"),
    ],
)
def test_wrong_folders(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        experiments.of_folder(tmp_path, **options)


def test_experiments_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiments.MNIST.batch_size = 64
