"""Two pictures of a group at true pixels: divided, side by side, flickering, and where they differ."""

from pathlib import Path

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.look_alikes.keeping import LookAlike, look_alikes
from core.duplicates.difference import NOTICEABLE, Difference, difference
from core.errors import AtelierError
from core.images import ImageError, read_image
from core.workspace import Workspace
from ui import access
from ui.duplicates_groups import Fact, facts_of
from ui.markup import harmless
from ui.wipe import Pane, compare

_VIEWS = ("Pictures", "Difference")


@access.owner_dialog("Compare", width=1180, icon=":material/compare:")
def compare_dialog(catalog: Catalog, workspace: Workspace, one: str, other: str) -> None:
    try:
        known = list(look_alikes(catalog, [one, other]).values())
    except AtelierError as error:
        st.warning(harmless(str(error)), icon=":material/broken_image:")
        return
    view = st.segmented_control("View", _VIEWS, default="Pictures", required=True, key="duplicates-view")
    paths = [workspace.image(member.candidate.sha256, member.suffix) for member in known]
    if view == "Pictures":
        panes = [
            Pane(path, label, _words(member, facts))
            for path, label, member, facts in zip(paths, "AB", known, facts_of(known), strict=True)
        ]
        compare(panes, key="duplicates-compare", flicker=True, tallest="58vh")
        return
    try:
        found = _difference(str(paths[0]), str(paths[1]))
    except (ImageError, OSError) as error:
        st.warning(harmless(f"The two cannot be compared. {error}"), icon=":material/broken_image:")
        return
    st.markdown(_said(found))
    compare([Pane(found.image, "Difference")], key="duplicates-difference", tallest="58vh")


@st.cache_data(max_entries=4, show_spinner="Comparing the pixels")
def _difference(one: str, other: str) -> Difference:
    return difference(read_image(Path(one)), read_image(Path(other)))


def _words(member: LookAlike, facts: list[Fact]) -> str:
    told = [f"{fact.value} {f'({fact.word})' if fact.word else ''}".strip() for fact in facts[:3]]
    return " · ".join([member.candidate.title or "Untitled", *told])


def _said(found: Difference) -> str:
    if found.is_equal:
        return "**Equal in every pixel.** The files differ in their packing or in what else they carry."
    scaled = " They were compared at the size of the smaller one." if found.scaled else ""
    if found.largest == 0:
        return f"**No difference.**{scaled}"
    shown = f", shown {found.enlarged:.1f} times as strong" if found.enlarged > 1.05 else ""
    return (
        f"**{found.share:.1%} of the pixels differ noticeably** (by more than {NOTICEABLE} of 255); the largest "
        f"difference is {found.largest}{shown}. Black is equal.{scaled}"
    )
