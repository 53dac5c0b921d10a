"""A selection as the address of the Catalog and Augment pages, which name its parts alike."""

from typing import Any

from core.catalog.selection import Selection
from core.errors import ConfigError

_NAMES = {
    "collections": "collection",
    "artists": "artist",
    "licences": "licence",
    "text": "q",
    "orientation": "shape",
    "excluded": "show",
    "min_side": "min_side",
    "max_side": "max_side",
    "where": "where",
}
_UNKNOWN = {"artists": "Unknown artist", "licences": "Not stated"}  # how the Catalog page calls the empty value


def catalog_address(selection: Any) -> dict[str, str | list[str]] | None:
    """Parameters under which the Catalog page shows what fits a selection (as JSON) today.

    None for a selection of another kind, such as one that this version does not know.
    """
    try:
        chosen = Selection.from_json(selection or {}).to_json()
    except (ConfigError, TypeError, AttributeError):
        return None
    address: dict[str, str | list[str]] = {}
    for name, value in chosen.items():
        if name == "synthetic":
            address["origin"] = "synthetic" if value else "artworks"
        elif name not in _NAMES:
            return None  # the pages have no parameter for it
        elif isinstance(value, list):
            address[_NAMES[name]] = [entry or _UNKNOWN.get(name, "") for entry in value]
        else:
            address[_NAMES[name]] = str(value)
    return address
