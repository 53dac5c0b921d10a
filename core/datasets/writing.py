"""Writing a pack: the rows of a plan from the spool, in order and hashed on the way, the index and the manifest.

Nothing is held that grows with the rows: pixels go a few megabytes at a time from one file to another, and the index is
written line by line.
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.datasets.crew import open_crew
from core.datasets.pack import IMAGES, INDEX, MANIFEST
from core.datasets.plan import FORMAT_VERSION, Plan, Verdict, picture_labels
from core.datasets.recipe import COPIES
from core.datasets.spool import Spool
from core.datasets.taking import CopyRows, write_at
from core.errors import AtelierError
from core.files import replacing, write_json

_BLOCK_BYTES = 1 << 20  # of pixels at a time
_MANY_DRAWN = 4096  # drawn copies from which processes are worth their start: each loads torch, which takes seconds


class BuildStoppedError(AtelierError):
    """The build was asked to stop. No dataset was made; what was decoded is kept, and the next try goes on there."""


class Progress(Protocol):
    def __call__(self, done: int, total: int, *, message: str, unit: str = "pictures") -> None: ...


def write_pack(
    folder: Path,
    planned: Plan,
    spool: Spool,
    about: dict[str, Any],
    report: Progress,
    stop_requested: Callable[[], bool],
    *,
    processes: int | None = None,
) -> dict[str, Any]:
    """Fill a new folder with a pack, durably; return its manifest.

    Args:
        about: id, name and selection.
    Raises: BuildStoppedError, CrewError, OSError.
    """
    shutil.rmtree(folder, ignore_errors=True)  # of a build that was killed here: rows are made in seconds
    folder.mkdir()
    kept, recipe = planned.kept, planned.recipe
    shape = (planned.counts.rows, *recipe.shape, 3)
    pixels_hash = _Images(folder / IMAGES, shape, planned, spool, report, stop_requested).write(processes)
    index_hash = _write_index(folder / INDEX, planned)
    manifest = {
        "format": FORMAT_VERSION,
        "id": about["id"],
        "name": about["name"],
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "content_hash": planned.content_hash(),
        "recipe": recipe.to_json(),
        "recipe_in_words": recipe.in_words(),
        "selection": about["selection"],
        "counts": asdict(planned.counts),
        "artists": _artists(kept),
        "labelled": _labelled(kept),
        "synthetic": sum(verdict.picture.synthetic for verdict in kept),  # pictures drawn by a program
        "images": {"shape": list(shape), "dtype": "uint8", "sha256": pixels_hash},
        "index": {"sha256": index_hash, "labels_sha256": planned.labels_hash()},
        "dropped": [_dropped_row(verdict) for verdict in planned.dropped],
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


class _Images:
    """images.npy in the making: first every kept picture as it is, then the copies of the training ones, by kind."""

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        planned: Plan,
        spool: Spool,
        report: Progress,
        stop_requested: Callable[[], bool],
    ) -> None:
        self.path, self.shape, self.planned, self.spool = path, shape, planned, spool
        self.report, self.stop_requested = report, stop_requested
        self.digest = hashlib.sha256()
        self.rows_at_once = max(1, _BLOCK_BYTES // spool.picture_bytes)

    def write(self, processes: int | None) -> str:
        """Returns the SHA-256 of the pixels."""
        sheet = np.lib.format.open_memmap(self.path, mode="w+", dtype=np.uint8, shape=self.shape)
        self.begin: int = sheet.offset  # bytes of the header
        del sheet  # written as a file: of a memory map every page would count as memory
        self._write_pictures()
        if self.planned.counts.copies:
            self._write_copies(processes)
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        return self.digest.hexdigest()

    def _write_pictures(self) -> None:
        kept = self.planned.kept
        for start in range(0, len(kept), self.rows_at_once):
            block = kept[start : start + self.rows_at_once]
            pixels = self.spool.read([self.spool.slots[verdict.picture.sha256] for verdict in block])
            data = pixels.tobytes()
            self.digest.update(data)
            write_at(self.path, self._offset(start), data)
            self._say(start + len(block))

    def _write_copies(self, processes: int | None) -> None:
        recipe, row = self.planned.recipe, len(self.planned.kept)
        few = self.planned.counts.copies < _MANY_DRAWN or not any(drawn not in COPIES for drawn in recipe.row_copies)
        with (
            open_crew(
                self.planned.counts.copies,
                recipe=recipe,
                spool=self.spool.pixels_path,
                images=self.path,
                processes=0 if few and processes is None else processes,
            ) as crew,
            self.path.open("rb", buffering=0) as file,
            contextlib.closing(crew.copy(self._copies())) as copying,
        ):
            for rows in copying:  # in their order, and still in the system's memory
                file.seek(rows.offset)
                self.digest.update(file.read(len(rows.slots) * self.spool.picture_bytes))
                row += len(rows.slots)
                self._say(row)
            assert row == self.shape[0], recipe.row_copies

    def _copies(self) -> Iterator[CopyRows]:
        names = [verdict.picture.sha256 for verdict in self.planned.kept if verdict.split == "train"]
        row = len(self.planned.kept)
        for copy in self.planned.recipe.row_copies:
            for start in range(0, len(names), self.rows_at_once):
                block = names[start : start + self.rows_at_once]
                yield CopyRows(copy, self._offset(row), [self.spool.slots[name] for name in block], block)
                row += len(block)

    def _offset(self, row: int) -> int:
        return self.begin + row * self.spool.picture_bytes

    def _say(self, done: int) -> None:
        if self.stop_requested():
            raise BuildStoppedError("Stopped while writing the rows. The pictures are kept: resuming writes them anew.")
        # Never as many as there are before the dataset is there: see the count of pictures.
        self.report(min(done, self.shape[0] - 1), self.shape[0], message="Writing the rows", unit="rows")


def _write_index(path: Path, planned: Plan) -> str:
    """Write index.json, a row a line; return its SHA-256."""
    digest = hashlib.sha256()
    with replacing(path) as temporary, temporary.open("wb") as file:
        for number, row in enumerate(_index(planned)):
            line = (b",\n" if number else b"[\n") + json.dumps(row, ensure_ascii=False).encode()
            digest.update(line)
            file.write(line)
        digest.update(b"\n]\n")
        file.write(b"\n]\n")
    return digest.hexdigest()


def _index(planned: Plan) -> Iterator[dict[str, Any]]:
    """One object per row: first every picture as it is, then the copies of the training pictures, kind by kind."""
    kept = planned.kept
    for verdict in kept:
        yield _row(verdict, "")
    for copy in planned.recipe.row_copies:
        for verdict in kept:
            if verdict.split == "train":
                yield _row(verdict, copy)


def _row(verdict: Verdict, copy: str) -> dict[str, Any]:
    picture = verdict.picture
    return {
        "sha256": picture.sha256,
        "artwork": picture.artwork_id,
        "title": picture.title,
        **picture_labels(picture),
        "copy": copy,
        "split": verdict.split,
    }


def _dropped_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "sha256": verdict.picture.sha256,
        "artwork": verdict.picture.artwork_id,
        "artist": verdict.picture.artist,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "cut_share": round(verdict.cut_share, 4),
        "deviation": None if np.isnan(verdict.deviation) else verdict.deviation,
    }


def _artists(kept: Sequence[Verdict]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for verdict in kept:
        artist = verdict.picture.artist or "unknown"
        counts[artist] = counts.get(artist, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _labelled(kept: Sequence[Verdict]) -> dict[str, int]:
    """Kind of label -> kept pictures that have one."""
    counts: dict[str, int] = {}
    for verdict in kept:
        for name, value in picture_labels(verdict.picture).items():
            counts[name] = counts.get(name, 0) + bool(value)
    return counts
