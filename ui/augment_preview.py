"""Augment's pictures: before and after, samples around a cut, strips of datasets. Each block is one HTML element whose
pictures travel inside it, so a hundred of them cost one message and no requests.
"""

import base64
import hashlib
import heapq
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core.datasets.fit import Box, Pixels, apply_copy, fit_box, fit_picture, read_for
from core.datasets.pack import PackError, open_pack
from core.datasets.plan import Plan, Verdict
from core.datasets.recipe import COPIES, Recipe, size_words
from core.errors import AtelierError
from core.workspace import Workspace
from ui.markup import harmless

_HANDFUL = 6
_SHUFFLE = "augment-shuffle"  # session state: how often it was reshuffled, the seed of the choice
_ORIGINAL_SIDE = 168  # pixels on the page, at most
_STRIP_SAMPLES = 15
_STRIP_SIDE = 64  # pixels a strip is high

_STYLE = """
<style>
.augment { font-size: .8rem; line-height: 1.3; }
.augment img { display: block; }
.augment .true { image-rendering: pixelated; }
.augment .rows { display: grid; gap: 14px 12px; align-items: start; overflow-x: auto; justify-content: start;
  padding-bottom: 6px; }
.augment .head { opacity: .7; white-space: nowrap; }
.augment .original { text-align: right; }
.augment figure { margin: 0; }
.augment figcaption { margin-top: 3px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.augment figcaption span { opacity: .65; }
.augment .frame { position: relative; display: inline-block; overflow: hidden; }
.augment .kept { position: absolute; outline: 2px solid #fff; box-shadow: 0 0 0 999px rgba(20, 16, 12, .62); }
.augment .wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 12px 10px; }
.augment .wall img { max-width: 100%; height: 76px; object-fit: contain; object-position: left bottom; }
.augment.strip img { max-width: 100%; height: 64px; object-fit: cover; object-position: left; }
</style>
"""


def show_handful(workspace: Workspace, plan: Plan) -> None:
    """A few kept pictures before and after, another few at the press of a button."""
    if not plan.kept:
        st.info("No picture is kept with these settings.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Reshuffle", icon=":material/shuffle:"):
            st.session_state[_SHUFFLE] = st.session_state.get(_SHUFFLE, 0) + 1
        st.caption("Fitted pictures show every pixel that is trained on; the frame shows what is kept.")
    _show_before_and_after(workspace, _handful(plan, st.session_state.get(_SHUFFLE, 0)), plan.recipe)


def _handful(plan: Plan, shuffle: int) -> list[Verdict]:
    """Chosen by a draw of each picture's own, so the same ones stay in view while a limit or the fit is moved."""

    def draw(verdict: Verdict) -> bytes:
        return hashlib.sha256(f"{shuffle} {verdict.picture.sha256}".encode()).digest()

    return heapq.nsmallest(_HANDFUL, plan.kept, key=draw)


def _show_before_and_after(workspace: Workspace, verdicts: Sequence[Verdict], recipe: Recipe) -> None:
    """Rows of original, fitted picture and copies, the last two with every training pixel a square block."""
    heads = ["Original", f"Fitted, {size_words(recipe.shape)}", *(COPIES[copy].capitalize() for copy in recipe.copies)]
    side_by_side = 2 if len(heads) == 2 and recipe.resolution <= 128 else 1  # pictures to a row
    cells = [f"<div class='head'>{html.escape(head)}</div>" for head in heads * side_by_side]
    problems = []
    for verdict in verdicts:
        picture = verdict.picture
        try:
            cells += _before_and_after_cells(workspace.image(picture.sha256, picture.suffix), recipe)
        except AtelierError as error:
            problems.append(f"{picture.title or picture.sha256[:8]}: {error}")
    columns = f"grid-template-columns: repeat({len(heads) * side_by_side}, max-content)"
    st.html(f"{_STYLE}<div class='augment'><div class='rows' style='{columns}'>{''.join(cells)}</div></div>")
    for problem in problems:
        st.warning(problem)


