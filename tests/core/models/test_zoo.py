import dataclasses

import pytest
import torch

from core.errors import ConfigError, NotFoundError
from core.models.atelier_gan import AtelierGenerator, DownConv2d, MinibatchDeviation
from core.models.configs import AtelierGANConfig, widths
from core.models.describe import describe
from core.models.latents import draw_latents
from core.models.zoo import DEFAULT_PRESET, PRESETS, build_models, find_architecture, find_preset


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("resolution", [32, 64])
def test_every_preset_samples_pictures_in_range(name, resolution):
    config = find_architecture(PRESETS[name].architecture).config
    known = {field.name for field in dataclasses.fields(config)}
    small = {"width": 8, "max_width": 16, "sampling_steps": 2}
    small = {key: value for key, value in small.items() if key in known}
    networks = build_models(name, {"resolution": resolution, **small})
    sampled = networks[find_architecture(PRESETS[name].architecture).sampled]
    pictures = sampled(torch.randn(3, sampled.latent_dim))
    assert pictures.shape == (3, 3, resolution, resolution)
    assert pictures.abs().max() <= 1
    if "discriminator" in networks:
        assert networks["discriminator"](pictures).shape == (3,)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_built_at_each_resolution_it_recommends(name):
    for resolution in PRESETS[name].resolutions:
        described = describe(name, resolution)
        assert described.networks[0].layers[-1].output in [(3, resolution, resolution)]
    assert DEFAULT_PRESET in PRESETS


def test_artbench_dcgan_has_the_parameters_and_work_of_its_table():
    generator, discriminator = describe("artbench-dcgan", 64).networks
    assert round(generator.parameters / 1e6, 2) == 3.58
    assert round(discriminator.parameters / 1e6, 2) == 2.77
    assert generator.macs / 1e6 == pytest.approx(104.6, abs=1)
    assert discriminator.macs / 1e6 == pytest.approx(103.8, abs=0.1)
    assert [layer.output for layer in generator.layers if layer.kind == "ConvTranspose2d"] == [
        (512, 4, 4),
        (256, 8, 8),
        (128, 16, 16),
        (64, 32, 32),
        (3, 64, 64),
    ]


@pytest.mark.parametrize("resolution", [0, 16, 48, 65, 512])
def test_an_impossible_resolution_is_refused_with_the_possible_ones(resolution):
    with pytest.raises(ConfigError, match="32, 64, 128 or 256"):
        describe("atelier-gan", resolution)


def test_an_unknown_preset_is_named_together_with_those_there_are():
    with pytest.raises(NotFoundError, match="quick-gan"):
        find_preset("quick-gna")


def test_downsampling_convolution_equals_its_two_parts():
    layer = DownConv2d(5, 7)
    torch.nn.init.normal_(layer.weight)
    x = torch.randn(2, 5, 8, 8)
    expected = torch.nn.functional.avg_pool2d(torch.nn.functional.conv2d(x, layer.weight, layer.bias, padding=1), 2)
    assert torch.allclose(layer(x), expected, atol=1e-4)


def test_minibatch_deviation_tells_a_varied_batch_from_a_repeated_picture():
    varied, repeated = torch.randn(8, 2, 4, 4), torch.randn(1, 2, 4, 4).repeat(8, 1, 1, 1)
    layer = MinibatchDeviation()
    assert layer(varied).shape == (8, 3, 4, 4)
    expected = varied[:4].var(dim=0, unbiased=False).sqrt().mean()
    assert layer(varied)[0, 2, 0, 0] == pytest.approx(expected.item(), rel=1e-4)
    assert layer(repeated)[:, 2].max() < 1e-3
    assert layer(torch.randn(6, 2, 4, 4)).shape == (6, 3, 4, 4)


@pytest.mark.parametrize(
    "settings",
    [
        {"residual": True},
        {"generator_norm": "pixel"},
        {"minibatch_deviation": False},
        {"palette": 0},
        {"bands": False},
        {"texture": True},
    ],
)
def test_variants_of_the_atelier_gan_can_be_trained(settings):
    networks = build_models("atelier-gan", {"resolution": 32, "width": 4, "max_width": 8, **settings})
    loss = networks["discriminator"](networks["generator"](torch.randn(4, 128))).sum()
    loss.backward()
    assert all(p.grad is not None for network in networks.values() for p in network.parameters())


def test_bands_reach_every_level_with_a_length_of_its_side():
    generator = AtelierGenerator(AtelierGANConfig(resolution=64, width=4, max_width=8))
    assert generator.bands is not None
    assert [tuple(level.shape) for level in generator.bands(torch.randn(3, 128))] == [
        (2, 3, 8, 4),
        (2, 3, 8, 8),
        (2, 3, 8, 16),
        (2, 3, 8, 32),
        (2, 3, 4, 64),
    ]


def test_a_picture_is_mixed_of_no_more_colours_than_its_palette_has():
    generator = AtelierGenerator(AtelierGANConfig(resolution=32, width=4, max_width=8, palette=2)).eval()
    with torch.no_grad():
        pixels = generator(torch.randn(1, 128))[0].flatten(1)  # (3, 1024): between two colours, so all on one line
    strengths = torch.linalg.svdvals(pixels - pixels.mean(dim=1, keepdim=True))
    assert strengths[0] > 1e-2
    assert strengths[1] < 1e-4 * strengths[0]


def test_an_unknown_norm_is_refused():
    with pytest.raises(ConfigError, match="batch, pixel, none"):
        AtelierGANConfig(generator_norm="layer")


def test_widths_double_with_each_halving_up_to_the_limit():
    assert widths(64, 32, 512) == [512, 256, 128, 64, 32]
    assert widths(128, 32, 256) == [256, 256, 256, 128, 64, 32]


def test_a_latent_depends_on_its_number_and_seed_alone():
    assert (draw_latents(10, 6, seed=3)[4:] == draw_latents(6, 6, seed=3, start=4)).all()
    assert (draw_latents(2, 6, seed=3) != draw_latents(2, 6, seed=4)).all()
