"""Drawers of colours."""

import numpy as np

from core.features.colour_cells import GREYS, HUES, cells_of, colour_cells


def cell(colour: int) -> tuple[int | None, int]:
    found = colour_cells()[int(cells_of(np.array([colour], np.uint32))[0])]
    return found.hue, found.level


def test_greys_lie_apart_by_lightness() -> None:
    assert cell(0x000000) == (None, 0)
    assert cell(0xFFFFFF) == (None, GREYS - 1)
    assert cell(0x7A7A78)[0] is None


def test_colours_lie_by_hue_then_by_lightness() -> None:
    red, orange, blue = cell(0xD02020), cell(0xE08020), cell(0x2030D0)
    assert red[0] is not None
    assert orange[0] is not None
    assert red[0] < orange[0] < HUES
    assert blue[0] not in (red[0], orange[0])
    assert cell(0x401010)[1] < cell(0xD02020)[1] < cell(0xFFB0A8)[1]


def test_every_drawer_shows_a_colour_that_lies_in_it() -> None:
    shown = np.array([int(known.colour[1:], 16) for known in colour_cells()], np.uint32)
    there = [place for place, known in enumerate(colour_cells()) if known.colour != "#000000" or place == HUES * 3]
    assert sum(int(cells_of(shown[place : place + 1])[0]) == place for place in there) > 0.8 * len(there)
