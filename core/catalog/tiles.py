"""Tiles of pictures that somebody already put in an order: worst first, or as suggested."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.catalog.records import Tile

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


def tiles_of(catalog: "Catalog", pictures: Sequence[str]) -> list[Tile]:
    """In the order of these hashes; what is not in the catalog any more is left out. For a page of them: each is
    looked up in an index."""
    if not pictures:
        return []
    marks = ", ".join("?" * len(pictures))
    names = ("suffix", "width", "height", "artwork_id", "title", "artist", "date", "synthetic", "licence")
    rows = catalog.read(
        f"""
        SELECT i.sha256, i.suffix, i.width, i.height, a.id, a.title, a.artist, a.date, a.synthetic, a.licence,
               a.image_url <> '', i.tint, x.reason
        FROM (SELECT * FROM images WHERE sha256 IN ({marks})) i
        JOIN artworks a ON a.image_number = i.number
        LEFT JOIN exclusions x ON x.image_number = i.number
        QUALIFY row_number() OVER (PARTITION BY i.number ORDER BY a.number) = 1
        """,
        list(pictures),
    )
    found = {
        row[0]: Tile(
            sha256=row[0],
            **dict(zip(names, row[1:10], strict=True)),
            from_web=row[10],
            tint=row[11],
            excluded=row[12],
        )
        for row in rows
    }
    return [found[sha256] for sha256 in pictures if sha256 in found]
