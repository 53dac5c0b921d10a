"""A frozen study, as it lies in its folder.

data/studies/<id>/
  manifest.json     design, conditions, every item with its condition and provenance, every trial; never changes
  images/<item>.png what raters see; names are random, all of one length
  access.json       the link's token, invitations, and whether the study takes votes
  votes.jsonl       the journal of votes (core.studies.journal)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from core.errors import ConfigError, NotFoundError
from core.files import read_json
from core.studies.design import StudyDesign
from core.studies.errors import StudyError
from core.studies.trials import Trial, TrialRole, single_trials
from core.workspace import Workspace

FORMAT = 2  # of manifest.json; a reader refuses a newer one, and reads older ones


ConditionRole = Literal["competes", "reference", "attention"]


@dataclass(frozen=True)
class Item:
    """One picture of a study. Nothing of it but the pixels may reach a rater's browser."""

    id: str
    condition: str
    sha256: str  # of the PNG file
    provenance: dict[str, Any]
    measures: dict[str, float] = field(default_factory=dict)  # brightness, contrast, sharpness, colourfulness


@dataclass(frozen=True)
class Condition:
    """A group of pictures: what competes, or what the study needs besides."""

    id: str  # "generated-1", "real-1", ...
    kind: str  # "generated", "preset", "real", "restyled", "noise"
    label: str  # for the owner
    count: int  # pictures that are judged
    source: dict[str, Any]
    notes: tuple[str, ...] = ()
    role: ConditionRole = "competes"  # "reference": stands beside what is judged; "attention": obvious fakes

    @property
    def is_real(self) -> bool:
        return self.kind == "real"


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
        every = [Condition(**{**entry, "notes": tuple(entry["notes"])}) for entry in manifest["conditions"]]
        self.conditions = [condition for condition in every if condition.role == "competes"]
        self.items = {entry["id"]: Item(**entry) for entry in manifest["items"]}
        trials = manifest.get("trials")  # format 1 had none: every picture was one
        listed = [Trial(**{**t, "items": tuple(t["items"])}) for t in trials] if trials else _single(self.items)
        self.trials = {trial.id: trial for trial in listed}
        self._conditions = {condition.id: condition for condition in every}

    @cached_property
    def main_trials(self) -> tuple[str, ...]:
        """The ids of the trials that count, in the order of the manifest, which is random."""
        return self.trials_of("main")

    def trials_of(self, role: TrialRole) -> tuple[str, ...]:
        return tuple(trial.id for trial in self.trials.values() if trial.role == role)

    def condition_of(self, item_id: str) -> Condition:
        """Of a picture, also of one that does not compete."""
        return self._conditions[self.items[item_id].condition]

    @cached_property
    def total_per_rater(self) -> int:
        """How many trials that count one rater answers."""
        available = len(self.main_trials)
        if self.design.exposure == "staircase":  # a rater judges one model's pictures and as many real ones
            available = min(available, min(len(arm) for arm in self.arms))
        return min(self.design.items_per_rater or available, available)

    @cached_property
    def total_shown(self) -> int:
        """How many trials one rater sees in all: practice, attention items and repeats too."""
        design = self.design
        practice = min(design.practice, len(self.trials_of("practice")))
        attention = min(design.attention, len(self.trials_of("attention")))
        return practice + self.total_per_rater + attention + min(design.repeats, self.total_per_rater)

    @cached_property
    def arms(self) -> tuple[tuple[str, ...], ...]:
        """The sets of main trials of which one rater is given one. Timed exposure has one for every model that
        competes, its pictures and as many real ones, as in HYPE; all else has a single one with everything."""
        if self.design.exposure != "staircase":
            return (self.main_trials,)
        real = [trial for trial in self.main_trials if self.condition_of(trial).is_real]
        arms = []
        for condition in self.conditions:
            if not condition.is_real:
                made = [trial for trial in self.main_trials if self.items[trial].condition == condition.id]
                arms.append((*made, *real[: len(made)]))
        return tuple(arms)

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


def _single(items: Mapping[str, Item]) -> list[Trial]:
    return single_trials(list(items), "main")
