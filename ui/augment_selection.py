"""Augment's first question: which pictures. Every answer stands in the URL, under the names of the Catalog page, so
that a filter found there works here."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.filters.parsing import FilterError
from core.catalog.selection import ORIENTATIONS, Selection
from ui.catalog_saved import described
from ui.jobs import plain

_ORIGINS = {"Artworks": False, "Synthetic": True}


def ask_selection(catalog: Catalog) -> Selection | None:
    """None, with an explanation on the page, where the filter cannot be understood."""
    saved = {entry.name: entry.selection for entry in catalog.saved_selections()}
    if saved:
        name = st.selectbox(
            "Saved selection",
            list(saved),
            index=None,
            placeholder="None: chosen below",
            key="saved",
            bind="query-params",
            help="Saved on the Catalog page. It finds what fits now, new pictures included.",
        )
        if name:
            st.caption(plain(described(saved[name])))
            return saved[name]
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
        where = st.text_input(
            "Filter",
            key="where",
            bind="query-params",
            placeholder='year >= 1950 and not my_tag = "sketch"',
            help="In the language of the Catalog page, which explains it beside the same field.",
        )
    try:
        return Selection(
            collections=tuple(collections),
            artists=tuple(artists),
            text=text,
            orientation=shape or "",
            synthetic=_ORIGINS[origin] if origin else None,
            min_side=min_side,
            where=where,
        )
    except FilterError as error:
        st.error(f"The filter cannot be understood: {plain(str(error))}", icon=":material/filter_alt:")
        return None
