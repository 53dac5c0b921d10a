"""A place to paste a picture into from the clipboard, or to drop one on. It is sent at 512 pixels at most."""

import base64
import binascii
from pathlib import Path

import streamlit as st

from ui import access

_ASSETS = Path(__file__).with_name("assets")
_START = "data:image/png;base64,"
_MOST_BYTES = 4 << 20  # of what a browser sends

_component = st.components.v2.component(
    "atelier_paste",
    html="<div id='paste'></div>\n",
    css=(_ASSETS / "paste.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "paste.js").read_text(encoding="utf-8"),
)


def pasted_picture(*, key: str, label: str = "Click here and press Ctrl+V, or drop a picture.") -> bytes | None:
    """A PNG, in the one run after it was pasted. Bytes from the browser: core.images reads them like any other."""
    result = _component(key=key, data={"label": label}, on_picture_change=access.owner_action(lambda: None))
    return png_of(result.picture)


def png_of(sent: object) -> bytes | None:
    """The bytes of what the component told; None where it told nothing, or what it never would."""
    url = sent.get("url") if isinstance(sent, dict) else None
    if not isinstance(url, str) or not url.startswith(_START) or len(url) > _MOST_BYTES:
        return None
    try:
        return base64.b64decode(url[len(_START) :], validate=True)
    except binascii.Error:
        return None
