"""The Catalog page's saved selections: keep the filters under a name, come back to them, rename and forget them."""

from collections.abc import Callable

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.saved import LONGEST_NAME, SavedSelection
from core.catalog.selection import Selection
from core.errors import AtelierError
from ui import access
from ui.catalog_acts import pictures
from ui.catalog_filters import open_selection
from ui.jobs import plain

_PROBLEM = "catalog-saved-problem"  # what went wrong with the last press, until the next
_DONE = "catalog-saved-done"


@access.owner_dialog("Saved selections", icon=":material/bookmarks:", width="medium", on_dismiss="rerun")
def saved_dialog(catalog: Catalog, selection: Selection, found: int, on_open: Callable[[], None]) -> None:
    """Save what the page shows now, and all that was saved before."""
    _save_form(catalog, selection, found)
    problem, done = st.session_state.pop(_PROBLEM, ""), st.session_state.pop(_DONE, "")
    if problem:
        st.error(plain(problem), icon=":material/error:")
    if done:
        st.success(plain(done), icon=":material/check:")
    known = catalog.saved_selections()
    if not known:
        st.caption("Nothing is saved yet. A saved selection finds what fits when it is opened, new pictures included.")
    for place, saved in enumerate(known):
        _row(catalog, saved, place, on_open)


def _save_form(catalog: Catalog, selection: Selection, found: int) -> None:
    st.write(f"What the page shows now: **{pictures(found)}**.")
    st.caption(plain(described(selection)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.text_input("Name", key="saved-name", max_chars=LONGEST_NAME, width="stretch")
        taken = " ".join(name.split()) in {saved.name for saved in catalog.saved_selections()}
        st.button(
            "Replace" if taken else "Save",
            type="primary",
            key="saved-save",
            on_click=access.owner_action(_save),
            args=(catalog, selection, taken),
            help="A selection of this name is there: what the page shows now takes its place." if taken else None,
        )


def _row(catalog: Catalog, saved: SavedSelection, place: int, on_open: Callable[[], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"saved-{place}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(saved.name)}**")
            st.caption(f"{pictures(catalog.count(saved.selection))} · {plain(described(saved.selection))}")
        opened = st.button(
            "Open",
            icon=":material/filter_alt:",
            key=f"saved-open-{place}",
            on_click=access.owner_action(_open),
            args=(saved.selection, on_open),
        )
        with st.popover("Rename", icon=":material/edit:", type="tertiary", key=f"saved-rename-{place}"):
            field = f"saved-new-name-{saved.name}"
            st.text_input("New name", saved.name, key=field, max_chars=LONGEST_NAME)
            st.button(
                "Rename",
                key=f"saved-renamed-{place}",
                on_click=access.owner_action(_rename),
                args=(catalog, saved, field),
            )
        with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"saved-delete-{place}"):
            st.caption("Only the name is forgotten. The pictures stay.")
            st.button(
                "Delete it", key=f"saved-deleted-{place}", on_click=access.owner_action(_delete), args=(catalog, saved)
            )
    if opened:
        st.rerun()


def described(selection: Selection) -> str:
    """What restricts it, in a line."""
    parts = []
    for name, value in selection.to_json().items():
        if isinstance(value, list):
            value = ", ".join(entry or "not known" for entry in value)
        parts.append(str(value) if name == "where" else f"{name.replace('_', ' ')}: {value}")
    return " · ".join(parts) or "All pictures that are not excluded"


def _save(catalog: Catalog, selection: Selection, taken: bool) -> None:
    name = st.session_state["saved-name"]
    try:
        catalog.save_selection(name, selection, replace=taken)
    except AtelierError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state["saved-name"] = ""
    st.session_state[_DONE] = f"Saved as {' '.join(name.split())}."


def _open(selection: Selection, on_open: Callable[[], None]) -> None:
    open_selection(selection)
    on_open()


def _rename(catalog: Catalog, saved: SavedSelection, field: str) -> None:
    try:
        catalog.rename_selection(saved.name, st.session_state[field])
    except AtelierError as error:
        st.session_state[_PROBLEM] = str(error)


def _delete(catalog: Catalog, saved: SavedSelection) -> None:
    try:
        catalog.delete_selection(saved.name)
    except AtelierError as error:
        st.session_state[_PROBLEM] = str(error)
