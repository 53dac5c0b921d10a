"""Files that a person sent through the browser, as the page staged them: pictures, folders and archives."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.images import ImageLimits
from core.sources.artwork import FileSource, Item, SourceError
from core.sources.files.format import open_tree
from core.sources.files.pictures import PicturesSource
from core.sources.files.survey import Survey
from core.sources.files.tree import told_aside
from core.sources.folder import FolderSource


class UploadsSource:
    """The pictures of a staging folder, and those in the zip and tar archives that lie in it.

    Args:
        scratch: where packed tar archives are unpacked to.
    Raises: SourceError if an archive cannot be read.
    """

    def __init__(self, path: Path, *, scratch: Path, limits: ImageLimits | None = None) -> None:
        self._files = FolderSource(path, name="uploads", limits=limits)
        self._archives = [
            PicturesSource(
                Survey(open_tree(self._files.path(key), scratch)), name="uploads", prefix=f"{key}/", limits=limits
            )
            for key in self._files.archives
        ]
        self.left_aside: Counter[str] = Counter(self._files.left_aside)
        self.left_aside.pop("archive", None)  # opened, not left aside
        self.tables = list(self._files.tables)
        for archive in self._archives:
            self.left_aside.update(archive.left_aside)
            self.tables += archive.tables

    def total(self) -> int:
        return self._files.total() + sum(archive.total() for archive in self._archives)

    def items(self) -> Iterator[Item]:
        if not self.total():
            raise SourceError(f"Found no picture among the uploaded files{told_aside(self.left_aside)}.")
        for source in self._sources():
            if source.total():
                yield from source.items()

    def table(self, key: str) -> bytes:
        """The bytes of an uploaded CSV file. Raises: SourceError if it is not one of `tables`."""
        for source in self._sources():
            if key in source.tables:
                return source.table(key)
        raise SourceError(f"There is no table {key!r} among the uploaded files.")

    def close(self) -> None:
        for source in self._sources():
            source.close()

    def _sources(self) -> list[FileSource]:
        return [self._files, *self._archives]
