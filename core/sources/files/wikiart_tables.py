"""The tables that come with WikiArt's pictures in style folders: classes.csv, wclasses.csv, lists to train and to test.

wclasses.csv gives artist, genre and style as numbers of one shared space: artists from 0, genres from 129, styles from
140. Numbers are told here for each column from 0, as a table of classes needs them.
"""

import ast
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.images import ImageError
from core.sources.artwork import SourceError
from core.sources.files.file_names import folder_key, repaired
from core.sources.files.row_table import RowTable
from core.sources.files.slugs import is_unknown, person, style, words
from core.sources.files.survey import Survey

CLASSES, CODES = "classes.csv", "wclasses.csv"
KINDS = ("artist", "genre", "style")
_FIRST_CODES = {"artist": 0, "genre": 129, "style": 140}
_COUNTS = {"artist": 129, "genre": 11, "style": 27}
_LISTS = {"train": "train", "val": "validation", "test": "test"}
# numbers of genres, in wclasses.csv from 129 and in the lists from 0; the eleventh is unknown
GENRES = (
    *("abstract painting", "cityscape", "genre painting", "illustration", "landscape", "nude painting", "portrait"),
    *("religious painting", "sketch and study", "still life", ""),
)
_SPLITS = {"train": "train", "test": "test", "val": "validation", "validation": "validation"}


@dataclass
class Told:
    """What tables say of one picture. Empty: nothing."""

    artist: str = ""
    genres: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    split: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class WikiartTables:
    """All tables of a tree, by the files that they name."""

    told: dict[str, Told] = field(default_factory=dict)  # folder_key of a picture -> what is said of it
    used: list[str] = field(default_factory=list)  # keys of the tables
    notes: list[str] = field(default_factory=list)

    def of(self, key: str) -> Told:
        """What is said of a picture, by its folder and name."""
        return self.told.get(folder_key(key)) or Told()


def read_tables(survey: Survey) -> WikiartTables:
    """A table that cannot be read, or that is about something else, is left and told in the notes."""
    tables = WikiartTables()
    names = {f"{kind}_{part}" for kind in KINDS for part in (*_LISTS, "class")}
    by_stem: dict[str, str] = {}
    for key in [*survey.tables, *survey.others]:
        path = PurePosixPath(key)
        if path.name.lower() in (CLASSES, CODES):
            by_stem.setdefault(path.name.lower(), key)
        elif path.stem.lower() in names and path.suffix.lower() in ("", ".csv", ".txt"):
            by_stem.setdefault(path.stem.lower(), key)
    for name, key in sorted(by_stem.items()):
        if name.endswith("_class"):
            continue
        try:
            data = survey.tree.read(key)
            if name == CLASSES:
                _read_classes(tables, data, key)
            elif name == CODES:
                _read_codes(tables, data, key)
            else:
                kind, _, part = name.partition("_")
                names_key = by_stem.get(f"{kind}_class", "")
                listed = _class_names(survey.tree.read(names_key)) if names_key else {}
                _read_list(tables, data, key, kind, _LISTS[part], listed)
                tables.used += [names_key] if names_key and names_key not in tables.used else []
        except (SourceError, ImageError) as error:
            tables.notes.append(f"{key} is not used: {error}")
            continue
        tables.used.append(key)
    return tables


def _read_classes(tables: WikiartTables, data: bytes, key: str) -> None:
    """Columns filename, artist, genre (a list as Python writes it, in truth mostly of styles), and others."""
    table = RowTable(data, key)
    file_column = next((column for column in ("filename", "file", "path") if column in table.columns), "")
    if not file_column:
        raise SourceError(f"{key} has no column filename, by which its rows are found.")
    for row in table.rows():
        told = tables.told.setdefault(folder_key(row.pop(file_column)), Told())
        artist = repaired(row.pop("artist", ""))
        told.artist = person(artist.replace(" ", "-") if artist == artist.lower() else artist)
        for name in _listed(row.pop("genre", "")):
            known = style(name)
            if known:
                told.styles.append(known)
            elif not is_unknown(name):
                told.genres.append(words(name))
        subset = row.pop("subset", "")
        told.split = _SPLITS.get(subset.lower(), told.split)
        if subset and subset.lower() not in _SPLITS:
            row["subset"] = subset
        told.metadata |= {column: cell for column, cell in row.items() if cell}


def _read_codes(tables: WikiartTables, data: bytes, key: str) -> None:
    table = RowTable(data, key)
    if len(table.columns) != 4 or tuple(table.columns[1:]) != KINDS:
        raise SourceError(
            f"{key} has the columns {', '.join(table.columns[:8])}; file, artist, genre and style are needed."
        )
    rows = list(table.rows())
    codes: dict[str, list[int]] = {}
    for kind in KINDS:
        if not all(row[kind].isdecimal() for row in rows):
            raise SourceError(f"{key} has a {kind} that is no number.")
        codes[kind] = [int(row[kind]) for row in rows]
    first = _FIRST_CODES if min(codes["style"], default=0) >= _FIRST_CODES["style"] else dict.fromkeys(KINDS, 0)
    for kind in KINDS:
        wrong = next((code for code in codes[kind] if not 0 <= code - first[kind] < _COUNTS[kind]), None)
        if wrong is not None:
            low, high = first[kind], first[kind] + _COUNTS[kind] - 1
            raise SourceError(f"{key} gives a picture the {kind} {wrong}; they are numbered from {low} to {high}.")
    for number, row in enumerate(rows):
        told = tables.told.setdefault(folder_key(row[table.columns[0]]), Told())
        for kind in KINDS:
            told.metadata[f"{kind}_code"] = str(codes[kind][number] - first[kind])
        genre = GENRES[codes["genre"][number] - first["genre"]]
        if genre and genre not in told.genres:
            told.genres.append(genre)


def _read_list(tables: WikiartTables, data: bytes, key: str, kind: str, split: str, names: dict[int, str]) -> None:
    """Lines "Style/file.jpg,12", without a header. Where no names lie beside it, genres are known all the same."""
    foreign: Counter[str] = Counter()
    for line in data.decode("utf-8", "replace").splitlines():
        path, comma, number = line.rpartition(",")
        if not comma or not number.strip().isdecimal():
            foreign[line] += bool(line.strip())
            continue
        told = tables.told.setdefault(folder_key(path), Told())
        code = int(number)
        name = names.get(code, GENRES[code] if kind == "genre" and code < len(GENRES) and not names else "")
        told.metadata.setdefault(f"{kind}_code", str(code))
        if kind == "style":
            told.split = split
            told.styles += [style(name)] if style(name) else []
            continue
        told.metadata[f"{kind}_split"] = split
        if kind == "genre" and name and words(name) not in told.genres:
            told.genres.append(words(name))
        elif kind == "artist":
            told.artist = told.artist or person(name)
    if +foreign:
        tables.notes.append(
            f"{foreign.total():,} lines of {key} are no path with a number: {next(iter(+foreign))[:80]}"
        )


def _class_names(data: bytes) -> dict[int, str]:
    """Lines "0 Abstract_Expressionism"."""
    parts = [line.split(maxsplit=1) for line in data.decode("utf-8", "replace").splitlines()]
    return {int(part[0]): part[1].strip() for part in parts if len(part) == 2 and part[0].isdecimal()}


def _listed(cell: str) -> list[str]:
    """ "['Abstract Expressionism', 'Action painting']", or one name."""
    if not cell.startswith("["):
        return [cell] if cell else []
    try:
        value = ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    return [str(name) for name in value] if isinstance(value, list) else []
