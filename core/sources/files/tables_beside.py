"""An archive together with the tables that lie beside it: downloads often come as pictures.tar.gz and a CSV."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from core.sources.files.folder_tree import FolderTree
from core.sources.files.tree import MAX_READ_BYTES, FileTree


class TreeWithTables:
    """The files of an archive, and tables of the folder in which it lies; see core.sources.files.tree.FileTree.

    A file of the archive wins over a table of the same name.
    """

    def __init__(self, archive: FileTree, folder: FolderTree, tables: Sequence[str]) -> None:
        inside = set(archive.keys)
        self._archive = archive
        self._folder = folder
        self._tables = frozenset(key for key in tables if key not in inside)
        self.title = archive.title
        self.keys: Sequence[str] = [*archive.keys, *(key for key in tables if key not in inside)]
        self.left_aside: Counter[str] = archive.left_aside

    def size(self, key: str) -> int:
        return self._of(key).size(key)

    def head(self, key: str) -> bytes:
        return self._of(key).head(key)

    def read(self, key: str, max_bytes: int = MAX_READ_BYTES) -> bytes:
        return self._of(key).read(key, max_bytes)

    def path(self, key: str, scratch: Path) -> Path:
        return self._of(key).path(key, scratch)

    def close(self) -> None:
        self._archive.close()

    def _of(self, key: str) -> FileTree:
        return self._folder if key in self._tables else self._archive
