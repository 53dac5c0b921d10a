"""Who is visiting, and what the app shows them."""

import os
from urllib.parse import urlsplit

import streamlit as st

_MODES = ("local",)


def require_known_mode() -> None:
    """Stop with an explanation when ATELIER_MODE asks for a mode this version does not have.

    Running open to everyone because a mode was misspelt would be the worst possible answer.
    """
    mode = os.environ.get("ATELIER_MODE", "local")
    if mode not in _MODES:
        st.error(
            f"Found ATELIER_MODE={mode!r}, but this version only knows: {', '.join(_MODES)}. "
            "Remove the variable to run the lab on this computer alone."
        )
        st.stop()


def came_to_rate() -> bool:
    """Whether the visitor opened a rating link: raters see the study and none of the lab around it."""
    return urlsplit(st.context.url or "").path.rstrip("/").endswith("/rate")
