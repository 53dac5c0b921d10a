"""The lab behind the pages: one workspace and one catalog per server."""

import streamlit as st

from core.workspace import Workspace


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """The lab's folder (ATELIER_HOME, else the project's own), with its sub-folders made."""
    return Workspace().create()
