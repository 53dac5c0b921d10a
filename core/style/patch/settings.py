"""What can be chosen about patch synthesis, and what it amounts to: the plan of its steps."""

from dataclasses import dataclass
from typing import NamedTuple

from core.errors import ConfigError
from core.style.engines import Cost
from core.style.ramp import ramp
from core.style.trial import speed

GAPS = {33: 8, 21: 6, 13: 4, 9: 3}  # patch side -> pixels from one patch to the next
COARSE_ONLY = 33  # patches of this side copy whole motifs: worth their time up to MOTIF_SIDE pixels
MOTIF_SIDE = 300

_LAID_AGAINST_COMPARED = 110.0  # time to lay down one pixel of a patch, both averagings, in comparisons
_SECONDS_PER_COMPARISON = {"cpu": 2.5e-9, "gpu": 1e-10}  # where nothing was tried yet; the first for one core


@dataclass(frozen=True)
class PatchSettings:
    edges: float = 1.0  # how strongly the content holds its edges
    floor: float = 0.02  # and everything else
    noise: float = 0.15  # at the start: what becomes brush marks in flat areas
    detail: float = 0.7  # 0 to 1: how much of the fine contrast lost in averaging comes back from the style
    style_scale: float = 1.0  # size of the style's marks, against the result
    quarter_turns: bool = False  # also use the style turned by 90, 180 and 270 degrees
    repeats: int = 3  # of each patch side at each scale
    style_patches: int = 6000  # candidates at a time
    smallest: int = 64  # pixels, longest side of the coarsest scale
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("edges", 0, 100),
            ("floor", 0, 100),
            ("noise", 0, 1),
            ("detail", 0, 1),
            ("style_scale", 0.1, 8),
            ("repeats", 1, 20),
            ("style_patches", 100, 100_000),
            ("smallest", 32, 512),
            ("seed", 0, 2**63 - 1),
        ):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"The patch engine's {name} goes from {low} to {high}; got {getattr(self, name)}.")


def settings_at(strength: float) -> PatchSettings:
    return PatchSettings(
        edges=ramp(strength, (4.0, 1.5, 1.0, 0.6, 0.3)),
        floor=ramp(strength, (0.4, 0.05, 0.02, 0.0, 0.0)),
        noise=ramp(strength, (0.1, 0.15, 0.15, 0.2, 0.3)),
    )


class Step(NamedTuple):
    height: int  # pixels of the picture at this scale
    width: int
    scale: float  # against the result
    patch: int  # pixels a side
    gap: int


def plan(settings: PatchSettings, height: int, width: int) -> list[Step]:
    """All steps from coarse to fine; the last scale is the result's own size."""
    scales = [1.0]
    while max(height, width) * scales[0] / 2 >= settings.smallest:
        scales.insert(0, scales[0] / 2)
    steps = []
    for scale in scales:
        rows, columns = max(8, round(height * scale)), max(8, round(width * scale))
        fitting = [side for side in GAPS if side <= min(rows, columns) / 2] or [min(GAPS)]
        for side in fitting:
            if side < COARSE_ONLY or max(rows, columns) <= MOTIF_SIDE:
                steps += [Step(rows, columns, scale, side, GAPS[side])] * settings.repeats
    return steps


def estimate(settings: PatchSettings, height: int, width: int, device: str) -> Cost:
    """From the comparisons and pixels of all steps, and how fast this device compares."""
    compared = laid = 0.0
    for step in plan(settings, height, width):
        patches = ((step.height + step.patch) // step.gap + 1) * ((step.width + step.patch) // step.gap + 1)
        compared += patches * settings.style_patches
        laid += patches * step.patch * step.patch
    seconds_each = speed("patch", device, _SECONDS_PER_COMPARISON, "core.style.patch.synthesis:seconds_per_comparison")
    seconds = 0.3 + seconds_each * (compared + laid * _LAID_AGAINST_COMPARED)
    return Cost(seconds, 700_000_000 + height * width * 400)
