"""A folder of pictures, with all its sub-folders."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from core.image_formats import ACCEPTED, PICTURE_SUFFIXES, sniff
from core.images import ImageError, ImageLimits, read_bytes
from core.sources.artwork import Artwork, Item, SourceError

TABLE_SUFFIXES = frozenset({"csv", "tsv"})

# why a file is not even offered -> how a page says so
LEFT_ASIDE = {
    "hidden": "Hidden files",
    "table": "Tables (CSV)",
    "other": "Other files",
    "linked_folder": "Linked folders, not followed",
    "unreadable_folder": "Folders that may not be opened",
    "archive": "Archives inside",
}


class FolderSource:
    """Every picture below a folder, in the order of their paths. The names of sub-folders become tags.

    Hidden files, tables and other non-pictures are left aside and counted. A picture with a foreign suffix, or
    none, is recognised by its first bytes.

    Args:
        name: the source that artworks name, "folder" or "uploads".
    Raises: SourceError if there is no such folder.
    """

    def __init__(self, path: Path, *, name: str = "folder", limits: ImageLimits | None = None) -> None:
        self.left_aside: Counter[str] = Counter()
        self.tables: list[str] = []  # keys of CSV files beside the pictures
        self.archives: list[str] = []  # keys of zip files
        self._name = name
        self._limits = limits or ImageLimits()
        try:
            self._root = Path(path).expanduser().resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise SourceError(
                f"There is no folder {path}. Check the path; it is a path on the computer that runs Atelier."
            ) from error
        if not self._root.is_dir():
            raise SourceError(f"{path} is a file, not a folder. Give the folder that holds the pictures.")
        self._keys = sorted(self._walk(), key=_natural)

    def total(self) -> int:
        return len(self._keys)

    def items(self) -> Iterator[Item]:
        if not self._keys:
            raise SourceError(f"Found no picture in {self._root}{told_aside(self.left_aside)}. {ACCEPTED} are read.")
        for key in self._keys:
            yield Item(key, file_artwork(self._name, key), partial(self._read, key))

    def table(self, key: str) -> bytes:
        """The bytes of a CSV file below the folder. Raises: SourceError if it is not one of `tables`."""
        if key not in self.tables or not self._is_inside(key):
            raise SourceError(f"There is no table {key!r} in {self._root}.")
        return (self._root / key).read_bytes()

    def path(self, key: str) -> Path:
        return self._root / key

    def _read(self, key: str) -> bytes:
        if not self._is_inside(key):
            raise ImageError("outside", "This is a link to a file outside the folder; such links are not followed.")
        return read_bytes(self._root / key, self._limits)

    def _is_inside(self, key: str) -> bool:
        """Looked up at the moment of reading: a link may have been laid since the folder was listed."""
        return (self._root / key).resolve().is_relative_to(self._root)

    def _walk(self) -> Iterator[str]:
        def refused(_: OSError) -> None:
            self.left_aside["unreadable_folder"] += 1

        for folder, subfolders, files in os.walk(self._root, onerror=refused):
            here = Path(folder)
            self.left_aside["hidden"] += sum(is_hidden(name) for name in subfolders)
            self.left_aside["linked_folder"] += sum(
                (here / name).is_symlink() for name in subfolders if not is_hidden(name)
            )
            subfolders[:] = sorted(name for name in subfolders if not is_hidden(name))
            for file in files:
                key = (here / file).relative_to(self._root).as_posix()
                kind = kind_of(file) or self._kind_by_content(here / file)
                if kind == "picture":
                    yield key
                    continue
                self.left_aside[kind] += 1
                if kind == "table":
                    self.tables.append(key)
                elif kind == "archive":
                    self.archives.append(key)
        self.left_aside = +self.left_aside  # without the zeroes
        self.tables.sort(key=_natural)
        self.archives.sort(key=_natural)

    def _kind_by_content(self, path: Path) -> str:
        try:
            if not path.is_file():  # a pipe or a device: opening it could wait for ever
                return "other"
            with path.open("rb") as handle:
                return "picture" if sniff(handle.read(32)) else "other"
        except OSError:
            return "other"


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
    return "archive" if suffix == "zip" else None


def is_hidden(name: str) -> bool:
    """Also what systems leave behind: AppleDouble ("._x.jpg"), __MACOSX, @eaDir, Thumbs.db, desktop.ini."""
    return (name.startswith(".") and name != "..") or name.lower() in ("__macosx", "@eadir", "thumbs.db", "desktop.ini")


def file_artwork(source: str, key: str) -> Artwork:
    """What a path alone tells: a title from the file's name, tags from the folders' names."""
    path = PurePosixPath(key)
    folders = tuple(path.parts[:-1])
    return Artwork(
        source=source,
        source_id="",
        title=re.sub(r"[\s_]+", " ", path.stem).strip(),
        tags=tuple(dict.fromkeys(re.sub(r"[\s_]+", " ", folder).strip() for folder in folders)),
        metadata={"file": path.name} | ({"folder": "/".join(folders)} if folders else {}),
    )


def told_aside(left_aside: Counter[str]) -> str:
    """ " (left aside: 3 hidden files, 1 table)" or nothing."""
    words = [f"{LEFT_ASIDE[kind].lower()}: {count:,}" for kind, count in left_aside.most_common() if count]
    return f" (left aside: {', '.join(words)})" if words else ""


def _natural(key: str) -> list[tuple[int, int, str]]:
    """Sort "2.jpg" before "10.jpg"."""
    parts = re.split(r"(\d+)", key.casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]
