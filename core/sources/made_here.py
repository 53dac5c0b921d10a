"""Pictures of the gallery as a source: what the lab made becomes artworks of the catalog, with their parents."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from core.errors import ConfigError
from core.images import ImageError
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import PictureGoneError, file_of
from core.pictures.gallery import WAYS, Gallery, Made
from core.sources.artwork import Artwork, Item, SourceError
from core.workspace import Workspace

SOURCE = "gallery"
MADE_OF = "made_of"  # in an artwork's metadata: JSON list of {"label", "sha256"}, the content first
MADE_BY = "made_by"  # and what made it, in words


class GallerySource:
    """Pictures of the gallery, by their SHA-256, in the order asked for."""

    def __init__(self, workspace: Workspace, hashes: Sequence[str]) -> None:
        self.left_aside: Counter[str] = Counter()
        self._workspace = workspace
        self._hashes = list(dict.fromkeys(hashes))

    def total(self) -> int:
        return len(self._hashes)

    def items(self) -> Iterator[Item]:
        if not self._hashes:
            raise SourceError("No picture of the gallery was chosen.")
        gallery = Gallery(self._workspace)
        for sha256 in self._hashes:
            made = gallery.find(sha256)
            artwork = Artwork(SOURCE, sha256) if made is None else described(made)
            yield Item(sha256, artwork, partial(self._read, sha256))

    def _read(self, sha256: str) -> bytes:
        made = Gallery(self._workspace).find(sha256)
        if made is None:
            raise ImageError("unreadable", f"{sha256[:12]} is not in the gallery any more.")
        try:
            return file_of(self._workspace, made.chosen).read_bytes()
        except PictureGoneError as error:
            raise ImageError("unreadable", str(error)) from error


def described(made: Made) -> Artwork:
    """What the catalog says of a picture that was made here."""
    parents = [{"label": parent.name, "sha256": parent.sha256} for parent in made.parents]
    metadata = {
        MADE_BY: made.label,
        MADE_OF: json.dumps(parents, ensure_ascii=False) if parents else "",
        "remark": made.remark,
    }
    return Artwork(
        source=SOURCE,
        source_id=made.sha256,
        title=made.title,
        tags=(WAYS[made.way].lower(),),
        metadata={name: value for name, value in metadata.items() if value},
        synthetic=True,
    )


def add_to_catalog(workspace: Workspace, hashes: Sequence[str], collection: str) -> JobFolder:
    """Start a collect job that takes pictures of the gallery into a collection; the catalog learns of them as of any.

    Raises: ConfigError for a collection without a name, or if nothing was chosen.
    """
    from core.sources.job import check_collection  # here: the job's module reads this one

    name = check_collection(collection)
    if not hashes:
        raise ConfigError("No picture of the gallery was chosen, so there is nothing to add.")
    settings = {"source": SOURCE, "collection": name, "pictures": list(hashes)}
    return control.submit(workspace, "collect", settings, title=f"From the gallery: {name}")
