"""The experiments against the numbers of the paper's appendix C."""

import dataclasses

import pytest

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
    assert codes[len(categorical) :] == [ig.Uniform(1, fix_std=name == "MNIST")] * continuous
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


@pytest.mark.parametrize("name", ["MNIST_ROBUST", "FASHION_MNIST"])
def test_what_real_images_teach_q(name):
    plain, robust = experiments.MNIST, getattr(experiments, name)
    assert (plain.consistency_weight, plain.balance_weight) == (0, 0)
    kept = ("architecture", "d_learning_rate", "g_learning_rate", "beta_1", "epsilon", "batch_size", "updates")
    assert all(getattr(robust, field) == getattr(plain, field) for field in kept)
    assert [*robust.latents.codes.values()] == [*plain.latents.codes.values()]
    model = robust.build_model()
    assert (model.consistency_weight, model.balance_weight) == (3, 6)
    assert (model.ema_momentum, plain.ema_momentum) == (0.999, None)
    assert model.augmentation.fill == 0
    assert model.augmentation.degrees == robust.views.get("degrees", 20)


def test_names_of_codes():
    assert [*experiments.MNIST.latents.codes] == ["digit", "rotation", "width"]
    assert [*experiments.CHAIRS_WIDTH.latents.codes] == ["kind_1", "kind_2", "kind_3", "style"]
    assert [*experiments.FACES_AZIMUTH.latents.codes] == [f"style_{number}" for number in range(1, 6)]


def test_optimizers_are_new_each_time():
    first, second = (experiments.SVHN.make_optimizers() for _ in range(2))
    assert len({id(optimizer) for optimizer in [*first.values(), *second.values()]}) == 4


def test_a_compiled_model():
    experiment = experiments.FACES_ELEVATION
    model = experiment.build_model(seed=3, variant="openai")
    assert model.latents == experiment.latents
    assert (model.seed, model.image_range, model.image_shape) == (3, (0, 1), (32, 32, 1))
    assert model.mi_weight == model.generator_mi_weight == experiment.mi_weight
    assert float(model.d_optimizer.learning_rate) == pytest.approx(4e-4)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(3e-4)
    assert model.discriminator.get_layer("d1-activation").negative_slope == pytest.approx(0.01)
    assert experiments.FACES_AZIMUTH.build_model().discriminator.get_layer("d1-activation").negative_slope == 0.1


def test_experiments_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiments.MNIST.batch_size = 64
