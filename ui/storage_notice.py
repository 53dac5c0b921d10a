"""A word about where ratings are kept, on machines that forget."""

import streamlit as st

from core.errors import ConfigError
from core.system.storage import storage
from ui import lab
from ui.markup import harmless


def say_if_ratings_do_not_last() -> None:
    """On hosting that loses its disk at a restart, say so before anybody asks people; elsewhere nothing."""
    try:
        found = storage(lab.workspace())
    except ConfigError as error:
        st.warning(harmless(str(error)), icon=":material/warning:")
        return
    if not found.lasts:
        st.warning(found.warning, icon=":material/save:")
