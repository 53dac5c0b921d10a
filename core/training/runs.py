"""Creating and listing training runs. Loads no torch: a page offers this before anything has to compute."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.datasets.conditions import vocabulary
from core.datasets.pack import Pack, open_pack
from core.datasets.recipe import Recipe
from core.errors import AtelierError, ConfigError, NotFoundError
from core.files import new_id
from core.jobs.control import create
from core.jobs.devices import check_count
from core.jobs.folder import JobFolder
from core.models.configs import NetworkConfig, check_range
from core.models.preset import Preset
from core.models.zoo import find_preset
from core.training import starting
from core.training.run_folder import RunFolder
from core.training.settings import configure
from core.training.starting import Start
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
    workspace: Workspace,
    preset: str,
    dataset_id: str,
    epochs: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    images: int | None = None,
    start: Start | None = None,
) -> dict[str, Any]:
    """The settings that a run would have, checked; nothing is written.

    Raises: NotFoundError, PackError, ConfigError, DatasetTooSmallError, ConditionError.
    """
    found = find_preset(preset)
    pack = open_pack(workspace.dataset(dataset_id))
    if (epochs is None) == (images is None):
        raise ConfigError("A run's length is given either in epochs or in images.")
    if images is not None:
        epochs = -(-images // max(1, len(pack.train)))
    assert epochs is not None
    if not 1 <= epochs <= _MOST_EPOCHS:
        raise ConfigError(f"A run has between 1 and {_MOST_EPOCHS:,} epochs; got {epochs:,}.")
    if len(pack.train) < _FEWEST_PICTURES:
        raise DatasetTooSmallError(len(pack.train), _FEWEST_PICTURES)
    chosen = dict(overrides or {})
    device = str(chosen.pop("device", "auto"))
    devices = int(chosen.pop("devices", 1))
    check_range("devices", devices, 1, 64)
    check_count(device, devices)
    network, training = configure(found, pack.resolution, chosen)
    if training.batch_size % devices:
        raise ConfigError(
            f"A batch_size of {training.batch_size} cannot be shared equally by {devices} devices. "
            f"Choose a multiple of {devices}."
        )
    terms: list[dict[str, Any]] = []
    if training.conditions:
        terms = vocabulary(pack, training.conditions, training.terms_at_most).to_json()
    network = _fitted(network, found, pack.images.shape[1:3], len(terms))
    settings = {
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
        "images": images or 0,  # 0: whole epochs
        "terms": terms,
        "steps": training_steps(pack) if training.recipe_steps else [],
        "seed": training.seed,
        "device": device,
        "devices": devices,
    }
    if start is not None:
        settings["start"] = starting.check(workspace, start, settings)
    return settings


def create_run(
    workspace: Workspace,
    preset: str,
    dataset_id: str,
    epochs: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    images: int | None = None,
    start: Start | None = None,
) -> str:
    """Make the run folder with its request and return the run's id; core.jobs.control.start begins it.

    Args:
        epochs: passes over the dataset's training pictures. A branch counts those before it too.
        images: the same length in images, in place of epochs; the last epoch may then be cut short.
        overrides: network and training settings by name, as values or as text; "device" too.
        start: another run to begin with; None for fresh networks.
    Raises: as plan_run.
    """
    settings = plan_run(workspace, preset, dataset_id, epochs, overrides, images=images, start=start)
    run_id = new_id(preset)
    title = f"{find_preset(preset).title} on {settings['dataset_name']}"
    folder = workspace.run(run_id)
    if start is not None:  # first, so that nobody can begin the run without it
        folder.mkdir(parents=True)
        starting.bring(workspace, settings["start"], folder, settings["dataset_hash"])
    create(workspace, "train", settings, title=title, folder=folder)
    return run_id


def training_steps(pack: Pack) -> list[dict[str, Any]]:
    """The steps that the recipe of a dataset has each training draw, as JSON. Raises ConfigError for unknown ones."""
    recipe = pack.manifest.get("recipe")
    return [step.to_json() for step in Recipe.from_json(recipe).training_steps] if recipe else []


def _fitted(network: NetworkConfig, preset: Preset, shape: tuple[int, int], terms: int) -> NetworkConfig:
    """The config for pictures of this (height, width), told by so many terms.

    Raises ConfigError for an architecture that cannot have them.
    """
    names = {field.name for field in dataclasses.fields(network)}
    changes: dict[str, int] = {}
    if terms:
        if "terms" not in names:
            raise ConfigError(
                f"{preset.title} cannot learn by a condition. Use atelier-gan, atelier-vae or atelier-flow for that, "
                "or leave condition empty."
            )
        changes["terms"] = terms
    height, width = shape
    if height != width:
        if not {"height", "breadth"} <= names:
            raise ConfigError(
                f"{preset.title} paints squares, but the pictures of this dataset are {width} by {height}. "
                "Use met-gan, or build the dataset with the aspect 1:1."
            )
        changes |= {"height": height, "breadth": width}
    return dataclasses.replace(network, **changes) if changes else network


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
        epoch=folder.epochs_over(images_seen),
        epochs=int(settings.get("epochs", 0)),
        images_seen=images_seen,
        created=job.created,
    )
