"""The GANs of the seeds, layer by layer, against their tables."""

import math

import pytest
import torch

from core.errors import ConfigError
from core.models.describe import describe
from core.models.zoo import PRESETS, build_models
from core.training.settings import configure

# preset -> (resolution, parameters of G and D in millions, work of G and D in million multiplications, shapes)
M = 1e6
TABLES = {
    "deepart-dcgan-1": (128, 2.05, 0.41, 393, 60),
    "deepart-dcgan-2": (128, 2.05, 0.41, 393, 241),
    "deepart-dcgan-3": (128, 2.05, 0.41, 393, 60),
    "artgan-bn-generator": (64, 1.73, 2.10, 375, 543),
    "artgan-bn-both": (64, 1.73, 2.10, 375, 543),
    "artgan-baseline": (64, 1.73, 2.10, 375, 543),
    "abstract-dcgan": (64, 3.58, 2.77, 104.6, 103.8),
    "artbench-dcgan": (64, 3.58, 2.77, 104.6, 103.8),
    "artbench-dcgan-wi": (64, 5.13, 8.50, None, None),
    "artbench-wgan-gp": (64, 5.37, 4.32, None, None),
}


@pytest.mark.parametrize("preset", TABLES)
def test_parameters_and_work_are_those_of_the_table(preset):
    resolution, of_generator, of_discriminator, work_generator, work_discriminator = TABLES[preset]
    generator, discriminator = describe(preset, resolution).networks
    assert generator.parameters / M == pytest.approx(of_generator, abs=0.006)
    assert discriminator.parameters / M == pytest.approx(of_discriminator, abs=0.006)
    if work_generator is not None:
        assert generator.macs / M == pytest.approx(work_generator, rel=0.01)
        assert discriminator.macs / M == pytest.approx(work_discriminator, rel=0.01)


def shapes(preset, role, kinds, resolution=None):
    """Output shapes of the layers of these kinds, in order."""
    found = PRESETS[preset]
    networks = describe(preset, resolution or found.resolutions[0]).networks
    layers = next(network.layers for network in networks if network.role == role)
    return [layer.output for layer in layers if layer.kind in kinds]


SHAPES = [
    (
        "deepart-dcgan-1",
        "generator",
        {"Unflatten", "Conv2d"},
        [(256, 8, 8), (128, 16, 16), (64, 32, 32), (32, 64, 64), (32, 128, 128), (3, 128, 128)],
    ),
    ("deepart-dcgan-1", "discriminator", {"Conv2d"}, [(32, 64, 64), (64, 32, 32), (128, 16, 16), (256, 8, 8)]),
    ("deepart-dcgan-2", "discriminator", {"MaxPool2d"}, [(32, 64, 64), (64, 32, 32), (128, 16, 16), (256, 8, 8)]),
    (
        "artgan-bn-generator",
        "generator",
        {"Unflatten", "ConvTranspose2d", "Conv2d"},
        [(256, 4, 4), (128, 8, 8), (128, 16, 16), (128, 32, 32), (128, 64, 64), (3, 64, 64)],
    ),
    (
        "artgan-bn-generator",
        "discriminator",
        {"Conv2d"},
        [(128, 64, 64), (256, 32, 32), (256, 16, 16), (512, 8, 8)],
    ),
    (
        "abstract-dcgan",
        "generator",
        {"ConvTranspose2d"},
        [(512, 4, 4), (256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64)],
    ),
    (
        "abstract-dcgan",
        "discriminator",
        {"Conv2d"},
        [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (1, 1, 1)],
    ),
    (
        "artbench-dcgan-wi",
        "generator",
        {"ConvTranspose2d"},
        [(512, 4, 4), (256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64)],
    ),
    (
        "artbench-dcgan-wi",
        "discriminator",
        {"Conv2d", "Linear"},
        [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 1, 1), (1,)],
    ),
    (
        "artbench-wgan-gp",
        "generator",
        {"Linear", "Unflatten", "ConvTranspose2d"},
        [(8192,), (512, 4, 4), (256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64)],
    ),
    ("artbench-wgan-gp", "discriminator", {"ChannelNorm"}, [(128, 16, 16), (256, 8, 8), (512, 4, 4)]),
    (
        "met-gan",
        "generator",
        {"Unflatten", "ConvTranspose2d"},
        [(64, 16, 16), (256, 32, 32), (128, 64, 64), (3, 65, 65)],  # an even kernel: one row and column too many
    ),
    ("met-gan", "discriminator", {"Conv2d"}, [(64, 32, 32), (128, 16, 16)]),
]


