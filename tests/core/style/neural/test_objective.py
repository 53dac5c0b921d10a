"""The loss of a picture: its gradient, its regions, its styles."""

import pytest
import torch

from core.errors import ConfigError
from core.style.neural.masks import Region, divide, pooled
from core.style.neural.objective import Objective
from tests.core.style.neural.made import picture, settings, thin


def _objective(*, regions=None, weights=(1.0,), styles=None, content=None, **choices):
    content = picture(24, 28, seed=1).double() if content is None else content
    styles = styles or [picture(26, 22, seed=2).double()]
    regions = regions or [Region(tuple(range(len(styles))), None)]
    return Objective(thin().double(), settings(**choices), content, styles, list(weights), regions)


@pytest.mark.parametrize("kind", ["wasserstein", "gram", "gram-plain"])
def test_the_gradient_of_the_whole_loss_agrees_with_finite_differences(kind):
    objective = _objective(style_loss=kind)
    shown = picture(24, 28, seed=4).double()
    _, gradient = objective(shown)
    draw = torch.Generator().manual_seed(5)
    for _ in range(3):
        direction = torch.randn(shown.shape, dtype=torch.float64, generator=draw)
        above, below = (float(objective(shown + sign * 1e-6 * direction)[0].total) for sign in (1, -1))
        assert float((gradient * direction).sum()) == pytest.approx((above - below) / 2e-6, rel=1e-4)


def test_the_picture_that_is_judged_stays_as_it_was():
    shown = picture(24, 28, seed=4).double()
    before = shown.clone()
    _objective()(shown)
    assert torch.equal(shown, before)
    assert not shown.requires_grad


def test_the_content_itself_has_no_content_loss():
    content = picture(24, 28, seed=1).double()
    assert float(_objective(content=content)(content)[0].content) == 0


def test_one_style_given_twice_counts_as_once():
    one, other = picture(26, 22, seed=2).double(), picture(25, 30, seed=3).double()
    shown = picture(24, 28, seed=4).double()
    twice = _objective(styles=[one, one, other], weights=(1.0, 2.0, 1.0))(shown)[0]
    once = _objective(styles=[one, other], weights=(3.0, 1.0))(shown)[0]
    assert float(twice.style) == pytest.approx(float(once.style), rel=1e-6)


def test_strength_lowers_the_contents_weight_and_a_given_weight_wins():
    weights = [settings(strength=strength).loss_weights[1] for strength in (0, 25, 50, 75, 100)]
    assert weights == sorted(weights, reverse=True)
    assert weights[2] == pytest.approx(0.015)
    assert settings(strength=90.0, content_weight=7.0).loss_weights[1] == 7.0


def test_what_lies_outside_of_a_styles_region_has_no_part_in_its_loss():
    left = torch.zeros(32, 64)
    left[:, :16] = 1
    content = picture(32, 64, seed=1).double()
    division = divide([left], [1.0], 32, 64)
    objective = _objective(content=content, regions=division.regions, content_weight=0.0, variation_weight=0.0)
    _, gradient = objective(content)
    assert gradient[:, :, :16].abs().max() > 0
    assert gradient[:, :, 16 + 16 :].abs().max() == 0  # relu3_1 sees 10 pixels beyond its cell


def test_styles_with_one_mask_share_a_region_and_a_speck_is_none():
    left = torch.zeros(40, 40)
    left[:, :20] = 1
    speck = torch.zeros(400, 400)
    speck[0, 0] = 1
    shared = divide([left, left.clone(), None], [1.0, 1.0, 2.0], 40, 40)
    assert [region.styles for region in shared.regions] == [(0, 1), (2,)]
    assert [region.styles for region in divide([speck, None], [1.0, 1.0], 400, 400).regions] == [(1,)]


def test_masks_that_are_black_everywhere_are_refused():
    with pytest.raises(ConfigError, match="black everywhere"):
        divide([torch.zeros(8, 8)], [1.0], 8, 8)


def test_a_mask_at_a_layer_is_its_mean_over_each_cell():
    mask = torch.tensor([[0.0, 1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0, 1.0]])
    torch.testing.assert_close(pooled(mask, 2), torch.tensor([[0.5, 0.75]]))
