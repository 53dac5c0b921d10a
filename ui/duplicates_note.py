"""What a filter by look-alikes goes by, told where it is used: which searches, how old, and what came since."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.filters.parsing import parse
from core.catalog.filters.tree import fields_of
from core.catalog.look_alikes.searching import WAYS, KeptSearch, kept_searches
from core.catalog.selection import Selection
from ui.catalog_acts import pictures
from ui.jobs import plain


def look_alikes_note(catalog: Catalog, selection: Selection) -> None:
    """Nothing where the selection asks for no look-alikes."""
    if "duplicate" not in fields_of(parse(selection.where)):
        return
    searches = kept_searches(catalog)
    told = "; ".join(_told(search) for search in searches[:3]) or "nobody has searched for similar ones yet"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f":material/content_copy: Exact: equal pixels of described pictures, as of now. Similar: {plain(told)}.",
            width="content",
        )
        st.page_link(
            "app_pages/gather/duplicates.py",
            label="Search again" if searches else "Search",
            query_params={"list": "Similar"},
        )


def _told(search: KeptSearch) -> str:
    scope = search.scope.to_json()
    scope.pop("excluded", None)
    names = scope.pop("collections", None)
    where = ", ".join(names) if names and not scope else "a selection" if scope else "all pictures"
    words = f"searched in {where} on {search.at:%d %b %Y, %H:%M} UTC by {WAYS[search.way]}"
    if search.came_since:
        words += f", out of date: {pictures(search.came_since)} came since"
    return words
