"""Spool: fitted pictures on their way into a pack, and a record on the disk of which are there.

A build decodes pictures before it can know which of them are kept, and in which rows. So each is put into a place of
its own, in the order of their hashes; once all are there, rows are made of them. What the record tells has reached the
disk before it does: a build goes on after a stop, a kill or a power cut with what is there.
"""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.datasets.fit import Pixels
from core.datasets.recipe import Recipe
from core.datasets.taking import read_rows
from core.files import JsonLines

_VERSION = 1  # raised when what is in a spool changes
_SYNC_SECONDS = 3.0  # what a kill may cost


class Spool:
    """Fitted pictures by hash. One process at a time; its crew writes pixels to `pixels_path` by itself."""

    def __init__(self, folder: Path, names: Sequence[str], recipe: Recipe) -> None:
        """
        Args:
            names: hashes, sorted, each once.
        """
        self.folder = folder
        self.pixels_path = folder / "pixels.bin"
        self._names = names
        self._shape = recipe.shape
        self._record = JsonLines(folder / "done.jsonl")
        self.slots = {name: slot for slot, name in enumerate(names)}
        self._done = np.zeros(len(names), bool)
        self._unrecorded: list[int] = []
        self._synced = time.monotonic()
        self._file: BinaryIO | None = None

    def open(self) -> "Spool":
        """Make the files, or read what is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pixels_path.touch()
        self._file = self.pixels_path.open("r+b")
        self._file.truncate(len(self._names) * self.picture_bytes)  # sparse: what is not fitted takes no space
        for row, _ in self._record.follow():
            self._done[row["slots"]] = True
        return self

    @property
    def is_open(self) -> bool:
        return self._file is not None

    @property
    def picture_bytes(self) -> int:
        return 3 * self._shape[0] * self._shape[1]

    def holds(self, name: str) -> bool:
        return bool(self._done[self.slots[name]])

    @property
    def count(self) -> int:
        return int(self._done.sum())

    def note(self, slots: Sequence[int]) -> None:
        """These have been written. Every few seconds the disk is waited for, and they are recorded."""
        self._done[list(slots)] = True
        self._unrecorded += slots
        if time.monotonic() - self._synced >= _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        if self._unrecorded and self._file is not None:
            os.fsync(self._file.fileno())
            self._record.append({"slots": self._unrecorded}, durable=True)
            self._unrecorded = []
        self._synced = time.monotonic()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self, slots: Sequence[int]) -> Pixels:
        return read_rows(self.pixels_path, slots, self._shape)


def spool_key(names: Sequence[str], recipe: Recipe, pixels_version: int) -> str:
    """The same for whatever makes the same fitted pictures: thresholds, copies and the split may differ."""
    padding = recipe.pad_colour if recipe.fit == "pad" else ""
    digest = hashlib.sha256(json.dumps([_VERSION, pixels_version, recipe.shape, recipe.fit, padding]).encode())
    for name in names:
        digest.update(name.encode())
    return digest.hexdigest()[:16]
