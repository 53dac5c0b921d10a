"""FileTree: a set of files that is only read: a folder, a zip archive, a tar archive. And what their names tell."""

import re
from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from core.image_formats import PICTURE_SUFFIXES

TABLE_SUFFIXES = frozenset({"csv", "tsv"})
ARCHIVE_SUFFIXES = frozenset({"zip", "tar", "tgz", "tbz2", "txz"})
_PACKED_TAR = (".tar.gz", ".tar.bz2", ".tar.xz")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
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
    name = file.rpartition("/")[2]  # PurePosixPath takes ten times as long, and there may be a million
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if is_hidden(name):
        return "hidden"
    if suffix in PICTURE_SUFFIXES:
        return "picture"
    if suffix in TABLE_SUFFIXES:
        return "table"
    return "archive" if suffix in ARCHIVE_SUFFIXES or name.lower().endswith(_PACKED_TAR) else None


def is_hidden(name: str) -> bool:
    """Also what systems leave behind: AppleDouble ("._x.jpg"), __MACOSX, @eaDir, Thumbs.db, desktop.ini."""
    return (name.startswith(".") and name not in (".", "..")) or name.lower() in (
        "__macosx",
        "@eadir",
        "thumbs.db",
        "desktop.ini",
    )


def leads_outside(name: str) -> bool:
    """Whether the name of an archive's member is made to land elsewhere."""
    return name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:3] == ":/"


def natural(key: str) -> list[tuple[int, int, str]]:
    """Sort "2.jpg" before "10.jpg". Numbers are never counted: names in archives may have thousands of digits."""
    parts = (part for part in re.split(r"([0-9]+)", key.casefold()) if part)
    return [_number(part) if part[0] in "0123456789" else (1, 0, part) for part in parts]


def _number(digits: str) -> tuple[int, int, str]:
    digits = digits.lstrip("0")
    return (0, len(digits), digits)


def told_aside(left_aside: Counter[str]) -> str:
    """ " (left aside: 3 hidden files, 1 table)" or nothing."""
    words = [f"{LEFT_ASIDE[kind].lower()}: {count:,}" for kind, count in left_aside.most_common() if count]
    return f" (left aside: {', '.join(words)})" if words else ""


def readable(name: str) -> str:
    """The name as text that can be stored and shown: bytes of a name that are no UTF-8, which Python gives as halves
    of surrogate pairs, are read as the letters that they are on older Western systems."""
    return name if name.isascii() else _HALF_PAIR.sub(_letter, name)


def member_name(name: str) -> str:
    """The name of an archive's member as trees give it, whoever packed it: with "/", and without "./" before it."""
    name = readable(name.replace("\\", "/"))
    while name.startswith("./"):
        name = name[2:]
    return name


def free_key(name: str, taken: Container[str], times: Counter[str]) -> str:
    """The name, or for a second file of that name another: an archive may hold several, and all are files.

    Args:
        times: how often each name came again until now; kept by the caller, so that a million of one name are no harm.
    """
    name = name if name.strip("./") else "unnamed"
    if name not in taken:
        return name
    folder, slash, file = name.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    if not stem:
        stem, dot, suffix = file, "", ""
    while True:
        times[name] += 1
        again = "again" if times[name] == 1 else f"again {times[name]}"
        if (key := f"{folder}{slash}{stem} ({again}){dot}{suffix}") not in taken:
            return key


def _letter(half_pair: re.Match[str]) -> str:
    code = ord(half_pair[0])
    return bytes([code - 0xDC00]).decode("cp1252", "replace") if 0xDC80 <= code <= 0xDCFF else "\ufffd"
