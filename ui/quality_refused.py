"""What a collection lacks: items that could not be kept, and kept pictures whose files cannot be read."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.measured import unreadable_pictures
from core.workspace import Workspace
from ui.catalog_acts import pictures

_MOST = 500


def refused_panel(catalog: Catalog, workspace: Workspace, collection: str) -> None:
    st.subheader("Not kept, not readable", anchor=False)
    counts = catalog.refusal_counts(collection)
    if not counts:
        st.success("Every item of this collection was kept.", icon=":material/check:")
    else:
        total = sum(count for _, count in counts)
        told = ", ".join(f"{reason.replace('_', ' ')}: {count:,}" for reason, count in counts)
        st.caption(f"{total:,} items were refused when they were collected. {told}.")
        rows = catalog.refusals(collection, limit=_MOST)
        st.dataframe(
            {
                "Item": [row.source_id for row in rows],
                "Why": [row.detail or row.reason for row in rows],
                "Reason": [row.reason for row in rows],
                "Source": [row.source for row in rows],
                "When": [row.at for row in rows],
            },
            hide_index=True,
        )
        if total > len(rows):
            st.caption(f"The newest {len(rows):,} of them.")
    broken = unreadable_pictures(catalog, workspace, collection)
    if broken.pictures:
        st.warning(
            f"{pictures(len(broken.pictures))} of {broken.looked_at:,} that were looked at cannot be read any more. "
            "Restore data/images and data/thumbs from a backup, or collect them again.",
            icon=":material/broken_image:",
        )
        st.dataframe(
            {
                "Picture": [sha256[:16] for sha256, _ in broken.pictures],
                "What is missing": [why for _, why in broken.pictures],
            },
            hide_index=True,
        )
    elif broken.looked_at:
        st.caption(f"The files of {pictures(broken.looked_at)} that are not described were looked for: all are there.")
