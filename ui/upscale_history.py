"""The newest pictures that were upscaled here: each opens, and from there can be used again."""

import streamlit as st

from core.pictures.gallery import Gallery
from core.workspace import Workspace
from ui.gallery import GalleryItem, gallery

_SHOWN = 24


def show(workspace: Workspace) -> None:
    pictures = Gallery(workspace).newest(_SHOWN, way="upscale")
    if not pictures:
        return
    st.subheader("Upscaled here", anchor=False)
    shown = gallery(
        [
            GalleryItem(
                id=made.sha256,
                image=workspace.thumb(made.sha256),
                width=made.width,
                height=made.height,
                caption=made.title,
                note=made.remark,
                hint=f"{made.label}\n{made.width} × {made.height} pixels",
            )
            for made in pictures
        ],
        key="upscale-history",
        label="Upscaled here, the newest first",
        size="small",
        selectable=False,
    )
    if shown.opened is not None and any(made.sha256 == shown.opened for made in pictures):
        st.query_params.from_dict({"made": shown.opened})
        st.rerun()
