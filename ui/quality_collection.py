"""A whole collection's quality on the Quality page, and that of all collections beside each other."""

from typing import Any

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.quality import CollectionQuality, IssueCount, calibrate, calibrated, quality_of
from core.errors import AtelierError
from core.quality.issues import CALIBRATED_SHARE, ISSUES
from ui import access
from ui.catalog_acts import pictures
from ui.markup import harmless

OF = "of"  # the key of the collection in the session state, and in the URL
ALL = "All collections"
# Measured by benchmarks/curation_quality.py: see docs/performance.md.
_MEASURED = {
    "What": [
        "CleanVision's seven, usual thresholds",
        "Nearly one colour",
        "Frame or margin visible",
        "View of a room",
        "All together, usual thresholds",
        "All together, calibrated",
        "The first 20 by all measures together",
        "The first 20 learned from exclusions",
    ],
    "Flagged": [66, 36, 159, 3, 245, 96, 20, 20],
    "Excluded by the curator": [1, 8, 4, 1, 12, 10, 5, 8],
    "Of the flagged": ["2 %", "22 %", "3 %", "33 %", "5 %", "10 %", "25 %", "39 %"],
    "Of the 13 excluded": ["8 %", "62 %", "31 %", "8 %", "92 %", "77 %", "38 %", "60 %"],
}


def collection_choice(names: list[str]) -> str:
    """Draw the choice; with more than one collection, all of them come first."""
    options = [ALL, *names] if len(names) > 1 else names
    if st.session_state.get(OF, st.query_params.get(OF)) not in (*options, None):
        st.session_state.pop(OF, None)  # the link is about another lab, or the collection got another name
        st.query_params.pop(OF, None)
    return st.selectbox("Collection", options, key=OF, bind="query-params", width=320)


def overview(catalog: Catalog, names: list[str]) -> None:
    """Every collection by its own thresholds; a click on a row opens it."""
    of_all = [quality_of(catalog, name) for name in names]
    rows: dict[str, list[Any]] = {
        "Collection": names,
        "Kept": [quality.pictures for quality in of_all],
        "Flagged": [quality.flagged for quality in of_all],
        "Not described": [quality.undescribed for quality in of_all],
        "Excluded": [quality.excluded for quality in of_all],
    }
    for issue in ISSUES:
        found = [quality.of(issue.name) for quality in of_all]
        rows[issue.title] = [_flagged(count) for count in found]
    st.caption("Choose a collection to see its pictures and set its thresholds: what is unusual differs between them.")
    event = st.dataframe(rows, hide_index=True, key="quality-overview", on_select="rerun", selection_mode="single-row")
    chosen = event.selection.rows
    if chosen and chosen[0] < len(names):
        st.button(
            f"Open {harmless(names[chosen[0]])}",
            type="primary",
            icon=":material/arrow_forward:",
            on_click=access.owner_action(_open),
            args=(names[chosen[0]],),
        )


def _flagged(count: IssueCount) -> str:
    if count.is_normal:
        return "normal"
    return f"{count.pictures:,}" if count.measured else "–"  # nobody has looked


def summary(catalog: Catalog, quality: CollectionQuality) -> None:
    """The collection in a line, what its flags are worth, and thresholds for all issues at once."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        told = f"{pictures(quality.pictures)} kept"
        if quality.excluded:
            told += f", {quality.excluded:,} excluded"
        share = f" ({quality.flagged / quality.pictures:.0%})" if quality.pictures else ""
        st.markdown(f"{told} · **{quality.flagged:,} flagged**{share}", width="content")
        st.space("stretch")
        with st.popover("Calibrate", icon=":material/tune:", type="tertiary"):
            _calibration(catalog, quality)
        with st.popover("What flags are worth", icon=":material/verified:", type="tertiary", width="content"):
            _worth(quality)


def _calibration(catalog: Catalog, quality: CollectionQuality) -> None:
    """Thresholds by a percentile of this very collection, looked at before they are kept."""
    st.markdown("Thresholds for this collection: each flags only its most unusual pictures.")
    percent = st.number_input(
        "At most, percent of the collection",
        0.0,
        100.0,
        100 * CALIBRATED_SHARE,
        0.5,
        key="quality-share",
        help="A threshold only moves away from the usual: a collection without a dark picture gets none flagged.",
    )
    settings = calibrated(catalog, quality.collection, share=percent / 100)
    would = quality_of(catalog, quality.collection, settings)
    rows = [
        (now.issue.title, now.threshold, then.threshold, now.pictures, then.pictures)
        for now, then in zip(quality.issues, would.issues, strict=True)
        if now.threshold != then.threshold
    ]
    st.caption(f"Flags {would.flagged:,} in place of {quality.flagged:,} pictures.")
    if rows:
        names = ("Issue", "Now", "Then", "Flagged now", "Then flagged")
        st.dataframe(dict(zip(names, zip(*rows, strict=True), strict=True)), hide_index=True, width=520)
    st.button(
        "Keep these thresholds",
        type="primary",
        disabled=not rows,
        key="quality-calibrate",
        on_click=access.owner_action(_calibrate),
        args=(catalog, quality.collection, percent / 100),
    )


def _worth(quality: CollectionQuality) -> None:
    worth = quality.worth()
    if worth.excluded:
        st.markdown(
            f"**Here:** of {worth.flagged:,} flagged pictures you excluded {worth.hits:,} ({worth.precision:.0%}), and "
            f"{worth.recall:.0%} of the {worth.excluded:,} that you excluded are flagged."
        )
    st.markdown(
        "**Measured** on 843 photographs of colour-field paintings, of which a curator had taken out 13 (1.5 %). A "
        "flag says what to look at first, never what to leave out."
    )
    st.dataframe(_MEASURED, hide_index=True, width=640)
    st.caption(
        "The order learned from exclusions was judged on pictures that it had not seen. Of artists that it had not "
        "seen either, 3 of the 13 came among the first 20."
    )


def _open(name: str) -> None:
    st.session_state[OF] = name


def _calibrate(catalog: Catalog, collection: str, share: float) -> None:
    try:
        calibrate(catalog, collection, share=share)
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
