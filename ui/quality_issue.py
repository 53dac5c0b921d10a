"""One issue of quality in one collection: its threshold, who set it, what it is worth, and the pictures it flags."""

from dataclasses import replace

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.filters.fields import FIELDS
from core.catalog.quality import (
    CollectionQuality,
    IssueCount,
    call_normal,
    quality_of,
    set_threshold,
    unusual_thresholds,
)
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.quality.issues import CALIBRATED_SHARE
from core.workspace import Workspace
from ui import access
from ui.catalog_arrival import open_catalog
from ui.jobs import plain
from ui.markup import harmless
from ui.quality_pictures import Shown, called_fine, flagged_pictures
from ui.quality_threshold import look_at, threshold

_FIELDS = {"aspect": "proportion"}  # the measure's name in the filter language, where it is another


def issue_panel(catalog: Catalog, workspace: Workspace, quality: CollectionQuality, name: str) -> None:
    count = quality.of(name)
    key = f"quality-threshold-{quality.collection}-{name}"
    st.subheader(count.issue.title, anchor=False)
    st.caption(count.issue.why)
    if not count.measured:
        st.info("None of these pictures has been measured for it yet.", icon=":material/straighten:")
        return
    left, right = st.columns([3, 2], gap="large", vertical_alignment="top")
    with left:
        value = threshold(quality, count.issue, key=key)
    with right:
        _setting(catalog, quality, count, value, key)
        _last_change(catalog, quality, count, key)
        _worth(count, quality)
    _pictures(catalog, workspace, quality, count, value)


def _setting(catalog: Catalog, quality: CollectionQuality, count: IssueCount, value: float, key: str) -> None:
    """Keep what is looked at, or go back."""
    collection, name, usual = quality.collection, count.issue.name, count.issue.threshold
    exact = f"{key}-exact"
    st.session_state[exact] = float(f"{value:.6g}")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            "Flag below" if count.issue.direction == "below" else "Flag above",
            key=exact,
            step=0.01,
            format="%.4g",
            width=150,
            on_change=access.owner_action(_type),
            args=(key, exact),
        )
        is_new = abs(value - count.threshold) > 1e-9
        st.button(
            "Keep for this collection",
            icon=":material/save:",
            type="primary" if is_new else "secondary",
            disabled=not is_new,
            key="quality-keep",
            on_click=access.owner_action(_keep),
            args=(catalog, collection, name, value, key),
        )
    with st.container(horizontal=True, gap="xsmall"):
        calibrated = unusual_thresholds(catalog, collection, share=CALIBRATED_SHARE).get(name, usual)
        st.button(
            f"At most {CALIBRATED_SHARE:.0%} of them",
            icon=":material/percent:",
            disabled=abs(value - calibrated) < 1e-9,
            key="quality-percentile",
            help="Moves the threshold away from the usual until it flags no more than that. Look first, then keep it.",
            on_click=access.owner_action(look_at),
            args=(key, calibrated),
        )
        st.button(
            f"Usual: {usual:g}",
            icon=":material/restart_alt:",
            disabled=not count.is_own and not is_new,
            key="quality-usual",
            on_click=access.owner_action(_keep),
            args=(catalog, collection, name, None, key),
        )
        st.button(
            "Not normal after all" if count.by_person else "This is normal here",
            icon=":material/flag:" if count.by_person else ":material/thumb_up:",
            key="quality-normal",
            help="An issue that is normal here flags nothing in this collection. Taken back the same way.",
            on_click=access.owner_action(_call_normal),
            args=(catalog, collection, name, not count.by_person),
        )


