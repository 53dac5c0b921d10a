"""Statistics: what a selection of the catalog is made of, as plots to click."""

import streamlit as st

from ui import access, lab
from ui.catalog_arrival import open_catalog
from ui.catalog_filters import filters
from ui.selection_bar import clear_button, selection_bar
from ui.statistics_compare import compare_choice, compared, side_by_side
from ui.statistics_panels import collecting, colours, dates, figures, measures, values

access.require_owner()


def filters_changed() -> None:
    """Every plot is drawn anew."""


st.title("Statistics")
catalog = lab.catalog()
if not catalog.summary().pictures:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(":material/bar_chart: No pictures yet", text_alignment="center")
        st.markdown("Collect some first: here you see what they are made of.", text_alignment="center")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
    st.stop()

with st.expander("Which pictures", icon=":material/filter_alt:", key="statistics-filters"):
    selection = filters(catalog, on_change=access.owner_action(filters_changed), facets=False)
if selection is None:
    clear_button()
    st.stop()
found = catalog.count(selection)
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        selection_bar(catalog, selection, found, on_change=access.owner_action(filters_changed))
        if st.button("Open in the Catalog", icon=":material/photo_library:", type="tertiary"):
            open_catalog(selection=selection)
    st.space("stretch")
    other = compare_choice(catalog)
if not found:
    st.caption("Nothing matches these filters.")
    st.stop()
if other is not None:
    side_by_side(catalog, selection, compared(catalog, other), ("This selection", other.partition(": ")[2]))
    st.stop()

figures(catalog, selection, found)
colours(catalog, selection)
values(catalog, selection, (("artist", "Artist"), ("style", "Style"), ("genre", "Genre")), found)
left, right = st.columns(2, gap="large")
with left:
    dates(catalog, selection)
with right:
    collecting(catalog, selection)
measures(catalog, selection)
sources = (("collection", "Collection"), ("source", "Source"), ("licence", "Licence"), ("format", "File format"))
values(catalog, selection, (*sources, ("my_tag", "Your tags"), ("source_tag", "Tags of the sources")), found)
