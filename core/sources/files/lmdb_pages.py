"""The entries of an LMDB database, read page by page, as LSUN and ArtBench hand out their pictures.

The C library maps the whole file into memory and trusts what stands in it: a download that was cut off, or one bad
byte, ends the process (SIGBUS, SIGSEGV), and with it the app; nor does it open a file twice in one process. Here every
number is checked before it is followed. Nothing is mapped, locked or written, so read-only media do, any number of
threads may read, and a file of 50 GB costs no more memory than its keys.

The format is that of LMDB 0.9 on machines of 64 bits, little-endian: https://www.openldap.org, lmdb.h and mdb.c.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from core.errors import AtelierError

_MAGIC = 0xBEEFC0DE
_VERSION = 1
_HEADER = struct.Struct("<QHHHH")  # page number, unused, flags, end of the pointers, start of the nodes
_OVERFLOW = struct.Struct("<QHHI")  # page number, unused, flags, pages
_DATABASE = struct.Struct("<IHHQQQQQ")  # page size, flags, depth, pages of three kinds, entries, root
_META = struct.Struct("<IIQQ")  # magic, version, address, size of the map; two databases, last page, transaction follow
_META_END = struct.Struct("<QQ")
_NODE = struct.Struct("<HHHH")  # low and high half of a size, flags, length of the key
_BRANCH, _LEAF, _OVERFLOW_PAGE, _META_PAGE = 0x01, 0x02, 0x04, 0x08
_BIG, _OTHER_VALUES = 0x01, 0x02 | 0x04  # flags of a node: value on pages of its own; a database, or several values
_NO_PAGE = 2**64 - 1
_PAGE_SIZES = frozenset(2**power for power in range(8, 17))  # bytes
_MAX_DEPTH = 32


class DatabaseError(AtelierError):
    """The file is no LMDB database that can be read, or is damaged."""


class Entry(NamedTuple):
    """A key, and where in the file its value lies."""

    key: bytes
    size: int  # bytes
    place: int  # in the file, in bytes; for a value on pages of its own the number of the first of them
    on_own_pages: bool


@dataclass(frozen=True)
class _Meta:
    page_size: int
    last_page: int
    transaction: int
    depth: int
    entries: int
    root: int


class PageReader:
    """A database of keys and values, each value in one piece.

    Args:
        path: the data file itself ("data.mdb").
        name: what to call it in messages.
    Raises: DatabaseError.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        try:
            with path.open("rb") as file:
                self._meta = self._newest_meta(file)
                size = file.seek(0, 2)
        except OSError as error:
            raise DatabaseError(f"{name} could not be read: {error.strerror or error}.") from error
        needed = (self._meta.last_page + 1) * self._meta.page_size
        if size < needed:
            raise DatabaseError(
                f"{name} was cut off: it has {size:,} of at least {needed:,} bytes. Copy or download it again."
            )

    def __len__(self) -> int:
        return self._meta.entries

    def entries(self) -> Iterator[Entry]:
        """All entries in the order of their keys. Raises: DatabaseError, as soon as damage is met."""
        if self._meta.root == _NO_PAGE:
            return
        found = 0
        try:
            with self._path.open("rb") as file:
                for entry in self._below(file, self._meta.root, self._meta.depth):
                    found += 1
                    if found > self._meta.entries:
                        break
                    yield entry
        except OSError as error:
            raise DatabaseError(f"{self._name} could not be read: {error.strerror or error}.") from error
        if found != self._meta.entries:
            raise self._damaged(f"it should hold {self._meta.entries:,} entries, and has others")

    def value(self, entry: Entry) -> bytes:
        """Raises: DatabaseError if the value is not where its key says, or can not be read any more."""
        offset, header = entry.place, 0
        if entry.on_own_pages:
            offset, header = entry.place * self._meta.page_size, _OVERFLOW.size
        try:
            with self._path.open("rb", buffering=0) as file:  # one handle each: threads do not share a position
                file.seek(offset)
                data = file.read(header + entry.size)
        except OSError as error:
            raise DatabaseError(f"{self._name} could not be read: {error.strerror or error}.") from error
        if len(data) != header + entry.size:
            raise self._damaged("it has become shorter")
        if not entry.on_own_pages:
            return data
        number, _, flags, pages = _OVERFLOW.unpack_from(data)
        room = pages * self._meta.page_size - _OVERFLOW.size
        if number != entry.place or not flags & _OVERFLOW_PAGE or entry.size > room:
            raise self._damaged(f"a value should begin on page {entry.place:,}, and does not")
        return data[header:]

    def _newest_meta(self, file: BinaryIO) -> _Meta:
        """Of the two states at the beginning of the file, the one that was written last."""
        first = self._read_meta(file, 0)
        second = self._read_meta(file, first.page_size)
        return max(first, second, key=lambda meta: meta.transaction)

    def _read_meta(self, file: BinaryIO, offset: int) -> _Meta:
        file.seek(offset)
        head = file.read(256)
        if len(head) < _HEADER.size + _META.size + 2 * _DATABASE.size + _META_END.size:
            raise DatabaseError(f"{self._name} was cut off: it ends after {offset + len(head):,} bytes.")
        flags = _HEADER.unpack_from(head)[2]
        magic, version, _, _ = _META.unpack_from(head, _HEADER.size)
        if magic != _MAGIC or not flags & _META_PAGE:
            raise DatabaseError(f"{self._name} is no LMDB database, or one of another kind of computer.")
        if version != _VERSION:
            raise DatabaseError(f"{self._name} has version {version} of the LMDB format; version {_VERSION} is read.")
        free, main = (_HEADER.size + _META.size + number * _DATABASE.size for number in (0, 1))
        page_size = _DATABASE.unpack_from(head, free)[0]
        _, _, depth, _, _, _, entries, root = _DATABASE.unpack_from(head, main)
        last_page, transaction = _META_END.unpack_from(head, main + _DATABASE.size)
        if page_size not in _PAGE_SIZES or depth > _MAX_DEPTH or (root != _NO_PAGE and root > last_page):
            raise self._damaged("its first page contradicts itself")
        return _Meta(page_size, last_page, transaction, depth, entries, root)

    def _below(self, file: BinaryIO, page_number: int, levels: int) -> Iterator[Entry]:
        page_size = self._meta.page_size
        if page_number > self._meta.last_page or levels < 1:
            raise self._damaged(f"a pointer leads to page {page_number:,}")
        file.seek(page_number * page_size)
        page = file.read(page_size)
        if len(page) != page_size:
            raise self._damaged("it has become shorter")
        number, _, flags, pointers_end, _ = _HEADER.unpack_from(page)
        count = (pointers_end - _HEADER.size) // 2
        if (
            number != page_number
            or flags & (_BRANCH | _LEAF) != (_LEAF if levels == 1 else _BRANCH)
            or not 0 < count <= (page_size - _HEADER.size) // 2
        ):
            raise self._damaged(f"page {page_number:,} is not what it should be")
        for place in struct.unpack_from(f"<{count}H", page, _HEADER.size):
            if place + _NODE.size > page_size:
                raise self._damaged(f"page {page_number:,} is not what it should be")
            low, high, node_flags, key_length = _NODE.unpack_from(page, place)
            if levels > 1:
                yield from self._below(file, low | high << 16 | node_flags << 32, levels - 1)
                continue
            start = place + _NODE.size + key_length
            size = low | high << 16
            if node_flags & _OTHER_VALUES:
                raise DatabaseError(
                    f"{self._name} holds several databases, or several values for one key; "
                    "a picture database holds one picture for each key."
                )
            if start + (8 if node_flags & _BIG else size) > page_size:
                raise self._damaged(f"page {page_number:,} is not what it should be")
            key = page[place + _NODE.size : start]
            if not node_flags & _BIG:
                yield Entry(key, size, page_number * page_size + start, on_own_pages=False)
                continue
            first_page = int.from_bytes(page[start : start + 8], "little")
            if first_page * page_size + _OVERFLOW.size + size > (self._meta.last_page + 1) * page_size:
                raise self._damaged(f"a value should begin on page {first_page:,}, and does not")
            yield Entry(key, size, first_page, on_own_pages=True)

    def _damaged(self, words: str) -> DatabaseError:
        return DatabaseError(f"{self._name} is damaged: {words}. Copy or download it again.")
