"""A tar archive, packed or not, as a FileTree: members are read where they lie, never unpacked under their names."""

import shutil
import tarfile
import threading
from collections import Counter
from pathlib import Path, PurePosixPath

from core.images import ImageError
from core.sources.artwork import SourceError
from core.sources.files.tree import HEAD_BYTES, MAX_READ_BYTES, is_hidden, leads_outside, natural, second_name
from core.sources.files.unpacked import check_members, copy_name, unpacked


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
        self._members: dict[str, tarfile.TarInfo] = {}
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
        member = self._members[key]
        target = scratch / copy_name(self._path, key)
        if target.exists() and target.stat().st_size == member.size:
            return target
        try:
            self._check(member)
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_suffix(".part")
            with self._lock, temporary.open("wb") as copy:
                self._file.seek(member.offset_data)
                left = member.size
                while left and (block := self._file.read(min(left, 1 << 20))):
                    copy.write(block)
                    left -= len(block)
            if left:
                raise ImageError("truncated", "the archive is cut off in the middle of it")
            shutil.move(temporary, target)
        except (ImageError, OSError) as error:
            raise SourceError(f"{key} in {self.title} could not be unpacked: {error}") from error
        return target

    def close(self) -> None:
        self._file.close()

    def _list(self) -> None:
        count = total = 0
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as archive:
                for member in archive:
                    if member.isdir():
                        continue
                    count += 1
                    if member.size < 0 or member.offset_data < 0:
                        raise tarfile.ReadError("a file of negative size")
                    total += member.size if member.isreg() else 0
                    check_members(self.title, count, total)
                    self._add(member)
        except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError) as error:
            what = f" after {count:,} files" if count else ""
            raise SourceError(
                f"{self.title} is not a tar archive that can be read{what} ({error}). Download or pack it again."
            ) from error

    def _add(self, member: tarfile.TarInfo) -> None:
        key = member.name.replace("\\", "/")
        while key.startswith("./"):
            key = key[2:]
        if any(map(is_hidden, PurePosixPath(key).parts)):
            self.left_aside["hidden"] += 1
            return
        while key in self._members:
            key = second_name(key)
        self._members[key] = member

    def _bytes(self, member: tarfile.TarInfo, count: int) -> bytes:
        self._check(member)
        with self._lock:
            self._file.seek(member.offset_data)
            return self._file.read(min(count, member.size))

    def _check(self, member: tarfile.TarInfo) -> None:
        if leads_outside(member.name.replace("\\", "/")):
            raise ImageError("outside", "Its name points outside the archive; such files are not read.")
        if member.issym() or member.islnk():
            raise ImageError("outside", "This is a link, not a picture; links in archives are not followed.")
        if not member.isreg() or member.issparse():
            raise ImageError("unreadable", "This is no plain file: a device, a pipe, or a file with holes.")
