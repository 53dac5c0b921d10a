"""What the Duplicates page looks at: which list, and which pictures. Both live in the URL."""

from dataclasses import replace

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection

EXACT, SIMILAR, SETTLED = "exact", "similar", "settled"
LISTS = {
    EXACT: "Files that differ, with pixels that are equal: the same picture packed twice. Nothing is guessed here.",
    SIMILAR: "Pictures that look alike: scaled or compressed copies, other scans, states of one print. Whether they "
    "are duplicates, you decide.",
    SETTLED: "What was decided so far. A verdict that is forgotten is asked about again.",
}
_LABELS = {EXACT: "Duplicates", SIMILAR: "Similar", SETTLED: "Settled"}


def list_choice() -> str:
    """A key of LISTS."""
    return st.segmented_control(
        "List",
        list(LISTS),
        key="list",
        default=EXACT,
        required=True,
        bind="query-params",
        format_func=_LABELS.__getitem__,
    )


def scope_choice(catalog: Catalog) -> Selection:
    """Which pictures take part: of collections, or of a saved selection."""
    known = [info.name for info in catalog.collections()]
    collections = st.multiselect(
        "Collection",
        [*known, *(name for name in st.session_state.get("collection") or [] if name not in known)],
        key="collection",
        bind="query-params",
        placeholder="All collections",
        width=240,
    )
    saved = {entry.name: entry.selection for entry in catalog.saved_selections()}
    name = None
    if saved or st.session_state.get("selection"):
        name = st.selectbox(
            "Saved selection",
            list(saved),
            index=None,
            key="selection",
            bind="query-params",
            placeholder="None",
            width=220,
        )
    scope = replace(saved.get(name or "", Selection()), excluded="kept")
    return replace(scope, collections=tuple(collections)) if collections else scope
