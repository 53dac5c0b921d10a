"""Patch synthesis from coarse to fine."""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from core.style import colour
from core.style.engines import Report
from core.style.errors import StateError
from core.style.patch.matching import COMPONENTS, Library, Spots, nearest
from core.style.patch.settings import PatchSettings, Step, plan
from core.style.regions import Regions, laid_over, regions
from core.style.trial import seconds_of

_ROBUST = 0.8  # norm of the averaging: below 2, patches that fit badly count for less
_ROBUST_FLOOR = 1e-4
_BAND_SIDES = (1, 2)  # pixels of blur between which fine contrast is compared with the style's
_MOST_CONTRAST = 1.6  # times what is there
_PRIME = 1_000_003
_AVERAGINGS = 2  # the second knows better which patches fit badly


class _Scale(NamedTuple):
    """What stays the same for all steps at one size."""

    content: Tensor  # (3, h, w) in the style's colours
    pull: Tensor  # (h, w): how strongly the content holds
    styles: list[list[Tensor]]  # of each style its variants
    targets: list[colour.Moments]  # of each style
    shares: Tensor | None  # (S, h, w)


def run(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: PatchSettings,
    *,
    masks: list[Tensor | None] | None,
    device: str,
    report: Report,
) -> Tensor:
    """See Engine.run."""
    where = None if masks is None else regions(masks, weights, *content.shape[1:])
    steps = plan(settings, *content.shape[1:])
    belongs_to = repr((settings, tuple(content.shape), len(styles), weights))
    first, picture = _begin(report, belongs_to, device)
    source = content.to(device)
    styles = [_fitted(style.to(device), max(content.shape[1:]) * settings.style_scale) for style in styles]
    scale: _Scale | None = None
    libraries: list[Library] = []
    for number in range(first, len(steps)):
        if report.stop_requested():
            break
        step, before = steps[number], steps[number - 1] if number else None
        draw = _generator(settings, number, 0)
        if scale is None or before is None or step.scale != before.scale:
            largest = max(other.patch for other in steps if other.scale == step.scale)
            scale = _prepared(source, styles, weights, settings, where, step, largest)
            libraries = []
        if picture is None:
            picture = scale.content + settings.noise * torch.randn(scale.content.shape, generator=draw).to(device)
        picture = _resized(picture, step.height, step.width)
        if not libraries or before is None or step.patch != before.patch:
            libraries = _libraries(scale, weights, step, _generator(settings, steps.index(step), 1))
        picture = _stepped(picture, scale, libraries, weights, settings, step, draw)
        report.preview(picture.clamp(0, 1).cpu())
        report.keep({"belongs_to": belongs_to, "step": number + 1, "picture": picture.cpu()})
        report.progress(number + 1, len(steps), "steps")
    if picture is None:  # stopped before anything was done: the content in the style's colours
        picture = _prepared(source, styles, weights, settings, where, steps[-1], steps[-1].patch).content
    painted = _resized(picture, *content.shape[1:]).clamp(0, 1).cpu()
    return painted if where is None else laid_over(content, painted, where.coverage)


def _begin(report: Report, belongs_to: str, device: str) -> tuple[int, Tensor | None]:
    """The number of the first step, and the picture before it; None: from the content."""
    if report.state is None:
        return 0, None
    if report.state["belongs_to"] != belongs_to:
        raise StateError("What was kept of this restyling belongs to other pictures or settings. Begin it anew.")
    return int(report.state["step"]), report.state["picture"].to(device)


def _generator(settings: PatchSettings, step: int, purpose: int) -> torch.Generator:
    """Its own for each step and purpose, so that a run that is resumed draws what an unbroken one does."""
    return torch.Generator().manual_seed((settings.seed * _PRIME + step * 2 + purpose) % 2**63)


def _prepared(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: PatchSettings,
    where: Regions | None,
    step: Step,
    largest: int,
) -> _Scale:
    """largest: pixels a side of the largest patches at this size, which every style has to hold."""
    longest = max(step.height, step.width) * settings.style_scale
    resized = [_fitted(style, longest, largest + 1) for style in styles]
    shares = None
    if where is not None:
        shares = _resized(where.shares, step.height, step.width).to(content.device).clamp(0, 1)
    targets = [colour.moments(style) for style in resized]
    small = _coloured(_resized(content, step.height, step.width), targets, weights, shares)
    turns = (0, 1, 2, 3) if settings.quarter_turns else (0,)
    variants = [[style.rot90(turn, (1, 2)).contiguous() for turn in turns] for style in resized]
    return _Scale(small, _pull(small, settings), variants, targets, shares)


