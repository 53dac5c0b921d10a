"""What can be done with the pictures that a gallery shows: the same buttons on every page that shows some."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from ui import access, lab
from ui.catalog_acts import exclude_dialog, restore_dialog
from ui.catalog_export import export_dialog
from ui.catalog_tags import tag_dialog
from ui.gallery import select


def actions(
    catalog: Catalog,
    everything: Selection | Sequence[str],
    found: int,
    chosen: tuple[str, ...],
    *,
    gallery_key: str,
    where: str = "in this filter",
) -> None:
    """Buttons about the chosen pictures, or about everything where none is chosen.

    Args:
        everything: what the filter finds, or some pictures by their hashes.
        found: how many pictures that is.
        where: what is said of everything, as "12 pictures in this filter".
    """
    target, everywhere = chosen or everything, where
    if chosen:
        where = "that you chose"
    excluded = _excluded(catalog, target)
    number = len(chosen) or found
    kept = number - excluded
    which = "The chosen pictures" if chosen else f"All pictures {where}: choose some to mean only those"
    if st.button("Exclude", icon=":material/block:", disabled=not kept, help=which):
        exclude_dialog(catalog, target, kept, where, gallery_key)
    if st.button("Restore", icon=":material/settings_backup_restore:", disabled=not excluded, help=which):
        restore_dialog(catalog, target, excluded, where, gallery_key)
    if st.button("Tag", icon=":material/label:", disabled=not number, help=which):
        tag_dialog(catalog, target, number, where, gallery_key)
    if st.button("Export", icon=":material/drive_file_move:", disabled=not number, help=which):
        export_dialog(catalog, lab.workspace(), target, number)
    _told(everything, found, chosen, gallery_key, everywhere)


def _told(
    everything: Selection | Sequence[str], found: int, chosen: tuple[str, ...], gallery_key: str, everywhere: str
) -> None:
    """What is chosen, behind the buttons, which stay where they are."""
    all_are = not chosen and bool(found) and st.session_state.get(f"{gallery_key}-all") == everything
    if chosen or all_are:
        st.markdown(f"**{len(chosen):,} chosen**" if chosen else f"**All {found:,} chosen**", width="content")
    if chosen and found > len(chosen):
        st.button(
            f"Choose all {found:,}",
            icon=":material/select_all:",
            type="tertiary",
            help=f"All pictures {everywhere}, on every page",
            on_click=access.owner_action(_choose_all),
            args=(gallery_key, everything),
        )
    if chosen or all_are:
        st.button(
            "Choose none",
            icon=":material/close:",
            type="tertiary",
            on_click=access.owner_action(_choose_all),
            args=(gallery_key, None),
        )


def _choose_all(gallery_key: str, everything: Selection | Sequence[str] | None) -> None:
    """All pictures, on every page; None: none of them."""
    st.session_state[f"{gallery_key}-all"] = everything
    select(gallery_key, ())


def _excluded(catalog: Catalog, target: Selection | Sequence[str]) -> int:
    if not isinstance(target, Selection):
        return catalog.count_excluded(target)
    return 0 if target.excluded == "kept" else catalog.count(replace(target, excluded="excluded"))