@st.cache_data(max_entries=256, show_spinner=False)
def _before_and_after_cells(path: Path, recipe: Recipe) -> list[str]:
    picture = read_for(recipe.resolution, path)
    pixels = fit_picture(picture, recipe)
    times = max(1, 144 // recipe.resolution)  # whole multiples: every pixel becomes a square block
    height, width = (times * side for side in recipe.shape)
    cells = [_framed(picture, fit_box(picture, recipe.fit, recipe.shape), min(height, _ORIGINAL_SIDE))]
    for copy in ("", *recipe.copies):
        url = _lossless_url(apply_copy(pixels, copy) if copy else pixels)
        cells.append(f"<img class='true' src='{url}' width='{width}' height='{height}' alt='{copy or 'fitted'}'>")
    return cells


def _framed(picture: Image.Image, box: Box, height: int) -> str:
    """The original, at most `height` high on the page, with a frame around `box` and what lies outside darkened."""
    width, full_height = picture.size
    scale = min(height / full_height, _ORIGINAL_SIDE / width)
    shown_width, shown_height = round(width * scale), round(full_height * scale)
    left, top, right, bottom = box
    frame = ""
    if (right - left, bottom - top) != picture.size:
        place = (
            f"left:{left / width:.2%};top:{top / full_height:.2%};"
            f"width:{(right - left) / width:.2%};height:{(bottom - top) / full_height:.2%}"
        )
        frame = f"<div class='kept' style='{place}'></div>"
    smaller = picture.copy()
    smaller.thumbnail((2 * shown_width, 2 * shown_height))  # twice, for screens with fine pixels
    image = f"<img src='{_lossy_url(smaller)}' alt='original' width='{shown_width}' height='{shown_height}'>"
    return f"<div class='original'><div class='frame'>{image}{frame}</div></div>"


def show_wall(workspace: Workspace, verdicts: Sequence[Verdict], captions: Sequence[str]) -> None:
    """Thumbnails with a figure and the artist beneath each."""
    figures = []
    for verdict, caption in zip(verdicts, captions, strict=True):
        artist = html.escape(verdict.picture.artist or "")
        figures.append(
            f"<figure title='{html.escape(verdict.detail or caption, quote=True)}'>"
            f"<img src='{_thumb_url(workspace.thumb(verdict.picture.sha256))}' alt='{artist or 'picture'}'>"
            f"<figcaption>{html.escape(caption)}<br><span>{artist}</span></figcaption></figure>"
        )
    st.html(f"{_STYLE}<div class='augment'><div class='wall'>{''.join(figures)}</div></div>")


def show_strip(folder: Path, content_hash: str) -> None:
    """A row of a dataset's pictures as they are trained on."""
    try:
        url = _strip(folder, content_hash)
    except PackError as error:
        st.error(harmless(str(error)))
    else:
        st.html(f"{_STYLE}<div class='augment strip'><img class='true' alt='samples' src='{url}'></div>")


@st.cache_data(max_entries=200, show_spinner=False)
def _strip(folder: Path, content_hash: str) -> str:
    pack = open_pack(folder)
    rows = pack.train_pictures
    chosen = rows[np.linspace(0, len(rows) - 1, min(_STRIP_SAMPLES, len(rows))).astype(int)]
    height, width = pack.shape
    across = max(1, round(_STRIP_SIDE * width / height))
    sheet = Image.new("RGB", (across * len(chosen), _STRIP_SIDE))
    resampling = Image.Resampling.BOX if height > _STRIP_SIDE else Image.Resampling.NEAREST
    for place, row in enumerate(chosen):
        sample = Image.fromarray(pack.images[row])
        sheet.paste(sample.resize((across, _STRIP_SIDE), resampling), (across * place, 0))
    return _lossless_url(np.asarray(sheet))


@st.cache_data(max_entries=4096, show_spinner=False)
def _thumb_url(path: Path) -> str:
    try:
        return _url(path.read_bytes(), "webp")
    except FileNotFoundError:
        return "data:,"  # the caption still says what it was


def _lossy_url(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=85, method=0)
    return _url(buffer.getvalue(), "webp")


def _lossless_url(pixels: Pixels) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return _url(buffer.getvalue(), "webp")


def _url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
