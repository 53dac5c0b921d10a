"""Conditions whose pictures are files: a folder of them, or pictures that this lab made and kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError, ConfigError
from core.studies.conditions import Pictures, Shape, check_count
from core.studies.errors import StudyError
from core.workspace import Workspace

if TYPE_CHECKING:
    from PIL import Image

LARGEST_SIDE = 512  # pixels; such pictures are shown no larger when nothing else sets the size


@dataclass(frozen=True)
class FolderPictures:
    """Pictures from a folder: another program's, scans. Taken in the order of their names."""

    folder: str
    name: str  # what the owner calls them
    count: int
    kind: ClassVar[str] = "restyled"
    follows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count(self.count)

    @property
    def label(self) -> str:
        return self.name or Path(self.folder).name

    def words(self) -> list[str]:
        return [self.label]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def more(self, count: int) -> "FolderPictures":
        return replace(self, count=self.count + count)

    def draw(self, workspace: Workspace, shape: Shape | None) -> Pictures:
        """Raises: StudyError for a folder without readable pictures."""
        from core.images import read_image

        folder = Path(self.folder).expanduser()
        files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        pictures: list[Image.Image] = []
        provenance: list[dict[str, Any]] = []
        refused: list[str] = []
        for path in files:
            if len(pictures) == self.count:
                break
            try:
                pictures.append(read_image(path, at_least=LARGEST_SIDE).convert("RGB"))
                provenance.append({"file": path.name})
            except AtelierError as error:
                refused.append(f"{path.name}: {error}")
        if not pictures:
            raise StudyError(
                f"Found no picture in {folder}"
                + (f" ({refused[0]})" if refused else "")
                + ". Give a folder with JPEG, PNG or WebP files."
            )
        notes = []
        if len(pictures) < self.count:
            notes.append(f"{self.count} pictures were asked for, but {folder.name} holds {len(pictures)} to show.")
        if refused:
            notes.append(f"{len(refused)} files of {folder.name} were left out, the first one: {refused[0]}")
        images, cut = _fitted(pictures, shape, folder.name)
        return Pictures(images, provenance, (*notes, *cut))


@dataclass(frozen=True)
class GalleryPictures:
    """Pictures that this lab made and kept: restyled ones, upscaled ones. In the order in which they were chosen."""

    hashes: tuple[str, ...]  # SHA-256 in the gallery
    name: str  # what the owner calls them
    asked: int = 0  # how many a study wants; 0: all of them
    kind: ClassVar[str] = "restyled"
    follows: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.hashes:
            raise ConfigError("No picture of the gallery was chosen, so nothing of it can compete.")

    @property
    def count(self) -> int:
        return self.asked or len(self.hashes)

    @property
    def label(self) -> str:
        return self.name or "Made here"

    def words(self) -> list[str]:
        return [self.label]

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"hashes": list(self.hashes)}

    def more(self, count: int) -> "GalleryPictures":
        return replace(self, asked=self.count + count)

    def draw(self, workspace: Workspace, shape: Shape | None) -> Pictures:
        """Raises: StudyError if none of them is there any more."""
        from core.images import read_image
        from core.pictures.chosen import ChosenPicture, file_of

        pictures: list[Image.Image] = []
        provenance: list[dict[str, Any]] = []
        gone = 0
        for sha256 in self.hashes[: self.count]:
            try:
                path = file_of(workspace, ChosenPicture(sha256=sha256))
                pictures.append(read_image(path, at_least=LARGEST_SIDE))
                provenance.append({"sha256": sha256})
            except AtelierError:
                gone += 1
        if not pictures:
            raise StudyError(
                f"None of the pictures called {self.label} is in this lab any more. Choose others in the gallery."
            )
        notes = []
        if len(pictures) < self.count:
            why = f", and {gone} of them {'is' if gone == 1 else 'are'} gone" if gone else ""
            notes.append(f"{self.count} pictures of {self.label} were asked for; {len(self.hashes)} were chosen{why}.")
        images, cut = _fitted(pictures, shape, self.label)
        return Pictures(images, provenance, (*notes, *cut))


def _fitted(
    pictures: "Sequence[Image.Image]", shape: Shape | None, name: str
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """All in one shape, what stands over on two sides cut off, and what the owner should know of that.

    Args:
        shape: (height, width); None: square, as large as the smallest of them, up to LARGEST_SIDE.
    """
    from PIL import Image, ImageOps

    if shape is None:
        side = min(LARGEST_SIDE, *(min(picture.size) for picture in pictures))
        shape = side, side
    cut = sum(picture.width * shape[0] != picture.height * shape[1] for picture in pictures)
    notes = (f"{cut} pictures of {name} were cut to {shape[1]}×{shape[0]} pixels, their middle kept.",) if cut else ()
    size = shape[1], shape[0]
    return np.stack([np.asarray(ImageOps.fit(p, size, Image.Resampling.LANCZOS)) for p in pictures]), notes