def _libraries(scale: _Scale, weights: list[float], step: Step, draw: torch.Generator) -> list[Library]:
    """One of all styles together, or with masks one of each."""
    if scale.shares is None:
        return [Library(scale.styles, weights, step.patch, draw)]
    return [Library([variants], [1.0], step.patch, draw) for variants in scale.styles]


def _stepped(
    picture: Tensor,
    scale: _Scale,
    libraries: list[Library],
    weights: list[float],
    settings: PatchSettings,
    step: Step,
    draw: torch.Generator,
) -> Tensor:
    painted = _relaid(picture, scale, libraries, settings, step, draw)
    painted = (painted + scale.pull * scale.content) / (1 + scale.pull)
    if settings.detail > 0:
        painted = _sharpened(painted, scale, weights, settings.detail)
    return _coloured(painted, scale.targets, weights, scale.shares)


def _relaid(
    picture: Tensor, scale: _Scale, libraries: list[Library], settings: PatchSettings, step: Step, draw: torch.Generator
) -> Tensor:
    """The picture laid anew from patches of the style, overlaps averaged so that patches that fit badly count less."""
    border = step.patch // 2
    padded = F.pad(picture[None], (border,) * 4, mode="reflect")[0]
    tops, lefts = (corners.to(picture.device) for corners in _corners(padded.shape, step, draw))
    spots = Spots(tops * padded.shape[2] + lefts, torch.full_like(tops, padded.shape[2]))
    shares = _at_centres(scale.shares, step, tops, lefts)
    pixels = padded.flatten(1)
    matches = []
    for library in libraries:
        candidates = library.draw(settings.style_patches, draw)
        matches.append((library, candidates, *nearest(library.describe(pixels, spots), candidates, step.patch, draw)))
    for attempt in range(_AVERAGINGS):
        total = pixels.new_zeros(4, pixels.shape[1])  # red, green, blue and the weight they came with
        for index, (library, candidates, chosen, distance) in enumerate(matches):
            if attempt:
                distance = (library.describe(pixels, spots) - candidates.features[chosen]).square().sum(dim=1)
            trust = (distance + _ROBUST_FLOOR) ** ((_ROBUST - 2) / 2)
            _lay(total, spots, library, candidates.spots[chosen], trust if shares is None else trust * shares[index])
        pixels = total[:3] / total[3]
    return pixels.view(padded.shape)[:, border : border + step.height, border : border + step.width]


