"""The pictures that an issue flags, the worst first: looked at, called fine, left out, tagged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.catalog.tiles import tiles_of
from core.errors import AtelierError
from core.workspace import Workspace
from ui import access
from ui.catalog_actions import actions
from ui.catalog_acts import pictures, remember
from ui.catalog_tiles import item
from ui.gallery import gallery, select
from ui.markup import harmless

GALLERY = "quality-gallery"
PAGE = "quality-page"
PER_PAGE = 48


@dataclass(frozen=True)
class Shown:
    """One picture of the list, and what is said of it."""

    sha256: str
    badge: str = ""  # a few letters on it: the measure's value
    note: str = ""  # under it; "" for the artist


def flagged_pictures(
    catalog: Catalog,
    workspace: Workspace,
    *,
    issue: str,
    everything: Selection | None,
    found: int,
    page_of: Callable[[int, int], Sequence[Shown]],
    where: str,
) -> None:
    """The gallery with what can be done above it.

    Args:
        issue: of core.quality.issues, or SUGGESTED: what pictures are called fine as to.
        everything: a filter that finds all of them; None where there is none, and only chosen ones can be acted on.
        found: how many there are.
        page_of: (offset, limit) -> some of them, the worst first.
        where: what is said of all of them, as "12 pictures flagged as dark".
    """
    shown_for = (issue, found, where)
    if st.session_state.get("quality-shown") != shown_for:  # what was chosen of another list is out of sight
        st.session_state["quality-shown"] = shown_for
        select(GALLERY, ())
    bar = st.container(horizontal=True, vertical_alignment="center", gap="xsmall")
    pages = -(-found // PER_PAGE)
    place = st.container()
    if st.session_state.get(PAGE, 1) > max(1, pages):
        st.session_state[PAGE] = 1
    number = 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            number = st.pagination(pages, key=PAGE, max_visible_pages=7, width=420)
    listed = list(page_of((number - 1) * PER_PAGE, PER_PAGE))
    tiles = {tile.sha256: tile for tile in tiles_of(catalog, [one.sha256 for one in listed])}
    items = [
        replace(made, note=one.note) if one.note else made
        for one in listed
        if one.sha256 in tiles
        for made in [item(tiles[one.sha256], workspace, badge=one.badge)]
    ]
    with place:
        event = gallery(items, key=GALLERY, label="Flagged pictures, the worst first", size="medium")
    with bar:
        chosen = event.selected
        fine = chosen or everything
        st.button(
            f"{len(chosen):,} are fine" if len(chosen) > 1 else "This is fine" if chosen else "All are fine",
            icon=":material/check_circle:",
            disabled=fine is None or not found,
            on_click=access.owner_action(_call_fine),
            args=(catalog, fine, issue),
            help="Remembered for each picture: this issue flags it no more, wherever the threshold lies.",
        )
        actions(
            catalog,
            everything if everything is not None else (),
            found if everything is not None else 0,
            chosen,
            gallery_key=GALLERY,
            where=where,
        )
    if event.opened in tiles:
        st.query_params["picture"] = event.opened


def called_fine(catalog: Catalog, selection: Selection, issue: str, number: int) -> None:
    """How many were called fine, with a way to look again."""
    if number:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption(f"{pictures(number)} called fine and not shown.", width="content")
            st.button(
                "Flag them again",
                icon=":material/flag:",
                type="tertiary",
                key="quality-flag-again",
                on_click=access.owner_action(_flag_again),
                args=(catalog, selection, issue),
            )


def _call_fine(catalog: Catalog, target: Selection | Sequence[str], issue: str) -> None:
    try:
        remember(catalog.dismiss(target, issue))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
    select(GALLERY, ())


def _flag_again(catalog: Catalog, selection: Selection, issue: str) -> None:
    try:
        remember(catalog.undismiss(selection, issue))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