@pytest.mark.parametrize(("preset", "role", "kinds", "expected"), SHAPES)
def test_every_stage_has_the_shape_of_the_table(preset, role, kinds, expected):
    assert shapes(preset, role, kinds) == expected


def norms(preset, role):
    network = build_models(preset, {"resolution": 32})[role]
    return [m for m in network.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]


@pytest.mark.parametrize(
    ("preset", "in_generator", "in_discriminator"),
    [("artgan-baseline", 0, 0), ("artgan-bn-generator", 3, 0), ("artgan-bn-both", 3, 3), ("deepart-dcgan-1", 2, 1)],
)
def test_batch_norm_stands_where_the_seed_had_it(preset, in_generator, in_discriminator):
    assert len(norms(preset, "generator")) == in_generator
    assert len(norms(preset, "discriminator")) == in_discriminator


@pytest.mark.parametrize(
    ("preset", "momentum"), [("deepart-dcgan-1", 0.2), ("deepart-dcgan-2", 0.01), ("deepart-dcgan-3", 0.1)]
)
def test_batch_norm_remembers_as_long_as_in_keras(preset, momentum):
    assert {norm.momentum for norm in norms(preset, "generator")} == {momentum}
    assert {norm.eps for norm in norms(preset, "generator")} == {1e-3}


@pytest.mark.parametrize("preset", TABLES)
def test_pictures_lie_in_range_and_each_has_one_logit(preset):
    torch.manual_seed(0)
    networks = build_models(preset, {"resolution": 32})
    pictures = networks["generator"](3 * torch.randn(4, networks["generator"].latent_dim))
    assert pictures.shape == (4, 3, 32, 32)
    assert pictures.abs().max() <= 1
    assert networks["discriminator"](pictures).shape == (4,)


@pytest.mark.parametrize("preset", TABLES)
def test_a_seed_is_trained_by_its_own_means(preset):
    _, settings = configure(PRESETS[preset], PRESETS[preset].resolutions[0])
    assert (settings.ema_half_life_images, settings.flip, settings.augment) == (0, False, "")
    assert settings.loss == ("wasserstein" if "wgan" in preset else "cross-entropy")


@pytest.mark.parametrize("preset", ["artgan-bn-generator", "deepart-dcgan-3", "artbench-wgan-gp"])
def test_any_preset_can_be_trained_the_modern_way(preset):
    modern = {"loss": "hinge", "augment": "translation", "ema_half_life_images": 500, "optimiser": "adam"}
    modern |= {"penalty": "r1-r2", "penalty_gamma": 1, "flip": "yes"}
    _, settings = configure(PRESETS[preset], 64, modern)
    assert (settings.loss, settings.augmentations, settings.penalty) == ("hinge", ("translation",), "r1-r2")


def test_met_gan_paints_other_shapes_than_squares():
    networks = build_models("met-gan", {"resolution": 48, "height": 48, "breadth": 32})
    pictures = networks["generator"](torch.randn(2, 62))
    assert pictures.shape == (2, 3, 48, 32)
    assert networks["discriminator"](pictures).shape == (2,)


