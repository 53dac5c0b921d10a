"""Walls of thumbnails with a figure to each: one HTML element whose pictures travel inside it, so a hundred of them
cost one message and no requests."""

import html
from collections.abc import Sequence

import streamlit as st

from core.datasets.plan import Verdict
from core.workspace import Workspace
from ui.augment_pictures import thumb_url

_STYLE = """
<style>
.augment { font-size: .8rem; line-height: 1.3; }
.augment img { display: block; }
.augment figure { margin: 0; }
.augment figcaption { margin-top: 3px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.augment figcaption span { opacity: .65; }
.augment .wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 12px 10px; }
.augment .wall img { max-width: 100%; height: 76px; object-fit: contain; object-position: left bottom; }
</style>
"""


def show_wall(workspace: Workspace, verdicts: Sequence[Verdict], captions: Sequence[str]) -> None:
    """Thumbnails with a figure and the artist beneath each."""
    figures = []
    for verdict, caption in zip(verdicts, captions, strict=True):
        artist = html.escape(verdict.picture.artist or "")
        figures.append(
            f"<figure title='{html.escape(verdict.detail or caption, quote=True)}'>"
            f"<img src='{thumb_url(workspace.thumb(verdict.picture.sha256))}' alt='{artist or 'picture'}'>"
            f"<figcaption>{html.escape(caption)}<br><span>{artist}</span></figcaption></figure>"
        )
    st.html(f"{_STYLE}<div class='augment'><div class='wall'>{''.join(figures)}</div></div>")
