"""Limits for archives, and where what had to be unpacked lies meanwhile: in a scratch folder, under names of ours."""

import bz2
import gzip
import hashlib
import lzma
import shutil
import tarfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from core.jobs.locks import take
from core.sources.artwork import SourceError

MAX_MEMBERS = 1_000_000
MAX_TOTAL_BYTES = 200_000_000_000  # unpacked; the original sizes of ArtBench-10 are 50 GB
MAX_RATIO = 100  # unpacked / packed, of a packed tar archive as a whole; pictures hardly shrink at all
HARMLESS_BYTES = 1_000_000_000  # below this the ratio does no harm
KEPT_SECONDS = 24 * 3600  # what a preview unpacked serves the import that follows
_DEAD_SECONDS = 3600  # nothing was written for so long: whoever wrote it is gone
_BLOCK = 1 << 20
_LOOK_AT_DISK_BYTES = 256 << 20
_KEPT_FREE_BYTES = 512 << 20
_DAMAGE = (OSError, EOFError, lzma.LZMAError, zlib.error)

_PACKINGS: tuple[tuple[bytes, str, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", "gzip", gzip.open),
    (b"BZh", "bzip2", bz2.open),
    (b"\xfd7zXZ\x00", "xz", lzma.open),
)


def check_members(title: str, members: int, total_bytes: int) -> None:
    """Raises: SourceError for an archive that is too much as a whole."""
    if members > MAX_MEMBERS:
        raise SourceError(f"{title} holds {members:,} files; at most {MAX_MEMBERS:,} are accepted. Split it.")
    if total_bytes > MAX_TOTAL_BYTES:
        raise SourceError(
            f"{title} would unpack to {total_bytes / 1e9:,.0f} GB; "
            f"at most {MAX_TOTAL_BYTES / 1e9:,.0f} GB are accepted. Split it."
        )


def copy_name(archive: Path, key: str) -> str:
    """A name for what comes from an archive: it changes with the archive, and owes nothing to the member's name."""
    status = archive.stat()
    told = f"{archive.resolve()}\n{status.st_size}\n{status.st_mtime_ns}\n{key}"
    return f"{hashlib.sha256(told.encode(errors='surrogateescape')).hexdigest()[:32]}.unpacked"


def holds_tar(path: Path) -> bool:
    """Whether a file is a tar archive, packed or not, by the checksum of its first header."""
    try:
        with _opener(path)(path, "rb") as handle:
            tarfile.TarInfo.frombuf(handle.read(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
    except (tarfile.TarError, *_DAMAGE):
        return False
    return True


def unpacked(archive: Path, scratch: Path) -> Path:
    """The archive itself, or, of a packed one, what is in it, as one file in `scratch`: members of a packed archive
    cannot be found without reading all that comes before them.

    Raises: SourceError if it is damaged, too large, or the disk is full.
    """
    if _opener(archive) is open:
        return archive
    return written_once(scratch / copy_name(archive, ""), _unpacked_blocks(archive))


def written_once(target: Path, blocks: Iterator[bytes]) -> Path:
    """The file `target`, written from these blocks by the first who asks for it; other processes wait for that.

    Raises: SourceError if the disk is full; what `blocks` raises.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = take(target.with_suffix(".lock"), timeout_seconds=-1, look_every_seconds=0.1)
    temporary = target.with_suffix(f".{uuid.uuid4().hex}.part")
    try:
        if target.exists():
            target.touch()
            return target
        tidy(target.parent)
        with temporary.open("wb") as copy:
            written = 0
            for block in blocks:
                _write(copy, block, written)
                written += len(block)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
        if lock is not None:
            lock.release()
    return target


def tidy(scratch: Path) -> None:
    """Remove what was unpacked long ago, and what killed processes left of it."""
    for pattern, seconds in (("*.unpacked", KEPT_SECONDS), ("*.lock", KEPT_SECONDS), ("*.part", _DEAD_SECONDS)):
        for old in scratch.glob(pattern):
            with suppress(OSError):  # another process was first; or, on Windows, still reads it
                if time.time() - old.stat().st_mtime > seconds:
                    old.unlink()


def _opener(path: Path) -> Callable[..., Any]:
    with path.open("rb") as handle:
        head = handle.read(8)
    return next((opener for magic, _, opener in _PACKINGS if head.startswith(magic)), open)


def _unpacked_blocks(archive: Path) -> Iterator[bytes]:
    packed = archive.stat().st_size
    opener = _opener(archive)
    written = 0
    try:
        with opener(archive, "rb") as source:
            while block := source.read(_BLOCK):
                written += len(block)
                if written > HARMLESS_BYTES and written > MAX_RATIO * packed:
                    raise SourceError(
                        f"{archive.name} would unpack to more than {MAX_RATIO} times its size; pictures hardly shrink, "
                        "so it is not read. Unpack it elsewhere and give the folder."
                    )
                check_members(archive.name, 0, written)
                yield block
    except _DAMAGE as error:
        name = next(name for _, name, known in _PACKINGS if known is opener)
        raise SourceError(
            f"{archive.name} is damaged or cut off ({name}: {str(error)[:200] or type(error).__name__}). "
            "Download it again."
        ) from error


def _write(copy: BinaryIO, block: bytes, written: int) -> None:
    """Raises: SourceError before the disk is full, which other jobs would fail at."""
    place = Path(copy.name).parent
    try:
        if written % _LOOK_AT_DISK_BYTES < len(block) and shutil.disk_usage(place).free < _KEPT_FREE_BYTES:
            raise OSError("the disk is nearly full")
        copy.write(block)
    except OSError as error:
        raise SourceError(
            f"An archive has to be unpacked to be read, and cannot be after {written / 1e9:,.1f} GB in {place} "
            f"({error.strerror or error}). Free some space, or unpack it elsewhere and give the folder."
        ) from error
