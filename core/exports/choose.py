"""From a selection of the catalog to the rows that leave."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.catalog.selection import Selection
from core.exports.rows import ExportRow

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_COLUMNS = (
    *("source", "source_id", "title", "artist", "date", "style", "genre"),
    *("licence", "page_url", "image_url", "tags", "metadata", "synthetic"),
)


def export_rows(catalog: "Catalog", target: Selection | Sequence[str]) -> list[ExportRow]:
    """Every picture of a selection, or of these hashes, once, with the first artwork that shows it, in the order of
    arrival.
    """
    selection = target if isinstance(target, Selection) else Selection(excluded="all")
    chosen = None if isinstance(target, Selection) else set(target)
    where, values = selection.artwork_conditions()
    image_where, image_values = selection.image_conditions()
    rows = catalog.read(
        f"""
        SELECT i.sha256, i.suffix, i.width, i.height, a.id, {", ".join(f"a.{column}" for column in _COLUMNS)}
        FROM images i
        JOIN (
            SELECT a.image_number, min(a.number) AS number FROM artworks a
            WHERE {" AND ".join(where) or "true"} GROUP BY a.image_number
        ) shown ON shown.image_number = i.number
        JOIN artworks a ON a.number = shown.number
        WHERE {" AND ".join(image_where) or "true"} ORDER BY i.number
        """,
        [*values, *image_values],
    )
    names = ("sha256", "suffix", "width", "height", "artwork_id", *_COLUMNS)
    found = []
    for row in rows:
        if chosen is not None and row[0] not in chosen:
            continue
        cells = dict(zip(names, row, strict=True))
        cells |= {"tags": tuple(cells["tags"]), "metadata": json.loads(cells["metadata"])}
        found.append(ExportRow(**cells))
    return found
