"""Patch synthesis, held to what can be known: its search, its colours, no pattern where nothing is, stops, seeds."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from core.errors import ConfigError
from core.style import colour
from core.style.engines import Report, estimate, find_engine, settings_for
from core.style.errors import StyleError
from core.style.patch.matching import Library, Spots, nearest
from core.style.patch.settings import PatchSettings, plan

QUICK: dict[str, Any] = {"style_patches": 600, "repeats": 1}
PATCH = find_engine("patch")
QUIET = Report()


def painting(seed: int, side: int = 64) -> Tensor:
    """Soft blobs of colour with fine marks over them."""
    draw = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 6, generator=draw)
    fine = torch.rand(1, 3, side // 3, side // 3, generator=draw)
    grown = [torch.nn.functional.interpolate(part, size=(side, side), mode="bicubic") for part in (coarse, fine)]
    return (grown[0] * 0.7 + grown[1] * 0.3)[0].clamp(0, 1)


def restyled(content: Tensor, *styles: Tensor, report: Report = QUIET, **chosen: Any) -> Tensor:
    masks, weights = chosen.pop("masks", None), chosen.pop("weights", [1.0] * len(styles))
    seed, strength = chosen.pop("seed", 0), chosen.pop("strength", 50)
    settings = settings_for("patch", strength, {**QUICK, **chosen}, seed=seed)
    return PATCH.run(content, styles, weights, settings, masks=masks, report=report)


def every_spot(picture: Tensor, side: int, gap: int) -> Spots:
    down, across = (torch.arange(0, size - side + 1, gap) for size in picture.shape[1:])
    first = (down[:, None] * picture.shape[2] + across).flatten()
    return Spots(first, torch.full_like(first, picture.shape[2]))


def unfolded(picture: Tensor, side: int, gap: int) -> Tensor:
    """(3 * side * side, Q), by torch's own function."""
    return torch.nn.functional.unfold(picture[None], side, stride=gap)[0]


def test_spots_are_where_torch_unfolds_them() -> None:
    picture = painting(1)[:, :31]
    places = every_spot(picture, 9, 4).places(9)
    assert torch.equal(picture.flatten(1)[:, places].flatten(0, 1), unfolded(picture, 9, 4))


def test_every_patch_of_a_picture_is_found_in_the_picture_itself() -> None:
    picture, draw = painting(1, 40), torch.Generator().manual_seed(0)
    library = Library([[picture]], [1.0], 9, draw)
    candidates = library.draw(100_000, draw)  # all there are
    wanted = library.describe(picture.flatten(1), every_spot(picture, 9, 4))
    chosen, distance = nearest(wanted, candidates, 9, draw)
    assert distance.sqrt().max() < 0.02
    found = library.pixels[:, candidates.spots[chosen].places(9)].flatten(0, 1)
    assert torch.allclose(found, unfolded(picture, 9, 4), atol=0.05)


def test_the_nearest_by_components_are_nearly_the_nearest_by_pixels() -> None:
    style, content, draw = painting(1, 60), painting(2, 60), torch.Generator().manual_seed(0)
    library = Library([[style]], [1.0], 13, draw)
    candidates = library.draw(100_000, draw)
    wanted = library.describe(content.flatten(1), every_spot(content, 13, 4))
    chosen, _ = nearest(wanted, candidates, 13, draw)
    own = unfolded(content, 13, 4).T
    best = torch.cdist(own, unfolded(style, 13, 1).T).square().amin(dim=1)
    found = library.pixels[:, candidates.spots[chosen].places(13)].flatten(0, 1).T
    assert ((own - found).square().sum(dim=1) / best).median() < 1.15


def test_patches_are_drawn_from_the_styles_in_proportion_to_their_weights() -> None:
    draw = torch.Generator().manual_seed(0)
    library = Library([[painting(1)], [painting(2)]], [3.0, 1.0], 9, draw)
    first = library.draw(800, draw).spots.first
    assert (int((first < 64 * 64).sum()), len(first)) == (600, 800)


def test_patches_of_turned_variants_lie_where_their_rows_say() -> None:
    draw = torch.Generator().manual_seed(0)
    wide = painting(1)[:, :30]
    turned = wide.rot90(1, (1, 2)).contiguous()
    library = Library([[wide, turned]], [1.0], 9, draw)
    candidates = library.draw(100_000, draw)  # all there are
    found = library.pixels[:, candidates.spots.places(9)].flatten(0, 1)
    every = torch.cat([unfolded(picture, 9, 1) for picture in (wide, turned)], dim=1)
    assert torch.equal(found.sum(dim=0).sort().values, every.sum(dim=0).sort().values)


