"""A zip archive of pictures, whatever dataset it may be; nothing is ever unpacked to disk."""

from pathlib import Path

from core.images import ImageLimits
from core.sources.files.pictures import PicturesSource
from core.sources.files.survey import Survey
from core.sources.files.zip_tree import ZipTree


class ArchiveSource(PicturesSource):
    """Every picture in a zip archive, in the order of their names; the names of folders become tags.

    Args:
        prefix: set before every key, for an archive among other uploads.
    Raises: SourceError if it is no zip archive, or too large unpacked.
    """

    def __init__(
        self, path: Path, *, name: str = "archive", prefix: str = "", limits: ImageLimits | None = None
    ) -> None:
        super().__init__(Survey(ZipTree(path)), name=name, prefix=prefix, limits=limits)
