"""A picture of the catalog as a tile of a gallery, wherever one shows some: on the Catalog page, on the Map."""

from core.catalog.records import Tile
from core.sources.licences import is_free
from core.workspace import Workspace
from ui.catalog_filters import UNKNOWN_ARTIST
from ui.gallery import GalleryItem


def item(tile: Tile, workspace: Workspace, *, badge: str = "") -> GalleryItem:
    """badge: a few letters on the picture, such as how near it is to what was asked for."""
    return GalleryItem(
        id=tile.sha256,
        image=workspace.thumb(tile.sha256),
        width=tile.width,
        height=tile.height,
        caption=tile.title or "Untitled",
        note=" · ".join(
            part
            for part in (tile.artist or UNKNOWN_ARTIST, "synthetic" if tile.synthetic else "", rights(tile))
            if part
        ),
        hint=f"{tile.width} × {tile.height} pixels",
        mark="" if tile.excluded is None else f"Excluded: {tile.excluded}",
        tint=tile.tint,
        badge=badge,
    )


def rights(tile: Tile) -> str:
    """What stands in the way of using it; nothing for what is free, and for a person's own files."""
    if tile.licence:
        return "" if is_free(tile.licence) else tile.licence
    return "licence not stated" if tile.from_web else ""


def no_badge(tile: Tile) -> str:
    """In orders that tell nothing of a single picture."""
    return ""
