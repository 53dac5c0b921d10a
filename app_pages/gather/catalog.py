"""Catalog: look through the pictures, find some, leave some out."""

from collections.abc import Callable

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.nearness import Nearness
from core.catalog.records import Tile
from ui import access, lab
from ui.catalog_actions import actions
from ui.catalog_acts import last_act, pictures
from ui.catalog_arrival import arrive, open_map
from ui.catalog_colour import colour_field, colour_line, colours_asked, distance_badge
from ui.catalog_console import console_dialog
from ui.catalog_detail import detail_dialog, open_picture
from ui.catalog_facets import facets_panel
from ui.catalog_filters import filters, sort_choice
from ui.catalog_histograms import histograms
from ui.catalog_similar import picture_button, similarity
from ui.catalog_tiles import item, no_badge
from ui.catalog_timeline import timeline_dialog
from ui.catalog_where import FACETS_SHOWN
from ui.duplicates_note import look_alikes_note
from ui.gallery import gallery, select
from ui.selection_bar import clear_button, selection_bar

access.require_owner()

GALLERY = "catalog-gallery"
PER_PAGE = {"small": 120, "medium": 60, "large": 30}
PANEL_HEIGHT = 900  # pixels
PAGES_WIDTH = 460  # pixels; left to itself, the row of page numbers shrinks to the first one


def first_page() -> None:
    st.session_state["page"] = 1


def no_pictures_yet(refused: int) -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(":material/photo_library: No pictures yet", text_alignment="center")
        st.markdown(
            "Collect some first: the sample collection, works from museums, or your own files.", text_alignment="center"
        )
        if refused:
            st.caption(f"{pictures(refused)} could not be kept. The Collect page says why.", text_alignment="center")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")


def heading(catalog: Catalog) -> None:
    """How large the catalog is, what could not be kept, and what was done last."""
    summary = catalog.summary()
    collections = len(catalog.collections())
    told = f"{pictures(summary.pictures)} in {collections:,} {'collection' if collections == 1 else 'collections'}"
    if summary.excluded:
        told += f", {summary.excluded:,} of them excluded"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(told + ".", width="content")
        if summary.refused:
            with st.popover(f"{summary.refused:,} not kept", icon=":material/report:", type="tertiary"):
                st.caption("These items were refused when they were collected:")
                rows = catalog.refusals(limit=500)
                st.dataframe(
                    {
                        "Collection": [row.collection for row in rows],
                        "Item": [row.source_id for row in rows],
                        "Why": [row.detail or row.reason for row in rows],
                    },
                    hide_index=True,
                    width=760,
                )
        st.space("stretch")
        last_act(catalog)
        if st.button("Timeline", icon=":material/history:", type="tertiary", help="What was done to pictures"):
            timeline_dialog(catalog)
        if st.button("Ask in SQL", icon=":material/terminal:", type="tertiary", help="A question of your own"):
            console_dialog(catalog)


def find_by() -> None:
    colour_field(on_change=access.owner_action(first_page))
    picture_button()


def nothing_matches() -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader("Nothing matches these filters", text_alignment="center")
        clear_button()


def paging(page_count: int) -> int:
    """The page to show, from 1. Drawn when there is more than one; `page` lives in the URL."""
    if page_count < 2:
        return 1
    if st.session_state.get("page", 1) > page_count:  # pictures were excluded, or another filter was chosen
        st.session_state["page"] = page_count
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="bottom", gap="medium"):
        page = st.pagination(page_count, key="page", bind="query-params", max_visible_pages=9, width=PAGES_WIDTH)
        if page_count > 9:
            st.number_input(
                "Go to page",
                1,
                page_count,
                value=None,
                key="jump",
                on_change=access.owner_action(jump),
                placeholder=f"1 to {page_count:,}",
                width=160,
            )
    return page


def jump() -> None:
    if st.session_state["jump"]:
        st.session_state["page"] = st.session_state["jump"]
        st.session_state["jump"] = None


arrive()
st.title("Catalog")
catalog, workspace = lab.catalog(), lab.workspace()
if not catalog.summary().pictures:
    no_pictures_yet(catalog.summary().refused)
    st.stop()

heading(catalog)
selection = filters(catalog, on_change=access.owner_action(first_page), beside=find_by)
if selection is None:  # what was typed stays; nothing is shown that could be taken for what it finds
    clear_button()
    st.stop()
look_alikes_note(catalog, selection)
found = catalog.count(selection)
if st.session_state.get("catalog-filter") != selection:  # what was chosen under another filter is out of sight
    st.session_state["catalog-filter"] = selection
    select(GALLERY, ())

# Two columns in either case: were the pages drawn in another place when facets are switched on, the browser would
# at times forget that page, order and size stand in the URL.
with_facets = bool(st.session_state[FACETS_SHOWN])
side, main = st.columns([1, 3], gap="medium") if with_facets else st.columns([0.0001, 1], gap=None)
bar = main.container(horizontal=True, vertical_alignment="bottom", gap="small")
with bar:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        selection_bar(catalog, selection, found, on_change=access.owner_action(first_page))
        if st.button("Map", icon=":material/scatter_plot:", type="tertiary", help="These on a map", key="to-map"):
            open_map(selection)
    st.space("stretch")
    sort: str | Nearness = sort_choice(on_change=access.owner_action(first_page))
    size = st.segmented_control(
        "Tiles",
        list(PER_PAGE),
        key="size",
        default="medium",
        required=True,
        bind="query-params",
        format_func=str.capitalize,
        on_change=access.owner_action(first_page),
    )

choosing = main.container(horizontal=True, vertical_alignment="center", gap="small")
badge: Callable[[Tile], str] = no_badge
with main:
    similar = similarity(catalog, workspace, selection, access.owner_action(first_page))
    if similar is not None:
        sort, badge = similar.order, similar.badge
    elif (colours := colours_asked()) is not None:
        colour_line(colours, access.owner_action(first_page))
        sort, badge = colours, distance_badge
gallery_place = main.container()  # below it the pages are drawn first: the URL may name one
per_page = PER_PAGE[size]
with main:
    offset = (paging(-(-found // per_page)) - 1) * per_page
tiles = catalog.page(selection, sort=sort, offset=offset, limit=per_page)
with gallery_place:
    if tiles:
        shown = gallery(
            [item(tile, workspace, badge=badge(tile)) for tile in tiles],
            key=GALLERY,
            label="Pictures",
            size=size,
            page=str(offset // per_page),
        )
        with choosing:
            actions(catalog, selection, found, shown.selected, gallery_key=GALLERY)
        places = {tile.sha256: offset + index for index, tile in enumerate(tiles)}
        if shown.opened in places:
            open_picture(shown.opened, places[shown.opened])
    else:
        nothing_matches()
if with_facets:
    with side.container(height=PANEL_HEIGHT, key="catalog-facets"):
        facets_panel(catalog, selection, on_change=access.owner_action(first_page))
        histograms(catalog, selection, on_change=access.owner_action(first_page))
if st.query_params.get("picture"):
    detail_dialog(catalog, workspace, selection, sort)
