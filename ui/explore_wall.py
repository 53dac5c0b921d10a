"""Pictures of one size to click: a wall that wraps, a grid with headings, a strip that scrolls.

    picked = wall(pictures, cells("Seed 3, picture", 24), key="explore-seeds", label="Seeds", of="seed 3")
    if picked is not None: ...    # the place of the cell, in the one run after the click

All pictures travel as one lossless sheet inside the message of the page: there is no request to wait for. The browser
enlarges by a whole number, so that every pixel of a sample is a square of the same size.
"""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from ui import access

_ASSETS = Path(__file__).with_name("assets")
_SIDE = 112  # screen pixels that the longer side of a picture has, about

_component = st.components.v2.component(
    "atelier_explore_wall",
    html="<div id='wall'></div>\n",
    css=(_ASSETS / "explore_wall.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "explore_wall.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Cell:
    """One place of a wall."""

    sheet: int  # number of its picture; below 0 the place is left empty
    label: str = ""  # what screen readers and the tooltip say
    note: str = ""  # shown below it
    head: bool = False  # a heading of a row or column


def wall(
    pictures: NDArray[np.uint8],
    cells: Sequence[Cell],
    *,
    key: str,
    label: str,
    of: str,
    chosen: int | None = None,
    across: int = 0,
    strip: bool = False,
    side: int = _SIDE,
) -> int | None:
    """Draw it; the place that was just clicked, else None.

    Args:
        pictures: uint8 (N, H, W, 3).
        of: names what is shown. A click on an earlier wall, still on its way, does not count.
        chosen: the place that is marked.
        across: cells a row, for a grid with headings; 0 for as many as fit.
        strip: one row that scrolls.
        side: screen pixels that the longer side of a picture has, about.
    """
    count, height, width = pictures.shape[:3]
    columns = max(1, math.ceil(math.sqrt(count)))
    result = _component(
        key=key,
        data={
            "sheet": base64.b64encode(sheet_of(pictures, columns)).decode() if count else "",
            "columns": columns,
            "width": width,
            "height": height,
            "zoom": zoom_for(width, height, side),
            "cells": [vars(cell) for cell in cells],
            "label": label,
            "of": of,
            "chosen": chosen,
            "across": across,
            "strip": strip,
        },
        on_picked_change=access.owner_action(lambda: None),
    )
    return _picked(result.picked, of, cells)


def _picked(told: Any, of: str, cells: Sequence[Cell]) -> int | None:
    """The browser's word, checked like any input."""
    try:
        place, named = told["place"], told["of"]
    except (TypeError, KeyError):
        return None
    usable = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(cells)
    return place if usable and named == of and cells[place].sheet >= 0 else None


def zoom_for(width: int, height: int, side: int) -> int:
    """The whole number that brings the longer side nearest to `side` screen pixels, at least 1."""
    return max(1, round(side / max(width, height)))


def sheet_of(pictures: NDArray[np.uint8], columns: int) -> bytes:
    """Pictures (N, H, W, 3) without gaps, row by row, as a PNG that is quick to make."""
    count, height, width = pictures.shape[:3]
    rows = math.ceil(count / columns)
    sheet = np.zeros((rows * columns, height, width, 3), np.uint8)
    sheet[:count] = pictures
    laid = sheet.reshape(rows, columns, height, width, 3).swapaxes(1, 2).reshape(rows * height, columns * width, 3)
    return png_of(laid)


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) as a PNG, quickly: it is made anew at every move of a slider."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
