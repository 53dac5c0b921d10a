"""What was chosen on the map: its pictures in a gallery, and what can be done with them."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.picks import keep_picked
from core.catalog.saved import LONGEST_NAME
from core.catalog.tiles import tiles_of
from core.errors import AtelierError
from core.workspace import Workspace
from ui import access
from ui.catalog_actions import actions
from ui.catalog_acts import last_act, pictures
from ui.catalog_arrival import open_catalog
from ui.catalog_tiles import item
from ui.gallery import gallery, select, selected
from ui.jobs import plain
from ui.map_view import mark_pictures

GALLERY = "map-gallery"
_PAGE = "map-page"
_PER_PAGE = 60
_CHOSEN = "map-chosen"  # sha256 of what is chosen, in the session
_HOW = "map-chosen-how"  # in words


def choose(hashes: list[str], how: str) -> None:
    """In a callback, or before the gallery is drawn."""
    st.session_state[_CHOSEN] = hashes
    st.session_state[_HOW] = how
    st.session_state.pop(_PAGE, None)
    select(GALLERY, ())


def chosen() -> list[str]:
    found: list[str] = st.session_state.get(_CHOSEN, [])
    return found


def chosen_gallery(catalog: Catalog, workspace: Workspace, *, map_key: str) -> str | None:
    """Draw it. Returns the sha256 of a picture that was opened."""
    hashes = chosen()
    last_act_line(catalog)
    if not hashes:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="map-chosen-bar"):
        st.subheader(f"{pictures(len(hashes))} chosen", width="content")
        st.caption(plain(st.session_state.get(_HOW, "")), width="content")
        st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            actions(
                catalog, tuple(hashes), len(hashes), selected(GALLERY), gallery_key=GALLERY, where="chosen on the map"
            )
        _onwards(catalog, hashes)
        st.button(
            "Clear",
            icon=":material/close:",
            type="tertiary",
            key="map-clear",
            on_click=access.owner_action(_clear),
            args=(map_key,),
        )
    pages = -(-len(hashes) // _PER_PAGE)
    place = st.container()
    page = 1
    if pages > 1:
        with st.container(horizontal=True, horizontal_alignment="center"):
            page = st.pagination(pages, key=_PAGE, max_visible_pages=9, width=460)
    with place:
        tiles = tiles_of(catalog, hashes[(page - 1) * _PER_PAGE : page * _PER_PAGE])
        shown = gallery([item(tile, workspace) for tile in tiles], key=GALLERY, label="Chosen on the map", size="small")
    return shown.opened if shown.opened in {tile.sha256 for tile in tiles} else None


def last_act_line(catalog: Catalog) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        last_act(catalog)


def _onwards(catalog: Catalog, hashes: list[str]) -> None:
    if st.button("Open in Catalog", icon=":material/photo_library:", key="map-open", help="With these pictures alone"):
        try:
            selection = keep_picked(catalog, hashes)
        except AtelierError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        open_catalog(selection=selection)
    with st.popover("Save", icon=":material/bookmark_add:", key="map-save"):
        st.caption("As a selection that always means these pictures. The Catalog, datasets and commands know it.")
        name = st.text_input("Name", key="map-save-name", max_chars=LONGEST_NAME)
        if st.button("Save", type="primary", key="map-save-do", disabled=not name.strip()):
            try:
                catalog.save_selection(name, keep_picked(catalog, hashes))
            except AtelierError as error:
                st.error(plain(str(error)), icon=":material/error:")
            else:
                st.success(f"Saved as {plain(' '.join(name.split()))}.", icon=":material/check:")


def _clear(map_key: str) -> None:
    choose([], "")
    mark_pictures(map_key, ())
