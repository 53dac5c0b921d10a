"""Which picture somebody chose, in words that survive a job, a restart and a file: by its content, or by its place.

Every picture of the lab, collected, uploaded, drawn or made here, lies in one store under the SHA-256 of its bytes, so
that hash is all that a request needs. A path is for the command line, where nothing is kept.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from core.errors import AtelierError, ConfigError
from core.images import ImageFacts, read_image
from core.json_fields import fields, text, whole_or_none
from core.pictures.store import PictureStore
from core.workspace import Workspace

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PictureGoneError(AtelierError):
    """A picture that was chosen is no longer there."""


@dataclass(frozen=True)
class ChosenPicture:
    """One picture. `run` with its epoch, seed and index tells where a sample of a trained model came from."""

    path: str = ""
    sha256: str = ""  # of the file's bytes, in the lab's store
    run: str = ""
    epoch: int | None = None
    seed: int | None = None
    index: int | None = None
    label: str = ""  # how people know it

    def __post_init__(self) -> None:
        if not (self.path or self.sha256 or self.run or self.label):
            raise ConfigError("A picture needs a file, a SHA-256 or a run; got nothing. Choose a picture.")
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise ConfigError(f"A SHA-256 has 64 hexadecimal digits; got {self.sha256[:80]!r}.")
        if self.run and (self.seed is None or self.index is None):
            raise ConfigError(f"A sample of {self.run!r} needs its seed and index; choose it in the gallery.")

    def for_file(self) -> "ChosenPicture":
        """Without its place on this machine; its label then is at least the file's name."""
        name = re.split(r"[/\\]", self.path)[-1]
        return replace(self, path="", label=self.label or name)

    @property
    def name(self) -> str:
        """What to call it on a page."""
        return self.for_file().label or self.run or self.sha256[:12]

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value not in ("", None)}

    @classmethod
    def from_json(cls, value: Any) -> "ChosenPicture":
        """Raises: ConfigError."""
        found = fields(value, "picture")
        return cls(
            path=text(found, "path"),
            sha256=text(found, "sha256"),
            run=text(found, "run"),
            epoch=whole_or_none(found, "epoch"),
            seed=whole_or_none(found, "seed"),
            index=whole_or_none(found, "index"),
            label=text(found, "label"),
        )


def keep_picture(workspace: Workspace, data: bytes, **described: Any) -> ChosenPicture:
    """Put a picture that was uploaded, fetched, drawn or sampled into the store, where jobs find it.

    Args:
        data: a file's bytes.
        described: the other fields of ChosenPicture: label, run, epoch, seed, index.
    Raises: core.images.ImageError if it is refused; nothing is stored then.
    """
    store = PictureStore(workspace)
    kept = store.keep(data)
    store.sync()
    return ChosenPicture(sha256=kept.facts.sha256, **described)


def facts_of(workspace: Workspace, chosen: ChosenPicture) -> ImageFacts:
    """Size, hashes and palette of a picture of the store. Raises: PictureGoneError."""
    found = PictureStore(workspace).known(chosen.sha256) if chosen.sha256 else None
    if found is None:
        raise PictureGoneError(f"{chosen.name} is not in this lab. Choose the picture again.")
    return found


def file_of(workspace: Workspace, chosen: ChosenPicture) -> Path:
    """Where its original bytes lie. Raises: PictureGoneError."""
    if chosen.sha256:
        return workspace.image(chosen.sha256, facts_of(workspace, chosen).suffix)
    path = Path(chosen.path) if chosen.path else None
    if path is None or not path.is_file():
        raise PictureGoneError(f"There is no file {chosen.path or chosen.name}. Choose the picture again.")
    return path


def open_chosen(workspace: Workspace, chosen: ChosenPicture) -> Image.Image:
    """Upright, sRGB, mode RGB. Raises: PictureGoneError, core.images.ImageError."""
    return read_image(file_of(workspace, chosen))
