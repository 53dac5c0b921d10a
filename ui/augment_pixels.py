"""Pictures as the numbers that a network gets: every pixel a block, its three numbers under the pointer."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_SCALE = 8_000  # numbers travel as 16-bit whole ones: from -4 to 4, to the fourth decimal
_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_pixels",
    html="<div id='pixels'></div>\n",
    css=(_ASSETS / "pixels.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "pixels.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class PixelPicture:
    """One picture with its words."""

    numbers: NDArray[np.float32]  # (3, H, W), about [-1, 1]
    label: str
    note: str = ""


def show_pixels(rows: Sequence[tuple[str, Sequence[PixelPicture]]], *, key: str) -> None:
    """Rows of pictures, each with a heading; all of one shape. Numbers outside -1..1 are shown as black or white."""
    height, width = rows[0][1][0].numbers.shape[1:]
    _component(
        key=key,
        data={
            "height": int(height),
            "width": int(width),
            "scale": _SCALE,
            "rows": [
                {
                    "title": title,
                    "pictures": [
                        {"label": picture.label, "note": picture.note, "numbers": _packed(picture.numbers)}
                        for picture in pictures
                    ],
                }
                for title, pictures in rows
            ],
        },
    )


def _packed(numbers: NDArray[np.float32]) -> str:
    """(3, H, W) -> base64 of little-endian 16-bit numbers, pixel by pixel."""
    whole = np.rint(np.clip(numbers.transpose(1, 2, 0), -4, 4) * _SCALE).astype("<i2")
    return base64.b64encode(whole.tobytes()).decode()
