"""Walls of thumbnails with a figure to each, and strips of datasets. Each block is one HTML element whose pictures
travel inside it, so a hundred of them cost one message and no requests.
"""

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from core.datasets.pack import PackError, open_pack
from core.datasets.plan import Verdict
from core.workspace import Workspace
from ui.augment_pictures import lossless_url, thumb_url
from ui.markup import harmless

_STRIP_SAMPLES = 15
_STRIP_SIDE = 64  # pixels a strip is high

_STYLE = """
<style>
.augment { font-size: .8rem; line-height: 1.3; }
.augment img { display: block; }
.augment .true { image-rendering: pixelated; }
.augment figure { margin: 0; }
.augment figcaption { margin-top: 3px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.augment figcaption span { opacity: .65; }
.augment .wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 12px 10px; }
.augment .wall img { max-width: 100%; height: 76px; object-fit: contain; object-position: left bottom; }
.augment.strip img { max-width: 100%; height: 64px; object-fit: cover; object-position: left; }
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


def show_strip(folder: Path, content_hash: str) -> None:
    """A row of a dataset's pictures as they are trained on."""
    try:
        url = _strip(folder, content_hash)
    except PackError as error:
        st.error(harmless(str(error)))
    else:
        st.html(f"{_STYLE}<div class='augment strip'><img class='true' alt='samples' src='{url}'></div>")


@st.cache_data(max_entries=200, show_spinner=False)
def _strip(folder: Path, content_hash: str) -> str:
    pack = open_pack(folder)
    rows = pack.train_pictures
    chosen = rows[np.linspace(0, len(rows) - 1, min(_STRIP_SAMPLES, len(rows))).astype(int)]
    height, width = pack.shape
    across = max(1, round(_STRIP_SIDE * width / height))
    sheet = Image.new("RGB", (across * len(chosen), _STRIP_SIDE))
    resampling = Image.Resampling.BOX if height > _STRIP_SIDE else Image.Resampling.NEAREST
    for place, row in enumerate(chosen):
        sample = Image.fromarray(pack.images[row])
        sheet.paste(sample.resize((across, _STRIP_SIDE), resampling), (across * place, 0))
    return lossless_url(np.asarray(sheet))
