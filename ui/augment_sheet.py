"""The contact sheet: a few pictures, each with its original, its copies and several draws of the steps."""

import html
from collections.abc import Sequence
from functools import lru_cache

import streamlit as st
from PIL import Image

from core.datasets.fit import Box, fit_box
from core.datasets.plan import Plan
from core.datasets.recipe import Recipe, size_words
from core.datasets.steps.drift import ANOTHER_PICTURE, Drift
from core.features.colour import SAME_COLOUR_WITHIN
from core.workspace import Workspace
from ui import access
from ui.augment_draws import View, getting_ready, views
from ui.augment_pictures import (
    MOST_OWN,
    Looked,
    decoded,
    fit_only,
    handful,
    lossless_url,
    lossy_url,
    own_pictures,
    readable,
    reshuffle,
)
from ui.markup import harmless

_SOURCES = {"selection": "The selection", "own": "My own"}
_MOST_PICTURES, _MOST_DRAWS, _MOST_SEED = 24, 16, 9999
_WIDTH = 128  # pixels of the page that a training picture is about wide, in whole multiples

STYLE = """
<style>
.sheet { font-size: .8rem; line-height: 1.35; }
.sheet section { padding: 10px 0 14px; border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.sheet section:first-of-type { border-top: 0; padding-top: 0; }
.sheet h5 { margin: 0 0 6px; font: inherit; font-weight: 600; overflow-wrap: anywhere; padding: 0; }
.sheet .cells { display: grid; grid-template-columns: repeat(auto-fill, var(--cell)); gap: 12px; align-items: start; }
.sheet figure { margin: 0; }
.sheet img { display: block; max-width: 100%; height: auto; }
.sheet .true { image-rendering: pixelated; }
.sheet figcaption { margin-top: 5px; overflow-wrap: anywhere; }
.sheet figcaption b { font-weight: 600; }
.sheet figcaption span { display: block; opacity: .75; }
.sheet figcaption .mark { opacity: 1; font-weight: 600; }
.sheet .repeat .true { outline: 2px dashed #D99A2B; outline-offset: 1px; }
.sheet .far .true { outline: 2px solid #C2452D; outline-offset: 1px; }
.sheet .meter { height: 4px; margin: 4px 0 2px; border-radius: 2px; overflow: hidden;
  background: color-mix(in srgb, currentColor 14%, transparent); }
.sheet .meter i { display: block; height: 100%; background: #4F7F5B; }
.sheet .far .meter i { background: #C2452D; }
.sheet .frame { position: relative; width: max-content; max-width: 100%; overflow: hidden; }
.sheet .kept { position: absolute; outline: 2px solid #fff; box-shadow: 0 0 0 999px rgba(20, 16, 12, .62); }
</style>
"""


def show_sheet(workspace: Workspace, plan: Plan) -> None:
    recipe = plan.recipe
    pictures, seed, draws = _ask(workspace, plan)
    if not pictures:
        return
    pictures, problems = readable(pictures, recipe)
    for problem in problems:
        st.warning(harmless(problem), icon=":material/broken_image:")
    _legend(recipe, seed)
    with getting_ready():
        found = views(pictures, recipe, seed=seed, draws=draws)
    if told := _findings([view for each in found for view in each if view.drift is not None]):
        st.caption(told)
    st.html(_page(list(zip(pictures, found, strict=True)), recipe))


def _ask(workspace: Workspace, plan: Plan) -> tuple[list[Looked], int, int]:
    """Which pictures, the seed, and how many draws of each."""
    recipe = plan.recipe
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="sheet-questions"):
        source = st.segmented_control(
            "Pictures of",
            list(_SOURCES),
            format_func=_SOURCES.__getitem__,
            default="selection",
            required=True,
            key="sheet_source",
            persist_state="session",
        )
        count = 0
        if source == "selection":
            count = st.number_input(
                "Pictures", 1, _MOST_PICTURES, 4, key="sheet_pictures", width=110, persist_state="session"
            )
        draws, seed = 0, recipe.seed
        if recipe.enabled_steps:
            draws = st.number_input("Draws", 1, _MOST_DRAWS, 6, key="sheet_draws", width=110, persist_state="session")
            seed = st.number_input("Seed", 0, _MOST_SEED, key="sheet_seed", width=110, persist_state="session")
            st.button("Draw again", icon=":material/casino:", on_click=_draw_again, help="The next seed.")
        if source == "selection":
            st.button("Other pictures", icon=":material/shuffle:", on_click=_other_pictures)
    if source == "own":
        own = own_pictures(workspace)
        if not own:
            st.info(f"Choose up to {MOST_OWN} pictures of your own to try the recipe on.", icon=":material/upload:")
        return own, seed, draws
    if not plan.kept:
        st.info("No picture is kept with these settings.")
    return handful(workspace, plan, count), seed, draws


