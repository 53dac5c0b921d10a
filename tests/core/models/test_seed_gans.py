"""The GANs of the seeds, layer by layer, against their tables."""

import pytest
import torch

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
    with pytest.raises(Exception, match="multiples of 8 pixels"):
        build_models("met-gan", {"resolution": 64, "height": 64, "breadth": 60, "depth": 3})
