"""A folder with all its sub-folders as a FileTree."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.images import ImageError, ImageLimits, read_bytes
from core.sources.artwork import SourceError
from core.sources.files.tree import HEAD_BYTES, MAX_READ_BYTES, free_key, is_hidden, natural, readable


class FolderTree:
    """See core.sources.files.tree.FileTree. Linked folders are not followed, links to files outside are not read.

    Args:
        only: the name of the one file that is meant; what lies beside it is not looked at.
    Raises: SourceError if there is no such folder.
    """

    def __init__(self, path: Path, *, only: str = "") -> None:
        self.left_aside: Counter[str] = Counter()
        try:
            self.root = Path(path).expanduser().resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise SourceError(
                f"There is no folder {path}. Check the path; it is a path on the computer that runs Atelier."
            ) from error
        if not self.root.is_dir():
            raise SourceError(f"{path} is a file, not a folder. Give the folder that holds the pictures.")
        self.title = readable(only or str(self.root))
        self._names: dict[str, str] = {}  # key -> name, where the name is no text
        self.keys = sorted(self._readable([only] if only else sorted(self._walk())), key=natural)
        self.left_aside = +self.left_aside  # without the zeroes

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except OSError:
            return 0

    def head(self, key: str) -> bytes:
        path = self._path(key)
        try:
            if not self._is_inside(key) or not path.is_file():  # opening a pipe or a device could wait for ever
                return b""
            with path.open("rb") as handle:
                return handle.read(HEAD_BYTES)
        except OSError:
            return b""

    def read(self, key: str, max_bytes: int = MAX_READ_BYTES) -> bytes:
        if not self._is_inside(key):
            raise ImageError("outside", "This is a link to a file outside the folder; such links are not followed.")
        return read_bytes(self._path(key), ImageLimits(max_bytes=max_bytes))

    def path(self, key: str, scratch: Path) -> Path:
        if not self._is_inside(key) or not self._path(key).is_file():
            raise SourceError(f"{key} in {self.title} is no file of this folder.")
        return self._path(key)

    def close(self) -> None:
        pass

    def _is_inside(self, key: str) -> bool:
        """Looked up at the moment of reading: a link may have been laid since the folder was listed."""
        return self._path(key).resolve().is_relative_to(self.root)

    def _path(self, key: str) -> Path:
        return self.root / self._names.get(key, key)

    def _readable(self, names: list[str]) -> list[str]:
        """A key for each name. Names that are no text, as older systems wrote them, get one that can be stored."""
        taken = set(names)
        times: Counter[str] = Counter()
        keys: list[str] = []
        for name in names:
            key = readable(name)
            if key != name:
                key = free_key(key, taken, times)
                taken.add(key)
                self._names[key] = name
            keys.append(key)
        return keys

    def _walk(self) -> Iterator[str]:
        def refused(_: OSError) -> None:
            self.left_aside["unreadable_folder"] += 1

        for folder, subfolders, files in os.walk(self.root, onerror=refused):
            self.left_aside["hidden"] += sum(is_hidden(name) for name in (*subfolders, *files))
            subfolders[:] = sorted(name for name in subfolders if not is_hidden(name))
            self.left_aside["linked_folder"] += sum(os.path.islink(os.path.join(folder, name)) for name in subfolders)  # noqa: PTH114, PTH118, 5 x as fast
            below = os.path.relpath(folder, self.root)
            prefix = "" if below == "." else below.replace(os.sep, "/") + "/"
            yield from (prefix + name for name in files if not is_hidden(name))
