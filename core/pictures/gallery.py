"""The gallery: pictures that this lab made and kept, each with what made it and what it was made of.

The pictures themselves lie in the lab's one store; the gallery is a folder of small JSON files beside it, one per
picture, so that several jobs may keep at once and one damaged file costs one picture its place and nothing else.
"""

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import AtelierError
from core.files import read_json, write_json
from core.pictures.chosen import ChosenPicture, facts_of, keep_picture
from core.workspace import Workspace

WAYS = {"style": "Restyled", "style-sheet": "Contact sheet", "upscale": "Upscaled", "sample": "Sampled"}


class GalleryError(AtelierError):
    """A picture is not in the gallery, or cannot be."""


@dataclass(frozen=True)
class Made:
    """One picture of the gallery."""

    sha256: str
    way: str  # one of WAYS
    title: str  # what people call it; a page escapes it
    label: str  # what made it, in words: an engine's label
    width: int  # pixels
    height: int
    made_at: float  # seconds since 1970
    parents: tuple[ChosenPicture, ...] = ()  # what it was made of, the content first
    request: dict[str, Any] = field(default_factory=dict)  # JSON: enough to make it again
    job: str = ""  # id of the job that made it
    remark: str = ""  # "Stopped at 40 %", and the like

    @property
    def chosen(self) -> ChosenPicture:
        return ChosenPicture(sha256=self.sha256, label=self.title)

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"parents": [parent.for_file().to_json() for parent in self.parents]}

    @classmethod
    def from_json(cls, value: Any) -> "Made":
        """Raises: TypeError, KeyError, AtelierError if the value is not one that to_json gave."""
        parents = tuple(ChosenPicture.from_json(parent) for parent in value["parents"])
        return cls(**{**value, "parents": parents})


class Gallery:
    """Reads the disk at every call, so it is never out of date. Safe to use from several processes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def keep(
        self,
        data: bytes,
        *,
        way: str,
        title: str,
        label: str,
        parents: tuple[ChosenPicture, ...] = (),
        request: dict[str, Any] | None = None,
        job: str = "",
        remark: str = "",
    ) -> Made:
        """Keep a picture that was made. The same bytes again keep their place and get the newer description.

        Args:
            data: a PNG's bytes.
            way: one of WAYS; the others as the fields of Made.
        Raises: core.images.ImageError; GalleryError for an unknown way.
        """
        if way not in WAYS:
            raise GalleryError(f"Pictures are made by {', '.join(WAYS)}; got {way!r}.")
        chosen = keep_picture(self._workspace, data)
        facts = facts_of(self._workspace, chosen)
        made = Made(
            chosen.sha256,
            way,
            title,
            label,
            facts.width,
            facts.height,
            time.time(),
            parents,
            request or {},
            job,
            remark,
        )
        write_json(self._entry(chosen.sha256), made.to_json())
        return made

    def hashes(self) -> list[str]:
        """SHA-256 of every picture, the newest first. One look at the folder: nothing is opened."""
        return [sha256 for sha256, _ in self._dated()]

    def find(self, sha256: str) -> Made | None:
        """None if it is not there, or its file is damaged."""
        try:
            return _read(self._entry(sha256), self._entry(sha256).stat().st_mtime_ns)
        except OSError:
            return None

    def newest(self, count: int | None = None, *, way: str | None = None, offset: int = 0) -> list[Made]:
        """Pictures, the newest first. way: only those made so."""
        read = (_read(self._entry(sha256), changed) for sha256, changed in self._dated())
        shown = (made for made in read if made is not None and (way is None or made.way == way))
        return list(islice(shown, offset, None if count is None else offset + count))

    def counts(self) -> dict[str, int]:
        """How many pictures of each way there are, the ways in the order of WAYS."""
        found = Counter(made.way for made in self.newest())
        return {way: found[way] for way in WAYS if found[way]}

    def remove(self, sha256: str) -> None:
        """Take a picture out. Its bytes stay in the store: the catalog or a job may need them."""
        self._entry(sha256).unlink(missing_ok=True)

    def restore(self, made: Made) -> None:
        """Put a picture back that was taken out, in its old place."""
        entry = self._entry(made.sha256)
        write_json(entry, made.to_json())
        os.utime(entry, (made.made_at, made.made_at))

    def _entry(self, sha256: str) -> Path:
        return self._workspace.gallery_entry(sha256)

    def _dated(self) -> list[tuple[str, int]]:
        """(SHA-256, nanoseconds since 1970 of the last change), the newest first."""
        dated = []
        for entry in self._workspace.gallery.glob("*.json"):  # none if there is no folder yet
            try:
                dated.append((entry.stem, entry.stat().st_mtime_ns))
            except FileNotFoundError:  # removed meanwhile
                continue
        return sorted(dated, key=lambda pair: pair[1], reverse=True)


@lru_cache(maxsize=20_000)
def _read(entry: Path, changed: int) -> Made | None:
    """Remembered for as long as the file stays as it is: a page looks at thousands of them at every click."""
    try:
        return Made.from_json(read_json(entry))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, AtelierError):
        return None
