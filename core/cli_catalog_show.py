"""The command that tells all that is known about one picture: what the Catalog page's dialog shows."""

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from core.cli_catalog import open_catalog
from core.cli_catalog_duplicates import whole_hash
from core.cli_output import add_command
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.records import ArtworkRecord, Picture


def show_picture(options: argparse.Namespace) -> None:
    workspace = Workspace().create()
    with open_catalog(workspace) as catalog:
        picture = catalog.picture(whole_hash(catalog, options.picture))
    original = workspace.image(picture.sha256, picture.suffix)
    if options.json:
        print(json.dumps({**asdict(picture), "original": str(original)}, ensure_ascii=False, default=_time))
        return
    lines = [
        ("picture", picture.sha256),
        ("original", str(original)),
        ("size", f"{picture.width} x {picture.height} pixels, {picture.bytes:,} bytes, {picture.format}"),
        ("excluded", picture.excluded or ""),
        ("your tags", ", ".join(picture.tags)),
        ("colours", " ".join(picture.palette)),
        ("measures", ", ".join(f"{name} {value:.3g}" for name, value in picture.measures.items())),
        ("added", f"{picture.added_at:%Y-%m-%d %H:%M:%S} UTC"),
    ]
    for artwork in picture.artworks:
        lines += [("", ""), *_of_artwork(artwork)]
    lines += [("", ""), *_history(picture)]
    width = max(len(label) for label, _ in lines)
    for label, value in lines:
        if value or not label:
            print(f"{label:<{width}}  {value}".rstrip())


def _of_artwork(artwork: "ArtworkRecord") -> list[tuple[str, str]]:
    return [
        ("title", artwork.title or "Untitled"),
        ("artist", artwork.artist or "Unknown artist"),
        ("date", artwork.date),
        ("style", artwork.style),
        ("genre", artwork.genre),
        ("tags", ", ".join(artwork.tags)),
        ("licence", artwork.licence or ("not stated" if artwork.image_url else "")),
        ("synthetic", "yes: drawn by a program" if artwork.synthetic else ""),
        ("source", f"{artwork.source}, {artwork.source_id}"),
        ("page", artwork.page_url),
        ("image", artwork.image_url),
        *((name, str(value)) for name, value in artwork.metadata.items()),
        *((f"in {entry.collection}", f"since {entry.added_at:%Y-%m-%d %H:%M} UTC") for entry in artwork.memberships),
    ]


def _history(picture: "Picture") -> list[tuple[str, str]]:
    return [
        (f"{entry.at:%Y-%m-%d %H:%M}", f"{entry.act} by {entry.who}{f': {entry.reason}' if entry.reason else ''}")
        for entry in picture.history
    ]


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    show = add_command(group, "show", show_picture, "tell all that is known about one picture")
    show.add_argument("picture", help="its sha256; the beginning is enough")
