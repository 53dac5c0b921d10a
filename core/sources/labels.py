"""Labels: a CSV table that says who painted the picture in which file, and whatever else its columns hold."""

import csv
import io
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from core.errors import AtelierError
from core.sources.artwork import Artwork

MAX_BYTES = 100_000_000

# field of Artwork -> column names that mean it, compared in lower case with spaces and dashes as underscores
COLUMNS = {
    "file": ("file", "file_name", "filename", "image", "image_file", "picture", "path", "file_path", "name"),
    "artist": ("artist", "artist_name", "author", "painter", "creator", "maker"),
    "title": ("title", "artwork_title", "work", "object_name"),
    "date": ("date", "year", "completion_year", "created", "object_date"),
    "style": ("style", "movement"),
    "genre": ("genre", "subject"),
    "tags": ("tags", "keywords"),
    "licence": ("licence", "license", "rights"),
    "page_url": ("page_url", "page", "source_url", "link", "url"),
    "image_url": ("image_url",),
}


class LabelsError(AtelierError):
    """A labels table cannot be used at all; single rows without a file are counted instead."""


@dataclass(frozen=True)
class Assignment:
    """Which row belongs to which file, and what found no partner."""

    rows: dict[str, int]  # key of an item -> index into Labels.rows
    matched_by_name: int  # of these, found by file name where the path said nothing
    unmatched: list[str]  # names in the table for which there is no file
    ambiguous: list[str]  # names in the table that several files share; given to none of them
    repeated: list[str]  # names that stand in the table more than once; the first row counts
    unlabelled: int  # files without a row


@dataclass(frozen=True)
class Labels:
    """A labels table as read. `recognised`: field of Artwork -> column; all other columns become metadata."""

    encoding: str
    delimiter: str
    recognised: dict[str, str]
    metadata_columns: list[str]
    rows: list[dict[str, str]] = field(repr=False)

    def assign(self, keys: Iterable[str]) -> Assignment:
        """Find the file of each row: by path, else by file name, else by file name without its suffix."""
        keys = list(keys)
        by_path = {_normal(key): key for key in keys}
        by_name: dict[str, list[str]] = defaultdict(list)
        by_stem: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            name = PurePosixPath(_normal(key))
            by_name[name.name].append(key)
            by_stem[name.stem].append(key)
        rows: dict[str, int] = {}
        unmatched, ambiguous, repeated = [], [], []
        matched_by_name = 0
        for index, row in enumerate(self.rows):
            written = row[self.recognised["file"]].strip()
            path = _normal(written)
            file = PurePosixPath(path).name
            candidates = [by_path[path]] if path in by_path else by_name.get(file) or by_stem.get(file) or []
            if not candidates:
                unmatched.append(written)
            elif len(candidates) > 1:
                ambiguous.append(written)
            elif candidates[0] in rows:
                repeated.append(written)
            else:
                rows[candidates[0]] = index
                matched_by_name += path not in by_path
        return Assignment(rows, matched_by_name, unmatched, ambiguous, repeated, len(keys) - len(rows))

    def describe(self, artwork: Artwork, row_index: int) -> Artwork:
        """The artwork with what its row says; empty cells leave what is known from elsewhere."""
        row = self.rows[row_index]
        known = {name: row[column].strip() for name, column in self.recognised.items() if name != "file"}
        known = {name: text for name, text in known.items() if text}
        tags = tuple(tag.strip() for tag in known.pop("tags", "").replace(";", ",").split(",") if tag.strip())
        extra = {column: row[column].strip() for column in self.metadata_columns if row[column].strip()}
        return replace(
            artwork,
            **known,  # type: ignore[arg-type]  # every field in COLUMNS but tags is text
            tags=tuple(dict.fromkeys(artwork.tags + tags)),
            metadata=artwork.metadata | extra,
        )


def read_labels(source: Path | bytes, name: str = "") -> Labels:
    """Read a CSV table: any of the usual encodings and delimiters, as spreadsheets of any country write them.

    Args:
        name: what to call the table in messages; by default the file's name.
    Raises: LabelsError if there is no such file, no table in it, or no column that names files.
    """
    name = name or (source.name if isinstance(source, Path) else "The labels table")
    data = _bytes(source, name)
    text, encoding = decoded(data, name)
    delimiter, text = delimiter_of(text)
    try:
        table = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise LabelsError(f"{name} is no CSV table: {error}. Save it as CSV with one row per picture.") from error
    if not table:
        raise LabelsError(f"{name} is empty. It needs a first line with column names, one of them called file.")
    header = [column.strip() for column in table[0]]
    doubled = [column for column, count in Counter(header).items() if column and count > 1]
    if doubled:
        raise LabelsError(f"{name} has several columns called {doubled[0]!r}. Give each column its own name.")
    recognised = recognise_columns(header)
    if "file" not in recognised:
        raise LabelsError(
            f"{name} has the columns {', '.join(header[:12])}, but none that names the picture file. "
            f"Call that column file (also understood: {', '.join(COLUMNS['file'][1:])})."
        )
    named = [column for column in header if column]
    rows = [
        {column: cell for column, cell in zip(header, row + [""] * len(header), strict=False) if column}
        for row in table[1:]
    ]
    return Labels(
        encoding=encoding,
        delimiter=delimiter,
        recognised=recognised,
        metadata_columns=[column for column in named if column not in recognised.values()],
        rows=[row for row in rows if row[recognised["file"]].strip()],
    )


def _bytes(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        try:
            if source.stat().st_size > MAX_BYTES:
                raise LabelsError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; a labels table is not.")
            data = source.read_bytes()
        except FileNotFoundError as error:
            raise LabelsError(f"There is no labels file {source}. Check the path.") from error
        except OSError as error:
            raise LabelsError(f"The labels file {source} could not be read: {error.strerror or error}.") from error
    if len(data) > MAX_BYTES:
        raise LabelsError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; a labels table is not.")
    return data


def decoded(data: bytes, name: str) -> tuple[str, str]:
    """Text and the encoding it was found to have. Latin-1 fits any bytes, so it comes last and is shown as a guess."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    elif b"\0" in data[:4096]:
        raise LabelsError(f"{name} is not a text file. Save it as CSV (a spreadsheet's own format is not read).")
    else:
        encodings = ["utf-8", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise LabelsError(f"{name} is damaged: it starts as {encodings[0]} but does not go on so. Save it again as UTF-8.")


def delimiter_of(text: str) -> tuple[str, str]:
    """The delimiter that splits the first line into most columns, and the text without a spreadsheet's `sep=` line."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return first[4], rest
    header = next((line for line in text.splitlines() if line.strip()), "")
    widths = {delimiter: len(next(csv.reader([header], delimiter=delimiter))) for delimiter in ",;\t|"}
    return max(widths, key=lambda delimiter: widths[delimiter]), text


def recognise_columns(header: Iterable[str]) -> dict[str, str]:
    """Field of Artwork (and "file") -> the column that means it."""
    written = {column.lower().replace(" ", "_").replace("-", "_"): column for column in header if column}
    recognised: dict[str, str] = {}
    for artwork_field, names in COLUMNS.items():
        found = next((written[name] for name in names if name in written), None)
        if found is not None and found not in recognised.values():
            recognised[artwork_field] = found
    return recognised


def _normal(path: str) -> str:
    """Paths compare the same whichever system wrote them: slashes, "./", letter case, composed accents."""
    text = unicodedata.normalize("NFC", path.strip()).replace("\\", "/").casefold()
    while text.startswith("./"):
        text = text[2:]
    return text