def test_a_grey_met_gan_paints_grey_and_sees_luma():
    torch.manual_seed(0)
    networks = build_models("met-gan", {"resolution": 32, "grey": True})
    pictures = networks["generator"](torch.randn(2, 62))
    assert torch.equal(pictures[:, 0], pictures[:, 2])
    red, green = torch.zeros(2, 3, 32, 32), torch.zeros(2, 3, 32, 32)
    red[:, 0], green[:, 1] = 0.587, 0.299  # the same luma
    judge = networks["discriminator"].eval()
    assert torch.allclose(judge(red), judge(green), atol=1e-5)


def test_met_gan_grows_with_depth_and_filters():
    shallow, deep = (describe("met-gan", 64, {"depth": depth, "filters": 128}).networks[0] for depth in (1, 3))
    assert [layer.output for layer in deep.layers if layer.kind == "ConvTranspose2d"] == [
        (128, 16, 16),
        (64, 32, 32),
        (32, 64, 64),
        (3, 65, 65),
    ]
    assert shallow.parameters > deep.parameters  # its first layer paints a larger picture


def test_a_shape_that_cannot_be_halved_so_often_is_refused():
    with pytest.raises(ConfigError, match="multiples of 8 pixels"):
        build_models("met-gan", {"resolution": 64, "height": 64, "breadth": 60, "depth": 3})


def test_met_gan_of_the_original_search_has_its_268_million_parameters_and_21_billion_multiplications():
    generator = describe("met-gan", 512, {"depth": 1}).networks[0]
    assert generator.parameters / M == pytest.approx(268.7, abs=0.05)
    assert generator.macs / M == pytest.approx(21_000, rel=0.02)


def weights(preset, role):
    torch.manual_seed(0)
    network = build_models(preset, {"resolution": 64})[role]
    kinds = torch.nn.Conv2d | torch.nn.ConvTranspose2d | torch.nn.Linear
    return [module for module in network.modules() if isinstance(module, kinds)]


@pytest.mark.parametrize("role", ["generator", "discriminator"])
@pytest.mark.parametrize("preset", ["deepart-dcgan-1", "artgan-bn-generator", "artbench-dcgan", "met-gan"])
def test_keras_seeds_begin_with_glorots_weights_and_no_bias(preset, role):
    for layer in weights(preset, role):
        fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(layer.weight)
        limit = math.sqrt(6 / (fan_in + fan_out))
        assert 0.97 * limit < layer.weight.abs().max() <= limit
        assert layer.bias is None or not layer.bias.any()


@pytest.mark.parametrize("role", ["generator", "discriminator"])
@pytest.mark.parametrize("preset", ["abstract-dcgan", "artbench-dcgan-wi"])
def test_the_dcgans_of_the_paper_begin_with_normal_weights_of_deviation_002(preset, role):
    for layer in weights(preset, role):
        assert layer.weight.detach().std() == pytest.approx(0.02, rel=0.1)
        assert layer.weight.abs().max() > 0.045  # a uniform distribution of this deviation ends at 0.035


@pytest.mark.parametrize("role", ["generator", "discriminator"])
def test_the_critic_begins_with_uniform_weights_of_deviation_002(role):
    for layer in weights("artbench-wgan-gp", role):
        assert 0.034 < layer.weight.abs().max() <= 0.02 * math.sqrt(3)
        assert layer.bias is not None


@pytest.mark.parametrize("preset", ["abstract-dcgan", "artbench-dcgan-wi"])
def test_convolutions_have_no_bias_where_the_seed_had_none(preset):
    layers = weights(preset, "generator") + weights(preset, "discriminator")
    assert all(layer.bias is None for layer in layers if not isinstance(layer, torch.nn.Linear))


