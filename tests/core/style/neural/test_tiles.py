"""A picture that goes through the network in tiles gives the numbers of the whole one."""

import pytest
import torch

from core.style.neural.masks import Region, divide
from core.style.neural.memory import fitting_tile
from core.style.neural.objective import Objective
from core.style.neural.plans import exact_margin
from core.style.neural.settings import NeuralSettings
from core.style.neural.tiles import spans
from core.style.neural.vgg import VGG19
from tests.core.style.neural.made import picture, thin


def _objective(*, regions=None, height=210, width=181, **choices):
    settings = NeuralSettings(**choices)
    tile_side = settings.tile_side or 0
    regions = regions or [Region((0, 1), None)]
    styles = [picture(150, 190, seed=2).double(), picture(170, 140, seed=3).double()]
    content = picture(height, width, seed=1).double()
    return Objective(thin().double(), settings, content, styles, [1.0, 3.0], regions, tile_side=tile_side)


def test_vgg19_sees_seventy_pixels_beyond_a_cell_of_its_deepest_layer():
    """Convolutions see their stride on each side: 2 x 1, 2 x 2, 4 x 4, 4 x 8, 1 x 16."""
    assert exact_margin(VGG19, "relu5_1") == 70


def test_tiles_cover_a_side_once_with_cuts_on_the_grid():
    for length, tile, offset in ((100, 32, 0), (100, 32, 21), (7, 32, 0), (129, 16, 47), (64, 64, 16)):
        found = spans(length, tile=tile, margin=10, cell=16, offset=offset)
        assert found[0].begin == 0
        assert found[-1].end == length
        assert [span.end for span in found[:-1]] == [span.begin for span in found[1:]]
        assert all(span.begin % 16 == 0 and span.outer_begin % 16 == 0 for span in found)
        assert [span.is_last for span in found] == [False] * (len(found) - 1) + [True]


@pytest.mark.parametrize("kind", ["wasserstein", "gram", "gram-plain"])
@pytest.mark.parametrize("offset", [(0, 0), (37, 1000)])
def test_losses_and_gradient_in_tiles_are_those_of_the_whole_picture(kind, offset):
    shown = picture(210, 181, seed=4).double()
    whole, slope = _objective(style_loss=kind)(shown)
    tiled, tiled_slope = _objective(style_loss=kind, tile_side=64)(shown, offset=offset)
    for one, other in zip(whole, tiled, strict=True):
        assert float(other) == pytest.approx(float(one), rel=1e-5)
    torch.testing.assert_close(tiled_slope, slope, rtol=1e-5, atol=1e-9 * float(slope.abs().max()))


def test_regions_in_tiles_are_those_of_the_whole_picture():
    left = torch.zeros(210, 181)
    left[:, :80] = 1
    regions = divide([left, None], [1.0, 3.0], 210, 181).regions
    shown = picture(210, 181, seed=4).double()
    whole, slope = _objective(regions=regions)(shown)
    tiled, tiled_slope = _objective(regions=regions, tile_side=64)(shown, offset=(16, 32))
    assert float(tiled.total) == pytest.approx(float(whole.total), rel=1e-5)
    torch.testing.assert_close(tiled_slope, slope, rtol=1e-5, atol=1e-9 * float(slope.abs().max()))


def test_a_margin_narrower_than_the_networks_sight_gives_other_numbers():
    """So the test above can fail."""
    shown = picture(210, 181, seed=4).double()
    whole, _ = _objective()(shown)
    tiled, _ = _objective(tile_side=64, tile_margin=0)(shown)
    assert float(tiled.total) != pytest.approx(float(whole.total), rel=1e-5)


def test_what_fits_is_done_in_one_piece_and_what_does_not_in_tiles_that_fit():
    usual = NeuralSettings()
    assert fitting_tile(usual, 512, 512, "cpu", free=8 << 30) == 0
    side = fitting_tile(usual, 4096, 4096, "cpu", free=8 << 30)
    assert 512 <= side < 4096
    assert fitting_tile(usual, 4096, 4096, "cpu", free=1 << 20) == 256
    assert fitting_tile(NeuralSettings(tile_side=0), 4096, 4096, "cpu", free=1 << 20) == 0
