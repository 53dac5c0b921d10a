"""The VAEs of the seeds, layer by layer, against their tables."""

import pytest
import torch

from core.models.describe import describe
from core.models.zoo import PRESETS, build_models
from core.training.settings import configure

VARIANTS = ("deepart-vae-1", "deepart-vae-2", "deepart-vae-3", "deepart-vae-4")


def layers(preset):
    return describe(preset, PRESETS[preset].resolutions[0]).networks[0].layers


@pytest.mark.parametrize(("preset", "encoder", "decoder"), [("deepart-vae-1", 0.36, 4.1), ("deepart-vae-2", 1.40, 4.1)])
def test_the_work_is_that_of_the_table(preset, encoder, decoder):
    found = layers(preset)
    work = [sum(layer.macs for layer in found if (layer.name.startswith("decoder")) is part) for part in (False, True)]
    assert work[0] / 1e9 == pytest.approx(encoder, abs=0.01)
    assert work[1] / 1e9 == pytest.approx(decoder, abs=0.05)


def test_the_decoder_has_as_many_parameters_as_the_table():
    decoder = sum(layer.parameters for layer in layers("deepart-vae-2") if layer.name.startswith("decoder"))
    assert decoder / 1e6 == pytest.approx(0.70, abs=0.01)


CONVOLUTIONS = {
    "deepart-vae-1": [256, 128, 64, 64, 32, 32, 16, 16, 16, 32, 32, 64, 64, 128, 256, 64, 32, 16, 3],
    "deepart-vae-2": [256, 128, 64, 32, 16, 16, 32, 32, 64, 64, 128, 256, 64, 32, 16, 3],
    "deepart-vae-3": [256, 128, 64, 32, 16, 16, 32, 32, 64, 64, 128, 256, 64, 32, 16, 16, 8, 3],
    "deepart-vae-4": [256, 128, 64, 32, 16, 16, 32, 32, 64, 64, 128, 256, 64, 32, 16, 16, 8, 3],
}


@pytest.mark.parametrize("preset", VARIANTS)
def test_every_convolution_has_the_channels_of_the_table(preset):
    assert [layer.output[0] for layer in layers(preset) if layer.kind == "Conv2d"] == CONVOLUTIONS[preset]


@pytest.mark.parametrize("preset", VARIANTS)
def test_the_sides_run_from_128_to_4_and_back(preset):
    sides = [layer.output[-1] for layer in layers(preset) if layer.kind in ("Conv2d", "MaxPool2d")]
    assert sides[0] == (64 if preset == "deepart-vae-1" else 128)
    assert min(sides) == 4
    assert sides[-1] == 128


@pytest.mark.parametrize(
    ("preset", "dropouts", "poolings", "slopes"),
    [
        ("deepart-vae-1", 0, 0, 0),
        ("deepart-vae-2", 0, 5, 0),
        ("deepart-vae-3", 1, 5, None),
        ("deepart-vae-4", 19, 5, 0),
    ],
)
def test_dropout_pooling_and_leaks_stand_where_the_table_has_them(preset, dropouts, poolings, slopes):
    kinds = [layer.kind for layer in layers(preset)]
    assert kinds.count("Dropout") == dropouts
    assert kinds.count("MaxPool2d") == poolings
    assert ("LeakyReLU" in kinds) is (preset == "deepart-vae-3")


def test_the_abstract_vae_encodes_by_the_table_of_the_discriminator():
    shapes = [layer.output for layer in layers("abstract-vae-1") if layer.kind == "Conv2d"]
    assert shapes == [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4)]


@pytest.mark.parametrize("preset", [*VARIANTS, "abstract-vae-1", "abstract-vae-2"])
def test_pictures_come_back_in_range(preset):
    torch.manual_seed(0)
    vae = build_models(preset, {"resolution": 32})["vae"]
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    assert vae.encode(images).mean.shape == (4, 100)
    for pictures in (vae.reconstruct(images), vae(torch.randn(4, 100))):
        assert pictures.shape == (4, 3, 32, 32)
        assert pictures.abs().max() <= 1


@pytest.mark.parametrize("preset", VARIANTS)
def test_the_deepart_vaes_are_trained_by_adadelta_on_squared_errors(preset):
    _, settings = configure(PRESETS[preset], 128)
    assert (settings.optimiser, settings.learning_rate, settings.reconstruction) == ("adadelta", 1.0, "squared")
    assert (settings.kl_weight, settings.ema_half_life_images, settings.sample_from) == (1.0, 0, "prior")
