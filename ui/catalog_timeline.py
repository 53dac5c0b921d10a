"""The Catalog page's timeline: who did what to how many pictures, and when, with a way back."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.records import TimelineEntry
from core.errors import AtelierError
from ui import access, duplicates_words
from ui.catalog_acts import pictures, remember
from ui.catalog_flags import issue_title
from ui.jobs import plain
from ui.markup import harmless

_STEP = 30  # acts
_SHOWN = "catalog-timeline-shown"
_ICONS = {
    "exclude": ":material/block:",
    "restore": ":material/settings_backup_restore:",
    "tag": ":material/label:",
    "untag": ":material/label_off:",
    "dismiss": ":material/check_circle:",
    "undismiss": ":material/flag:",
    "quality": ":material/tune:",
    "undo": ":material/undo:",
    "replace": ":material/sync:",
    **duplicates_words.ICONS,
}


@access.owner_dialog("Timeline", icon=":material/history:", width="medium", on_dismiss="rerun")
def timeline_dialog(catalog: Catalog) -> None:
    """The last acts, the newest first; each that can be undone, with its button."""
    most = st.session_state.get(_SHOWN, _STEP)
    acts = catalog.acts(limit=most + 1)
    if not acts:
        st.caption("Nobody has excluded, restored or tagged any picture yet.")
    for entry in acts[:most]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"act-{entry.number}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"{_ICONS.get(entry.act, ':material/edit:')} {told(entry)}")
                st.caption(f"{entry.number} · {entry.at:%d %b %Y, %H:%M} UTC · {plain(entry.who)}{_scope(entry)}")
            if entry.can_be_undone:
                st.button(
                    "Undo",
                    icon=":material/undo:",
                    key=f"undo-{entry.number}",
                    on_click=access.owner_action(_undo),
                    args=(catalog, entry.number),
                )
            elif entry.is_undone:
                st.caption("undone", width="content")
    if len(acts) > most:
        st.button("Show more", on_click=access.owner_action(_show_more), args=(most + _STEP,), width="stretch")


def told(entry: TimelineEntry) -> str:
    """What an act did, in words."""
    number, reason = pictures(entry.pictures), plain(entry.reason)
    if words := duplicates_words.told(entry.act, entry.pictures, entry.reason):
        return words
    match entry.act:
        case "exclude":
            return f"Excluded {number}: {reason}"
        case "restore":
            return f"Restored {number}"
        case "tag":
            return f"Tagged {number} with **{reason}**"
        case "untag":
            return f"Took **{reason}** from {number}"
        case "dismiss":
            return f"Called {number} fine: {issue_title(entry.reason)}"
        case "undismiss":
            return f"Had {number} flagged again: {issue_title(entry.reason)}"
        case "quality":
            return f"Set what is flagged in {reason}"
        case "undo":
            return f"Undid act {entry.undid} for {number}" if entry.undid else f"Undid an act for {number}"
        case "replace":
            return f"Replaced {number}: the source has others now"
    return f"{plain(entry.act).capitalize()}: {number}"


def _scope(entry: TimelineEntry) -> str:
    if entry.selection is None:
        return ""
    asked = "; ".join(
        f"{name.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in entry.selection.items()
    )
    return f" · all with {plain(asked)}" if asked else " · all pictures"


def _undo(catalog: Catalog, number: int) -> None:
    try:
        remember(catalog.undo(number))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")


def _show_more(number: int) -> None:
    st.session_state[_SHOWN] = number
