"""The layer table: what each kind of layer gives, holds and costs, as reckoned by hand."""

import pytest
import torch

from core.models.describe import describe
from core.models.zoo import PRESETS, build_models


def layers_of(preset, role, resolution, **network):
    networks = describe(preset, resolution, network).networks
    return next(table.layers for table in networks if table.role == role)


def first(layers, kind):
    return next(layer for layer in layers if layer.kind == kind)


# kind of layer, where, what is said of it, output, parameters, multiplications
LAYERS = [
    ("deepart-dcgan-1", "generator", "Linear", "100 → 16384", (16384,), 100 * 16384 + 16384, 100 * 16384),
    ("deepart-dcgan-1", "generator", "Unflatten", "", (256, 8, 8), 0, 0),
    ("deepart-dcgan-1", "generator", "Upsample", "2 times, nearest", (256, 16, 16), 0, 0),
    ("deepart-dcgan-1", "generator", "Conv2d", "256 → 128, 3×3", (128, 16, 16), 295_040, 256 * 128 * 9 * 16 * 16),
    ("deepart-dcgan-1", "generator", "BatchNorm2d", "", (128, 16, 16), 256, 0),
    ("deepart-dcgan-1", "generator", "Tanh", "", (3, 128, 128), 0, 0),
    ("deepart-dcgan-2", "generator", "Sigmoid", "", (3, 128, 128), 0, 0),
    ("deepart-dcgan-1", "discriminator", "Conv2d", "3 → 32, 3×3, stride 2", (32, 64, 64), 896, 27 * 32 * 64 * 64),
    ("deepart-dcgan-1", "discriminator", "LeakyReLU", "slope 0.2", (32, 64, 64), 0, 0),
    ("deepart-dcgan-1", "discriminator", "Dropout", "25% left out", (32, 64, 64), 0, 0),
    ("deepart-dcgan-2", "discriminator", "MaxPool2d", "2×2", (32, 64, 64), 0, 0),
    ("deepart-dcgan-2", "discriminator", "LeakyReLU", "slope 0.05", (32, 64, 64), 0, 0),
    ("deepart-dcgan-2", "discriminator", "Flatten", "", (16384,), 0, 0),
    # each of 4x4 pixels is spread over a kernel of 4x4
    (
        "artgan-bn-generator",
        "generator",
        "ConvTranspose2d",
        "256 → 128, 4×4, stride 2",
        (128, 8, 8),
        256 * 128 * 16 + 128,
        256 * 128 * 16 * 16,
    ),
    ("artbench-wgan-gp", "discriminator", "ChannelNorm", "", (128, 16, 16), 256, 0),
]


@pytest.mark.parametrize(("preset", "role", "kind", "detail", "output", "parameters", "macs"), LAYERS)
def test_a_layer_is_told_with_its_output_parameters_and_work(preset, role, kind, detail, output, parameters, macs):
    layer = first(layers_of(preset, role, PRESETS[preset].resolutions[0]), kind)
    assert (layer.detail, layer.output, layer.parameters, layer.macs) == (detail, output, parameters, macs)


def test_group_norm_is_told_with_its_groups():
    layer = first(layers_of("atelier-vae", "vae", 64), "GroupNorm")
    assert (layer.detail, layer.output, layer.parameters) == ("8 groups", (64, 32, 32), 128)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_network_of_every_preset_has_a_table_that_leaves_no_parameter_out(preset):
    with torch.device("meta"):
        networks = build_models(preset, {"resolution": 64})
    tables = {table.role: table for table in describe(preset, 64).networks}
    assert tables.keys() == networks.keys()
    for role, network in networks.items():
        assert tables[role].parameters == sum(parameter.numel() for parameter in network.parameters())
        assert tables[role].macs > 0


def test_a_picture_of_another_shape_is_described_in_that_shape():
    generator, discriminator = describe("met-gan", 64, {"height": 96, "breadth": 32}).networks
    assert [layer.output for layer in generator.layers if layer.kind == "Unflatten"] == [(64, 24, 8)]
    assert [layer.output for layer in discriminator.layers if layer.kind == "Conv2d"] == [(64, 48, 16), (128, 24, 8)]


def test_describing_draws_no_random_numbers_and_makes_no_weights():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    describe("met-gan", 512, {"depth": 1})  # 1.1 GB, if it were built
    assert torch.equal(torch.get_rng_state(), before)
