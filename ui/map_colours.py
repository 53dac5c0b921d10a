"""Colours for the classes of a map: apart from each other in light and dark, grey for what is not told."""

import colorsys
from collections.abc import Sequence

from core.catalog.mapped import OTHERS, UNKNOWN

Colour = tuple[int, int, int]
_FIRST: tuple[Colour, ...] = (  # as the charts have them
    (194, 69, 45),
    (63, 127, 181),
    (217, 154, 43),
    (88, 148, 104),
    (134, 104, 184),
    (150, 118, 94),
    (208, 118, 160),
    (72, 160, 170),
)
_GREY: Colour = (140, 140, 140)
_GOLDEN = 0.61803398875  # of a turn: hues that never meet
_FAMILIES: dict[str, Colour] = {
    "Reds": (200, 50, 45),
    "Oranges and browns": (190, 120, 60),
    "Yellows": (214, 190, 70),
    "Greens": (90, 150, 70),
    "Blue-greens": (60, 150, 145),
    "Blues": (60, 100, 190),
    "Violets": (120, 80, 170),
    "Pinks": (205, 100, 150),
    "Black": (25, 25, 25),
    "Grey": (130, 130, 130),
    "White": (238, 238, 238),
}


def class_colours(names: Sequence[str], by: str) -> list[Colour]:
    if by == "palette":
        return [_FAMILIES.get(name, _GREY) for name in names]
    if by == "excluded":
        return [_FIRST[0] if name == "Excluded" else _FIRST[1] for name in names]
    if by == "decade":
        return _in_order(names)
    grey = {"Unknown", *UNKNOWN.values()}
    return [_GREY if name in grey or name.startswith(OTHERS) else _colour(place) for place, name in enumerate(names)]


def _in_order(names: Sequence[str]) -> list[Colour]:
    """From violet over green to yellow, as what has an order is coloured."""
    known = [name for name in names if name not in UNKNOWN.values()]
    found = []
    for place in range(len(known)):
        share = place / max(1, len(known) - 1)
        found.append(_rgb(0.78 - 0.63 * share, 0.40 + 0.22 * share, 0.55))
    return [*found, *[_GREY] * (len(names) - len(known))]


def _colour(place: int) -> Colour:
    if place < len(_FIRST):
        return _FIRST[place]
    turn = place - len(_FIRST)
    return _rgb(0.08 + turn * _GOLDEN, (0.45, 0.6, 0.35)[turn % 3], (0.6, 0.4, 0.75)[turn % 3])


def _rgb(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)
