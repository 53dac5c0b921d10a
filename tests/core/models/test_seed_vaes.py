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


def test_the_abstract_vae_has_the_layers_of_its_notebook():
    found = layers("abstract-vae-1")
    down = [layer.output for layer in found if layer.name.startswith("encoder") and layer.kind == "Conv2d"]
    assert down == [(32, 32, 32), (64, 16, 16), (128, 8, 8), (256, 4, 4), (512, 2, 2)]
    up = [layer.output for layer in found if layer.kind == "ConvTranspose2d"]
    assert up == [(256, 4, 4), (128, 8, 8), (64, 16, 16), (32, 32, 32), (32, 64, 64)]


def test_the_abstract_vae_has_as_many_parameters_as_its_layers_worked_out_by_hand():
    found = layers("abstract-vae-1")
    decoder = sum(layer.parameters for layer in found if layer.name.startswith("decoder"))
    assert decoder == 1_989_987
    assert sum(layer.parameters for layer in found) - decoder == 3_609_392


@pytest.mark.parametrize(("preset", "side", "latent_dim"), [("abstract-vae-1", 64, 200), ("abstract-vae-2", 128, 100)])
def test_the_abstract_vaes_have_the_sizes_and_the_loss_of_their_notebooks(preset, side, latent_dim):
    network, settings = configure(PRESETS[preset], PRESETS[preset].resolutions[0])
    assert (network.resolution, network.latent_dim) == (side, latent_dim)
    assert (settings.batch_size, settings.learning_rate, settings.beta1) == (100, 2e-4, 0.5)
    assert settings.kl_weight == pytest.approx(100 / 2782, rel=0.01)
    assert (settings.reconstruction, settings.reconstruction_weight) == ("squared", 4.0)


@pytest.mark.parametrize("preset", [*VARIANTS, "abstract-vae-1", "abstract-vae-2"])
def test_pictures_come_back_in_range(preset):
    torch.manual_seed(0)
    vae = build_models(preset, {"resolution": 32})["vae"]
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    assert vae.encode(images).mean.shape == (4, vae.latent_dim)
    for pictures in (vae.reconstruct(images), vae(torch.randn(4, vae.latent_dim))):
        assert pictures.shape == (4, 3, 32, 32)
        assert pictures.abs().max() <= 1


@pytest.mark.parametrize("preset", VARIANTS)
def test_the_deepart_vaes_are_trained_by_adadelta_on_squared_errors(preset):
    _, settings = configure(PRESETS[preset], 128)
    assert (settings.optimiser, settings.learning_rate, settings.reconstruction) == ("adadelta", 1.0, "squared")
    assert (settings.kl_weight, settings.ema_half_life_images, settings.sample_from) == (1.0, 0, "prior")
