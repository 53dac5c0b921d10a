"""The engine "palette": colours alone, in closed form. No brush marks, no network, no waiting."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.errors import ConfigError
from core.style import colour
from core.style.engines import Cost, Report
from core.style.ramp import ramp
from core.style.regions import laid_over, regions

METHODS = {
    "mkl": "Optimal transport: moves colours least",
    "coral": "Whiten and colour: may turn hues",
    "reinhard": "Light and two colour axes, each by itself",
}


@dataclass(frozen=True)
class PaletteSettings:
    method: str = "mkl"  # one of METHODS
    amount: float = 1.0  # 0 to 1: how far the colours go
    keep_luminance: bool = False  # light and dark stay, only hue and saturation change
    max_gain: float = colour.MAX_GAIN  # how much a nearly grey picture may be stretched

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigError(f"The palette's method is one of {', '.join(METHODS)}; got {self.method!r}.")
        if not 0 <= self.amount <= 1:
            raise ConfigError(f"The palette's amount goes from 0 to 1; got {self.amount}.")
        if not 1 <= self.max_gain <= 1000:
            raise ConfigError(f"The palette's max_gain goes from 1 to 1000; got {self.max_gain}.")


def settings_at(strength: float) -> PaletteSettings:
    return PaletteSettings(amount=ramp(strength, (0, 0.5, 0.75, 0.9, 1)))


def estimate(settings: PaletteSettings, height: int, width: int, device: str) -> Cost:
    """Always on the processor: the way to a GPU and back would take longer than the work."""
    pixels = height * width
    return Cost(0.05 + pixels * 3e-8, 500_000_000 + pixels * 3 * 4 * 4)


def run(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: PaletteSettings,
    *,
    masks: list[Tensor | None] | None,
    device: str,
    report: Report,
) -> Tensor:
    """See Engine.run."""
    if masks is None:
        painted = _recoloured(content, styles, weights, settings, None)
    else:
        where = regions(masks, weights, *content.shape[1:])
        painted = torch.zeros_like(content)
        for index, style in enumerate(styles):
            share = where.shares[index]
            painted += share * _recoloured(content, [style], [1.0], settings, share * where.coverage)
            report.progress(index + 1, len(styles), "styles")
        painted = laid_over(content, painted, where.coverage)
    painted = painted.clamp_(0, 1)
    if settings.keep_luminance:
        painted = colour.keep_luminance(painted, content)
    report.progress(len(styles), len(styles), "styles")
    return painted


def _recoloured(
    content: Tensor, styles: list[Tensor], weights: list[float], settings: PaletteSettings, where: Tensor | None
) -> Tensor:
    """Not clamped. where: (H, W), whose colours are carried; None: those of all pixels."""
    if settings.method == "reinhard":
        statistics = [colour.opponent_statistics(style) for style in styles]
        target = torch.stack([part * weight for part, weight in zip(statistics, weights, strict=True)]).sum(dim=0)
        inside = content if where is None else content[:, where > 0.5][:, None]
        if inside.numel() == 0:
            return content
        changed = colour.reinhard(
            content, colour.opponent_statistics(inside), target / sum(weights), max_gain=settings.max_gain
        )
        return content + (changed - content) * settings.amount
    target_moments = colour.mixed([colour.moments(style) for style in styles], weights)
    method = colour.mkl if settings.method == "mkl" else colour.coral
    change = method(colour.moments(content, where), target_moments, max_gain=settings.max_gain)
    return colour.apply(content, change, settings.amount)