@access.owner_action
def _draw_again() -> None:
    st.session_state["sheet_seed"] = (st.session_state.get("sheet_seed", 0) + 1) % (_MOST_SEED + 1)


@access.owner_action
def _other_pictures() -> None:
    reshuffle()


def _legend(recipe: Recipe, seed: int) -> None:
    told = ["The frame shows what is kept; every training pixel is a block."]
    if recipe.enabled_steps:
        told.append("Bars: how far a draw moved away from its picture, red past the limit. Dashed: a repeat.")
        if recipe.steps_as == "copies":
            told.append(
                f"With seed {seed} these are the very copies that the dataset gets."
                if seed == recipe.seed
                else f"The dataset's own copies are drawn with seed {recipe.seed}."
            )
    elif not recipe.copies:
        told.append("Add copies or steps to see what they do.")
    st.caption(" ".join(told))


def _findings(made: Sequence[View]) -> str:
    """How many of the copies and draws in sight are marked, and why."""
    far, same = (sum(map(bool, marks)) for marks in ([_is_far(v) for v in made], [v.repeat for v in made]))
    told = [f"**{far} of {len(made)}** went too far from their picture"] if far else []
    told += [f"**{same} of {len(made)}** repeat their picture or one another"] if same else []
    return f":material/warning: {'; '.join(told)}." if told else ""


def _page(rows: Sequence[tuple[Looked, list[View]]], recipe: Recipe) -> str:
    width = cell_width(recipe)
    sections = (
        f"<section><h5>{html.escape(picture.name)}</h5><div class='cells'>{_original(picture, fit_only(recipe))}"
        f"{''.join(_cell(view, recipe.shape, width) for view in found)}</div></section>"
        for picture, found in rows
    )
    return f"{STYLE}<div class='sheet' style='--cell: {width}px'>{''.join(sections)}</div>"


def cell_width(recipe: Recipe) -> int:
    """Pixels of the page: a whole multiple of the training picture, so that every pixel becomes a square block."""
    width = recipe.shape[1]
    return width * max(1, round(_WIDTH / width))


def _cell(view: View, shape: tuple[int, int], width: int) -> str:
    height = width * shape[0] // shape[1]
    classes = " ".join(name for name, yes in (("repeat", view.repeat), ("far", _is_far(view))) if yes)
    lines = [f"<b>{html.escape(_label(view, shape))}</b>"]
    if view.repeat:
        lines.append(f"<span class='mark'>{html.escape(view.repeat)}</span>")
    if view.drift is not None:
        lines.append(_meter(view.drift))
    lines += [f"<span>{html.escape(words)}</span>" for words in view.words]
    return (
        f"<figure class='{classes}'><img class='true' src='{_url(view)}' width='{width}' height='{height}' "
        f"alt='{html.escape(view.label.lower(), quote=True)}'><figcaption>{''.join(lines)}</figcaption></figure>"
    )


def _label(view: View, shape: tuple[int, int]) -> str:
    return f"Fitted, {size_words(shape)}" if view.drift is None else view.label


def _is_far(view: View) -> bool:
    return view.drift is not None and view.drift.too_far


def _meter(drift: Drift) -> str:
    """How far it went, as a share of the way to the nearer of the two limits."""
    share = min(1.0, max(drift.colour / SAME_COLOUR_WITHIN, (1 - drift.likeness) / (1 - ANOTHER_PICTURE)))
    if share < 0.005:
        return ""  # as exact copies are
    words = html.escape(drift.words, quote=True)
    told = f"<span class='mark'>{words}</span>" if drift.too_far else ""
    bar = f"<i style='width: {share:.0%}'></i>"
    return f"<div class='meter' role='img' aria-label='{words}' title='{words}'>{bar}</div>{told}"


@lru_cache(maxsize=256)
def _url(view: View) -> str:
    return lossless_url(view.pixels)


@lru_cache(maxsize=256)
def _original(picture: Looked, recipe: Recipe) -> str:
    """The original, no larger than a cell, with a frame around what is kept; what lies outside is darkened."""
    image = decoded(picture.path, recipe.resolution)
    box, most = fit_box(image, recipe.fit, recipe.shape), cell_width(recipe)
    scale = min(most / image.width, most / image.height)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    smaller = image.copy()
    smaller.thumbnail((2 * width, 2 * height))  # twice, for screens with fine pixels
    shown = f"<img src='{lossy_url(smaller)}' alt='original' width='{width}' height='{height}'>"
    frame = f"<div class='kept' style='{_place(box, image)}'></div>" if box != (0, 0, *image.size) else ""
    return f"<figure><div class='frame'>{shown}{frame}</div><figcaption><b>Original</b></figcaption></figure>"


def _place(box: Box, image: Image.Image) -> str:
    (left, top, right, bottom), (width, height) = box, image.size
    return (
        f"left:{left / width:.2%};top:{top / height:.2%};"
        f"width:{(right - left) / width:.2%};height:{(bottom - top) / height:.2%}"
    )
