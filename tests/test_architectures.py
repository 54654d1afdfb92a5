import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from helpers import TINY, make_latents

import infogan_keras as ig
from infogan_keras import architectures


def trainable(*layers):
    return sum(int(np.prod(v.shape)) for layer in layers for v in layer.trainable_variables)


def parts(discriminator):
    """Parameters of trunk, D's output and Q."""
    groups = {"trunk": [], "logits": [], "q": []}
    for layer in discriminator.layers:
        group = "trunk" if layer.name.startswith("d") and layer.name[1].isdigit() else "q"
        groups["logits" if layer.name == "logits" else group].append(layer)
    return tuple(trainable(*group) for group in groups.values())


def spec(noise, categoricals, continuous, **options):
    codes = {f"c{i}": ig.Categorical(n) for i, n in enumerate(categoricals)}
    codes |= {f"u{i}": ig.Uniform(1, **options) for i in range(continuous)}
    return ig.LatentSpec(ig.Uniform(noise), codes)


@pytest.mark.parametrize(
    ("name", "latents", "size", "expected"),
    [
        ("MNIST", spec(62, [10], 2), 74, (6_558_144, 1_025, 133_262, 6_652_481)),
        ("SVHN", spec(124, [10] * 4, 4), 168, (659_648, 4_097, 530_864, 2_800_835)),
        ("CELEBA", spec(128, [10] * 10, 0), 228, (659_648, 4_097, 537_572, 2_908_355)),
    ],
)
def test_trainable_parameters_of_the_paper(name, latents, size, expected):
    assert latents.size == size
    generator, discriminator = getattr(architectures, name).build(latents)
    assert (*parts(discriminator), trainable(generator)) == expected


@pytest.mark.parametrize(
    ("name", "latents", "size", "expected"),
    [
        ("FACES", spec(128, [], 5), 133, (8_535_499, 8_684_737)),
        ("CHAIRS", spec(128, [20] * 3, 1), 189, (19_601_151, 19_778_625)),
    ],
)
def test_trainable_parameters_where_d_and_q_are_one_network(name, latents, size, expected):
    assert latents.size == size
    generator, discriminator = getattr(architectures, name).build(latents)
    assert (trainable(discriminator), trainable(generator)) == expected


def test_each_fixed_std_saves_one_output_unit_of_mnist():
    learned = architectures.MNIST.build(spec(62, [10], 2))[1]
    fixed = architectures.MNIST.build(spec(62, [10], 2, fix_std=True))[1]
    assert trainable(learned) - trainable(fixed) == 2 * 129


@pytest.mark.parametrize("name", ["MNIST", "SVHN", "CELEBA", "FACES", "CHAIRS"])
def test_image_sizes_and_ranges(name):
    table = getattr(architectures, name)
    latents = spec(4, [3], 1)
    generator, discriminator = table.build(latents)
    images = generator(100 * tf.random.normal((4, latents.size)), training=True)
    assert images.shape[1:] == table.image_shape
    assert table.image_range[0] <= float(tf.reduce_min(images)) <= float(tf.reduce_max(images)) <= table.image_range[1]
    outputs = discriminator(images)
    assert {name: value.shape for name, value in outputs.items()} == {"logits": (4, 1), "c0": (4, 3), "u0": (4, 2)}


def test_channels_follow_the_data():
    generator, discriminator = architectures.MNIST.build(spec(4, [3], 0), channels=3)
    assert generator.output_shape == discriminator.input_shape == (None, 28, 28, 3)


def test_the_details_that_all_tables_share():
    generator, discriminator = architectures.MNIST.build(spec(62, [10], 2))
    norms = [layer for net in (generator, discriminator) for layer in net.layers if "batch-norm" in layer.name]
    assert len(norms) == 3 + 3
    for norm in norms:
        assert (norm.momentum, norm.epsilon) == (0.9, 1e-5)
    gamma = np.concatenate([norm.gamma.numpy() for norm in norms])
    assert gamma.mean() == pytest.approx(1, abs=0.002)
    assert gamma.std() == pytest.approx(0.02, rel=0.05)
    kernel = generator.get_layer("g2-dense").kernel.numpy()
    assert kernel.mean() == pytest.approx(0, abs=1e-4)
    assert kernel.std() == pytest.approx(0.02, rel=0.01)
    assert not generator.get_layer("g2-dense").bias.numpy().any()
    order = [layer.name for layer in discriminator.layers]
    assert order.index("d2-conv") < order.index("d2-batch-norm") < order.index("d2-activation")