def _corners(shape: torch.Size, step: Step, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Upper left corners of patches that cover (3, H, W), (Q,) each: one in every cell of a grid, anywhere in it.

    On the grid itself, flat areas would show it: their patches are all alike, and what is alike repeats.
    """
    most = torch.tensor([shape[1] - step.patch, shape[2] - step.patch])
    rows, columns = (most // step.gap + 1).tolist()
    cells = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))
    within = torch.randint(step.gap, cells.shape, generator=draw)
    tops, lefts = torch.minimum(cells * step.gap + within, most).unbind(dim=1)
    return tops, lefts


def _lay(total: Tensor, spots: Spots, library: Library, patches: Spots, trust: Tensor) -> None:
    """Add patches of the style at the spots of `total` (4, P), the last channel counting their weights."""
    side = library.side
    window = _window(side, total.device)[:, None]
    for begin in range(0, len(trust), library.at_once):
        some = slice(begin, begin + library.at_once)
        weight = (window * trust[some]).flatten()
        values = library.pixels[:, patches[some].places(side).flatten()] * weight
        places = spots[some].places(side).flatten()
        for channel, added in zip(total, (*values, weight), strict=True):
            channel.index_add_(0, places, added)


@lru_cache(maxsize=16)
def _window(side: int, device: torch.device) -> Tensor:
    """(side * side,): patches fade out towards their edges, so that these do not show as a grid."""
    away = (torch.arange(side, device=device) - (side - 1) / 2).abs() / (side / 2)
    fade = (torch.cos(away * torch.pi) + 1) / 2 + 0.02
    return torch.outer(fade, fade).flatten()


def _at_centres(shares: Tensor | None, step: Step, tops: Tensor, lefts: Tensor) -> Tensor | None:
    """(S, Q): how much of the pixel in the middle of each patch belongs to each style."""
    if shares is None:
        return None
    nothing = 1e-6  # where no style paints, something must: the content covers it in the end
    down, across = tops.clamp(max=step.height - 1), lefts.clamp(max=step.width - 1)  # the border is half a patch
    return shares[:, down, across] + nothing


def _coloured(picture: Tensor, targets: list[colour.Moments], weights: list[float], shares: Tensor | None) -> Tensor:
    """In the colours of the styles: of all together, or of each where it paints."""
    if shares is None:
        return colour.apply(picture, colour.mkl(colour.moments(picture), colour.mixed(targets, weights)))
    painted = picture * (1 - shares.sum(dim=0)).clamp(min=0)
    for share, target in zip(shares, targets, strict=True):
        painted = painted + share * colour.apply(picture, colour.mkl(colour.moments(picture, share), target))
    return painted


def _pull(content: Tensor, settings: PatchSettings) -> Tensor:
    """(h, w): strong at edges, so that things stay what they are, weak where the style may paint."""
    light = F.pad(colour.luminance(content)[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    down, across = (light[2:, 1:-1] - light[:-2, 1:-1]) / 2, (light[1:-1, 2:] - light[1:-1, :-2]) / 2
    slope = _blurred((down.square() + across.square()).sqrt()[None], 1.0)[0]
    strong = slope.flatten().kthvalue(max(1, round(0.9 * slope.numel()))).values
    return settings.edges * (slope / strong.clamp(min=1e-6)).clamp(0, 1) + settings.floor


def _sharpened(picture: Tensor, scale: _Scale, weights: list[float], amount: float) -> Tensor:
    """Fine contrast as strong as the style's: averaging loses it, and a misty picture is what people see."""
    wanted = torch.zeros(len(_BAND_SIDES))
    for variants, weight in zip(scale.styles, weights, strict=True):
        wanted += _band_spread(variants[0]) * (weight / sum(weights))
    for index, sigma in enumerate(_BAND_SIDES):
        band = picture - _blurred(picture, sigma)
        gain = (wanted[index] / band.std().cpu().clamp(min=1e-6)).clamp(1, _MOST_CONTRAST).item()
        picture = picture + band * ((gain - 1) * amount)
    return picture


def _band_spread(picture: Tensor) -> Tensor:
    return torch.stack([(picture - _blurred(picture, sigma)).std().cpu() for sigma in _BAND_SIDES])


def _blurred(picture: Tensor, sigma: float) -> Tensor:
    """(C, h, w), Gaussian, edges repeated."""
    reach = round(2 * sigma)
    line = torch.exp(-(torch.arange(-reach, reach + 1, device=picture.device) ** 2) / (2 * sigma**2))
    line = (line / line.sum()).to(picture)
    padded = F.pad(picture[:, None], (reach,) * 4, mode="replicate")
    blurred: Tensor = F.conv2d(F.conv2d(padded, line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1))
    return blurred[:, 0]


def _fitted(picture: Tensor, longest: float, shortest: int = 0) -> Tensor:
    """No longer than `longest`, but never enlarged for that: there would be no marks to find. Only a picture with a
    side below `shortest` is.
    """
    factor = max(min(1.0, longest / max(picture.shape[1:])), shortest / min(picture.shape[1:]))
    height, width = (max(1, round(side * factor)) for side in picture.shape[1:])
    return _resized(picture, height, width).clamp(0, 1)


def _resized(picture: Tensor, height: int, width: int) -> Tensor:
    """(C, h, w), bicubic, without aliasing where it shrinks."""
    if picture.shape[1:] == (height, width):
        return picture
    resized: Tensor = F.interpolate(
        picture[None], size=(height, width), mode="bicubic", antialias=True, align_corners=False
    )
    return resized[0]


def seconds_per_comparison(device: str) -> float:
    """Of two descriptions, the search for the smallest included; tried."""
    one, other = torch.ones(500, COMPONENTS, device=device), torch.ones(6000, COMPONENTS, device=device)
    seconds = seconds_of(lambda: float((one @ other.T).view(500, 4, -1).min(dim=2).values.sum()), device)
    return seconds / (len(one) * len(other))
