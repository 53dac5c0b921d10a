"""A zip archive as a FileTree, read member by member: nothing is ever unpacked under its own name."""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

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
from core.sources.files.unpacked import check_members, copy_name, written_once

MAX_RATIO = 100  # unpacked / packed; pictures hardly shrink at all
_SMALL = 1_000_000  # bytes; below this the ratio does no harm
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError)


class ZipTree:
    """See core.sources.files.tree.FileTree.

    Members that are links, encrypted, bombs, or named to land outside are refused one by one when they are read; an
    archive that is a bomb as a whole is refused as a whole.

    Raises: SourceError if it is no zip archive, or too large unpacked.
    """

    def __init__(self, path: Path) -> None:
        self.left_aside: Counter[str] = Counter()
        self._path = Path(path).expanduser()
        self.title = self._path.name
        try:
            self._zip = zipfile.ZipFile(self._path)
        except FileNotFoundError as error:
            raise SourceError(
                f"There is no file {path}. Check the path; it is a path on the computer that runs Atelier."
            ) from error
        except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError) as error:
            raise SourceError(
                f"{self.title} is not a zip archive that can be read ({error}). Pack it again as zip."
            ) from error
        members = [member for member in self._zip.infolist() if not member.filename.endswith("/")]
        check_members(self.title, len(members), sum(member.file_size for member in members))
        self._members: dict[str, zipfile.ZipInfo] = {}
        times: Counter[str] = Counter()
        for member in members:
            name = member_name(member.filename)
            if any(map(is_hidden, name.split("/"))):
                self.left_aside["hidden"] += 1
                continue
            self._members[free_key(name, self._members, times)] = member
        self.keys = sorted(self._members, key=natural)

    def size(self, key: str) -> int:
        return self._members[key].file_size

    def head(self, key: str) -> bytes:
        member = self._members[key]
        try:
            self._check(member, MAX_READ_BYTES)
            with self._zip.open(member) as handle:
                return handle.read(HEAD_BYTES)
        except (ImageError, *_UNREADABLE):
            return b""

    def read(self, key: str, max_bytes: int = MAX_READ_BYTES) -> bytes:
        member = self._members[key]
        self._check(member, max_bytes)
        try:
            return self._zip.read(member)
        except _UNREADABLE as error:
            raise ImageError(
                "damaged", f"It could not be unpacked: {str(error)[:200] or type(error).__name__}."
            ) from error

    def path(self, key: str, scratch: Path) -> Path:
        try:
            self._check(self._members[key], max_bytes=1 << 40)
            return written_once(scratch / copy_name(self._path, key), self._blocks(key))
        except (ImageError, *_UNREADABLE) as error:
            raise SourceError(f"{key} in {self.title} could not be unpacked: {error}") from error

    def close(self) -> None:
        self._zip.close()

    def _blocks(self, key: str) -> Iterator[bytes]:
        with self._zip.open(self._members[key]) as source:
            while block := source.read(1 << 20):
                yield block

    def _check(self, member: zipfile.ZipInfo, max_bytes: int) -> None:
        """From the directory alone, before a byte is unpacked; unpacking then stops at the announced size."""
        if leads_outside(member.filename.replace("\\", "/")):
            raise ImageError("outside", "Its name points outside the archive; such files are not read.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ImageError("outside", "This is a link, not a picture; links in archives are not followed.")
        if member.flag_bits & 0x1:
            raise ImageError("unreadable", "It is encrypted. Pack the archive without a password.")
        if member.file_size > max_bytes:
            raise ImageError(
                "too_many_bytes",
                f"It would unpack to {member.file_size / 1e6:,.0f} MB; at most {max_bytes / 1e6:,.0f} MB are accepted.",
            )
        if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise ImageError(
                "bomb",
                f"It would unpack to {member.file_size / max(member.compress_size, 1):,.0f} times its size; "
                f"at most {MAX_RATIO} times is accepted.",
            )
