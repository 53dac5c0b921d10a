"""Suggested by what you excluded: the kept pictures most like those, with what the order is worth."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.dismissing import SUGGESTED
from core.catalog.quality import CollectionQuality
from core.catalog.suggesting import Suggestions, exclusion_reasons, learnable_reasons, suggest, unusual_first
from core.features.store import FeatureStore
from core.quality.learned import Check, TooFewExclusionsError
from core.workspace import Workspace
from ui.catalog_acts import pictures
from ui.markup import harmless
from ui.quality_pictures import Shown, flagged_pictures

_MOST = 480  # pictures: who has looked at so many has excluded some, and the order is another by then


def suggested_panel(catalog: Catalog, workspace: Workspace, quality: CollectionQuality, store: FeatureStore) -> None:
    st.subheader("Suggested by what you excluded", anchor=False)
    reasons = _reasons(catalog, quality.collection)
    try:
        with st.spinner("Learning from your exclusions", show_time=True):
            found = suggest(catalog, store, quality.collection, reasons=reasons)
    except TooFewExclusionsError as error:
        found = unusual_first(catalog, quality.collection)
        st.info(
            f"{harmless(str(error))} Until then: **by all measures together**, the most unusual first. On colour-field "
            "paintings 5 of the first 20 were among those that a curator took out; by chance it would be 0.3.",
            icon=":material/school:",
        )
    if found.check is not None:
        st.caption(
            f"Learned from your {pictures(found.excluded)} excluded here, by colours, texture and the measures of "
            "quality. It is learned anew as you exclude more; what you call fine does not come back."
        )
        _worth(found.check, quality)
    if found.undescribed:
        st.caption(f"{pictures(found.undescribed)} not described yet and judged by less, or not at all.")
    listed = min(len(found.numbers), _MOST)
    flagged_pictures(
        catalog,
        workspace,
        issue=SUGGESTED,
        everything=None,
        found=listed,
        page_of=lambda offset, limit: _page(found, offset, limit),
        where="suggested",
    )


def _reasons(catalog: Catalog, collection: str) -> list[str]:
    """Which exclusions are learned from."""
    counts = dict(exclusion_reasons(catalog, collection))
    if len(counts) < 2:
        return list(counts)
    return st.multiselect(
        "Learn from what was excluded as",
        list(counts),
        default=learnable_reasons(catalog, collection),
        format_func=lambda reason: f"{reason} ({counts.get(reason, 0):,})",
        key=f"quality-reasons-{collection}",
        help="Reasons that say nothing about looks, such as duplicates, are best left out.",
    )


def _worth(check: Check, quality: CollectionQuality) -> None:
    """What the order is worth, by pictures that the model which judged them had not seen; beside it the plain flags."""
    if check.pictures < quality.pictures:
        st.caption(
            f"Measured on a sample of {check.pictures:,} pictures, of which {check.chance:.0%} are excluded ones, more "
            "than in the whole collection: hold the figures against chance."
        )
    with st.container(horizontal=True, gap="medium"):
        for rank, hits in check.hits.items():
            st.metric(
                f"Of the first {rank}",
                f"{hits:.1f}",
                f"chance: {rank * check.chance:.1f}",
                delta_color="off",
                delta_arrow="off",
                help=f"{hits:.1f} of your {check.excluded:,} excluded pictures ({check.recall(rank):.0%}) came among "
                f"the first {rank} of {check.pictures:,}, each judged by a model that had not seen it.",
                width="content",
            )
        worth = quality.worth()
        if worth.flagged:
            st.metric(
                f"Flags: of {worth.flagged:,}",
                f"{worth.hits:,}",
                f"chance: {worth.flagged * check.chance:.1f}",
                delta_color="off",
                delta_arrow="off",
                help="For comparison: all pictures that any issue flags here, excluded ones included.",
                width="content",
            )


def _page(found: Suggestions, offset: int, limit: int) -> list[Shown]:
    return [
        Shown(one.sha256, badge=f"{one.score:+.1f}", note=", ".join(one.why))
        for one in found.page(offset=offset, limit=min(limit, _MOST - offset))
    ]
