"""A zip archive of files as they lie on the disk, without making it: any stretch of its bytes can be read.

The files are stored, not compressed (packs and pictures hardly get smaller), so all but a few headers of it are
bytes that lie on the disk already. What is kept in memory are the headers; making the view reads each file once, for
the checksums that they hold. Archives of more than 4 GB are written as zip64, by Python's own zipfile.
"""

import bisect
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import AtelierError

_READ_BYTES = 1 << 20


class ChangedFileError(AtelierError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} has changed since the archive was begun. Begin the download again.")


@dataclass(frozen=True)
class _Piece:
    start: int  # in the archive
    length: int
    source: bytes | Path


class ZipView:
    """Slices like bytes: `view[start:end]`, `len(view)`. Files must stay as they are while it is used.

    Args:
        files: name in the archive -> file.
    Raises: OSError.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        layout = _Layout()
        with zipfile.ZipFile(layout, "w", zipfile.ZIP_STORED) as archive:
            for name, path in files.items():
                size = path.stat().st_size
                info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
                info.file_size = size
                with archive.open(info, "w", force_zip64=size >= zipfile.ZIP64_LIMIT) as entry, path.open("rb") as file:
                    layout.begin_file(path, size)
                    while data := file.read(_READ_BYTES):
                        entry.write(data)
                    layout.end_file()
        self._pieces = layout.pieces()
        self._starts = [piece.start for piece in self._pieces]
        self._length = layout.end

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, stretch: slice) -> bytes:
        """Raises: ChangedFileError where a file has become shorter; OSError."""
        start, end, step = stretch.indices(self._length)
        if step != 1:
            raise ValueError("bytes of an archive are read one after the other")
        parts: list[bytes] = []
        place = bisect.bisect_right(self._starts, start) - 1
        while start < end:
            piece = self._pieces[place]
            begin, count = start - piece.start, min(end, piece.start + piece.length) - start
            parts.append(_read(piece.source, begin, count))
            start += count
            place += 1
        return b"".join(parts)


def _read(source: bytes | Path, begin: int, count: int) -> bytes:
    if isinstance(source, bytes):
        return source[begin : begin + count]
    with source.open("rb") as file:
        file.seek(begin)
        data = file.read(count)
    if len(data) != count:
        raise ChangedFileError(source)
    return data


class _Layout(io.RawIOBase):
    """What zipfile writes to: keeps headers, and of a file's bytes only where they stand."""

    def __init__(self) -> None:
        self.end = 0
        self._position = 0
        self._headers: dict[int, bytearray] = {}  # start -> bytes
        self._files: list[_Piece] = []
        self._in_file = False

    def begin_file(self, path: Path, size: int) -> None:
        if size:
            self._files.append(_Piece(self._position, size, path))
        self._in_file = True

    def end_file(self) -> None:
        self._in_file = False

    def pieces(self) -> list[_Piece]:
        headers = [_Piece(start, len(data), bytes(data)) for start, data in self._headers.items()]
        return sorted((*headers, *self._files), key=lambda piece: piece.start)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if not self._in_file:
            self._keep(data)
        self._position += len(data)
        self.end = max(self.end, self._position)
        return len(data)

    def _keep(self, data: bytes) -> None:
        """zipfile comes back to a header once it knows the checksum: it then takes the place of the first."""
        for start, header in self._headers.items():
            if start <= self._position < start + len(header):
                header[self._position - start : self._position - start + len(data)] = data
                return
        self._headers[self._position] = bytearray(data)

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.end}[whence]
        return self._position
