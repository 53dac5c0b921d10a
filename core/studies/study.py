"""A frozen study, as it lies in its folder.

data/studies/<id>/
  manifest.json     design, conditions, and every item with its condition and provenance; never changes
  images/<item>.png what raters see; names are random
  access.json       the link's token, and whether the study takes votes
  votes.jsonl       the journal of votes (core.studies.journal)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.errors import ConfigError, NotFoundError
from core.files import read_json
from core.studies.design import StudyDesign
from core.studies.errors import StudyError
from core.workspace import Workspace

FORMAT = 1  # of manifest.json; a reader refuses a newer one


@dataclass(frozen=True)
class Item:
    """One picture of a study. Only `id` may reach a rater's browser."""

    id: str
    condition: str
    sha256: str  # of the PNG file
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """What competes: one generator at one epoch, or the real pictures."""

    id: str  # "generated-1", "real-1", ...
    kind: str  # "generated", "real"
    label: str  # for the owner
    count: int
    source: dict[str, Any]
    notes: tuple[str, ...] = ()


class Study:
    """Reads a study folder.

    Raises: StudyError if the manifest is missing or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        manifest = read_json(path / "manifest.json")
        if manifest is None:
            raise StudyError(
                f"The folder {path.name} holds no manifest.json, so it is not a study. Remove or restore it."
            )
        if manifest["format"] > FORMAT:
            raise StudyError(
                f"The study {path.name} has format {manifest['format']}, but this version reads up to {FORMAT}. "
                "Update Atelier."
            )
        self.manifest: dict[str, Any] = manifest
        self.id: str = manifest["id"]
        self.title: str = manifest["title"]
        self.created: str = manifest["created"]  # ISO 8601, UTC
        self.design = StudyDesign.from_json(manifest["design"])
        self.conditions = [Condition(**{**entry, "notes": tuple(entry["notes"])}) for entry in manifest["conditions"]]
        self.items = {entry["id"]: Item(**entry) for entry in manifest["items"]}

    @cached_property
    def total_per_rater(self) -> int:
        """How many pictures one rater answers."""
        return min(self.design.items_per_rater or len(self.items), len(self.items))

    @property
    def display_size(self) -> tuple[int, int]:
        """(width, height) of every frozen picture, in pixels."""
        return self.manifest["display"]["width"], self.manifest["display"]["height"]

    def picture(self, item_id: str) -> bytes:
        """The PNG of an item. Raises NotFoundError for an unknown id, which therefore cannot name another file."""
        if item_id not in self.items:
            raise NotFoundError("picture", item_id, ["those in the manifest of the study"])
        return (self.path / "images" / f"{item_id}.png").read_bytes()


def open_study(workspace: Workspace, study_id: str) -> Study:
    """Raises: NotFoundError if there is no such study."""
    try:
        path = workspace.study(study_id)
    except ConfigError:
        raise NotFoundError("study", study_id, [folder.name for folder in study_folders(workspace)]) from None
    if not (path / "manifest.json").is_file():
        raise NotFoundError("study", study_id, [folder.name for folder in study_folders(workspace)])
    return Study(path)


def list_studies(workspace: Workspace) -> list[Study]:
    """All studies, newest first."""
    return sorted(map(Study, study_folders(workspace)), key=lambda study: (study.created, study.id), reverse=True)


def study_folders(workspace: Workspace) -> Iterator[Path]:
    """The folders that hold a complete study."""
    if not workspace.studies.is_dir():
        return
    for folder in sorted(workspace.studies.iterdir()):
        if not folder.name.startswith(".") and (folder / "manifest.json").is_file():
            yield folder
