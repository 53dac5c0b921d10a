"""Accepting the suggestion for many groups at once: what it would do, collections that lose nothing, one undo."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.look_alikes.keeping import BulkPlan, plan_bulk
from core.errors import AtelierError
from ui import access
from ui.catalog_acts import pictures, remember
from ui.duplicates_groups import bytes_in_words
from ui.jobs import plain
from ui.markup import harmless

Groups = Sequence[tuple[str, ...]]


@access.owner_dialog("Accept suggestions", icon=":material/done_all:", width="medium")
def bulk_dialog(catalog: Catalog, kind: str, offers: Sequence[tuple[str, Groups]]) -> None:
    """offers: (in words, groups) to choose from, the fewest first."""
    st.markdown(
        "Of every group the suggested picture stays and the others are excluded, with the reason "
        f"“{'duplicate of' if kind == 'exact' else 'similar to'} …”. No file is deleted."
    )
    names = [words for words, _ in offers]
    chosen = st.radio("Which groups", names, key="duplicates-bulk-which")
    groups = dict(offers)[chosen or names[0]]
    safe = st.multiselect(
        "Safe collections",
        [info.name for info in catalog.collections()],
        key="duplicates-safe",
        persist_state="session",
        placeholder="None",
        help="Their pictures are never excluded here. Where one of a group is in such a collection, it stays, and what "
        "is not safe goes.",
    )
    take_over = st.checkbox(
        "The kept ones take over what only the others know",
        value=True,
        key="duplicates-bulk-take-over",
        help="Tags are given to them; title, date and other facts that they lack are noted with them. What the sources "
        "say stays as it is.",
    )
    key = ("bulk plan", kind, tuple(groups), tuple(safe), take_over)
    plan = catalog.remembered(
        key, lambda: plan_bulk(catalog, groups, equal_pixels=kind == "exact", safe=safe, take_over=take_over)
    )
    _preview(plan)
    if st.button(
        f"Keep one of each, exclude {pictures(plan.excluded)}",
        type="primary",
        disabled=not plan.decisions,
        width="stretch",
        key="duplicates-bulk-do",
        on_click=access.owner_action(_accept),
        args=(catalog, plan, kind),
    ):
        st.rerun()


def _accept(catalog: Catalog, plan: BulkPlan, kind: str) -> None:
    try:
        remember(catalog.keep_one(plan.decisions, kind))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")


def _preview(plan: BulkPlan) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric("Groups", f"{len(plan.decisions):,}")
        st.metric("Pictures left out", f"{plan.excluded:,}")
        st.metric("Their files", bytes_in_words(plan.bytes) if plan.bytes else "0 kB", help="They stay on the disk.")
    told = []
    if plan.protected:
        told.append(f"{pictures(plan.protected)} kept only because the collection is safe")
    if plan.untouched:
        told.append(f"{plan.untouched:,} groups are safe altogether and wait for you")
    if told:
        st.caption(plain("; ".join(told)) + ".")
    if plan.excluded > 1000:
        st.caption("All decisions are kept in a snapshot first. One undo takes it back.")
    else:
        st.caption("One undo takes it back.")
