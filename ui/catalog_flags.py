"""The Catalog page's facet of quality: how many pictures each issue flags within the filters; a click asks for them."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.dismissing import SUGGESTED
from core.catalog.quality import flags_of_picture
from core.catalog.records import Picture
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.quality.issues import ISSUES
from ui import access
from ui.catalog_acts import remember
from ui.catalog_where import WHERE, chosen_values, is_understood, with_values
from ui.jobs import plain
from ui.markup import harmless

_KEY = "facet-flag"
_TITLES = {issue.name: issue.title for issue in ISSUES}


def flags_facet(catalog: Catalog, selection: Selection, *, on_change: Callable[[], None]) -> None:
    """By the thresholds of each collection, as on the Quality page. Left out where nothing is flagged."""
    counts = dict(catalog.flag_counts(selection))
    chosen = [name for name in chosen_values(st.session_state[WHERE], "flag") if name in _TITLES]
    offered = [name for name, pictures in counts.items() if pictures or name in chosen]
    if not offered:
        return
    st.session_state[_KEY] = chosen
    st.pills(
        "Quality",
        offered,
        selection_mode="multi",
        key=_KEY,
        format_func=lambda name: f"{_TITLES[name]} **{counts[name]:,}**",
        help="Flagged by the thresholds of each collection: the Quality page shows and sets them.",
        on_change=access.owner_action(partial(_narrow, on_change)),
    )


def picture_flags(catalog: Catalog, shown: Picture) -> None:
    """What one picture is flagged for, with its values, and a way to say that it is fine."""
    found = flags_of_picture(catalog, shown.sha256, shown.collections)
    for flag in found:
        key = f"{flag.issue.name}-{flag.collection}"
        side = "below" if flag.issue.direction == "below" else "above"
        told = f"{flag.value:.3g}, {side} {flag.threshold:.3g} in {plain(flag.collection)}"
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.badge(
                flag.issue.title,
                icon=":material/flag:" if flag.counts else ":material/check:",
                color="orange" if flag.counts else "gray",
                help=flag.issue.why,
            )
            st.caption(told + _settled(flag.fine, flag.is_normal), width="stretch")
            if flag.counts or flag.fine:
                st.button(
                    "Flag again" if flag.fine else "Fine",
                    key=f"picture-flag-{key}",
                    type="tertiary",
                    on_click=access.owner_action(_settle),
                    args=(catalog, shown.sha256, flag.issue.name, not flag.fine),
                )


def issue_title(name: str) -> str:
    return "suggested by exclusions" if name == SUGGESTED else _TITLES.get(name, name).lower()


def _settled(fine: bool, is_normal: bool) -> str:
    if fine:
        return " · called fine"
    return " · normal there" if is_normal else ""


def _settle(catalog: Catalog, sha256: str, issue: str, fine: bool) -> None:
    try:
        remember(catalog.dismiss([sha256], issue) if fine else catalog.undismiss([sha256], issue))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")


def _narrow(on_change: Callable[[], None]) -> None:
    if is_understood():
        st.session_state[WHERE] = with_values(st.session_state[WHERE], "flag", st.session_state[_KEY])
        on_change()
