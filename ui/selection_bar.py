"""How many pictures a filter finds, the way out of it, and its name: what stands above all that shows a selection."""

from collections.abc import Callable

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from ui import access
from ui.catalog_acts import pictures
from ui.catalog_filters import clear_filters
from ui.catalog_saved import saved_dialog


def selection_bar(catalog: Catalog, selection: Selection, found: int, *, on_change: Callable[[], None]) -> None:
    """Drawn in a row of other things.

    Args:
        on_change: what follows when another saved selection is opened.
    """
    st.subheader(pictures(found), width="content")
    if found and selection.is_filtered:
        clear_button(quiet=True)
    if st.button("Saved", icon=":material/bookmarks:", type="tertiary", help="Selections with a name"):
        saved_dialog(catalog, selection, found, on_change)


def clear_button(*, quiet: bool = False) -> None:
    st.button(
        "Clear filters",
        icon=":material/filter_alt_off:",
        type="tertiary" if quiet else "secondary",
        on_click=access.owner_action(clear_filters),
    )
