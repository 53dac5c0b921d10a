"""A zip archive of pictures, read member by member: nothing is ever unpacked to disk."""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from core.image_formats import ACCEPTED, sniff
from core.images import ImageError, ImageLimits
from core.sources.artwork import Item, SourceError
from core.sources.folder import file_artwork, is_hidden, kind_of, told_aside

MAX_MEMBERS = 100_000
MAX_TOTAL_BYTES = 50_000_000_000  # unpacked
MAX_RATIO = 100  # unpacked / packed; pictures hardly shrink at all
_SMALL = 1_000_000  # bytes; below this the ratio does no harm


class ArchiveSource:
    """Every picture in a zip archive, in the order of their names; the names of folders become tags.

    Members that are links, encrypted, bombs, or named to land outside are refused one by one; an archive that is a
    bomb as a whole is refused as a whole.

    Args:
        prefix: set before every key, for an archive among other uploads.
    Raises: SourceError if it is no zip archive, or too large unpacked.
    """

    def __init__(
        self, path: Path, *, name: str = "archive", prefix: str = "", limits: ImageLimits | None = None
    ) -> None:
        self.left_aside: Counter[str] = Counter()
        self.tables: list[str] = []
        self._path = Path(path).expanduser()
        self._name = name
        self._prefix = prefix
        self._limits = limits or ImageLimits()
        try:
            self._zip = zipfile.ZipFile(self._path)
        except FileNotFoundError as error:
            raise SourceError(
                f"There is no file {path}. Check the path; it is a path on the computer that runs Atelier."
            ) from error
        except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError) as error:
            raise SourceError(
                f"{self._path.name} is not a zip archive that can be read ({error}). Pack it again as zip."
            ) from error
        members = [member for member in self._zip.infolist() if not member.is_dir()]
        if len(members) > MAX_MEMBERS:
            raise SourceError(
                f"{self._path.name} holds {len(members):,} files; at most {MAX_MEMBERS:,} are accepted. Split it."
            )
        unpacked = sum(member.file_size for member in members)
        if unpacked > MAX_TOTAL_BYTES:
            raise SourceError(
                f"{self._path.name} would unpack to {unpacked / 1e9:,.0f} GB; "
                f"at most {MAX_TOTAL_BYTES / 1e9:,.0f} GB are accepted. Split it."
            )
        self._members = self._sorted(members)

    def total(self) -> int:
        return len(self._members)

    def items(self) -> Iterator[Item]:
        if not self._members:
            raise SourceError(
                f"Found no picture in {self._path.name}{told_aside(self.left_aside)}. {ACCEPTED} are read."
            )
        for key, member in self._members.items():
            yield Item(
                self._prefix + key,
                file_artwork(self._name, self._prefix + key),
                partial(self._read, member),
            )

    def table(self, key: str) -> bytes:
        """The bytes of a CSV file in the archive. Raises: SourceError if it is not one of `tables`."""
        if key not in self.tables:
            raise SourceError(f"There is no table {key!r} in {self._path.name}.")
        try:
            return self._read(self._zip.getinfo(key.removeprefix(self._prefix)))
        except ImageError as error:
            raise SourceError(f"The table {key} in {self._path.name} cannot be used: {error}") from error

    def _sorted(self, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        pictures: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            key = member.filename.replace("\\", "/")
            kind = (
                "hidden"
                if any(map(is_hidden, PurePosixPath(key).parts[:-1]))
                else kind_of(key) or self._kind_by_content(member)
            )
            if kind == "picture":
                while key in pictures:  # a zip may hold two files of one name; both are pictures
                    key = _second_name(key)
                pictures[key] = member
                continue
            self.left_aside[kind] += 1
            if kind == "table":
                self.tables.append(self._prefix + member.filename)
        return dict(sorted(pictures.items()))

    def _kind_by_content(self, member: zipfile.ZipInfo) -> str:
        try:
            self._check(member)
            with self._zip.open(member) as handle:
                return "picture" if sniff(handle.read(32)) else "other"
        except (ImageError, *_UNREADABLE):
            return "other"

    def _read(self, member: zipfile.ZipInfo) -> bytes:
        self._check(member)
        try:
            return self._zip.read(member)
        except _UNREADABLE as error:
            raise ImageError(
                "damaged", f"It could not be unpacked: {str(error)[:200] or type(error).__name__}."
            ) from error

    def _check(self, member: zipfile.ZipInfo) -> None:
        """From the directory alone, before a byte is unpacked; unpacking then stops at the announced size."""
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:3] == ":/":
            raise ImageError("outside", "Its name points outside the archive; such files are not read.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ImageError("outside", "This is a link, not a picture; links in archives are not followed.")
        if member.flag_bits & 0x1:
            raise ImageError("unreadable", "It is encrypted. Pack the archive without a password.")
        if member.file_size > self._limits.max_bytes:
            raise ImageError(
                "too_many_bytes",
                f"It would unpack to {member.file_size / 1e6:,.0f} MB; "
                f"at most {self._limits.max_bytes / 1e6:,.0f} MB are accepted.",
            )
        if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise ImageError(
                "bomb",
                f"It would unpack to {member.file_size / max(member.compress_size, 1):,.0f} times its size; "
                f"at most {MAX_RATIO} times is accepted.",
            )


_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError)


def _second_name(key: str) -> str:
    path = PurePosixPath(key)
    return path.with_name(f"{path.stem} (again){path.suffix}").as_posix()
