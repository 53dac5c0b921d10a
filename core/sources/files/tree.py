"""FileTree: a set of files that is only read: a folder, a zip archive, a tar archive. And what their names tell."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from core.image_formats import PICTURE_SUFFIXES

TABLE_SUFFIXES = frozenset({"csv", "tsv"})
ARCHIVE_SUFFIXES = frozenset({"zip", "tar", "tgz", "tbz2", "txz"})
_PACKED_TAR = (".tar.gz", ".tar.bz2", ".tar.xz")
HEAD_BYTES = 32  # enough to tell a picture
MAX_READ_BYTES = 2_000_000_000  # of one file that is read whole: a table, a batch of pictures

# why a file is not even offered -> how a page says so
LEFT_ASIDE = {
    "hidden": "Hidden files",
    "table": "Tables (CSV)",
    "other": "Other files",
    "linked_folder": "Linked folders, not followed",
    "unreadable_folder": "Folders that may not be opened",
    "archive": "Archives inside",
}


class FileTree(Protocol):
    """Files by their keys: paths within the tree, with "/". Safe to read from several threads.

    Whatever a key says, nothing outside the tree is read, and nothing is written under a name from within it.
    """

    title: str  # for messages: the folder's or the archive's name

    @property
    def keys(self) -> Sequence[str]:
        """Of all files but hidden ones, "2.jpg" before "10.jpg"."""

    left_aside: Counter[str]  # of LEFT_ASIDE: what is not among the keys

    def size(self, key: str) -> int:
        """Bytes, as the tree announces them."""

    def head(self, key: str) -> bytes:
        """The first HEAD_BYTES bytes; empty if it cannot be read."""

    def read(self, key: str, max_bytes: int = MAX_READ_BYTES) -> bytes:
        """The whole file. Raises: core.images.ImageError ("outside", "too_many_bytes", "bomb", "unreadable", ...)."""

    def path(self, key: str, scratch: Path) -> Path:
        """A file on disk with this content, for libraries that need one: the file itself, or a copy in `scratch`.

        Raises: SourceError.
        """

    def close(self) -> None: ...


def kind_of(file: str) -> str | None:
    """What a file's name says it is: "picture", "hidden", "table", "archive"; None: look inside."""
    name = PurePosixPath(file).name
    suffix = PurePosixPath(name).suffix.lower().removeprefix(".")
    if is_hidden(name):
        return "hidden"
    if suffix in PICTURE_SUFFIXES:
        return "picture"
    if suffix in TABLE_SUFFIXES:
        return "table"
    return "archive" if suffix in ARCHIVE_SUFFIXES or name.lower().endswith(_PACKED_TAR) else None


def is_hidden(name: str) -> bool:
    """Also what systems leave behind: AppleDouble ("._x.jpg"), __MACOSX, @eaDir, Thumbs.db, desktop.ini."""
    return (name.startswith(".") and name != "..") or name.lower() in ("__macosx", "@eadir", "thumbs.db", "desktop.ini")


def leads_outside(name: str) -> bool:
    """Whether the name of an archive's member is made to land elsewhere."""
    return name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:3] == ":/"


def natural(key: str) -> list[tuple[int, int, str]]:
    """Sort "2.jpg" before "10.jpg"."""
    parts = re.split(r"(\d+)", key.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def told_aside(left_aside: Counter[str]) -> str:
    """ " (left aside: 3 hidden files, 1 table)" or nothing."""
    words = [f"{LEFT_ASIDE[kind].lower()}: {count:,}" for kind, count in left_aside.most_common() if count]
    return f" (left aside: {', '.join(words)})" if words else ""


def second_name(key: str) -> str:
    """For a second file of the same name: an archive may hold two, and both are files."""
    path = PurePosixPath(key)
    return path.with_name(f"{path.stem} (again){path.suffix}").as_posix()
