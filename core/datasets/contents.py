"""Contents: what a built dataset holds, to look into. Reads as little as it can: a pack may have a million rows.

index.json has a row a line, the pictures as they are before their copies. Only the lines of the pictures are read,
once; copies repeat what they say. Pixels come from a memory map, a page at a time.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.pack import INDEX, PackError, open_images, read_manifest

LABELS = ("artist", "style", "genre", "tags", "collections")
_MENDING = "Build the dataset again, or copy the folder anew from where it came."


@dataclass(frozen=True, slots=True)
class Picture:
    """One kept picture, as index.json tells of it."""

    sha256: str
    artwork: str
    title: str
    split: str  # "train" or "test"
    labels: tuple[tuple[str, ...], ...]  # in the order of LABELS; () where it has none


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the pack."""

    number: int
    picture: Picture
    copy: str  # "" for the picture as it is


class Contents:
    """Raises: PackError where the index cannot be read or does not belong to the manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self.counts: dict[str, Any] = self.manifest["counts"]
        self.pictures = self._read_pictures()

    @cached_property
    def train(self) -> NDArray[np.int64]:
        """Rows of pictures that are trained on, as they are."""
        return np.flatnonzero([picture.split == "train" for picture in self.pictures])

    @cached_property
    def test(self) -> NDArray[np.int64]:
        """Rows of pictures held out."""
        return np.flatnonzero([picture.split == "test" for picture in self.pictures])

    @property
    def copies(self) -> NDArray[np.int64]:
        """Rows of copies."""
        return np.arange(len(self.pictures), self.counts["rows"])

    def row(self, number: int) -> Row:
        """Copies stand behind the pictures, kind by kind, each in the order of the training pictures."""
        if number < len(self.pictures):
            return Row(number, self.pictures[number], "")
        kind, place = divmod(number - len(self.pictures), len(self.train))
        return Row(number, self.pictures[self.train[place]], self.copy_kinds[kind])

    @cached_property
    def copy_kinds(self) -> tuple[str, ...]:
        """Names of the copies in the order of their rows, from the first line of each kind."""
        if not self.counts["copies"]:
            return ()
        lines = _lines(self.folder / INDEX)
        firsts = range(len(self.pictures), len(lines), len(self.train))
        return tuple(str(json.loads(lines[number])["copy"]) for number in firsts)

    @property
    def dropped(self) -> list[dict[str, Any]]:
        """What the manifest tells of each picture that was left out: sha256, artwork, artist, reason, detail, ..."""
        return list(self.manifest.get("dropped", ()))

    def pixels(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """(N, H, W, 3). Raises PackError."""
        images = open_images(self.folder, self.manifest)
        return np.stack([images[row] for row in rows]) if len(rows) else images[:0]

    def count_labels(self, label: str) -> list[tuple[str, int]]:
        """The values of one of LABELS with the kept pictures that have them, the most frequent first; "" for none."""
        place = LABELS.index(label)
        counts = Counter(value for picture in self.pictures for value in picture.labels[place] or ("",))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    @cached_property
    def bytes_on_disk(self) -> int:
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def _read_pictures(self) -> list[Picture]:
        try:
            lines = _lines(self.folder / INDEX)
            pictures = [_picture(json.loads(line)) for line in lines[: self.counts["kept"]]]
        except OSError as error:
            raise PackError(f"Dataset {self.folder.name} lacks the file {INDEX}. {_MENDING}") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PackError(f"Dataset {self.folder.name}: {INDEX} is damaged ({error}). {_MENDING}") from error
        if len(lines) != self.counts["rows"]:
            raise PackError(
                f"Dataset {self.folder.name}: {len(lines)} index rows for {self.counts['rows']} rows. {_MENDING}"
            )
        return pictures


def _lines(path: Path) -> list[bytes]:
    """The rows as bytes. A file that was written in another layout is taken apart and put together again."""
    data = path.read_bytes()
    if data.startswith(b"[\n{"):
        return [line.rstrip(b",") for line in data.splitlines()[1:-1]]
    return [json.dumps(row).encode() for row in json.loads(data)]


def _picture(row: dict[str, Any]) -> Picture:
    """Older packs tell of the artist only."""
    values = (row.get(label) or () for label in LABELS)
    labels = tuple((value,) if isinstance(value, str) else tuple(map(str, value)) for value in values)
    return Picture(str(row["sha256"]), str(row["artwork"]), str(row.get("title", "")), str(row["split"]), labels)
