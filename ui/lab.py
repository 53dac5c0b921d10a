"""The lab behind the pages: one workspace and one catalog per server."""

from typing import TYPE_CHECKING

import streamlit as st

from core.access.mode import Mode, mode
from core.workspace import Workspace
from ui.markup import harmless

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog
    from core.catalog.ingest import IngestClock

# The catalog brings DuckDB; a server that does nothing but rating never loads it.


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """The lab's folder (ATELIER_HOME, else the project's own), with its sub-folders made.

    Not by a raters' process, which may write to the studies and to nothing else.
    """
    return Workspace() if mode() is Mode.RATERS else Workspace().create()


def catalog() -> "Catalog":
    """The server's one catalog, with what collect jobs have brought since the last look (at most one a second).

    Where the catalog cannot be opened or written, the page says why and ends here.
    """
    from core.catalog.errors import CatalogError

    try:
        opened, clock = _open_catalog()
        clock.ingest_if_due(opened, workspace())
        opened.prepare_in_background()
    except CatalogError as error:
        st.error(harmless(str(error)), icon=":material/database_off:")
        if st.button("Try again", icon=":material/refresh:"):
            st.rerun()
        st.stop()
    return opened


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened[0].close())
def _open_catalog() -> "tuple[Catalog, IngestClock]":
    from core.catalog.catalog import Catalog
    from core.catalog.ingest import IngestClock

    return Catalog(workspace().catalog), IngestClock()
