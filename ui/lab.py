"""The lab behind the pages: one workspace and one catalog per server."""

import gc

import streamlit as st

from core.workspace import Workspace


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    return Workspace().create()


@st.cache_resource(show_spinner=False)
def _freeze_imports() -> None:
    """Streamlit collects all garbage after every rerun; objects that live for ever need not be looked at each time."""
    gc.collect()
    gc.freeze()


def prepare() -> None:
    """What every page needs before it runs."""
    workspace()
    _freeze_imports()