def _last_change(catalog: Catalog, quality: CollectionQuality, count: IssueCount, key: str) -> None:
    """Who set it, when, and what it was."""
    own = [change for change in catalog.quality_changes(quality.collection) if change.issue == count.issue.name]
    if not own:
        st.caption(f"The usual threshold, {count.issue.threshold:g}: nobody has changed it here.")
        return
    for change in own[:3]:
        when = f"{change.at:%d %b %Y, %H:%M} UTC, by {plain(change.who)}"
        if change.what == "normal":
            st.caption(f"{'Called normal here' if change.after else 'Not normal any more'} · {when}")
            continue
        before, after = (count.issue.threshold if one is None else float(one) for one in (change.before, change.after))
        st.caption(f"Threshold from {before:.4g} to {after:.4g} · {when}")
    last = next((change for change in own if change.what == "threshold"), None)
    if last is not None:
        before = None if last.before is None else float(last.before)
        told = count.issue.threshold if before is None else before
        st.button(
            f"Back to {told:.4g}",
            icon=":material/undo:",
            type="tertiary",
            key="quality-back",
            on_click=access.owner_action(_keep),
            args=(catalog, quality.collection, count.issue.name, before, key),
        )


def _worth(count: IssueCount, quality: CollectionQuality) -> None:
    """By the curator's own exclusions, which is the only measure that counts."""
    if quality.excluded and (count.pictures or count.excluded):
        flagged = count.pictures + count.excluded
        st.caption(
            f"Worth here: of {flagged:,} flagged you excluded {count.excluded:,} ({count.excluded / flagged:.0%}); "
            f"of {quality.excluded:,} excluded it flags {count.excluded / quality.excluded:.0%}."
        )


def _pictures(
    catalog: Catalog, workspace: Workspace, quality: CollectionQuality, count: IssueCount, value: float
) -> None:
    name, collection = count.issue.name, quality.collection
    is_stored = abs(value - count.threshold) < 1e-9
    looked = quality
    if not is_stored or count.is_normal:
        thresholds = dict(quality.settings.thresholds) | {name: value}
        looked = quality_of(catalog, collection, replace(quality.settings, thresholds=thresholds))
    found = looked.of(name).pictures
    filter_ = Selection(collections=(collection,), where=f"flag = {name}")
    everything = filter_ if is_stored and not count.is_normal else None
    _open_in_catalog(count, collection, value, flags_it=everything is not None)
    if everything is None and found:
        st.caption(
            "The issue is normal here, so it flags nothing: choose pictures to act on them."
            if count.is_normal
            else "This threshold is only looked at: choose pictures to act on them, or keep it to act on all at once."
        )
    if not found:
        st.success("No kept picture lies on that side of the threshold.", icon=":material/check:")
    else:

        def page_of(offset: int, limit: int) -> list[Shown]:
            worst = looked.worst(name, offset=offset, limit=limit)
            return [Shown(sha256, badge=f"{own:.3g}") for sha256, own in worst]

        flagged_pictures(
            catalog,
            workspace,
            issue=name,
            everything=everything,
            found=found,
            page_of=page_of,
            where=f"flagged: {count.issue.title.lower()}",
        )
    called_fine(catalog, Selection(collections=(collection,), excluded="all"), name, count.fine)


def _open_in_catalog(count: IssueCount, collection: str, value: float, *, flags_it: bool) -> None:
    field = _FIELDS.get(count.issue.measure, count.issue.measure)
    sign = "<" if count.issue.direction == "below" else ">"
    where = f"flag = {count.issue.name}" if flags_it else f"{field} {sign} {value:.6g}"
    if (flags_it or field in FIELDS) and st.button(
        "Open these in the Catalog", icon=":material/photo_library:", type="tertiary", key="quality-open"
    ):
        open_catalog(selection=Selection(collections=(collection,), where=where))


def _type(key: str, exact: str) -> None:
    look_at(key, float(st.session_state[exact]))


def _keep(catalog: Catalog, collection: str, name: str, value: float | None, key: str) -> None:
    try:
        set_threshold(catalog, collection, name, value)
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
        return
    look_at(key, None)


def _call_normal(catalog: Catalog, collection: str, name: str, normal: bool) -> None:
    try:
        call_normal(catalog, collection, name, normal=normal)
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")
