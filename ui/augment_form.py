"""Augment's questions about the recipe, but for its random steps: what shape pictures get, which are left out, which
exact copies are added, who is held out. What the widgets show lies in `ui.augment_state`.
"""

from typing import Any

import streamlit as st

from core.datasets.recipe import ASPECTS, COPIES, PAD_COLOURS, QUARTER_TURNS, Recipe, size_words
from ui.augment_state import exact

RESOLUTIONS = (32, 48, 64, 96, 128, 192, 256)
_FIT_LABELS = {"crop": "Crop", "smart": "Smart", "squash": "Squash", "pad": "Pad"}
_FIT_EXPLAINED = {
    "crop": "Keeps the middle.",
    "smart": "Keeps the part with most edges and unusual colours.",
    "squash": "Keeps everything; shapes are squeezed.",
    "pad": "Keeps everything; bars fill the rest, and the model learns them too.",
}
_ASPECT_LABELS = {
    aspect: f"{aspect} {'square' if across == down else 'upright' if across < down else 'wide'}"
    for aspect in ASPECTS
    for across, down in [aspect.split(":")]
}
_PAD_LABELS = {"edge": "Edge colour", "white": "White", "black": "Black"}
_COPY_LABELS = {"flip-lr": "Mirrored", "flip-tb": "Upside down", "rot90": "90°", "rot180": "180°", "rot270": "270°"}
_TOO_NARROW_LABELS = {
    "squash": "Too narrow: squeezed by more than",
    "pad": "Too narrow: padding over",
}
_MOST_SEED, _MOST_DEVIATION = 9999, 40.0  # of the widgets, unless the recipe goes further


def ask_fit(recipe: Recipe) -> dict[str, Any]:
    """Resolution, aspect, fit and pad colour."""
    resolution = st.select_slider(
        "Resolution",
        sorted({*RESOLUTIONS, recipe.resolution}),
        format_func=lambda side: f"{side} px",
        key="recipe_resolution",
        help="Longer side of the pictures that models are trained on. Twice the side takes about four times as long to "
        "train.",
    )
    aspect = st.selectbox(
        "Aspect, width : height",
        ASPECTS,
        format_func=_ASPECT_LABELS.__getitem__,
        key="recipe_aspect",
        help="Every model paints squares; other shapes are for the models that say so on Train, such as met-gan.",
    )
    if aspect != "1:1":
        st.caption(f"Pictures of {size_words(Recipe(resolution=resolution, aspect=aspect).shape)}.")
    fit = st.segmented_control(
        "Pictures that are not square" if aspect == "1:1" else f"Pictures that are not {aspect}",
        list(_FIT_LABELS),
        format_func=_FIT_LABELS.__getitem__,
        required=True,
        wrap=True,
        key="recipe_fit",
    )
    st.caption(_FIT_EXPLAINED[fit])
    pad_colour = recipe.pad_colour
    if fit == "pad":
        pad_colour = st.segmented_control(
            "Bars",
            list(PAD_COLOURS),
            format_func=_PAD_LABELS.__getitem__,
            required=True,
            wrap=True,
            key="recipe_bars",
        )
    return {"resolution": resolution, "aspect": aspect, "fit": fit, "pad_colour": pad_colour}


def ask_limits(recipe: Recipe, fit: str) -> dict[str, Any]:
    """max_cut_share and min_deviation."""
    st.subheader("Leave out")
    percent = st.slider(
        _TOO_NARROW_LABELS.get(fit, "Too narrow: losing more than"),
        0,
        100,
        format="%d %%",
        key="recipe_narrow",
        help="How far a picture is from the asked aspect: what a crop cuts away, how much of a padded picture is bars, "
        "by how much squashing shortens it. For squares: 1 minus the short side by the long side. 100 % keeps all.",
    )
    deviation = st.slider(
        "Near-solid: deviation under",
        0.0,
        max(_MOST_DEVIATION, recipe.min_deviation),
        step=0.5,
        format="%.1f",
        key="recipe_solid",
        help="How far the colours of the fitted picture lie from their mean, from 0 (one flat colour) to 127 (half "
        "black, half white). 0 keeps all.",
    )
    return {"max_cut_share": exact(percent, recipe.max_cut_share, scale=100), "min_deviation": deviation}


def ask_copies(aspect: str) -> dict[str, Any]:
    """The exact copies: pixels only change places."""
    copies = st.pills(
        "Add each picture to train on once more",
        [copy for copy in COPIES if aspect == "1:1" or copy not in QUARTER_TURNS],
        format_func=_COPY_LABELS.__getitem__,
        selection_mode="multi",
        wrap=True,
        key="recipe_copies",
        help="Turned copies help a small collection, but the model learns to paint them as well: leave out what would "
        "look wrong, such as a mirrored signature or a horizon upside down.",
    )
    st.caption("Exact copies: pixels only change places. Each makes a row more of every picture to train on.")
    return {"copies": tuple(copies)}


def ask_hold_out(recipe: Recipe) -> dict[str, Any]:
    st.subheader("Hold out")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        held_percent = st.slider(
            "For measuring",
            0,
            50,
            format="%d %%",
            key="recipe_held",
            help="Pictures that are never trained on. All pictures of an artwork stay on one side, and so do two files "
            "of the same picture.",
        )
        seed = st.number_input(
            "Draw",
            0,
            max(_MOST_SEED, recipe.seed),
            key="recipe_draw",
            width=110,
            help="Another number holds out others, and draws other copies.",
        )
    return {"test_share": exact(held_percent, recipe.test_share, scale=100), "seed": seed}
