"""A button that saves a file too large for the server's memory, stretch by stretch, with its progress.

Streamlit's own download button holds the whole file in memory, once for the server and once more while it is sent.
"""

from pathlib import Path
from typing import Protocol

import streamlit as st
from streamlit import runtime

SMALL = 8 << 20  # bytes: as much as the browser asks for at a time
_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_download",
    html=(
        "<div id='download'><button type='button'></button>\n"
        "<progress max='1' hidden></progress><output></output></div>\n"
    ),
    css=(_ASSETS / "download.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "download.js").read_text(encoding="utf-8"),
)


class Stretches(Protocol):
    """Bytes that are read where they are asked for: see core.zip_view."""

    def __len__(self) -> int: ...
    def __getitem__(self, stretch: slice) -> bytes: ...


def large_download(file: Stretches, *, name: str, label: str, key: str) -> None:
    """Show the button.

    Args:
        file: held as long as the session shows the button.
        name: of the file that is saved.
    """
    # The store takes bytes; of large ones it asks no more than their length and slices (a browser's Range), of small
    # ones all. tests/pages/test_large_download.py notices, should this change.
    url = runtime.get_instance().media_file_mgr.add(
        file[:] if len(file) <= SMALL else file,  # type: ignore[arg-type]
        "application/octet-stream",
        f"download-{key}",
    )
    _component(key=key, data={"url": url, "bytes": len(file), "name": name, "label": label})
