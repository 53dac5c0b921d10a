"""Training a network for upscaling."""

import streamlit as st

from core.workspace import Workspace


def show(workspace: Workspace) -> None:
    st.caption("Soon.")
