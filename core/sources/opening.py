"""From the settings of a collect job to its source, and what there is to see before it starts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import ConfigError
from core.images import ImageError, inspect
from core.sources import made_here
from core.sources.archive import ArchiveSource
from core.sources.artwork import Fetched, FileSource, Item, ItemError, Source, SourceError
from core.sources.files.format import AUTO, Opening, Recognition, open_files, recognise
from core.sources.folder import FolderSource
from core.sources.labels import Assignment, Labels, LabelsError, read_labels
from core.sources.made_here import GallerySource
from core.sources.museums.registry import URLS
from core.sources.uploads import UploadsSource
from core.workspace import Workspace

UPLOADS = "uploads"  # the sub-folder of a job's folder in which the page stages what was sent
MAX_COUNT = 20_000

# name in the settings -> what a page calls it
SOURCES = {
    "sample": "Sample collection",
    "uploads": "Upload",
    "files": "Files on this computer",
    "folder": "Folder",
    "archive": "Zip archive",
    "gallery": "Made here",
}


class SampleSource:
    """Pictures that our own painter draws, the same for the same seed. Painting is the reading of an item."""

    def __init__(self, count: int, seed: int) -> None:
        self.left_aside: Counter[str] = Counter()
        self._count = count
        self._seed = seed

    def total(self) -> int:
        return self._count

    def items(self) -> Iterator[Item]:
        from core.sources import sample  # here: importing a painter is too much for those who import a folder

        for index in range(self._count):
            artwork = sample.artwork(index, self._seed)
            yield Item(artwork.source_id, artwork, partial(sample.jpeg, index, self._seed))


def open_source(
    settings: dict[str, Any], job_folder: Path, *, scratch: Path | None = None, workspace: Workspace | None = None
) -> Source:
    """The source that a collect job's settings describe.

    Settings: "source", one of SOURCES, with
        files: "path" and "format", "auto" or one of core.sources.files.format.FORMATS;
        folder, archive: "path", whose pictures are taken whatever dataset they may be;
        uploads: nothing further, the files lie in the job's folder;
        sample: "count" and "seed";
        gallery: "pictures", SHA-256 of pictures that were made here.
    Args:
        scratch: where what has to lie on disk is unpacked to; by default in the lab.
        workspace: the lab whose gallery is meant; by default the one of this process.
    Raises: ConfigError for settings that cannot be; SourceError for a source that is not there.
    """
    opening = Opening("files", scratch or Workspace().data / "unpacked")
    match settings.get("source"):
        case "files":
            return open_files(_path(settings), format_name=str(settings.get("format") or AUTO), opening=opening)[0]
        case "folder":
            return FolderSource(_path(settings))
        case "archive":
            return ArchiveSource(_path(settings))
        case "uploads":
            return _open_uploads(job_folder / UPLOADS, replace(opening, name="uploads"))
        case "sample":
            return SampleSource(_whole(settings, "count", 400, 1, MAX_COUNT), _whole(settings, "seed", 0, 0, 2**32 - 1))
        case made_here.SOURCE:
            return GallerySource(workspace or Workspace(), _hashes(settings))
        case other:
            raise ConfigError(f"There is no source called {other!r}. Choose one of: {', '.join(SOURCES)}.")


def open_labels(source: Source, labels: str | None) -> Labels | None:
    """The labels table that goes with a source.

    Args:
        labels: a path, or the name of a table within the source (its `tables`); None or empty: there is none.
    Raises: LabelsError.
    """
    if not labels:
        return None
    if isinstance(source, FileSource) and labels in source.tables:
        try:
            return read_labels(source.table(labels), name=labels)
        except (OSError, SourceError) as error:
            raise LabelsError(f"The labels file {labels} could not be read: {error}") from error
    return read_labels(Path(labels).expanduser())


@dataclass(frozen=True)
class Listing:
    """What a source offers, with what the labels say already applied."""

    items: Iterable[Item]  # files are listed; a source that makes or fetches its items yields them as they come
    found: int
    left_aside: dict[str, int]  # see core.sources.folder.LEFT_ASIDE
    labels: Labels | None
    assignment: Assignment | None

    def report(self) -> dict[str, Any]:
        """As JSON: what a page tells about the source besides the outcome of each picture."""
        report: dict[str, Any] = {"found": self.found, "left_aside": self.left_aside, "labels": None}
        if self.labels is not None and self.assignment is not None:
            report["labels"] = {
                "rows": len(self.labels.rows),
                "matched": len(self.assignment.rows),
                "matched_by_name": self.assignment.matched_by_name,
                "unlabelled": self.assignment.unlabelled,
                "unmatched": self.assignment.unmatched[:200],
                "unmatched_count": len(self.assignment.unmatched),
                "ambiguous": self.assignment.ambiguous[:200],
                "ambiguous_count": len(self.assignment.ambiguous),
                "repeated": self.assignment.repeated[:200],
                "repeated_count": len(self.assignment.repeated),
                "recognised": self.labels.recognised,
                "metadata_columns": self.labels.metadata_columns,
                "encoding": self.labels.encoding,
                "delimiter": self.labels.delimiter,
            }
        return report


def list_source(source: Source, labels: Labels | None) -> Listing:
    """The items of a source, described by the labels.

    Raises: SourceError if there is none; LabelsError if there are labels for something else than files.
    """
    if not isinstance(source, FileSource):
        if labels is not None:
            raise LabelsError("A labels table goes with files; this source describes its pictures itself.")
        return Listing(source.items(), source.total() or 0, {}, None, None)
    items = list(source.items())
    assignment = None
    if labels is not None:
        assignment = labels.assign(item.key for item in items)
        items = [
            replace(item, artwork=labels.describe(item.artwork, assignment.rows[item.key]))
            if item.key in assignment.rows
            else item
            for item in items
        ]
    return Listing(items, len(items), dict(source.left_aside), labels, assignment)


@dataclass(frozen=True)
class PreviewPicture:
    """One picture of a preview: its thumbnail, or why it would be refused."""

    key: str
    title: str
    artist: str
    thumbnail: bytes  # WebP; empty if refused
    refusal: str


@dataclass(frozen=True)
class Preview:
    """What a page shows before anything is taken in. Plain data, so that it can be cached."""

    report: dict[str, Any]  # Listing.report
    tables: list[str]  # CSV files within the source that could be its labels
    pictures: list[PreviewPicture]
    recognised: tuple[Recognition, ...] = ()  # what the files were taken for, the most specific first
    web: dict[str, Any] | None = None  # settings of a collection from the web, where they are a table of addresses


def preview(settings: dict[str, Any], job_folder: Path, pictures: int = 3, *, scratch: Path | None = None) -> Preview:
    """Look through a source and decode a few of its pictures, spread evenly. Raises: as open_source and list_source."""
    recognised = _recognised(settings, job_folder, scratch or Workspace().data / "unpacked")
    if recognised and recognised[0].web:
        web = {"source": URLS, "path": str(_path(settings))}
        return Preview(
            {"found": recognised[0].pictures or 0, "left_aside": {}, "labels": None}, [], [], recognised, web
        )
    with ExitStack() as stack:
        source = open_source(settings, job_folder, scratch=scratch)
        stack.callback(getattr(source, "close", lambda: None))
        return _preview(source, settings, recognised, pictures)


def _preview(source: Source, settings: dict[str, Any], recognised: tuple[Recognition, ...], pictures: int) -> Preview:
    listing = list_source(source, open_labels(source, settings.get("labels")))
    items = listing.items if isinstance(listing.items, list) else list(islice(listing.items, pictures))
    last = len(items) - 1
    places = sorted({round(last * number / max(pictures - 1, 1)) for number in range(pictures)})
    return Preview(
        report=listing.report(),
        tables=list(source.tables) if isinstance(source, FileSource) else [],
        pictures=[_preview_picture(items[place]) for place in places],
        recognised=recognised,
    )


def _recognised(settings: dict[str, Any], job_folder: Path, scratch: Path) -> tuple[Recognition, ...]:
    """What files were taken for; empty for sources that are no files, or that are taken as they are."""
    match settings.get("source"):
        case "files":
            path, name = _path(settings), "files"
        case "uploads":
            path, name = job_folder / UPLOADS, "uploads"
        case _:
            return ()
    format_name = str(settings.get("format") or AUTO)
    try:
        return tuple(recognise(path, format_name=format_name, opening=Opening(name, scratch)))
    except SourceError:
        if name == "uploads":
            return ()  # UploadsSource says what is wrong, archive by archive
        raise


def _open_uploads(path: Path, opening: Opening) -> Source:
    """A dataset as such; loose pictures and several archives one by one."""
    try:
        source, found = open_files(path, opening=opening)
    except SourceError:  # said again, archive by archive
        return UploadsSource(path, scratch=opening.scratch)
    if found.format != "folder":
        return source
    source.close()
    return UploadsSource(path, scratch=opening.scratch)


def likely_labels(tables: list[str]) -> str | None:
    """Of the tables that lie among pictures, the one that is probably meant as their labels."""
    usual = [table for table in tables if PurePosixPath(table).stem.lower() in ("labels", "metadata", "classes")]
    if usual:
        return usual[0]
    return tables[0] if len(tables) == 1 else None


def _preview_picture(item: Item) -> PreviewPicture:
    thumbnail, refusal = b"", ""
    try:
        got = item.read()
        thumbnail = inspect(got.data if isinstance(got, Fetched) else got).thumbnail
    except (ImageError, ItemError) as error:
        refusal = str(error)
    return PreviewPicture(item.key, item.artwork.title, item.artwork.artist, thumbnail, refusal)


def _path(settings: dict[str, Any]) -> Path:
    path = str(settings.get("path") or "").strip().strip("\"'")
    if not path:
        raise ConfigError("No path was given. Name the folder or zip archive that holds the pictures.")
    return Path(path).expanduser()


def _hashes(settings: dict[str, Any]) -> list[str]:
    hashes = settings.get("pictures")
    if not isinstance(hashes, list) or not all(isinstance(sha256, str) for sha256 in hashes):
        raise ConfigError("Pictures of the gallery are named by their SHA-256; got none. Choose some in the gallery.")
    return hashes


def _whole(settings: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = settings.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ConfigError(f"{name} must be a whole number from {least:,} to {most:,}; got {value!r}.")
    return value
