"""Files that survive a kill at any moment: atomic replacement, append-only JSON lines, reading past torn lines."""

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BLOCK_BYTES = 1 << 22  # of JSON lines taken at a time: a few thousand rows
# A file name that is no valid UTF-8 reaches Python as lone surrogates; as JSON escapes they come back as they were.
_ERRORS = "backslashreplace"


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block succeeds, it takes the place of `path` in one step.

    The bytes and the folder entry are on disk before the old file is gone, so a reader, or a power cut, sees the
    old file or the new one, never half of one. When the block raises, the temporary file is removed.

    Args:
        durable: False skips waiting for the disk: readers still see whole files, but a power cut may leave an empty
            one. For what is written every second and worthless a minute later.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(3)}.tmp")
    try:
        yield temporary
        if durable:
            with temporary.open("rb+") as handle:
                os.fsync(handle.fileno())
        _take_place(temporary, path)
        if durable:
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write or replace a file in one step."""
    with replacing(path, durable=durable) as temporary:
        temporary.write_bytes(data)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write or replace a JSON file in one step."""
    write_bytes(path, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode(errors=_ERRORS), durable=durable)


def read_json(path: Path) -> Any:
    """The value in a JSON file, or None if there is no such file. Raises ValueError if it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


class JsonLines:
    """An append-only file with one JSON object a line. One process appends; any number read.

    A line counts once its newline is there: a torn last line (a kill in the middle of a write) is skipped by
    readers and cut off by the next writer, so it cannot merge with the line after it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, *rows: dict[str, Any], durable: bool = False) -> None:
        """Add rows in one write. durable: on disk (fsync) before this returns."""
        if not rows:
            return
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(errors=_ERRORS)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        created = not self.path.exists()
        with self.path.open("ab+") as handle:
            _cut_torn_line(handle)
            handle.write(text)
            handle.flush()
            if durable:
                os.fsync(handle.fileno())
        if durable and created:
            sync_folder(self.path.parent)

    def read(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Complete rows from byte `offset` on, and the offset to go on from."""
        found = list(self.follow(offset))
        return [row for row, _ in found], found[-1][1] if found else offset

    def follow(self, offset: int = 0) -> Iterator[tuple[dict[str, Any], int]]:
        """As `read`, one by one, each with the offset behind it: a file's rows need not be in memory together."""
        for block, end in self.blocks(offset):
            begin = end - len(block)
            for line in block.splitlines(keepends=True):
                begin += len(line)
                if line.strip():
                    yield json.loads(line), begin

    def blocks(self, offset: int = 0) -> Iterator[tuple[bytes, int]]:
        """Complete lines from byte `offset` on as bytes, a few megabytes at a time, each with the offset behind it."""
        try:
            handle = self.path.open("rb")
        except FileNotFoundError:
            return
        with handle:
            handle.seek(offset)
            pending = b""
            while chunk := handle.read(BLOCK_BYTES):
                complete, newline, torn = chunk.rpartition(b"\n")
                if not newline:
                    pending += torn
                    continue
                block = pending + complete + newline
                pending = torn
                offset += len(block)
                yield block, offset

    def rows(self) -> list[dict[str, Any]]:
        """All complete rows."""
        return self.read()[0]


def new_id(label: str) -> str:
    """A folder name that sorts by time and says what it is: '20261121-093012-quick-gan-4f2a'."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{label}-{secrets.token_hex(2)}"


def remove_temporary(folder: Path) -> None:
    """Remove what a killed writer of this folder left behind. Only the folder's one owner may call this.

    What this very process is writing, in another thread, is left alone: a job's sign of life, for one.
    """
    own = f".{os.getpid()}-"
    for leftover in folder.rglob("*.tmp"):
        if own not in leftover.name:
            leftover.unlink(missing_ok=True)


def _take_place(temporary: Path, path: Path) -> None:
    """Rename; on Windows, where a file that somebody is reading cannot be replaced, wait for the reader."""
    attempts_left = 50 if os.name == "nt" else 0
    while True:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if attempts_left == 0:
                raise
            attempts_left -= 1
            time.sleep(0.01)


def _cut_torn_line(handle: Any) -> None:
    size = handle.seek(0, os.SEEK_END)
    if size == 0:
        return
    handle.seek(size - 1)
    if handle.read(1) == b"\n":
        return
    step = 1 << 16
    end = size
    while end > 0:
        start = max(0, end - step)
        handle.seek(start)
        newline = handle.read(end - start).rfind(b"\n")
        if newline >= 0:
            handle.truncate(start + newline + 1)
            return
        end = start
    handle.truncate(0)


def sync_folder(folder: Path) -> None:
    """Make a new folder entry durable. Windows has no such call and needs none."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
