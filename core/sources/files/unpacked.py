"""Limits for archives, and where what had to be unpacked lies meanwhile: in a scratch folder, under names of ours."""

import bz2
import gzip
import hashlib
import lzma
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.sources.artwork import SourceError

MAX_MEMBERS = 1_000_000
MAX_TOTAL_BYTES = 200_000_000_000  # unpacked; the original sizes of ArtBench-10 are 50 GB
KEPT_SECONDS = 24 * 3600  # what a preview unpacked serves the import that follows
_BLOCK = 1 << 20

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


def unpacked(archive: Path, scratch: Path) -> Path:
    """The archive itself, or, of a packed one, what is in it, as one file in `scratch`: members of a packed archive
    cannot be found without reading all that comes before them.

    Raises: SourceError if it is damaged, too large, or the disk is full.
    """
    with archive.open("rb") as handle:
        head = handle.read(8)
    opened = next(((name, opener) for magic, name, opener in _PACKINGS if head.startswith(magic)), None)
    if opened is None:
        return archive
    name, opener = opened
    scratch.mkdir(parents=True, exist_ok=True)
    tidy(scratch)
    target = scratch / copy_name(archive, "")
    if target.exists():
        target.touch()
        return target
    temporary = target.with_suffix(".part")
    written = 0
    try:
        with opener(archive, "rb") as source, temporary.open("wb") as copy:
            while block := source.read(_BLOCK):
                written += len(block)
                if written > MAX_TOTAL_BYTES:
                    check_members(archive.name, 0, written)
                if written % (256 * _BLOCK) == 0 and shutil.disk_usage(scratch).free < 512 << 20:
                    raise SourceError(
                        f"{archive.name} has to be unpacked to be read, and the disk is nearly full after "
                        f"{written / 1e9:,.1f} GB. Free some space, or unpack it elsewhere and give the folder."
                    )
                copy.write(block)
        temporary.replace(target)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise SourceError(
            f"{archive.name} is damaged or cut off ({name}: {str(error)[:200] or type(error).__name__}). "
            "Download it again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return target


def tidy(scratch: Path) -> None:
    """Remove what was unpacked long ago."""
    for old in scratch.glob("*.unpacked"):
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
