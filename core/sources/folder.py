"""A folder of pictures, with all its sub-folders, whatever dataset it may be."""

from pathlib import Path

from core.images import ImageLimits
from core.sources.files.folder_tree import FolderTree
from core.sources.files.pictures import PicturesSource
from core.sources.files.survey import Survey


class FolderSource(PicturesSource):
    """Every picture below a folder, in the order of their paths. The names of sub-folders become tags.

    Hidden files, tables and other non-pictures are left aside and counted. A picture with a foreign suffix, or
    none, is recognised by its first bytes.

    Args:
        name: the source that artworks name, "folder" or "uploads".
    Raises: SourceError if there is no such folder.
    """

    def __init__(self, path: Path, *, name: str = "folder", limits: ImageLimits | None = None) -> None:
        tree = FolderTree(path)
        super().__init__(Survey(tree), name=name, limits=limits)
        self._root = tree.root

    def path(self, key: str) -> Path:
        return self._root / key
