"""A table of picture addresses as a collection from the web: CSV, Parquet, JSON lines, or a list with one a line."""

import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from core.image_formats import PICTURE_SUFFIXES
from core.images import ImageError
from core.sources import licences
from core.sources.artwork import Artwork, FileSource, SourceError
from core.sources.files.folder_tree import FolderTree
from core.sources.files.format import Opening, Recognition, is_archive, open_tree
from core.sources.files.row_table import LINE, SUFFIXES, RowTable
from core.sources.files.survey import Survey
from core.sources.files.tree import FileTree, kind_of
from core.sources.labels import recognise_columns
from core.sources.museum import Extent, Offer
from core.sources.web.addresses import Target, parse_url
from core.sources.web.policy import ONE_OF_MANY, HostPolicy

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

NAME = "urls"
TITLE = "Table of picture addresses"

# columns that mean the address of a picture, the surest first; compared as core.sources.labels compares names
COLUMNS = (
    *("image_url", "imageurl", "img_url", "picture_url", "photo_url", "image_link", "image_address"),
    *(
        "primaryimage",
        "primary_image",
        "download_url",
        "file_url",
        "image_src",
        "url",
        "urls",
        "img",
        "image",
        "picture",
    ),
    *("src", "link", "uri", "href", LINE),
)
_FREE_COLUMNS = ("is_public_domain", "ispublicdomain", "public_domain")
_YES, _NO = frozenset({"true", "1", "yes", "t", "y"}), frozenset({"false", "0", "no", "f", "n"})
_LOOK_AT_ROWS = 200
_MOST_HOSTS = 50  # named in `policies`; others are treated like them by default
_MAX_METADATA = 40  # columns
_MOST_PICTURES_BESIDE = 100


