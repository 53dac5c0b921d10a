"""Choosing for the person: so many pictures, as different as possible, the strangest or the most typical."""

from dataclasses import replace

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.choosing import MOST_CHOSEN, WAYS, choose_pictures
from core.catalog.picks import keep_picked
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.features.store import FeatureStore
from ui.jobs import plain
from ui.map_choice import choose, chosen
from ui.map_view import mark_pictures

_ABOUT = {
    "different": "No picture is left far from all of them. Broken pictures come early: exclude those first.",
    "outliers": "Those that look least like any other.",
    "typical": "The middle of each of as many groups of pictures that look alike; the largest group first.",
}


def subset_popover(catalog: Catalog, store: FeatureStore, selection: Selection, found: int, *, map_key: str) -> None:
    """Ask how many, and how; they are then chosen as if by hand, to be tagged or opened."""
    with st.popover("Choose for me", icon=":material/auto_awesome_motion:", key="map-subset"):
        way = st.radio(
            "Which",
            list(WAYS),
            key="map-subset-way",
            format_func=WAYS.__getitem__,
            captions=[_ABOUT[way] for way in WAYS],
        )
        among = 0
        if chosen():
            among = st.segmented_control(
                "Among",
                (0, 1),
                default=0,
                required=True,
                key="map-subset-among",
                format_func=("All of the filter", f"The {len(chosen()):,} chosen").__getitem__,
            )
        number = len(chosen()) if among else found
        most = max(1, min(MOST_CHOSEN, number))
        count = st.number_input("How many", 1, most, min(50, most), key="map-subset-count")
        asked = st.button(f"Choose {count:,}", type="primary", key="map-subset-do", width="stretch")
    if not asked:
        return
    try:
        with st.spinner("Comparing pictures"):
            asked_of = replace(keep_picked(catalog, chosen()), excluded=selection.excluded) if among else selection
            picked = choose_pictures(catalog, store, asked_of, int(count), way=way)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    label = store.descriptor.label
    told = (WAYS[way], f"by {label[:1].lower()}{label[1:]}", picked.words)
    choose(picked.pictures, ", ".join(part for part in told if part))
    mark_pictures(map_key, picked.pictures)
