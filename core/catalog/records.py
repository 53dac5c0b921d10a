"""What the catalog answers with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.catalog.curation import UNDOABLE


@dataclass(frozen=True)
class Tile:
    """A picture as a gallery shows it."""

    sha256: str
    suffix: str
    width: int  # pixels
    height: int
    artwork_id: str  # of the first artwork that shows the picture and fits the selection
    title: str
    artist: str
    date: str
    synthetic: bool
    licence: str  # "" where not stated
    from_web: bool  # a server gave the picture, so that its licence is somebody else's to state
    tint: str  # "#rrggbb", the most frequent colour; "" where unknown
    excluded: str | None  # the reason; None where kept
    distance: float | None = None  # from what an order by nearness asks for; None in other orders, and where not known


@dataclass(frozen=True)
class Membership:
    collection: str
    job_id: str
    added_at: datetime


@dataclass(frozen=True)
class ArtworkRecord:
    """What the source says about a picture, word for word."""

    id: str
    source: str
    source_id: str
    title: str
    artist: str
    date: str
    style: str
    genre: str
    tags: tuple[str, ...]
    licence: str
    page_url: str
    image_url: str
    metadata: dict[str, Any]
    synthetic: bool
    memberships: tuple[Membership, ...]


@dataclass(frozen=True)
class HistoryEntry:
    """One act of curation on one picture, the newest first."""

    at: datetime
    who: str
    act: str
    reason: str
    pictures: int  # how many the act touched


@dataclass(frozen=True)
class TimelineEntry:
    """One act of curation."""

    number: int
    at: datetime  # UTC
    who: str
    act: str  # "exclude", "restore", "tag", "untag", "undo", "replace"
    reason: str  # of an exclusion; of tagging: the tag
    pictures: int
    selection: dict[str, Any] | None  # what it was done to, as JSON; None: to pictures one by one
    undid: int | None  # of an undo: the number of the act that it undid
    is_undone: bool  # by a later act

    @property
    def can_be_undone(self) -> bool:
        return self.act in UNDOABLE and not self.is_undone


@dataclass(frozen=True)
class Picture:
    """All that the catalog knows about one picture."""

    sha256: str
    suffix: str
    format: str
    width: int
    height: int
    bytes: int
    phash: str  # 16 hexadecimal digits; "" where unknown
    measures: dict[str, float]
    palette: tuple[str, ...]
    notes: tuple[str, ...]
    added_at: datetime
    artworks: tuple[ArtworkRecord, ...]
    excluded: str | None  # the reason; None where kept
    history: tuple[HistoryEntry, ...]
    tags: tuple[str, ...] = ()  # given by people; those of the sources are in `artworks`

    @property
    def collections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entry.collection for artwork in self.artworks for entry in artwork.memberships))


@dataclass(frozen=True)
class CollectionInfo:
    name: str
    pictures: int  # different pictures, excluded ones included
    excluded: int
    refused: int  # items that could not be kept
    bytes: int
    synthetic: int  # pictures drawn by a program
    created_at: datetime

    @property
    def kept(self) -> int:
        return self.pictures - self.excluded


@dataclass(frozen=True)
class Refusal:
    """An item of a collection that could not be kept."""

    collection: str
    source: str
    source_id: str
    reason: str  # a code: see core.images.REASONS
    detail: str
    at: datetime


@dataclass(frozen=True)
class Summary:
    """The catalog in a few numbers."""

    pictures: int
    excluded: int
    artworks: int
    artists: int
    collections: int
    refused: int
    synthetic: int  # pictures drawn by a program
    bytes: int

    @property
    def kept(self) -> int:
        return self.pictures - self.excluded
