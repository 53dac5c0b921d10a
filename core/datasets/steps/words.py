"""What was drawn, in words."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.datasets.steps.kinds import FILLS


def drawn_words(kind: str, values: Mapping[str, Any]) -> str:
    """'rotated by 7.3°', of one of core.datasets.steps.kinds.KINDS."""
    return _WORDS[kind](values)


def quarters(turns: str, place: Any) -> Any:
    """Quarter turns counter-clockwise, 1 to 3, by what a step allows and a place (or places) from 0 to 1."""
    return 2 if turns == "half" else 1 + np.minimum(2, np.floor(place * 3)).astype(np.int64)


def _signed(value: float, unit: str = "") -> str:
    return f"{round(value, 1):+g}{unit}".replace("-", "−")


def _plain(value: float, unit: str = "") -> str:
    return f"{value:.3g}{unit}".replace("-", "−")


def _way(value: float, before: str, after: str) -> str:
    return f"{abs(value):.3g}% {after if value >= 0 else before}"


def _affine(values: Mapping[str, Any]) -> str:
    moved = f"moved {_way(values['right'], 'left', 'right')}, {_way(values['down'], 'up', 'down')}"
    return f"{moved}; scaled {_plain(values['scale'], '×')}; slanted {_signed(values['shear'], '°')}"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "mirror-lr": lambda v: "mirrored left to right",
    "mirror-tb": lambda v: "mirrored top to bottom",
    "quarter-turn": lambda v: f"turned by {90 * int(quarters(v['turns'], np.float64(v['quarter'])))}°",
    "rotate": lambda v: f"rotated by {_plain(round(v['angle'], 1), '°')}",
    "affine": _affine,
    "perspective": lambda v: f"slanted by {_plain(v['distance'], '%')}",
    "elastic": lambda v: f"bent by {_plain(v['strength'], '%')}, bends of {_plain(v['smoothness'], '%')}",
    "resized-crop": lambda v: f"{_plain(v['area'], '%')} of the area, aspect {_plain(v['aspect'], '×')}",
    "shift-crop": lambda v: f"moved {_way(v['right'], 'left', 'right')}, {_way(v['down'], 'up', 'down')}",
    "brightness": lambda v: f"brightness {_plain(v['factor'], '×')}",
    "contrast": lambda v: f"contrast {_plain(v['factor'], '×')}",
    "saturation": lambda v: f"saturation {_plain(v['factor'], '×')}",
    "hue": lambda v: f"hue {_signed(v['angle'], '°')}",
    "gamma": lambda v: f"gamma {_plain(v['gamma'])}",
    "greyscale": lambda v: "without colour",
    "autocontrast": lambda v: "contrast stretched",
    "equalise": lambda v: "tones equalised",
    "posterise": lambda v: f"{2 ** int(v['bits'])} tones a channel",
    "solarise": lambda v: f"inverted from {v['threshold']:g}",
    "sharpness": lambda v: f"sharpness {_plain(v['factor'], '×')}",
    "gaussian-noise": lambda v: f"noise of {_plain(v['strength'], '%')}",
    "gaussian-blur": lambda v: f"blurred by {_plain(v['sigma'], ' px')}",
    "jpeg": lambda v: f"JPEG quality {v['quality']:g}",
    "erase": lambda v: f"{_plain(v['area'], '%')} erased, {FILLS[str(v['fill'])]}",
}
