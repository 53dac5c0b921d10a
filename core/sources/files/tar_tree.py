"""A tar archive, packed or not, as a FileTree: members are read where they lie, never unpacked under their names."""

import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.images import ImageError
from core.sources.artwork import SourceError
from core.sources.files.tree import (
    HEAD_BYTES,
    MAX_READ_BYTES,
    free_key,
    is_hidden,
    leads_outside,
    member_name,
    natural,
)
from core.sources.files.unpacked import check_members, copy_name, unpacked, written_once

MAX_HEADER_BYTES = 1_000_000  # of one file: tarfile reads long names and other records into memory, of any size
MAX_NAME_LENGTH = 4096  # as systems have it


@dataclass(frozen=True, slots=True)
class _Member:
    """Where a file lies in the archive, or why it is not read."""

    offset: int
    size: int
    refusal: tuple[str, str] | None  # reason and message of an ImageError


class TarTree:
    """See core.sources.files.tree.FileTree. Links, devices and sparse files are refused when they are read.

    Args:
        scratch: where a packed archive (.tar.gz, .tar.bz2, .tar.xz) is unpacked to, as one file.
    Raises: SourceError if it is no tar archive, damaged, or too large.
    """

    def __init__(self, path: Path, scratch: Path) -> None:
        self.left_aside: Counter[str] = Counter()
        self._path = Path(path).expanduser()
        self.title = self._path.name
        try:
            self._file = unpacked(self._path, scratch).open("rb")
        except FileNotFoundError as error:
            raise SourceError(
                f"There is no file {path}. Check the path; it is a path on the computer that runs Atelier."
            ) from error
        except OSError as error:
            raise SourceError(f"{self.title} cannot be opened: {error.strerror or error}.") from error
        self._lock = threading.Lock()
        self._members: dict[str, _Member] = {}
        self._times: Counter[str] = Counter()
        try:
            self._list()
        except BaseException:
            self._file.close()
            raise
        self.keys = sorted(self._members, key=natural)

    def size(self, key: str) -> int:
        return self._members[key].size

    def head(self, key: str) -> bytes:
        try:
            return self._bytes(self._members[key], HEAD_BYTES)
        except ImageError:
            return b""

    def read(self, key: str, max_bytes: int = MAX_READ_BYTES) -> bytes:
        member = self._members[key]
        if member.size > max_bytes:
            raise ImageError(
                "too_many_bytes",
                f"It has {member.size / 1e6:,.0f} MB; at most {max_bytes / 1e6:,.0f} MB are accepted.",
            )
        data = self._bytes(member, member.size)
        if len(data) < member.size:
            raise ImageError("truncated", "The archive is cut off in the middle of this file. Download it again.")
        return data

    def path(self, key: str, scratch: Path) -> Path:
        try:
            self._check(self._members[key])
            return written_once(scratch / copy_name(self._path, key), self._blocks(key))
        except (ImageError, OSError) as error:
            raise SourceError(f"{key} in {self.title} could not be unpacked: {error}") from error

    def close(self) -> None:
        self._file.close()

    def _list(self) -> None:
        count = total = 0
        headers = _Headers(self._file)
        try:
            with tarfile.open(fileobj=headers, mode="r:") as archive:  # type: ignore[call-overload]
                while (member := archive.next()) is not None:
                    archive.members.clear()  # it keeps all of them, with all that their headers say
                    headers.spent = 0
                    if member.isdir():
                        continue
                    count += 1
                    if member.size < 0 or member.offset_data < 0:
                        raise tarfile.ReadError("a file of negative size")
                    total += member.size if member.isreg() else 0
                    check_members(self.title, count, total)
                    self._add(member)
                self._file.seek(archive.offset)
                if self._file.read(tarfile.BLOCKSIZE).strip(b"\0"):  # tarfile takes such a header for the end
                    raise tarfile.ReadError("the header of the next file is damaged")
        except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError) as error:
            what = f" after {count:,} files" if count else ""
            raise SourceError(
                f"{self.title} is not a tar archive that can be read{what} ({error}). Download or pack it again."
            ) from error

    def _add(self, member: tarfile.TarInfo) -> None:
        if len(member.name) > MAX_NAME_LENGTH:
            raise tarfile.ReadError(f"a name of {len(member.name):,} characters")
        name = member_name(member.name)
        if any(map(is_hidden, name.split("/"))):
            self.left_aside["hidden"] += 1
            return
        self._members[free_key(name, self._members, self._times)] = _Member(
            member.offset_data, member.size, _refusal(member)
        )

    def _bytes(self, member: _Member, count: int) -> bytes:
        self._check(member)
        with self._lock:
            self._file.seek(member.offset)
            return self._file.read(min(count, member.size))

    def _blocks(self, key: str) -> Iterator[bytes]:
        member = self._members[key]
        done = 0
        while done < member.size:
            with self._lock:
                self._file.seek(member.offset + done)
                block = self._file.read(min(member.size - done, 1 << 20))
            if not block:
                raise ImageError("truncated", "the archive is cut off in the middle of it")
            done += len(block)
            yield block

    def _check(self, member: _Member) -> None:
        if member.refusal is not None:
            raise ImageError(*member.refusal)


class _Headers:
    """The archive as tarfile sees it while the members are listed: no more than a little of each is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.spent = 0  # bytes since the last member
        self.tell, self.seek = file.tell, file.seek

    def read(self, size: int) -> bytes:
        self.spent += size
        if not 0 <= size <= self.spent <= MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of more than {MAX_HEADER_BYTES:,} bytes")
        return self._file.read(size)


def _refusal(member: tarfile.TarInfo) -> tuple[str, str] | None:
    if leads_outside(member.name.replace("\\", "/")):
        return "outside", "Its name points outside the archive; such files are not read."
    if member.issym() or member.islnk():
        return "outside", "This is a link, not a picture; links in archives are not followed."
    if not member.isreg() or member.issparse():
        return "unreadable", "This is no plain file: a device, a pipe, or a file with holes."
    return None
