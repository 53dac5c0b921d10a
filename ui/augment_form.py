"""Augment's questions: which pictures, and what happens to each. Every answer stands in the URL."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import ORIENTATIONS, Selection
from core.datasets.recipe import ASPECTS, COPIES, PAD_COLOURS, QUARTER_TURNS, Recipe, size_words

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
_ORIGINS = {"Artworks": False, "Synthetic": True}
_DEFAULTS = Recipe()


def ask_selection(catalog: Catalog) -> Selection:
    """Which pictures. The names in the URL are those of the Catalog page, so a filter found there works here."""
    st.subheader("Pictures")
    collections = st.multiselect(
        "Collection",
        [info.name for info in catalog.collections()],
        key="collection",
        bind="query-params",
        placeholder="All collections",
    )
    known = Selection(collections=tuple(collections))
    with st.expander("Narrow down", icon=":material/tune:"):
        text = st.text_input("Search", key="q", bind="query-params", placeholder="Title, artist, tag, file name")
        artists = st.multiselect(
            "Artist",
            [artist for artist, _ in catalog.artists(known) if artist],
            key="artist",
            bind="query-params",
            placeholder="All artists",
        )
        shape = st.pills(
            "Shape", list(ORIENTATIONS), key="shape", bind="query-params", format_func=str.capitalize, wrap=True
        )
        origin = st.pills("Origin", list(_ORIGINS), key="origin", bind="query-params")
        min_side = st.number_input(
            "Shorter side at least", 1, 100_000, None, 64, key="min_side", bind="query-params", placeholder="pixels"
        )
    return Selection(
        collections=tuple(collections),
        artists=tuple(artists),
        text=text,
        orientation=shape or "",
        synthetic=_ORIGINS[origin] if origin else None,
        min_side=min_side,
    )


def ask_recipe() -> Recipe:
    resolution, aspect, fit, pad_colour = _ask_fit()
    max_cut_share, min_deviation = _ask_limits(fit)
    st.subheader("Add copies")
    copies = st.pills(
        "Of each picture to train on",
        [copy for copy in COPIES if aspect == "1:1" or copy not in QUARTER_TURNS],
        format_func=_COPY_LABELS.__getitem__,
        selection_mode="multi",
        wrap=True,
        key="copies",
        bind="query-params",
        help="Turned copies help a small collection, but the model learns to paint them as well: leave out what would "
        "look wrong, such as a mirrored signature or a horizon upside down.",
    )
    st.subheader("Hold out")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        held_percent = st.slider(
            "For measuring",
            0,
            50,
            round(_DEFAULTS.test_share * 100),
            format="%d %%",
            key="held",
            bind="query-params",
            help="Pictures that are never trained on. All pictures of an artwork stay on one side, and so do two files "
            "of the same picture.",
        )
        seed = st.number_input(
            "Draw", 0, 9999, 0, key="draw", bind="query-params", width=110, help="Another number holds out others."
        )
    return Recipe(
        resolution=resolution,
        aspect=aspect,
        fit=fit,
        pad_colour=pad_colour,
        copies=tuple(copies),
        max_cut_share=max_cut_share,
        min_deviation=min_deviation,
        test_share=held_percent / 100,
        seed=seed,
    )


def _ask_fit() -> tuple[int, str, str, str]:
    """Resolution, aspect, fit and pad colour."""
    st.subheader("Fit")
    resolution = st.select_slider(
        "Resolution",
        RESOLUTIONS,
        _DEFAULTS.resolution,
        format_func=lambda side: f"{side} px",
        key="resolution",
        bind="query-params",
        help="Longer side of the pictures that models are trained on. Twice the side takes about four times as long to "
        "train.",
    )
    aspect = st.selectbox(
        "Aspect, width : height",
        ASPECTS,
        format_func=_ASPECT_LABELS.__getitem__,
        key="aspect",
        bind="query-params",
        help="Every model paints squares; other shapes are for the models that say so on Train, such as met-gan.",
    )
    if aspect != "1:1":
        st.caption(f"Pictures of {size_words(Recipe(resolution=resolution, aspect=aspect).shape)}.")
    fit = st.segmented_control(
        "Pictures that are not square" if aspect == "1:1" else f"Pictures that are not {aspect}",
        list(_FIT_LABELS),
        format_func=_FIT_LABELS.__getitem__,
        default=_DEFAULTS.fit,
        required=True,
        wrap=True,
        key="fit",
        bind="query-params",
    )
    st.caption(_FIT_EXPLAINED[fit])
    pad_colour = _DEFAULTS.pad_colour
    if fit == "pad":
        pad_colour = st.segmented_control(
            "Bars",
            list(PAD_COLOURS),
            format_func=_PAD_LABELS.__getitem__,
            default=_DEFAULTS.pad_colour,
            required=True,
            wrap=True,
            key="bars",
            bind="query-params",
        )
    return resolution, aspect, fit, pad_colour


def _ask_limits(fit: str) -> tuple[float, float]:
    """max_cut_share and min_deviation."""
    st.subheader("Leave out")
    percent = st.slider(
        _TOO_NARROW_LABELS.get(fit, "Too narrow: losing more than"),
        0,
        100,
        round(_DEFAULTS.max_cut_share * 100),
        format="%d %%",
        key="narrow",
        bind="query-params",
        help="How far a picture is from the asked aspect: what a crop cuts away, how much of a padded picture is bars, "
        "by how much squashing shortens it. For squares: 1 minus the short side by the long side. 100 % keeps all.",
    )
    deviation = st.slider(
        "Near-solid: deviation under",
        0.0,
        40.0,
        _DEFAULTS.min_deviation,
        0.5,
        format="%.1f",
        key="solid",
        bind="query-params",
        help="How far the colours of the fitted picture lie from their mean, from 0 (one flat colour) to 127 (half "
        "black, half white). 0 keeps all.",
    )
    return percent / 100, deviation
