"""Sets of pictures that somebody picked by hand, such as with a lasso, kept so that a filter can ask for them.

A set has the beginning of a hash of its pictures for a name: the same pictures are kept once, and a filter
`picked = NAME`, which may stand in an address or a saved selection, always means the same ones. Sets stay.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.catalog.curation import targets
from core.catalog.filters.tree import Comparison
from core.catalog.selection import Selection
from core.errors import ConfigError

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_LETTERS = 12  # of the hash: two sets of a lab will not share them


def keep_picked(catalog: "Catalog", pictures: Sequence[str]) -> Selection:
    """Keep a set; the selection that asks for it, excluded pictures included.

    Raises: ConfigError without a picture; UnknownPicturesError if one is not in the catalog.
    """
    distinct = sorted(set(pictures))
    if not distinct:
        raise ConfigError("There is no picture in this set: pick some first.")
    name = hashlib.sha256("\n".join(distinct).encode()).hexdigest()[:_LETTERS]
    if not catalog.read("SELECT 1 FROM picked WHERE pick = ? LIMIT 1", [name]):
        with catalog.transaction(curates=True) as cursor:
            targets(cursor, distinct)
            cursor.execute("INSERT INTO picked SELECT ?, unnest(?::VARCHAR[])", [name, distinct])
    return Selection(where=str(Comparison("picked", "=", (name,))), excluded="all")
