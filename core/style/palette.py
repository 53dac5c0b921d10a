"""The engine "palette": colours alone, in closed form. No brush marks, no network, no waiting."""

import torch
from torch import Tensor

from core.style import colour
from core.style.engines import Report
from core.style.palette_settings import PaletteSettings
from core.style.regions import laid_over, regions


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
