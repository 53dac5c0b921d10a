"""Colours carried in closed form, held to what the formulas promise."""

import pytest
import torch
from torch import Tensor

from core.style import colour

METHODS = [colour.mkl, colour.coral]


def picture(seed: int, height: int = 40, width: int = 60) -> Tensor:
    """Correlated colours, all well inside the gamut."""
    draw = torch.Generator().manual_seed(seed)
    mixing = torch.rand(3, 3, generator=draw) * 0.08
    mean = torch.rand(3, 1, generator=draw) * 0.3 + 0.35
    return (mixing @ torch.randn(3, height * width, generator=draw) + mean).reshape(3, height, width)


def assert_moments(found: colour.Moments, wanted: colour.Moments, tolerance: float = 1e-4) -> None:
    assert torch.allclose(found.mean, wanted.mean, atol=tolerance)
    assert torch.allclose(found.covariance, wanted.covariance, atol=tolerance)


def test_moments_are_those_that_torch_finds_in_double_precision() -> None:
    pixels = picture(1, 700, 600)  # more than one piece
    flat = pixels.double().reshape(3, -1)
    found = colour.moments(pixels)
    assert torch.allclose(found.mean, flat.mean(dim=1), atol=1e-7)
    assert torch.allclose(found.covariance, torch.cov(flat, correction=0), atol=1e-7)


def test_weighted_moments_are_those_of_the_part_with_weight() -> None:
    pixels = picture(1)
    half = torch.zeros(40, 60)
    half[:, :30] = 1
    assert_moments(colour.moments(pixels, half), colour.moments(pixels[:, :, :30].contiguous()), 1e-7)


def test_mixed_moments_are_those_of_all_pixels_thrown_together() -> None:
    one, other = picture(1), picture(2)
    together = torch.cat([one, other, other], dim=2)
    assert_moments(
        colour.mixed([colour.moments(one), colour.moments(other)], [1.0, 2.0]), colour.moments(together), 1e-7
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_transported_moments_are_those_of_the_style(method: object) -> None:
    content, style = colour.moments(picture(3)), colour.moments(picture(4))
    moved = colour.apply(picture(3), method(content, style, max_gain=1000.0))  # type: ignore[operator]
    assert_moments(colour.moments(moved), style)


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_with_its_own_colours_stays_itself(method: object) -> None:
    own = colour.moments(picture(3))
    assert torch.allclose(colour.apply(picture(3), method(own, own)), picture(3), atol=1e-4)  # type: ignore[operator]


def test_mkl_moves_colours_no_further_than_coral() -> None:
    content = picture(3)
    source, target = colour.moments(content), colour.moments(picture(4))
    distance = {method: (colour.apply(content, method(source, target)) - content).square().mean() for method in METHODS}
    assert distance[colour.mkl] <= distance[colour.coral]


def test_half_of_the_way_lies_in_the_middle() -> None:
    content = picture(3)
    change = colour.mkl(colour.moments(content), colour.moments(picture(4)))
    middle = (content + colour.apply(content, change)) / 2
    assert torch.allclose(colour.apply(content, change, 0.5), middle, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_grey_and_solid_pictures_give_finite_colours(method: object) -> None:
    ramp = torch.linspace(0, 1, 2400).reshape(1, 40, 60).expand(3, 40, 60)
    solid = torch.full((3, 40, 60), 0.25)
    for content in (ramp, solid):
        for style in (ramp, solid, picture(4)):
            change = method(colour.moments(content), colour.moments(style))  # type: ignore[operator]
            moved = colour.apply(content, change)
            assert torch.isfinite(moved).all()
            assert torch.allclose(colour.moments(moved).mean, colour.moments(style).mean, atol=1e-3)


def test_noise_in_a_nearly_grey_picture_is_not_stretched_without_limit() -> None:
    grey = torch.linspace(0.2, 0.8, 2400).reshape(1, 40, 60).expand(3, 40, 60)
    noise = torch.randn(3, 40, 60, generator=torch.Generator().manual_seed(0)) * 1e-4
    change = colour.mkl(colour.moments(grey + noise), colour.moments(picture(4)))
    assert torch.linalg.eigvalsh(change.matrix).max() <= colour.MAX_GAIN + 1e-6
    spread = (colour.apply(grey + noise, change) - colour.apply(grey, change)).std()
    assert spread <= colour.MAX_GAIN * 1e-4 * 1.1


def test_reinhard_gives_each_opponent_channel_the_mean_and_spread_of_the_style() -> None:
    content, style = picture(3), picture(4)
    target = colour.opponent_statistics(style)
    moved = colour.reinhard(content, colour.opponent_statistics(content), target, max_gain=1000.0)
    assert torch.allclose(colour.opponent_statistics(moved), target, atol=1e-3)


def test_keeping_chroma_keeps_cb_and_cr_of_the_content_and_y_of_the_result() -> None:
    content, result = picture(3), picture(4).clamp(0.3, 0.7)
    kept = colour.keep_chroma(result, content)
    assert torch.allclose(colour.luminance(kept), colour.luminance(result), atol=1e-5)
    inside = (kept.amin(dim=0) > 1e-4) & (kept.amax(dim=0) < 1 - 1e-4)
    assert inside.float().mean() > 0.9
    blue, blue_before = ((p[2] - colour.luminance(p))[inside] for p in (kept, content))
    assert torch.allclose(blue, blue_before, atol=1e-5)


def test_where_a_colour_does_not_fit_it_gives_way_and_light_stays() -> None:
    red, white = torch.tensor([1.0, 0.0, 0.0]), torch.ones(3)
    kept = colour.keep_luminance(red[:, None, None], (white * 0.9)[:, None, None])
    assert kept.min() >= 0
    assert kept.max() <= 1
    assert colour.luminance(kept).item() == pytest.approx(0.9, abs=1e-5)
    assert kept[0] > kept[1]


def test_a_picture_in_pieces_is_changed_as_a_whole_one() -> None:
    large = picture(5, 700, 600)
    change = colour.mkl(colour.moments(large), colour.moments(picture(4)))
    matrix, offset = change.matrix.float(), change.offset.float()
    whole = (matrix @ large.reshape(3, -1) + offset[:, None]).reshape(large.shape)
    assert torch.allclose(colour.apply(large, change), whole, atol=1e-6)
