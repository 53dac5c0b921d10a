"""Where a picture went: the datasets that hold it, and the runs that were trained on those."""

from dataclasses import dataclass
from pathlib import Path

from core.datasets.listing import list_datasets
from core.datasets.pack import INDEX
from core.jobs.folder import JobFolder
from core.workspace import Workspace


@dataclass(frozen=True)
class RunUse:
    id: str
    title: str


@dataclass(frozen=True)
class DatasetUse:
    id: str
    names: tuple[str, ...]
    rows: int  # of the pack: the picture and its copies
    runs: tuple[RunUse, ...]  # trained on it, the newest first


def uses_of(workspace: Workspace, sha256: str) -> list[DatasetUse]:
    """The newest dataset first. The index of each is searched for the hash, not understood: 10 MB take 5 ms."""
    holding = [
        (dataset, rows)
        for dataset in list_datasets(workspace)
        if (rows := _rows(dataset.folder / INDEX, sha256.encode()))
    ]
    if not holding:
        return []
    runs: dict[str, list[RunUse]] = {}
    for path in sorted(_runs(workspace), reverse=True):
        job = JobFolder(path)
        if not job.damage:
            runs.setdefault(str(job.settings.get("dataset_id", "")), []).append(RunUse(job.id, job.title))
    return [DatasetUse(held.id, held.names, rows, tuple(runs.get(held.id, ()))) for held, rows in holding]


def _rows(index: Path, name: bytes) -> int:
    try:
        return index.read_bytes().count(name)
    except OSError:  # the dataset is being deleted
        return 0


def _runs(workspace: Workspace) -> list[Path]:
    if not workspace.checkpoints.is_dir():
        return []
    return [path for path in workspace.checkpoints.iterdir() if (path / "run.json").exists()]
