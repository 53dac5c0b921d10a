"""Map: the pictures of a filter on a plane, where what looks alike lies together."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.mapped import COLOURINGS, classes, hashes_of, map_scope, numbers_on_map, shown_on_map
from core.features.maps import METHODS, MOST_PICTURES
from ui import access, lab
from ui.catalog_acts import pictures
from ui.catalog_arrival import arrive_on_map
from ui.catalog_detail import detail_dialog
from ui.catalog_filters import filters
from ui.feature_stores import descriptor_choice, offer_describing, store_of
from ui.jobs import plain
from ui.map_arranging import METHOD_WORDS, arranged_map
from ui.map_choice import choose, chosen, chosen_gallery
from ui.map_subset import subset_popover
from ui.map_view import MapShown, Region, chosen_in, map_view
from ui.selection_bar import clear_button, selection_bar

access.require_owner()

MAP = "map"


def nothing_here(title: str, words: str) -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(title, text_alignment="center")
        st.markdown(words, text_alignment="center")


def filters_changed() -> None:
    """The map of another filter is another map; what was chosen stays until something else is."""


arrive_on_map()
st.title("Map")
catalog, workspace = lab.catalog(), lab.workspace()
if not catalog.summary().pictures:
    nothing_here(":material/scatter_plot: No pictures yet", "Collect some first: a map needs pictures to arrange.")
    with st.container(horizontal_alignment="center"):
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
    st.stop()

with st.expander("Which pictures", icon=":material/filter_alt:", key="map-filters"):
    selection = filters(catalog, on_change=access.owner_action(filters_changed), facets=False)
if selection is None:
    clear_button()
    st.stop()
found = catalog.count(selection)

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        selection_bar(catalog, selection, found, on_change=access.owner_action(filters_changed))
    st.space("stretch")
    subset_place = st.container(width="content")
    choice = descriptor_choice(workspace, key="map-by", width=190)
    method = st.segmented_control(
        "Arranged by",
        list(METHOD_WORDS),
        key="method",
        default="neighbours",
        required=True,
        bind="query-params",
        format_func=METHOD_WORDS.__getitem__,
        help="\n\n".join(f"**{METHOD_WORDS[name]}**: {about}." for name, about in METHODS.items()),
    )
    by = st.selectbox(
        "Coloured by",
        list(COLOURINGS),
        key="colouring",
        bind="query-params",
        format_func=COLOURINGS.__getitem__,
        width=150,
    )

store = store_of(workspace, choice.descriptor)
scope = map_scope(catalog, store, selection, most=MOST_PICTURES)
offer_describing(catalog, workspace, choice, scope.missing, key="map")
if not scope.found:
    if found:
        nothing_here(
            ":material/image_search: None of these pictures is described yet",
            "Describing tells what each looks like, in numbers, by which they are arranged.",
        )
    else:
        nothing_here("Nothing matches these filters", "Clear some of them, or show excluded pictures, too.")
    st.stop()
with subset_place:
    subset_popover(catalog, store, selection, found, map_key=MAP)

shown_map = arranged_map(workspace, store, choice, scope, method or "neighbours")
if shown_map is not None:
    numbers = numbers_on_map(catalog, store, shown_map)
    drawn = MapShown(
        shown_map,
        shown_on_map(catalog, selection, numbers),
        classes(catalog, numbers, by, key=shown_map.key),
        by,
        f"Map of {pictures(len(shown_map))}",
    )

    @access.owner_action
    def choose_regions(regions: Sequence[Region]) -> None:
        held = hashes_of(shown_map, chosen_in(drawn, regions))
        choose(held, "" if held or not regions else "Nothing lies there")

    @access.owner_action
    def open_on_map(sha256: str) -> None:
        st.query_params["picture"] = sha256
        st.session_state.pop("catalog-picture-at", None)

    if scope.found > len(scope.rows):
        st.caption(f"On the map: **{len(shown_map):,}** of {scope.found:,} described pictures, drawn at random.")
    map_view(catalog, workspace, drawn, key=MAP, chosen=chosen(), on_region=choose_regions, on_opened=open_on_map)
    words = [f"{plain(choice.label)}, {METHODS[shown_map.method][:1].lower()}{METHODS[shown_map.method][1:]}."]
    words.append("s: lasso, g: box, Shift adds to what is chosen, Esc ends. A click opens a picture.")
    st.caption(" ".join(words))

opened = chosen_gallery(catalog, workspace, map_key=MAP)
if opened:
    st.query_params["picture"] = opened
    st.session_state.pop("catalog-picture-at", None)
if st.query_params.get("picture"):
    detail_dialog(catalog, workspace, selection, "newest", from_catalog=False)
