"""What came of a dataset: the runs that trained on it, and the studies that show what they made or its own pictures."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.datasets.listing import Dataset
from core.files import read_json
from core.jobs.folder import JobFolder
from core.studies.study import study_folders
from core.workspace import Workspace


@dataclass(frozen=True)
class RunUse:
    id: str
    title: str
    preset: str
    state: str
    epochs: int  # planned
    created: float  # seconds since 1970
    by_hash: bool  # trained under another id, on the same contents


@dataclass(frozen=True)
class StudyUse:
    id: str
    title: str
    created: str  # UTC, ISO 8601
    runs: tuple[str, ...]  # whose pictures it shows, of those that trained on the dataset
    shows_dataset: bool  # its own held-out pictures


@dataclass(frozen=True)
class Lineage:
    runs: tuple[RunUse, ...]  # the newest first
    studies: tuple[StudyUse, ...]

    def to_json(self) -> dict[str, Any]:
        return {"runs": [asdict(run) for run in self.runs], "studies": [asdict(study) for study in self.studies]}


def lineage(workspace: Workspace, dataset: Dataset) -> Lineage:
    """Runs and studies that cannot be read are left out: their own pages say what is wrong with them."""
    runs = _runs(workspace, dataset)
    own = {run.id for run in runs}
    found = (_study(folder, own, dataset.id) for folder in study_folders(workspace))
    studies = sorted((study for study in found if study), key=lambda study: study.created, reverse=True)
    return Lineage(runs, tuple(studies))


def _runs(workspace: Workspace, dataset: Dataset) -> tuple[RunUse, ...]:
    runs = []
    for path in workspace.checkpoints.glob("*/run.json"):
        job = JobFolder(path.parent)
        if job.damage:
            continue
        settings = job.settings
        by_id = settings.get("dataset_id") == dataset.id
        if by_id or settings.get("dataset_hash") == dataset.content_hash:
            runs.append(
                RunUse(
                    id=job.id,
                    title=job.title,
                    preset=str(settings.get("preset", "")),
                    state=job.state().value,
                    epochs=int(settings.get("epochs") or 0),
                    created=job.created,
                    by_hash=not by_id,
                )
            )
    return tuple(sorted(runs, key=lambda run: run.created, reverse=True))


def _study(folder: Path, runs: set[str], dataset_id: str) -> StudyUse | None:
    try:
        manifest = read_json(folder / "manifest.json")
        named = set(_named(manifest["conditions"])) | {
            (key, item["provenance"].get(key)) for item in manifest["items"] for key in ("run", "dataset")
        }
        shown = tuple(sorted(runs & {str(value) for key, value in named if key in ("run", "run_id")}))
        own = bool({("dataset", dataset_id), ("dataset_id", dataset_id)} & named)
        if not shown and not own:
            return None
        return StudyUse(str(manifest["id"]), str(manifest["title"]), str(manifest["created"]), shown, own)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # a damaged study: the Studies page names it


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """Runs and datasets that a condition's source names, however deep: a restyled one holds another."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key in ("run_id", "dataset_id") and isinstance(entry, str):
                yield key, entry
            else:
                yield from _named(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _named(entry)