def test_variants_differ_where_paper_and_release_do():
    latents = make_latents(learned=ig.Uniform(2), fixed=ig.Uniform(1, fix_std=True))
    networks = {}
    for variant in architectures.VARIANTS:
        keras.utils.set_random_seed(0)
        networks[variant] = TINY.build(latents, variant)[1]
    paper, openai = networks["paper"], networks["openai"]
    assert paper.get_layer("d1-activation").negative_slope == pytest.approx(0.1)
    assert openai.get_layer("d1-activation").negative_slope == pytest.approx(0.01)
    assert np.abs(openai.get_layer("d1-conv").kernel).max() <= 0.04 < np.abs(paper.get_layer("d2-conv").kernel).max()
    # Both say std = exp(log std); the release's network outputs a log variance.
    head = openai.get_layer("learned")
    outputs = keras.Model(openai.input, [head.output, openai.get_layer("learned-log-std").output])
    raw, scaled = outputs(np.ones((2, 8, 8, 1), np.float32))
    np.testing.assert_allclose(scaled, raw * [1, 1, 0.5, 0.5], rtol=1e-6)
    assert "fixed-log-std" not in [layer.name for layer in openai.layers]


@pytest.mark.parametrize("table", [architectures.FACES, architectures.CHAIRS])
def test_the_authors_own_faces_and_chairs_have_no_batch_norm_after_the_dense_layer(table):
    latents = spec(4, [3], 1)
    paper, openai = (
        {layer.name for layer in table.build(latents, variant)[1].layers if "batch-norm" in layer.name}
        for variant in architectures.VARIANTS
    )
    assert paper - openai == {f"d{len(table.trunk)}-batch-norm"}
    assert openai < paper


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_outputs_are_float32_under_every_policy(policy):
    keras.config.set_dtype_policy(policy)
    try:
        latents = make_latents()
        for variant in architectures.VARIANTS:
            generator, discriminator = TINY.build(latents, variant)
            images = generator(np.zeros((2, latents.size), np.float32))
            assert generator.get_layer("g1-dense").compute_dtype == policy.removeprefix("mixed_")
            assert images.dtype == tf.float32
            assert {output.dtype for output in discriminator(images).values()} == {tf.float32}
    finally:
        keras.config.set_dtype_policy("float32")


def test_codes_may_be_called_like_layers():
    codes = {name: ig.Categorical(3) for name in ("features", "d1_conv", "q1", "sigmoid")}
    _, discriminator = architectures.SVHN.build(ig.LatentSpec(ig.Uniform(2), codes), "openai")
    assert set(discriminator(np.zeros((2, 32, 32, 3), np.float32))) == {"logits", *codes}


def test_a_table_is_data():
    bare = dataclasses.replace(TINY, trunk=(*TINY.trunk[:-1], architectures.Dense((16,), batch_norm=False)))
    names = [layer.name for layer in bare.build(make_latents())[1].layers]
    assert "d3-dense" in names
    assert "d3-batch-norm" not in names


def test_wrong_arguments():
    with pytest.raises(ValueError, match="variant='papper': expected one of 'paper', 'openai'"):
        TINY.build(make_latents(), "papper")
    with pytest.raises(ValueError, match="channels=5: expected 1 to 4"):
        TINY.build(make_latents(), channels=5)


@pytest.mark.parametrize(
    ("shape", "smallest"),
    [((16, 16, 1), (4, 4, 128)), ((28, 28, 1), (7, 7, 128)), ((48, 64, 3), (6, 8, 256)), ((256, 128, 4), (16, 8, 256))],
)
def test_tables_of_any_size(shape, smallest):
    table = architectures.of_size(shape)
    assert table.generator[1].units == smallest
    generator, discriminator = table.scaled(1 / 16).build(make_latents())
    assert generator.output_shape == (None, *shape) == discriminator.input_shape
    assert generator.layers[-1].name == "sigmoid"


def test_the_table_for_28_pixels_has_the_layers_of_table_1():
    table = architectures.of_size((28, 28, 1))
    assert (table.trunk, table.recognition, table.generator) == (
        architectures.MNIST.trunk,
        architectures.MNIST.recognition,
        architectures.MNIST.generator,
    )


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((50, 50, 3), r"multiples of 8, such as \(48, 48, 3\)"),
        ((8, 8, 1), "sides of 16 to 256"),
        ((512, 64, 1), "sides of 16 to 256"),
        ((32, 32, 5), "1 to 4 channels"),
    ],
)
def test_sizes_that_do_not_halve(shape, message):
    with pytest.raises(ValueError, match=message):
        architectures.of_size(shape)
