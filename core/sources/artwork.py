"""Artwork: what a source says about a picture. Item: an artwork together with the way to its bytes."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, runtime_checkable

from core.errors import AtelierError


class SourceError(AtelierError):
    """A source as a whole cannot be used: no such folder, no zip archive, nothing in it."""


class ItemError(AtelierError):
    """One item could not be had; the rest of its source goes on.

    Args:
        reason: one of core.sources.reasons.REASONS.
        final: asking again cannot help (no such picture, opted out, wrong licence). Otherwise it was tried as often as
            makes sense, and a person may have it tried again.
        attempts: how often it was asked for.
        status: of the answer, over HTTP; 0: there was none.
        artwork: what was learnt about it before it was refused; None: nothing new.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        final: bool,
        attempts: int = 1,
        status: int = 0,
        artwork: "Artwork | None" = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.final = final
        self.attempts = attempts
        self.status = status
        self.artwork = artwork


class StoppedError(AtelierError):
    """A stop was asked for while an item waited for its turn: the item is as if it had never been begun."""


@dataclass(frozen=True)
class Artwork:
    """One record of a source. Empty text: unknown."""

    source: str  # "folder", "archive", "uploads", "sample", later a museum
    source_id: str  # unique within the source; empty: named after the content, see Item.identified
    title: str = ""
    artist: str = ""
    date: str = ""
    style: str = ""
    genre: str = ""
    tags: tuple[str, ...] = ()
    licence: str = ""
    page_url: str = ""
    image_url: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    synthetic: bool = False

    def to_json(self) -> dict[str, Any]:
        """The describing fields; source and source_id stand beside them in a ledger row."""
        value = {
            item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("source", "source_id")
        }
        return value | {"tags": list(self.tags)}


@dataclass(frozen=True)
class Fetched:
    """The bytes of an item with what was learnt on the way to them."""

    data: bytes
    artwork: Artwork | None = None  # None: as the item says
    attempts: int = 1  # requests that it took
    on_kept: Callable[[str], None] | None = None  # told the sha256 once the picture is in the store


@dataclass(frozen=True)
class Item:
    """An artwork that a source offers, and how to get its bytes."""

    key: str  # unique within one job and the same when it resumes; for files their path, with "/"
    artwork: Artwork
    # called in a pool; raises core.images.ImageError, ItemError or StoppedError
    read: Callable[[], bytes | Fetched]

    def identified(self, artwork: Artwork, sha256: str) -> Artwork:
        """The artwork with its id. A file is named after its path and its content: the same file imported twice is
        one artwork, "1.jpg" of two folders are two, and moving the folder changes nothing.
        """
        return artwork if artwork.source_id else replace(artwork, source_id=f"{self.key}@{sha256[:12]}")


class Source(Protocol):
    """Where artworks come from. Listing is cheap; bytes are fetched only by Item.read."""

    left_aside: Counter[str]  # why files were not offered -> how many; complete once items() is exhausted

    def total(self) -> int | None:
        """How many items there will be, if that is known before listing them."""

    def items(self) -> Iterator[Item]:
        """The same items in the same order each time. Raises: SourceError if there is nothing to offer."""


@runtime_checkable
class FileSource(Source, Protocol):
    """A source of files, among which a labels table may lie."""

    tables: list[str]  # keys of CSV files

    def total(self) -> int: ...

    def table(self, key: str) -> bytes:
        """The bytes of one of `tables`. Raises: SourceError."""

    def close(self) -> None:
        """Let go of the files that are open."""
