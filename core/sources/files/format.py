"""Which datasets are recognised, and how each is opened. A new one is a module beside this one and a line here."""

import importlib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from core.errors import ConfigError
from core.image_formats import ACCEPTED
from core.images import ImageLimits
from core.sources.artwork import FileSource, SourceError
from core.sources.files.folder_tree import FolderTree
from core.sources.files.survey import Survey
from core.sources.files.tables_beside import TreeWithTables
from core.sources.files.tar_tree import TarTree
from core.sources.files.tree import FileTree, kind_of, told_aside
from core.sources.files.unpacked import holds_tar
from core.sources.files.zip_tree import ZipTree

AUTO = "auto"


@dataclass(frozen=True)
class Recognition:
    """What a tree of files was taken for."""

    format: str  # a key of FORMATS
    title: str  # as a page calls it: "ArtBench-10, folders by style"
    pictures: int | None  # None: not known before they are read
    found: str  # what told it, in one sentence
    classes: dict[str, int] = field(default_factory=dict)  # name -> pictures
    splits: dict[str, int] = field(default_factory=dict)  # "train", "test", ... -> pictures
    notes: tuple[str, ...] = ()  # what a person should know before importing
    web: bool = False  # a table of addresses: the pictures themselves are fetched from the web


@dataclass(frozen=True)
class Opening:
    """How a source is opened."""

    name: str  # the source that artworks name: "files", "uploads"
    scratch: Path  # where what has to lie on disk is unpacked to
    limits: ImageLimits = field(default_factory=ImageLimits)


class Format(Protocol):
    """A module of this package."""

    TITLE: str

    @staticmethod
    def recognise(survey: Survey, opening: Opening) -> Recognition | None:
        """What it is, or None if it is something else. Looks at names and small files only.

        Raises: SourceError if it is this format for certain, and damaged.
        """

    @staticmethod
    def open_format(survey: Survey, opening: Opening) -> FileSource:
        """Its pictures with what is known of them. Raises: SourceError."""


# The most specific first: the first that recognises a tree is what the tree is taken for.
FORMATS = {
    "cifar": "core.sources.files.cifar",
    "metadata_folder": "core.sources.files.metadata_folder",
    "webdataset": "core.sources.files.webdataset",
    "artbench": "core.sources.files.artbench",
    "wikiart_folders": "core.sources.files.wikiart_folders",
    "wikiart_download": "core.sources.files.wikiart_download",
    "abstract_gallery": "core.sources.files.abstract_gallery",
    "lsun": "core.sources.files.lsun",
    "parquet": "core.sources.files.parquet",
    "classes": "core.sources.files.class_folders",
    "urls": "core.sources.files.url_table",
    "folder": "core.sources.files.plain_folder",
}


def open_tree(path: Path, scratch: Path) -> FileTree:
    """A folder, or an archive by its content, whatever its name. A folder that holds one archive is that archive, with
    the tables that lie beside it.

    Raises: SourceError if it is neither.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        tree = FolderTree(path)
        tables = [key for key in tree.keys if kind_of(key) == "table"]
        others = [key for key in tree.keys if kind_of(key) != "table"]
        if len(others) == 1 and (inner := _archive_in(tree, others[0], scratch)) is not None:
            archive = open_tree(inner, scratch)
            return TreeWithTables(archive, tree, tables) if tables else archive
        return tree
    if not path.is_file():
        raise SourceError(
            f"There is no folder or file {path}. Check the path; it is a path on the computer that runs Atelier."
        )
    if holds_tar(path):  # first: the last file of a tar archive may be a zip archive, whose directory is at its end
        return TarTree(path, scratch)
    if is_archive(path) or (kind_of(path.name) == "archive" and zipfile.is_zipfile(path)):
        return ZipTree(path)
    if kind_of(path.name) == "archive":
        raise SourceError(f"{path.name} is not a zip or tar archive that can be read. Download it, or pack it, again.")
    return FolderTree(path.parent, only=path.name)


def recognise(path: Path, *, format_name: str = AUTO, opening: Opening) -> list[Recognition]:
    """What a folder, an archive or a file holds, the most likely first; empty if it is none of FORMATS.

    Raises: SourceError, also if it is not of the format that was named; ConfigError for a format that there is not.
    """
    tree = open_tree(path, opening.scratch)
    try:
        return [found for _, found in _recognised(Survey(tree), format_name, opening)]
    finally:
        tree.close()


def open_files(path: Path, *, format_name: str = AUTO, opening: Opening) -> tuple[FileSource, Recognition]:
    """The pictures of a dataset, and what it was taken for.

    Raises: SourceError, ConfigError as `recognise`; SourceError for a table of addresses, which is not files.
    """
    tree = open_tree(path, opening.scratch)
    try:
        survey = Survey(tree)
        module, found = _recognised(survey, format_name, opening, most=1)[0]
        if found.web:
            raise SourceError(
                f"{tree.title} is a table of picture addresses: its pictures are fetched from the web, "
                "not imported as files."
            )
        return module.open_format(survey, opening), found
    except BaseException:
        tree.close()
        raise


def _recognised(
    survey: Survey, format_name: str, opening: Opening, *, most: int = len(FORMATS)
) -> list[tuple[Format, Recognition]]:
    if format_name not in (AUTO, *FORMATS):
        raise ConfigError(f"There is no format called {format_name!r}. Choose one of: {', '.join((AUTO, *FORMATS))}.")
    names = list(FORMATS) if format_name == AUTO else [format_name]
    found: list[tuple[Format, Recognition]] = []
    for name in names:
        module = cast(Format, importlib.import_module(FORMATS[name]))
        if (taken := module.recognise(survey, opening)) is not None:
            found.append((module, taken))
            if len(found) == most:
                break
    if not found and format_name == AUTO:
        raise SourceError(
            f"Found no picture in {survey.tree.title}{told_aside(survey.left_aside)}. {ACCEPTED} are read, and "
            "datasets as folders, zip or tar archives, Parquet, LSUN, CIFAR, or a table of addresses."
        )
    if not found:
        held = f"{len(survey.pictures):,} pictures, {len(survey.tables):,} tables, {len(survey.others):,} other files"
        raise SourceError(
            f"{survey.tree.title} is not {module.TITLE!r}: it holds {held} in another layout. "
            f"Choose another format, or {AUTO} to have it recognised."
        )
    return found


def _archive_in(tree: FolderTree, key: str, scratch: Path) -> Path | None:
    try:
        path = tree.path(key, scratch)
    except SourceError:  # a link to elsewhere, or a pipe
        return None
    return path if is_archive(path) else None


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or tar archive, by its first bytes."""
    try:
        with path.open("rb") as handle:
            head = handle.read(4)
    except OSError:
        return False
    return head in (b"PK\x03\x04", b"PK\x05\x06") or holds_tar(path)
