"""Parts: beginnings of pictures that have arrived, in data/parts/, so that a broken transfer goes on where it was.

A part is one file: a line of JSON that says of what it is the beginning, then the bytes. Its name tells whether a
process is at work on it ("<hash>.<process>.part") or anybody may take it up ("<hash>.part"); taking up is renaming, so
two never write to the same one, and what a killed process leaves behind is free again.
"""

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from core.sources.web.clients import client_name, is_alive

KEPT_SECONDS = 14 * 86_400.0
WRITTEN_AFTER_BYTES = 262_144  # a picture smaller than this, and quick, never touches the disk as a part
WRITTEN_AFTER_SECONDS = 1.0

_NUMBERS = itertools.count(1)


class Part:
    """What has arrived of one picture. Used by one thread."""

    def __init__(self, url: str, free: Path, owned: Path) -> None:
        self.url = url
        self.data = bytearray()
        self.validator = ""  # ETag or Last-Modified: without one, nobody knows whether what follows belongs to this
        self.total: int | None = None  # bytes of the whole picture
        self._free = free
        self._owned = owned
        self._file: BinaryIO | None = None
        self._written = 0  # bytes of `data` that are in the file
        self._write_at = 0.0

    @property
    def can_go_on(self) -> bool:
        return bool(self.data and self.validator) and len(self.data) != self.total

    def begin(self, *, validator: str, total: int | None) -> None:
        """Forget what was there, and begin with another answer."""
        self.remove()
        self.validator = validator
        self.total = total
        self._write_at = time.monotonic() + WRITTEN_AFTER_SECONDS

    def grow(self, piece: bytes) -> None:
        self.data += piece
        unwritten = len(self.data) - self._written
        if self.validator and (unwritten >= WRITTEN_AFTER_BYTES or time.monotonic() >= self._write_at):
            self._write()

    def release(self) -> None:
        """Leave it to whoever asks for this picture next."""
        if not self.can_go_on:
            self.remove()
            return
        self._write()
        if self._file is not None:
            self._file.close()
            self._file = None
            self._owned.replace(self._free)

    def remove(self) -> None:
        self.data.clear()
        self._drop_file()

    def take_up(self) -> None:
        """Go on with what is on disk, if there is something."""
        try:
            self._free.replace(self._owned)
        except OSError:
            return
        self._file = self._owned.open("rb+")
        try:
            about = json.loads(self._file.readline())
            if about["url"] != self.url:
                raise ValueError
            self.validator, self.total = str(about["validator"]), about["total"]
        except (ValueError, KeyError, TypeError):  # torn by a kill in its first moment
            self.remove()
            return
        self.data += self._file.read()
        self._written = len(self.data)
        self._write_at = 0.0
        if not self.can_go_on or (self.total is not None and len(self.data) > self.total):
            self.remove()

    def _write(self) -> None:
        try:
            if self._file is None:
                self._owned.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._owned.open("wb")
                about = {"url": self.url, "validator": self.validator, "total": self.total}
                self._file.write(json.dumps(about).encode() + b"\n")
                self._written = 0
            self._file.write(memoryview(self.data)[self._written :])
            self._file.flush()
        except OSError:  # the disk is full: half a piece may be there, behind which nothing must be added
            self._drop_file()
            raise
        self._written = len(self.data)
        self._write_at = time.monotonic() + WRITTEN_AFTER_SECONDS

    def _drop_file(self) -> None:
        self._written = 0
        if self._file is not None:
            with contextlib.suppress(OSError):  # what it still holds back finds no room
                self._file.close()
            self._file = None
            self._owned.unlink(missing_ok=True)


class Parts:
    """The folder of parts. Used from many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = client_name()

    def of(self, url: str) -> Part:
        """What there is of a picture; for this caller alone, who releases or removes it."""
        name = hashlib.sha256(url.encode()).hexdigest()[:40]
        free = self._folder / f"{name}.part"
        part = Part(url, free, self._folder / f"{name}.{self._client.replace(':', '-')}-{next(_NUMBERS)}.part")
        part.take_up()
        return part

    def tidy(self, alive: Callable[[str], bool] = is_alive) -> None:
        """Free what killed processes left, and remove what nobody took up for days."""
        for path in self._folder.glob("*.part"):
            name, *owner = path.name.removesuffix(".part").split(".")
            with contextlib.suppress(OSError):  # another process tidies up too
                if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                    path.unlink()
                elif owner and not alive(owner[0].rpartition("-")[0].replace("-", ":")):
                    path.replace(self._folder / f"{name}.part")
