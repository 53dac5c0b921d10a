"""What is special in Atelier GAN's networks."""

import pytest
import torch

from core.models.zoo import build_networks

SMALL = {"resolution": 32, "width": 8, "max_width": 16, "latent_dim": 6}


def painting_where_one_colour_outweighs_all_others(covers):
    torch.manual_seed(0)
    generator = build_networks("atelier-gan", SMALL | {"covers": covers})["generator"].eval()
    with torch.no_grad():
        for paint in generator.paint:
            paint.bias[0] += 40
    return generator, generator(torch.randn(4, 6))


def test_free_covers_leave_plain_squares_and_no_way_out_when_one_colour_outweighs_all_others():
    generator, pictures = painting_where_one_colour_outweighs_all_others("free")
    assert pictures.std(dim=(2, 3)).max() < 1e-3
    pictures[:, :, :16].sum().backward()
    assert generator.paint[0].weight.grad.abs().max() < 1e-3


def test_centred_covers_still_show_other_colours_then_and_can_be_taught():
    generator, pictures = painting_where_one_colour_outweighs_all_others("centred")
    assert pictures.std(dim=(2, 3)).mean(dim=1).min() > 0.05
    pictures[:, :, :16].sum().backward()
    assert generator.paint[0].weight.grad.abs().max() > 0.1


@pytest.mark.parametrize("covers", ["free", "centred"])
def test_pictures_stay_in_range(covers):
    torch.manual_seed(0)
    generator = build_networks("atelier-gan", SMALL | {"covers": covers, "texture": True})["generator"]
    assert generator(10 * torch.randn(4, 6)).abs().max() <= 1 + 1e-6
