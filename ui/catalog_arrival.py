"""Opening the Catalog, or the Map, with something particular: from a dialog, from the other, with other filters.

A page's filters are widgets bound to the address, which can be set only before they are drawn: what is wanted waits
in the session until the page begins.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.catalog.selection import Selection
from ui.catalog_filters import address_of, open_selection

LIKE = "like"  # in the URL: a sha256, or OWN
OWN = "own"  # a person's own picture, in this session
COLOUR = "colour"  # in the URL, and the key of the field: colours with commas between
_WANTED = "catalog-wanted"
_WANTED_ON_MAP = "map-wanted"


@dataclass(frozen=True)
class _Wanted:
    selection: Selection | None
    like: str
    colours: str


def open_catalog(
    *, selection: Selection | None = None, like: str = "", colours: str = "", from_catalog: bool = False
) -> None:
    """Leave this run for the Catalog page, which shows the first page of it.

    Args:
        selection: for its filters; None leaves them as they are there.
        like: the order of likeness to this picture.
        colours: the order of nearness to these.
        from_catalog: the page is open already.
    """
    st.session_state[_WANTED] = _Wanted(selection, like, colours)
    st.query_params.pop("picture", None)
    if from_catalog:
        st.rerun()
    address = {} if selection is None else address_of(selection)
    if colours:
        address[COLOUR] = colours
    try:
        st.switch_page("app_pages/gather/catalog.py", query_params=address)
    except StreamlitAPIException:  # this page has filters of its own, to which the parameters are bound: then an empty
        # address, said in so many words, since clearing is refused, too; the session still says what is wanted
        st.switch_page("app_pages/gather/catalog.py", query_params={})


def arrive() -> None:
    """On the Catalog page, before anything is drawn."""
    wanted: _Wanted | None = st.session_state.pop(_WANTED, None)
    if wanted is None:
        return
    if wanted.selection is not None:
        open_selection(wanted.selection)
    if wanted.like or wanted.colours:
        st.session_state[COLOUR] = wanted.colours
        st.query_params.pop(LIKE, None)
    if wanted.like:
        st.query_params[LIKE] = wanted.like
    if "page" in st.session_state:
        st.session_state["page"] = 1


def open_map(selection: Selection) -> None:
    """Leave this run for the Map page with these filters."""
    st.session_state[_WANTED_ON_MAP] = selection
    st.switch_page("app_pages/gather/map.py", query_params={})


def arrive_on_map() -> None:
    """On the Map page, before anything is drawn."""
    wanted: Selection | None = st.session_state.pop(_WANTED_ON_MAP, None)
    if wanted is not None:
        open_selection(wanted)
