"""Excluding and restoring on the Catalog page: the reasons on offer, the confirmation, the line that can undo."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.curation import UNDOABLE, Act
from core.catalog.look_alikes.settling import is_of_a_group
from core.catalog.selection import Selection
from core.errors import AtelierError
from ui import access, duplicates_words
from ui.gallery import select
from ui.jobs import plain
from ui.markup import harmless

COMMON_REASONS = (
    "not a painting",
    "poor scan",
    "frame or wall visible",
    "watermark",
    "duplicate",
    "too small",
    "other",
)
_LAST_ACT = "catalog-last-act"


def pictures(number: int) -> str:
    return "1 picture" if number == 1 else f"{number:,} pictures"


def reason_choice(catalog: Catalog, *, key: str) -> str | None:
    """A reason that was used before, a common one, or a new one."""
    used = [reason for reason, _ in catalog.excluded_reasons() if not is_of_a_group(reason)]
    return st.selectbox(
        "Reason",
        list(dict.fromkeys([*used, *COMMON_REASONS])),
        index=None,
        key=key,
        accept_new_options=True,
        placeholder="Choose a reason or type your own",
    )


def remember(act: Act) -> None:
    """Show the act, with its undo, until the next one."""
    st.session_state[_LAST_ACT] = act


def last_act(catalog: Catalog) -> None:
    """A few words about the last act of this session, and its undo."""
    act: Act | None = st.session_state.get(_LAST_ACT)
    if act is None:
        return
    st.caption(_told(act), width="content")
    if act.number and act.act in UNDOABLE:
        st.button(
            "Undo", icon=":material/undo:", type="tertiary", on_click=access.owner_action(_undo), args=(catalog, act)
        )


def _told(act: Act) -> str:
    if words := duplicates_words.told(act.act, act.pictures, act.reason):
        return f"{words}."
    if act.act == "exclude":
        return (
            f"Excluded {pictures(act.pictures)}: {plain(act.reason)}."
            if act.pictures
            else "All of these were excluded already."
        )
    if act.act == "restore":
        return f"Restored {pictures(act.pictures)}." if act.pictures else "None of these was excluded."
    if act.act == "tag":
        return (
            f"Tagged {pictures(act.pictures)}: {plain(act.reason)}."
            if act.pictures
            else "All of these have the tag already."
        )
    if act.act == "untag":
        return (
            f"Took {plain(act.reason)} from {pictures(act.pictures)}." if act.pictures else "None of these has the tag."
        )
    if act.act == "dismiss":
        return f"Called {pictures(act.pictures)} fine." if act.pictures else "All of these were called fine already."
    if act.act == "undismiss":
        return f"{pictures(act.pictures).capitalize()} can be flagged again."
    return (
        f"Undone for {pictures(act.pictures)}." if act.pictures else "Nothing to undo: they were changed again since."
    )


def _undo(catalog: Catalog, act: Act) -> None:
    try:
        remember(catalog.undo(act.number))
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")


@access.owner_dialog("Exclude pictures", icon=":material/block:")
def exclude_dialog(
    catalog: Catalog, target: Selection | Sequence[str], number: int, where: str, gallery_key: str
) -> None:
    """Ask for the reason, with the number in sight, then do it; afterwards nothing is chosen in that gallery."""
    st.write(f"**{pictures(number)}** {where} will be left out of galleries and new datasets. Nothing is deleted.")
    reason = reason_choice(catalog, key="exclude-reason")
    if st.button(f"Exclude {pictures(number)}", type="primary", disabled=not reason, width="stretch"):
        try:
            with st.spinner(f"Excluding {pictures(number)}"):
                remember(catalog.exclude(target, reason or ""))
        except AtelierError as error:
            st.error(harmless(str(error)))
            return
        select(gallery_key, ())
        st.rerun()


@access.owner_dialog("Restore pictures", icon=":material/settings_backup_restore:")
def restore_dialog(
    catalog: Catalog, target: Selection | Sequence[str], number: int, where: str, gallery_key: str
) -> None:
    st.write(f"**{pictures(number)}** {where} will be part of galleries and new datasets again.")
    if st.button(f"Restore {pictures(number)}", type="primary", width="stretch"):
        try:
            with st.spinner(f"Restoring {pictures(number)}"):
                remember(catalog.restore(target))
        except AtelierError as error:
            st.error(harmless(str(error)))
            return
        select(gallery_key, ())
        st.rerun()
