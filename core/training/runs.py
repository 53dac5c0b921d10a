"""Creating and listing training runs. Loads no torch: a page offers this before anything has to compute."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.datasets.pack import open_pack
from core.errors import AtelierError, ConfigError, NotFoundError
from core.files import new_id
from core.jobs.control import create
from core.jobs.folder import JobFolder
from core.models.zoo import find_preset
from core.training.run_folder import RunFolder
from core.training.settings import configure
from core.workspace import Workspace

_FEWEST_PICTURES = 8
_MOST_EPOCHS = 1_000_000


class DatasetTooSmallError(AtelierError):
    def __init__(self, found: int, needed: int) -> None:
        super().__init__(
            f"Found {found} pictures to train on in this dataset, but training needs {needed} at least. "
            "Add pictures to the selection, or drop fewer, and build it again."
        )


@dataclass(frozen=True)
class RunSummary:
    id: str
    title: str
    preset: str
    dataset_id: str
    dataset_name: str
    state: str
    epoch: int  # the newest whole epoch trained
    epochs: int  # planned
    images_seen: int
    created: float  # seconds since 1970


def plan_run(
    workspace: Workspace, preset: str, dataset_id: str, epochs: int, overrides: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The settings that a run would have, checked; nothing is written.

    Raises: NotFoundError, PackError, ConfigError, DatasetTooSmallError.
    """
    found = find_preset(preset)
    if not 1 <= epochs <= _MOST_EPOCHS:
        raise ConfigError(f"A run has between 1 and {_MOST_EPOCHS:,} epochs; got {epochs}.")
    pack = open_pack(workspace.dataset(dataset_id))
    if len(pack.train) < _FEWEST_PICTURES:
        raise DatasetTooSmallError(len(pack.train), _FEWEST_PICTURES)
    chosen = dict(overrides or {})
    device = str(chosen.pop("device", "auto"))
    network, training = configure(found, pack.resolution, chosen)
    return {
        "preset": found.name,
        "family": found.family,
        "architecture": found.architecture,
        "network": dataclasses.asdict(network),
        "training": dataclasses.asdict(training),
        "dataset_id": dataset_id,
        "dataset_name": pack.name,
        "dataset_hash": pack.content_hash,
        "train_count": len(pack.train),
        "test_count": len(pack.test),
        "epochs": epochs,
        "seed": training.seed,
        "device": device,
    }


def create_run(
    workspace: Workspace, preset: str, dataset_id: str, epochs: int, overrides: Mapping[str, Any] | None = None
) -> str:
    """Make the run folder with its request and return the run's id; core.jobs.control.start begins it.

    Args:
        epochs: passes over the dataset's training pictures.
        overrides: network and training settings by name, as values or as text; "device" too.
    Raises: as plan_run.
    """
    settings = plan_run(workspace, preset, dataset_id, epochs, overrides)
    run_id = new_id(preset)
    title = f"{find_preset(preset).title} on {settings['dataset_name']}"
    create(workspace, "train", settings, title=title, folder=workspace.run(run_id))
    return run_id


def list_runs(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first. A folder whose request cannot be read is left out."""
    if not workspace.checkpoints.is_dir():
        return []
    jobs = [JobFolder(path) for path in workspace.checkpoints.iterdir() if (path / "run.json").exists()]
    return sorted((_summary(job) for job in jobs if not job.damage), key=lambda run: run.created, reverse=True)


def find_run(workspace: Workspace, run_id: str) -> RunFolder:
    """Raises NotFoundError naming the runs there are."""
    path = workspace.run(run_id)
    if not (path / "run.json").exists():
        raise NotFoundError("run", run_id, [run.id for run in list_runs(workspace)])
    return RunFolder(path)


def _summary(job: JobFolder) -> RunSummary:
    settings, folder = job.settings, RunFolder(job.path)
    images_seen = folder.images_seen()
    return RunSummary(
        id=job.id,
        title=job.title,
        preset=str(settings.get("preset", "")),
        dataset_id=str(settings.get("dataset_id", "")),
        dataset_name=str(settings.get("dataset_name", "")),
        state=job.state().value,
        epoch=min(images_seen // max(1, int(settings.get("train_count", 1))), int(settings.get("epochs", 0))),
        epochs=int(settings.get("epochs", 0)),
        images_seen=images_seen,
        created=job.created,
    )