class UrlTable:
    """The pictures that a table names by their addresses; see core.sources.museum.Museum.

    Args:
        source: the table's file, its content, a folder or an archive with one or several such tables, or those tables
            with their columns of addresses.
        name: what to call it in messages, and what its suffix is; by default the file's name.
    Raises: SourceError if it is no table, or has no column of addresses.
    """

    name = NAME
    title = TITLE

    def __init__(self, source: Path | bytes | dict[RowTable, str], name: str = "") -> None:
        found = source if isinstance(source, dict) else _found(source, name)
        self._table, self.column = next(iter(found.items()))
        self._tables = [table for table, column in found.items() if column == self.column]
        self._others = [table.name for table, column in found.items() if column != self.column]
        if not self.column:
            raise SourceError(
                f"{self._table.name} has no column of picture addresses (found: "
                f"{', '.join(self._table.columns[:12]) or 'no columns'}). Call it image_url; "
                "its cells begin with http:// or https://."
            )
        recognised = recognise_columns(self._table.columns)
        self._recognised = {
            field: column
            for field, column in recognised.items()
            if field not in ("file", "image_url") and column != self.column
        }
        self._free_column = next((column for column in self._table.columns if _plain(column) in _FREE_COLUMNS), "")
        used = {self.column, *self._recognised.values()}
        self._metadata_columns = [column for column in self._table.columns if column not in used][:_MAX_METADATA]

    def _rows(self) -> Iterator[dict[str, str]]:
        for table in self._tables:
            yield from table.rows()

    @property
    def columns(self) -> dict[str, str]:
        """Field of Artwork -> the column that is taken for it."""
        return {"image_url": self.column} | self._recognised

    @property
    def policies(self) -> Mapping[str, HostPolicy]:
        return {host: ONE_OF_MANY for host, _ in self._counts.hosts.most_common(_MOST_HOSTS)}

    def extent(self, web: "WebClient", limit: int | None) -> Extent:
        return Extent(self._counts.addresses, exact=True, listing_requests=0, details_share=0.0, notes=self.notes())

    def offers(self, web: "WebClient") -> Iterator[Offer]:
        seen: set[bytes] = set()
        for row in self._rows():
            target = usable(row.get(self.column, ""))
            if target is not None and (digest := _digest(target.url)) not in seen:
                seen.add(digest)
                yield Offer(self._artwork(row, target.url, digest), renditions=(target.url,))

    def complete(self, web: "WebClient", offer: Offer) -> Offer:
        """All that there is to know stands in the table."""
        return offer

    def __len__(self) -> int:
        """Different addresses."""
        return self._counts.addresses

    def found(self) -> str:
        """What was recognised, in a sentence."""
        where = f"{len(self._tables):,} tables" if len(self._tables) > 1 else self._table.name
        column = "lines" if self.column == LINE else f"column {self.column}"
        return f"{where} names {_pictures(len(self))}, in the {column}."

    def notes(self) -> tuple[str, ...]:
        """What a person should know before starting, in whole sentences."""
        counts = self._counts
        told = [
            f"The addresses stand in the column {self.column}."
            if self.column != LINE
            else "Each line is taken for an address.",
            f"They stand in {len(self._tables):,} tables, from {self._tables[0].name} to {self._tables[-1].name}."
            if len(self._tables) > 1
            else "",
            f"Tables with other columns are left out: {', '.join(self._others[:5])}." if self._others else "",
            f"They lead to {len(counts.hosts):,} servers, most of them to {counts.hosts.most_common(1)[0][0]}."
            if len(counts.hosts) > 1
            else "",
            f"{_rows(counts.repeated)} an address that stands in an earlier one; each is fetched once."
            if counts.repeated
            else "",
            f"{_rows(counts.unusable)} no address that begins with http:// or https://, and are left out."
            if counts.unusable
            else "",
            ""
            if "licence" in self._recognised or self._free_column
            else "The table says nothing about licences, so none of its pictures counts as free.",
        ]
        return tuple(note for note in told if note)

    @cached_property
    def _counts(self) -> "_Counts":
        seen: set[bytes] = set()
        hosts: Counter[str] = Counter()
        repeated = unusable = 0
        for row in self._rows():
            target = usable(row.get(self.column, ""))
            if target is None:
                unusable += 1
            elif (digest := _digest(target.url)) in seen:
                repeated += 1
            else:
                seen.add(digest)
                hosts[target.site] += 1
        if not seen:
            raise SourceError(
                f"{self._table.name} has no address that begins with http:// or https:// in its column {self.column}."
            )
        return _Counts(len(seen), repeated, unusable, hosts)

    def _artwork(self, row: dict[str, str], address: str, digest: bytes) -> Artwork:
        known = {field: row.get(column, "") for field, column in self._recognised.items()}
        tags = tuple(tag.strip() for tag in known.pop("tags", "").replace(";", ",").split(",") if tag.strip())
        metadata = {column: row[column] for column in self._metadata_columns if row.get(column)}
        licence = licences.normal(known.pop("licence", "")) or _stated(row.get(self._free_column, ""))
        return Artwork(
            source=NAME,
            source_id=digest.hex(),
            title=known.pop("title", "") or _title(address),
            licence=licence,
            tags=tuple(dict.fromkeys(tags)),
            image_url=address,
            metadata=metadata,
            **known,  # type: ignore[arg-type]  # the fields left in COLUMNS of labels are text
        )


@dataclass(frozen=True)
class _Counts:
    addresses: int
    repeated: int
    unusable: int
    hosts: Counter[str]


def address_tables(tree: FileTree) -> dict[RowTable, str]:
    """The tables of a tree that name pictures by their addresses, with the column in which they do; not those that
    label pictures which lie beside them.
    """
    found = {}
    pictures = {PurePosixPath(key).name.lower() for key in tree.keys if kind_of(key) == "picture"}
    for key in tree.keys:
        if PurePosixPath(key).suffix.lower().removeprefix(".") not in SUFFIXES:
            continue
        try:
            table = RowTable(tree.path(key, Path()) if isinstance(tree, FolderTree) else tree.read(key), key)
            column = address_column(table)
        except (SourceError, ImageError):  # something else with such a suffix
            continue
        if column and not _labels(table, pictures):
            found[table] = column
    return found


