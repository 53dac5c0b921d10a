"""Activations and their moments as pictures."""

import torch

from core.style.neural.views import gram_picture, layer_maps
from tests.core.style.neural.made import picture, thin


def test_the_strongest_channels_are_shown_from_black_to_white():
    shown = picture(32, 40, seed=1)
    maps = layer_maps(thin(), shown, "relu2_1", count=4)
    assert maps.shape == (4, 16, 20)
    assert torch.equal(maps.amin(dim=(1, 2)), torch.zeros(4))
    torch.testing.assert_close(maps.amax(dim=(1, 2)), torch.ones(4))
    found = thin()(shown[None], ["relu2_1"])["relu2_1"]
    strongest = found[found.square().mean(dim=(1, 2)).argmax()]
    torch.testing.assert_close(maps[0], (strongest - strongest.min()) / (strongest.max() - strongest.min()))


def test_channels_that_go_together_are_bright_and_silent_ones_grey():
    found = gram_picture(thin(), picture(32, 40, seed=1), "relu1_1")
    assert found.shape == (5, 5)
    torch.testing.assert_close(found, found.mT)
    silent = gram_picture(thin(), torch.full((3, 32, 40), 0.5), "relu1_1")
    torch.testing.assert_close(silent, torch.full((5, 5), 0.5), rtol=0, atol=0.05)
    assert float(found.diagonal().max()) > 0.99