@pytest.mark.parametrize(
    ("preset", "slopes", "dropouts"),
    [
        ("deepart-dcgan-1", [0.2] * 4, [0.25] * 4),
        ("deepart-dcgan-2", [0.05] * 4, [0.1] * 4),
        ("deepart-dcgan-3", [0.2] * 4, [0.25] * 4),
        ("artgan-bn-generator", [0.2] * 4, [0.4]),
        ("artbench-wgan-gp", [0.2] * 4, []),
        ("met-gan", [0.1] * 2, []),
    ],
)
def test_discriminators_leak_and_leave_out_as_much_as_in_the_seed(preset, slopes, dropouts):
    judge = build_models(preset, {"resolution": PRESETS[preset].resolutions[0]})["discriminator"]
    assert [m.negative_slope for m in judge.modules() if isinstance(m, torch.nn.LeakyReLU)] == slopes
    assert [m.p for m in judge.modules() if isinstance(m, torch.nn.Dropout)] == dropouts


def test_a_seed_that_paints_from_0_to_1_is_mapped_to_our_range_and_its_judge_sees_its_own():
    torch.manual_seed(0)
    networks = build_models("deepart-dcgan-2", {"resolution": 32})
    generator, judge = networks["generator"].eval(), networks["discriminator"].eval()
    z = torch.randn(2, 100)
    own = generator.layers(z)
    assert 0 <= own.min() <= own.max() <= 1
    assert torch.allclose(generator(z), 2 * own - 1)
    assert torch.allclose(judge(generator(z)), judge.layers(own).flatten(), atol=1e-5)


# preset -> optimiser, learning rate, betas, batch size, as in the tables of the seeds
MEANS = {
    "deepart-dcgan-1": ("adam", 2e-4, (0.5, 0.999), 16),
    "deepart-dcgan-2": ("adadelta", 1.0, None, 16),
    "deepart-dcgan-3": ("adam", 1e-3, (0.9, 0.999), 16),
    "artgan-baseline": ("adam", 2e-4, (0.5, 0.999), 64),
    "artgan-bn-generator": ("adam", 2e-4, (0.5, 0.999), 64),
    "artgan-bn-both": ("adam", 2e-4, (0.5, 0.999), 64),
    "abstract-dcgan": ("adam", 2e-4, (0.5, 0.999), 128),
    "artbench-dcgan": ("adam", 2e-4, (0.5, 0.999), 128),
    "artbench-dcgan-wi": ("adam", 2e-4, (0.5, 0.999), 128),
    "artbench-wgan-gp": ("adam", 1e-4, (0.0, 0.9), 64),
    "met-gan": ("adam", 2e-4, (0.9, 0.999), 16),
}


@pytest.mark.parametrize("preset", MEANS)
def test_optimiser_rates_and_batch_are_those_of_the_seed(preset):
    optimiser, rate, betas, batch_size = MEANS[preset]
    _, settings = configure(PRESETS[preset], PRESETS[preset].resolutions[0])
    assert (settings.optimiser, settings.batch_size) == (optimiser, batch_size)
    assert settings.learning_rate == settings.learning_rate_final == rate
    if betas is not None:
        assert (settings.beta1, settings.beta2, settings.beta2_final) == (*betas, betas[1])


def test_only_the_critic_is_held_to_a_slope_and_trained_more_often():
    for preset in MEANS:
        _, settings = configure(PRESETS[preset], PRESETS[preset].resolutions[0])
        told = (settings.penalty_gamma, settings.discriminator_steps, settings.generator_first)
        assert told == ((10, 5, True) if preset == "artbench-wgan-gp" else (0, 1, False))


@pytest.mark.parametrize("preset", MEANS)
def test_each_preset_says_where_it_comes_from_and_what_was_mended(preset):
    found = PRESETS[preset]
    assert "/" in found.origin
    assert found.mended.endswith(".")
    assert found.description.endswith(".")


@pytest.mark.parametrize("preset", ["deepart-dcgan-1", "artgan-baseline", "abstract-dcgan", "artbench-wgan-gp"])
def test_a_resolution_that_a_seed_cannot_have_is_refused_with_those_it_can(preset):
    with pytest.raises(ConfigError, match="32, 64, 128 or 256"):
        build_models(preset, {"resolution": 48})
