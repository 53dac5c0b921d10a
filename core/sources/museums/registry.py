"""Which museums there are. A new one is a module beside this one and a line here."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError
from core.sources.museum import Museum

if TYPE_CHECKING:
    from core.sources.museums.filters import Filter


@dataclass(frozen=True)
class Entry:
    title: str  # as a page calls it
    target: str  # "module:Class"; the class takes (query, base_url=...)
    usual_licence: str  # what a person should expect before choosing, in a few words
    rights_on_page: bool = False  # only each work's own page tells its licence; the query then has "rights_needed"
    free_filter: str = ""  # the filter that narrows to free works; follows the choice of licences if nobody sets it


MUSEUMS = {
    "wikiart": Entry(
        "WikiArt",
        "core.sources.museums.wikiart.museum:WikiArt",
        "Mixed; stated on each work's page",
        rights_on_page=True,
    ),
    "met": Entry(
        "The Metropolitan Museum of Art",
        "core.sources.museums.met.museum:Met",
        "Public domain works have pictures, CC0",
    ),
    "cleveland": Entry(
        "Cleveland Museum of Art",
        "core.sources.museums.cleveland:Cleveland",
        "CC0 for most works with pictures",
        free_filter="cc0",
    ),
    "artic": Entry(
        "Art Institute of Chicago",
        "core.sources.museums.artic:ArtInstitute",
        "Public domain works",
        free_filter="public_domain",
    ),
}

URLS = "urls"  # a table of picture addresses, see core.sources.files.url_table
WEB_SOURCES = frozenset({*MUSEUMS, URLS})


def open_museum(name: str, query: dict[str, Any], *, base_url: str = "") -> Museum:
    """The museum with its query.

    Args:
        base_url: "http://127.0.0.1:9000": asked in place of the museum's own hosts, which tries the real client
            against a stand-in.
    Raises: ConfigError for a query that cannot be, or an unknown museum.
    """
    if name not in MUSEUMS:
        raise ConfigError(f"There is no museum called {name!r}. Choose one of: {', '.join(MUSEUMS)}.")
    module, _, cls = MUSEUMS[name].target.partition(":")
    make: Callable[..., Museum] = getattr(importlib.import_module(module), cls)
    return make(query, base_url=base_url)


def filters(name: str) -> "Mapping[str, Filter]":
    """What a museum's query takes besides "text"; empty where its form is one of its own."""
    module = importlib.import_module(MUSEUMS[name].target.partition(":")[0])
    found: Mapping[str, Filter] = getattr(module, "FILTERS", {})
    return found
