"""ExportRow: a picture with all that its sources say, as it leaves the lab; and on which side of a split it stands."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import ConfigError

CLASSES = ("style", "genre", "artist")  # fields by which an image folder can be sorted
TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class ExportRow:
    """One picture of a selection with the first artwork that shows it."""

    sha256: str
    suffix: str  # of the stored file, without the dot
    width: int  # pixels, upright
    height: int
    artwork_id: str
    source: str
    source_id: str
    title: str
    artist: str
    date: str
    style: str
    genre: str
    licence: str
    page_url: str
    image_url: str
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    synthetic: bool = False

    @property
    def name(self) -> str:
        """Source, id and content, safe as a file name on every system, and no other picture's."""
        words = _plain(f"{self.source} {self.source_id}")[:80].strip("-") or "picture"
        return f"{words}-{self.sha256[:12]}"

    def described(self) -> dict[str, Any]:
        """What goes out beside the picture, as JSON."""
        names = ("title", "artist", "date", "style", "genre", "licence", "page_url", "image_url", "source", "source_id")
        return {name: getattr(self, name) for name in names} | {
            "tags": list(self.tags),
            "synthetic": self.synthetic,
            "sha256": self.sha256,
            "metadata": self.metadata,
        }


def class_folder(row: ExportRow, by: str) -> str:
    """The folder of a row's class; "unknown" where the field is empty; "" where nothing is sorted."""
    return (_plain(getattr(row, by)) or "unknown") if by else ""


def check_class(by: str) -> str:
    """Raises: ConfigError."""
    if by not in ("", *CLASSES):
        raise ConfigError(f"Pictures can be sorted by {', '.join(CLASSES)}, or not at all; got {by!r}.")
    return by


def sides(rows: Sequence[ExportRow], test_share: float, seed: int) -> list[str]:
    """ "train" or "test" for every row. All works of one artist stand on one side, those of unknown artists one by one.

    The same rows with the same seed are split the same way, whatever is added beside them: a group's side depends on
    its own name only. So the share is met on average, not exactly.
    """
    if not 0 <= test_share < 1:
        raise ConfigError(f"test_share must be at least 0 and below 1; got {test_share!r}.")
    return [TEST if _place(row.artist or row.artwork_id, seed) < test_share else TRAIN for row in rows]


def _place(group: str, seed: int) -> float:
    """0 to 1, even over groups."""
    digest = hashlib.sha256(f"{seed}\n{unicodedata.normalize('NFC', group).casefold()}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / (1 << 56)


def _plain(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:100]
