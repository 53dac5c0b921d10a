"""The pictures of a tree as a source of items."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath

from core.image_formats import ACCEPTED
from core.images import ImageError, ImageLimits
from core.sources.artwork import Artwork, Item, SourceError
from core.sources.files.survey import Survey
from core.sources.files.tree import told_aside

Describe = Callable[[str], Artwork]  # key -> what is known of it


class PicturesSource:
    """Every picture of a tree, in natural order of the keys.

    Args:
        name: the source that artworks name, "folder" or "uploads".
        prefix: set before every key, for an archive among other uploads.
        describe: what a key tells; by default a title from the file's name, tags from the folders' names.
    """

    def __init__(
        self,
        survey: Survey,
        *,
        name: str,
        prefix: str = "",
        limits: ImageLimits | None = None,
        describe: Describe | None = None,
        keys: list[str] | None = None,
    ) -> None:
        self.left_aside: Counter[str] = survey.left_aside
        self.tables = [prefix + key for key in survey.tables]
        self.archives = survey.archives
        self.tree = survey.tree
        self._keys = survey.pictures if keys is None else keys
        self._prefix = prefix
        self._limits = limits or ImageLimits()
        self._describe = describe or partial(file_artwork, name)

    def total(self) -> int:
        return len(self._keys)

    def items(self) -> Iterator[Item]:
        if not self._keys:
            raise SourceError(
                f"Found no picture in {self.tree.title}{told_aside(self.left_aside)}. {ACCEPTED} are read."
            )
        for key in self._keys:
            yield Item(self._prefix + key, self._describe(self._prefix + key), partial(self._read, key))

    def table(self, key: str) -> bytes:
        """The bytes of one of `tables`. Raises: SourceError."""
        if key not in self.tables:
            raise SourceError(f"There is no table {key!r} in {self.tree.title}.")
        try:
            return self.tree.read(key.removeprefix(self._prefix), self._limits.max_bytes)
        except ImageError as error:
            raise SourceError(f"The table {key} in {self.tree.title} cannot be used: {error}") from error

    def close(self) -> None:
        self.tree.close()

    def _read(self, key: str) -> bytes:
        return self.tree.read(key, self._limits.max_bytes)


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
