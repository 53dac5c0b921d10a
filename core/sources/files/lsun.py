"""LSUN databases: a folder per class with a data.mdb in it, whose values are whole encoded pictures.

ArtBench-10 in its original sizes comes so, one database per style. Any class names will do, the keys stay the names of
the pictures, and nothing is written, neither beside the database nor into the working directory.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

from core.images import ImageError
from core.sources.artwork import Artwork, Item, SourceError
from core.sources.files.format import Opening, Recognition
from core.sources.files.lmdb_pages import DatabaseError, Entry, PageReader
from core.sources.files.slugs import are_styles, is_artbench, style, words
from core.sources.files.survey import Survey
from core.sources.files.unused import left_aside

TITLE = "LSUN databases"
DATA_FILE, LOCK_FILE = "data.mdb", "lock.mdb"
_FOLDER_NAME = re.compile(
    r"(?P<category>.+?)(?:[_-](?P<split>train|val|valid|validation|test))?(?:[_-]?lmdb)?", re.IGNORECASE
)
_SPLITS = {"val": "validation", "valid": "validation"}


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format."""
    if not databases(survey.tree.keys):
        return None
    source = LsunSource(survey, opening)
    return Recognition(
        "lsun",
        f"ArtBench-10, {TITLE}" if is_artbench(source.classes()) else TITLE,
        source.total(),
        source.found(),
        dict(source.classes()),
        dict(source.splits()),
        tuple(source.notes),
    )


def open_format(survey: Survey, opening: Opening) -> "LsunSource":
    """See core.sources.files.format.Format."""
    return LsunSource(survey, opening)


class LsunSource:
    """Every picture in the databases of a tree of files, database by database in the order of their keys.

    Values are checked when they are read, one by one; a database whose own pages are damaged is refused as a whole,
    because nobody could say what of it is missing.

    Raises: SourceError.
    """

    def __init__(self, survey: Survey, opening: Opening) -> None:
        self.tables = list(survey.tables)
        self.notes: list[str] = []
        self._tree = tree = survey.tree
        self._name = opening.name
        self._limits = opening.limits
        keys = databases(tree.keys)
        locks = {PurePosixPath(key).with_name(LOCK_FILE).as_posix() for key in keys}
        self.left_aside: Counter[str] = left_aside(survey, {*keys, *locks})
        self._readers: dict[str, PageReader] = {}  # folder -> its database
        for key in keys:
            folder = PurePosixPath(key).parent.as_posix()
            try:
                self._readers[folder] = PageReader(tree.path(key, opening.scratch), key)
            except DatabaseError as error:
                raise SourceError(str(error)) from error
        if not self._readers:
            raise SourceError(f"Found no LSUN database in {tree.title}: a folder with a file {DATA_FILE} in it.")
        categories = {folder: _category(folder if folder != "." else _last(tree.title)) for folder in self._readers}
        self._are_styles = are_styles(category for category, _ in categories.values())
        self._categories = categories
        empty = [folder for folder, reader in self._readers.items() if not len(reader)]
        if empty:
            self.notes.append(f"{len(empty)} of {len(self._readers)} databases are empty: {', '.join(empty[:5])}.")

    def total(self) -> int:
        return sum(len(reader) for reader in self._readers.values())

    def found(self) -> str:
        """What was recognised, in a sentence."""
        count = len(self._readers)
        return f"{count} LMDB databases, each a class." if count > 1 else "An LMDB database."

    def classes(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for folder, (category, _) in self._categories.items():
            counts[category] += len(self._readers[folder])
        return counts

    def splits(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for folder, (_, split) in self._categories.items():
            if split:
                counts[split] += len(self._readers[folder])
        return counts

    def items(self) -> Iterator[Item]:
        if not self.total():
            raise SourceError(f"The LSUN databases in {self._tree.title} are empty.")
        for folder, reader in self._readers.items():
            category, split = self._categories[folder]
            artwork = Artwork(  # one for all: there may be millions, and the key says the rest
                source=self._name,
                source_id="",
                style=self._class_name(category) if self._are_styles else "",
                tags=() if self._are_styles else (self._class_name(category),),
                metadata={"class": category} | ({"split": split} if split else {}),
            )
            prefix = "" if folder == "." else f"{folder}/"
            try:
                for entry in reader.entries():
                    yield Item(prefix + key_text(entry.key), artwork, partial(self._read, reader, entry))
            except DatabaseError as error:
                raise SourceError(str(error)) from error

    def _class_name(self, category: str) -> str:
        return (self._are_styles and style(category)) or words(category)

    def table(self, key: str) -> bytes:
        """The bytes of one of `tables`. Raises: SourceError."""
        if key not in self.tables:
            raise SourceError(f"There is no table {key!r} in {self._tree.title}.")
        try:
            return self._tree.read(key)
        except ImageError as error:
            raise SourceError(f"The table {key} in {self._tree.title} cannot be used: {error}") from error

    def close(self) -> None:
        self._tree.close()

    def _read(self, reader: PageReader, entry: Entry) -> bytes:
        if entry.size > self._limits.max_bytes:
            raise ImageError(
                "too_many_bytes",
                f"It has {entry.size / 1e6:,.0f} MB; at most {self._limits.max_bytes / 1e6:,.0f} MB are accepted.",
            )
        try:
            return reader.value(entry)
        except DatabaseError as error:
            raise ImageError("damaged", str(error)) from error


def databases(keys: Iterable[str]) -> list[str]:
    """Keys of the data files, in the order of their folders."""
    return sorted(key for key in keys if PurePosixPath(key).name == DATA_FILE)


def key_text(key: bytes) -> str:
    """A key as LSUN writes them, in ASCII; of others their bytes in hexadecimal digits."""
    if key.isascii() and (text := key.decode("ascii")).isprintable():
        return text
    return f"0x{key.hex()}"


def _last(title: str) -> str:
    """The last part of a path as this system writes it, which a tree's title may be."""
    return re.split(r"[\\/]", title.rstrip("\\/"))[-1].partition(".")[0]


def _category(folder: str) -> tuple[str, str]:
    """Class and split of a folder's name: "church_outdoor_train_lmdb" is ("church_outdoor", "train")."""
    match = _FOLDER_NAME.fullmatch(PurePosixPath(folder).name)
    if match is None:
        return PurePosixPath(folder).name, ""
    split = (match["split"] or "").lower()
    return match["category"], _SPLITS.get(split, split)
