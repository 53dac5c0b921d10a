"""Which network makes pictures larger: one of those trained here, or a file that others trained."""

import streamlit as st

from core.workspace import Workspace


def ask(workspace: Workspace, method: str) -> str:
    """Its name, or "" while none is chosen."""
    st.caption("No network yet.")
    return ""