def test_a_picture_restyled_by_itself_stays_itself() -> None:
    own = painting(1)
    error = (restyled(own, own, repeats=2, style_patches=5000) - own).square().mean()
    assert -10 * math.log10(error) > 31


def test_the_result_has_the_colours_of_the_style() -> None:
    style = painting(2)
    found, wanted = colour.moments(restyled(painting(1), style)), colour.moments(style)
    assert torch.allclose(found.mean, wanted.mean, atol=0.02)
    assert torch.allclose(found.covariance, wanted.covariance, atol=0.005)


def unevenness(light: Tensor, gap: int) -> float:
    """How much stronger fine marks are at some places of a grid of `gap` pixels than at others; 1: they are alike."""
    slopes = 4 * light[1:-1, 1:-1] - light[:-2, 1:-1] - light[2:, 1:-1] - light[1:-1, :-2] - light[1:-1, 2:]
    rows, columns = (size // gap for size in slopes.shape)
    cells = slopes[: rows * gap, : columns * gap].abs().reshape(rows, gap, columns, gap)
    strength = cells.permute(1, 3, 0, 2).flatten(2).median(dim=2).values
    return (strength.max() / strength.min()).item()


def test_flat_areas_show_no_grid_of_the_patches() -> None:
    """Where everything is alike, few patches are near, and the same ones come again and again."""
    speckles = 0.03 * torch.randn(3, 90, 90, generator=torch.Generator().manual_seed(3))
    style = torch.linspace(0.2, 0.8, 90) + speckles
    sky = (0.5 + 0.02 * torch.linspace(-1, 1, 90)).expand(3, 90, 90)
    found = colour.luminance(restyled(sky, style, repeats=3, style_patches=150, smallest=90))[6:-6, 6:-6]
    assert unevenness(found, 3) < 1.3  # with patches on a grid: 1.4


def test_a_misty_picture_gets_the_contrast_of_the_style() -> None:
    misty = 0.5 + (painting(1) - 0.5) * 0.1
    style = (0.5 + (painting(2) - 0.5) * 2).clamp(0, 1)
    found = restyled(misty, style)
    assert colour.luminance(found).std() > 0.9 * colour.luminance(style).std()

    def fine(picture: Tensor) -> Tensor:
        return (picture - torch.nn.functional.avg_pool2d(picture, 5, 1, 2, count_include_pad=False)).std()

    assert fine(found) > 0.6 * fine(style)
    assert fine(found) > fine(restyled(misty, style, detail=0.0))


def test_the_same_seed_gives_the_same_picture_and_another_another() -> None:
    first, again, other = (restyled(painting(1), painting(2), seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_more_strength_leads_further_from_the_content() -> None:
    content, style = painting(1), painting(2)
    recoloured = colour.apply(content, colour.mkl(colour.moments(content), colour.moments(style)))
    away = [(restyled(content, style, strength=strength) - recoloured).square().mean() for strength in (0, 50, 100)]
    assert away == sorted(away)


def test_a_stop_returns_the_result_so_far_at_full_size() -> None:
    seen: list[int] = []
    report = Report(progress=lambda done, total, unit: seen.append(done), stop_requested=lambda: len(seen) == 2)
    stopped = restyled(painting(1), painting(2), report=report)
    assert seen == [1, 2]
    assert stopped.shape == (3, 64, 64)
    assert torch.isfinite(stopped).all()
    at_once = restyled(painting(1), painting(2), report=Report(stop_requested=lambda: True))
    assert torch.allclose(colour.moments(at_once).mean, colour.moments(painting(2)).mean, atol=0.02)


def test_previews_come_at_every_step_and_grow() -> None:
    sizes: list[tuple[int, ...]] = []
    report = Report(preview=lambda picture: sizes.append(tuple(picture.shape)))
    restyled(painting(1), painting(2), report=report, smallest=32)
    assert len(sizes) == len(plan(PatchSettings(repeats=1, smallest=32), 64, 64))
    assert sizes[0] == (3, 32, 32)
    assert sizes[-1] == (3, 64, 64)


def test_a_run_that_is_resumed_ends_as_an_unbroken_one() -> None:
    states: list[dict[str, Any]] = []
    whole = restyled(painting(1), painting(2), report=Report(keep=states.append), smallest=32, repeats=2)
    for number in (0, 1, len(states) - 2):
        again = restyled(painting(1), painting(2), report=Report(state=states[number]), smallest=32, repeats=2)
        assert torch.equal(again, whole)
    with pytest.raises(StyleError, match="Begin it anew"):
        restyled(painting(1), painting(2), report=Report(state=states[0]), smallest=32)


def test_each_region_is_painted_in_its_own_style() -> None:
    content = painting(1)
    red = painting(2) * torch.tensor([1.0, 0.2, 0.2])[:, None, None]
    blue = painting(3) * torch.tensor([0.2, 0.2, 1.0])[:, None, None]
    left, middle = torch.zeros(64, 64), torch.zeros(64, 64)
    left[:, :24], middle[:, 24:48] = 1, 1
    found = restyled(content, red, blue, masks=[left, middle])
    assert found[0, :, :20].mean() > 2 * found[2, :, :20].mean()
    assert found[2, :, 28:48].mean() > 2 * found[0, :, 28:48].mean()
    assert torch.equal(found[:, :, 48:], content[:, :, 48:])


def stripes(period: int, side: int = 64) -> Tensor:
    """Dark and light from left to right."""
    wave = 0.5 + 0.35 * torch.sin(torch.arange(side) * 2 * math.pi / period)
    return wave.expand(3, side, side).contiguous()


def changes(picture: Tensor) -> tuple[float, float]:
    """From left to right and from top to bottom."""
    return picture.diff(dim=2).abs().mean().item(), picture.diff(dim=1).abs().mean().item()


def test_each_region_has_the_marks_of_its_own_style() -> None:
    left = torch.zeros(64, 64)
    left[:, :32] = 1
    upright = stripes(8)
    found = restyled(painting(1), upright, upright.mT.contiguous(), masks=[left, 1 - left], repeats=2, strength=90)
    across, down = changes(found[:, :, :26])
    assert across > 2 * down
    across, down = changes(found[:, :, 38:])
    assert down > 2 * across


def test_marks_come_at_the_scale_that_is_asked_for() -> None:
    """A style of 128 pixels is 64 wide beside a content of 64: its stripes of 16 pixels become 8, at half scale 4."""
    for style_scale, period in ((1.0, 8), (0.5, 4)):
        found = restyled(painting(1), stripes(16, 128), style_scale=style_scale, repeats=3, strength=90)
        spectrum = torch.fft.rfft(found.mean(dim=0) - found.mean(), dim=1).abs().square().mean(dim=0)
        assert abs(int(spectrum[4:].argmax()) + 4 - 64 // period) <= 1


@pytest.mark.parametrize("shape", [(16, 90), (90, 16), (33, 47)])
def test_narrow_and_small_pictures_work_with_small_styles_and_turns(shape: tuple[int, int]) -> None:
    content = painting(1, 96)[:, : shape[0], : shape[1]]
    style = painting(2)[:, :20, :60]
    found = restyled(content, style, quarter_turns=True)
    assert found.shape == content.shape
    assert torch.isfinite(found).all()


def test_grey_and_solid_pictures_do_not_fail() -> None:
    grey, solid = painting(1).mean(dim=0).expand(3, 64, 64), torch.full((3, 64, 64), 0.3)
    for content, style in ((grey, painting(2)), (solid, painting(2)), (grey, solid), (solid, solid)):
        found = restyled(content, style)
        assert torch.isfinite(found).all()
        assert torch.allclose(colour.moments(found).mean, colour.moments(style).mean, atol=0.05)


def test_settings_that_cannot_work_are_refused() -> None:
    for name in ("repeats", "style_patches", "style_scale"):
        with pytest.raises(ConfigError, match=name):
            settings_for("patch", 50, {name: 0})
    assert replace(settings_for("patch", 50), seed=3) == settings_for("patch", 50, seed=3)


def test_the_presets_are_those_of_the_measured_recipe() -> None:
    found = [settings_for("patch", strength) for strength in (25, 50, 75)]
    assert [(s.edges, s.floor, s.noise) for s in found] == [(1.5, 0.05, 0.15), (1.0, 0.02, 0.15), (0.6, 0, 0.2)]


def test_larger_results_are_said_to_cost_more() -> None:
    small, large = (estimate("patch", settings_for("patch", 50), side, side) for side in (128, 512))
    assert small.seconds < large.seconds
    assert small.bytes < large.bytes < 2_000_000_000
