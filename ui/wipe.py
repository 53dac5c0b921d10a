"""Comparing pictures in place: a divider to drag, zoom at true pixels, or side by side with one zoom for all.

    wipe(before, after, left_label="Bicubic", right_label="Result", key="upscale-wipe")
    compare([Pane(source, "Input"), Pane(bicubic, "Bicubic"), Pane(result, "Result")], key="upscale-compare")

All pictures are laid over one another at the size of the largest, smaller ones enlarged pixel by pixel. The files go
to the browser as they lie on disk, each by an address of its own and once; what is zoomed and dragged stays there and
costs no run of the page.
"""

import hashlib
import io
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from PIL import Image
from streamlit import runtime

from core.errors import AtelierError
from core.images import read_image
from ui.markup import harmless

Mode = Literal["wipe", "side", "flicker"]
Picture = Path | bytes | Image.Image
MAX_ZOOM = 32
_MOST_PIXELS = 40_000_000  # of a picture as the browser gets it: decoded, each takes four bytes there
_AS_THEY_ARE = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}  # what every browser shows
_LIES_ON_ITS_SIDE = (5, 6, 7, 8)  # EXIF orientations with width and height swapped
_ORIENTATION = 0x0112
_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_wipe",
    html="<div id='wipe'></div>\n",
    css=(_ASSETS / "wipe.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "wipe.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Pane:
    """One picture of a comparison."""

    picture: Picture  # a file, its bytes, or a decoded picture
    label: str
    note: str = ""  # what else to say of it, under the comparison


def wipe(left: Picture, right: Picture, *, left_label: str, right_label: str, key: str, zoom: bool = True) -> None:
    """Two pictures in place, see `compare`."""
    compare([Pane(left, left_label), Pane(right, right_label)], key=key, zoom=zoom)


def compare(
    panes: Sequence[Pane],
    *,
    key: str,
    mode: Mode = "wipe",
    zoom: bool = True,
    flicker: bool = False,
    tallest: str = "70vh",
) -> None:
    """Two or three pictures, left to right.

    Args:
        mode: what is shown first; the person may turn to the other.
        flicker: also offers to show them one after the other in place, by itself or by hand.
        zoom: False leaves out zooming, dragging and the choice of the mode.
        tallest: CSS length above which the pictures are made smaller.
    """
    shown = []
    for place, pane in enumerate(panes):
        try:
            file = _file_of(pane.picture)
        except (AtelierError, OSError) as error:
            st.warning(harmless(f"{pane.label} cannot be shown. {error}"), icon=":material/broken_image:")
            continue
        shown.append(_described(pane, file, f"{key}-{place}"))
    if not shown:
        return
    _component(
        key=key,
        data={"panes": shown, "mode": mode, "zoom": zoom, "flicker": flicker, "tallest": tallest, "max_zoom": MAX_ZOOM},
    )


@dataclass(frozen=True)
class _File:
    """A picture as the browser gets it."""

    data: bytes
    mime: str
    width: int  # pixels, upright
    height: int
    share: float  # of the original's width: below 1, it was made smaller


def _described(pane: Pane, file: _File, coordinates: str) -> dict[str, Any]:
    note = pane.note
    if file.share < 1:
        note = f"{note} · shown at {file.share:.0%} of its size".removeprefix(" · ")
    return {
        "url": _media_url(file, coordinates),
        "key": f"{len(file.data)}-{zlib.crc32(file.data):08x}",
        "width": file.width,
        "height": file.height,
        "label": pane.label,
        "note": note,
    }


def _file_of(picture: Picture) -> _File:
    if isinstance(picture, Image.Image):
        return _encoded(hashlib.sha256(picture.tobytes()).hexdigest(), picture.size, picture)
    if isinstance(picture, Path):
        return _read(str(picture), picture.stat().st_mtime_ns)
    return _prepared(picture)


@st.cache_data(max_entries=12, show_spinner=False)
def _read(path: str, version: int) -> _File:
    return _prepared(Path(path).read_bytes())


@st.cache_data(max_entries=12, show_spinner=False)
def _encoded(digest: str, size: tuple[int, int], _picture: Image.Image) -> _File:
    return _as_png(_picture, 1.0)


def _prepared(data: bytes) -> _File:
    """As it is where browsers know the format and the size is sensible. Raises: ImageError."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_AS_THEY_ARE)) as opened:
            width, height = opened.size
            mime = _AS_THEY_ARE[opened.format or ""]
            if opened.getexif().get(_ORIENTATION) in _LIES_ON_ITS_SIDE:
                width, height = height, width
        if width * height <= _MOST_PIXELS:
            return _File(data, mime, width, height, 1.0)
    except Image.UnidentifiedImageError:
        pass  # of another format: the lab's one door knows more of them, and says what is wrong
    picture = read_image(data)
    share = min(1.0, math.sqrt(_MOST_PIXELS / (picture.width * picture.height)))
    if share < 1:
        size = max(1, round(picture.width * share)), max(1, round(picture.height * share))
        picture = picture.resize(size, Image.Resampling.BOX)
    return _as_png(picture, share)


def _as_png(picture: Image.Image, share: float) -> _File:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return _File(buffer.getvalue(), "image/png", picture.width, picture.height, share)


def _media_url(file: _File, coordinates: str) -> str:
    """An address on this server for as long as the session shows it, as st.image makes one."""
    if not runtime.exists():  # a page drawn without a server, in a test
        return ""
    return runtime.get_instance().media_file_mgr.add(file.data, file.mime, f"wipe-{coordinates}")
