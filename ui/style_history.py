"""The newest restylings in a row: each opens, and from there can be used again."""

import streamlit as st

from core.jobs.folder import JobFolder
from core.pictures.gallery import Gallery, Made
from core.style.again import KIND, LIGHT_KIND
from core.style.sheet import KIND as SHEET
from core.workspace import Workspace
from ui.gallery import GalleryItem, gallery

_SHOWN = 24
_WAYS = ("style", "style-sheet")
_LOOKED_AT = 96  # of the gallery's newest: others may have been made since


def show(workspace: Workspace) -> None:
    pictures = [made for made in Gallery(workspace).newest(_LOOKED_AT) if made.way in _WAYS][:_SHOWN]
    if not pictures:
        return
    st.subheader("Restyled here", anchor=False)
    shown = gallery(
        [_item(workspace, made) for made in pictures],
        key="style-history",
        label="Restyled here, the newest first",
        size="small",
        selectable=False,
        strip=True,
    )
    if shown.opened is not None:
        made = next((made for made in pictures if made.sha256 == shown.opened), None)
        if made is not None:
            st.query_params.from_dict(address_of(workspace, made))
            st.rerun()


def address_of(workspace: Workspace, made: Made) -> dict[str, str]:
    """Of a picture on this page: by its job as long as that is there, and made nothing else."""
    is_of_one = bool(made.job) and JobFolder(workspace.job(made.job)).kind in (KIND, LIGHT_KIND, SHEET)
    return {"job": made.job} if is_of_one else {"made": made.sha256}


def _item(workspace: Workspace, made: Made) -> GalleryItem:
    return GalleryItem(
        id=made.sha256,
        image=workspace.thumb(made.sha256),
        width=made.width,
        height=made.height,
        caption=made.title,
        note=made.remark,
        hint=made.label,
    )