def _labels(table: RowTable, pictures: set[str]) -> bool:
    """Whether the table is about pictures that are there already: most of the files that it names exist."""
    column = recognise_columns(table.columns).get("file", "")
    names = [PurePosixPath(row[column]).name.lower() for row in islice(table.rows(), _LOOK_AT_ROWS) if row.get(column)]
    return _share(name in pictures for name in names) > 0.5


def _found(source: Path | bytes, name: str) -> dict[RowTable, str]:
    """The tables, with their columns of addresses, of a file, a folder or an archive."""
    if isinstance(source, Path) and (source.is_dir() or is_archive(source)):
        with tempfile.TemporaryDirectory(prefix="atelier-") as scratch:
            tree = open_tree(source, Path(scratch))
            try:
                found = address_tables(tree)
            finally:
                tree.close()
        if not found:
            raise SourceError(f"Found no table of picture addresses in {tree.title}.")
        return found
    table = RowTable(source, name)
    return {table: address_column(table)}


def recognise(survey: Survey, opening: Opening) -> Recognition | None:
    """See core.sources.files.format.Format. The table is then opened as a collection from the web, by UrlTable."""
    if len(survey.pictures) > _MOST_PICTURES_BESIDE:  # a collection of pictures, whatever tables lie in it
        return None
    found = address_tables(survey.tree)
    if not found:
        return None
    table = UrlTable(found)
    if len(survey.pictures) * 10 > len(table):
        return None
    return Recognition(NAME, TITLE, len(table), table.found(), notes=table.notes()[1:], web=True)


def open_format(survey: Survey, opening: Opening) -> FileSource:
    """See core.sources.files.format.Format."""
    raise SourceError(f"{survey.tree.title} is a table of picture addresses: its pictures are fetched from the web.")


def address_column(table: RowTable) -> str:
    """The column of picture addresses, "" if there is none: one with a usual name, most of whose cells are addresses,
    else one whose cells are nearly all addresses that end like a picture.

    Raises: SourceError if the table is damaged.
    """
    rows = list(islice(table.rows(), _LOOK_AT_ROWS))
    shares = {column: _share(usable(row.get(column, "")) is not None for row in rows) for column in table.columns}
    by_name = {_plain(column): column for column in reversed(table.columns)}
    for name in COLUMNS:
        column = by_name.get(name, "")
        # a list of lines is only one of addresses if nearly all of them are; in a table, some cells may be empty
        if column and shares[column] >= (0.9 if name == LINE else 0.3):
            return column
    for column in table.columns:
        filled = [row[column] for row in rows if row.get(column)]
        if filled and _share(_ends_like_a_picture(usable(cell)) for cell in filled) > 0.9:
            return column
    return ""


def usable(cell: str) -> Target | None:
    """The cell as an address of http or https that may be asked for; None if it is none."""
    address = cell.strip().strip("<>\"'")
    try:
        return parse_url("https:" + address if address.startswith("//") else address)
    except ValueError:
        return None


def _digest(address: str) -> bytes:
    """By which an address is told from others: 96 bits, so that a million of them do not collide."""
    return hashlib.sha256(address.encode()).digest()[:12]


def _stated(cell: str) -> str:
    word = cell.strip().lower()
    return licences.PUBLIC_DOMAIN if word in _YES else licences.IN_COPYRIGHT if word in _NO else licences.UNKNOWN


def _title(address: str) -> str:
    stem = PurePosixPath(unquote(urlsplit(address).path)).stem
    return re.sub(r"[\s_-]+", " ", stem).strip()[:200]


def _ends_like_a_picture(target: Target | None) -> bool:
    return (
        target is not None
        and PurePosixPath(urlsplit(target.url).path).suffix.lower().removeprefix(".") in PICTURE_SUFFIXES
    )


def _plain(column: str) -> str:
    return column.lower().replace(" ", "_").replace("-", "_")


def _share(found: Iterator[bool]) -> float:
    values = list(found)
    return sum(values) / len(values) if values else 0.0


def _pictures(count: int) -> str:
    return "1 picture by its address" if count == 1 else f"{count:,} pictures by their addresses"


def _rows(count: int) -> str:
    return f"{count:,} {'row has' if count == 1 else 'rows have'}"
