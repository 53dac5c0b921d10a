"""The datasets of a lab."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.datasets.pack import MANIFEST, PackError, read_manifest
from core.datasets.recipe import Recipe
from core.errors import NotFoundError
from core.files import read_json, write_json
from core.workspace import Workspace

_OTHER_NAMES = "names.json"  # names given by later builds of the same contents; the manifest itself never changes


@dataclass(frozen=True)
class Dataset:
    """A built dataset: what its manifest says."""

    folder: Path
    manifest: dict[str, Any]
    other_names: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return str(self.manifest["id"])

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.other_names)

    @property
    def created(self) -> str:
        """UTC, ISO 8601."""
        return str(self.manifest.get("created", ""))

    @property
    def recipe(self) -> Recipe:
        return Recipe.from_json(self.manifest["recipe"])

    @property
    def resolution(self) -> int:
        """Pixels of the longer side."""
        return int(self.manifest["recipe"]["resolution"])

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of its pictures in pixels."""
        return self.recipe.shape

    @property
    def counts(self) -> dict[str, Any]:
        """See `core.datasets.plan.Counts`."""
        return dict(self.manifest["counts"])

    @property
    def content_hash(self) -> str:
        return str(self.manifest["content_hash"])

    @property
    def labels_hash(self) -> str:
        """See `core.datasets.plan.Plan.labels_hash`; "" where it was built before labels were kept."""
        return str(self.manifest.get("index", {}).get("labels_sha256", ""))


def list_datasets(workspace: Workspace) -> list[Dataset]:
    """All usable datasets, newest first. Folders that are none are left out: `broken_datasets` names them."""
    found = []
    for folder in _folders(workspace):
        try:
            found.append(_read(folder))
        except PackError:
            continue  # named by broken_datasets
    return sorted(found, key=lambda dataset: (dataset.created, dataset.id), reverse=True)


def broken_datasets(workspace: Workspace) -> list[str]:
    """What is wrong with each folder among the datasets that cannot be read, in words."""
    problems = []
    for folder in _folders(workspace):
        try:
            _read(folder)
        except PackError as error:
            problems.append(str(error))
    return problems


def find_dataset(workspace: Workspace, name_or_id: str) -> Dataset:
    """A dataset by its id or any of its names. Raises NotFoundError naming those there are."""
    datasets = list_datasets(workspace)
    for dataset in datasets:
        if name_or_id == dataset.id:
            return dataset
    for dataset in datasets:
        if name_or_id in dataset.names:
            return dataset
    raise NotFoundError("dataset", name_or_id, [dataset.name for dataset in datasets])


def find_contents(workspace: Workspace, content_hash: str, labels_hash: str) -> Dataset | None:
    """The dataset with these contents and labels, if it was built before."""
    wanted = (content_hash, labels_hash)
    found = (dataset for dataset in list_datasets(workspace) if (dataset.content_hash, dataset.labels_hash) == wanted)
    return next(found, None)


def add_name(dataset: Dataset, name: str) -> Dataset:
    """Give a dataset one more name to be found by."""
    if name in dataset.names:
        return dataset
    other_names = (*dataset.other_names, name)
    write_json(dataset.folder / _OTHER_NAMES, list(other_names))
    return Dataset(dataset.folder, dataset.manifest, other_names)


def selection_words(selection: Any) -> str:
    """How the pictures of a dataset were chosen, for people: "collection: prints; where: year > 1950"."""
    if not isinstance(selection, dict) or not selection:
        return "all pictures"
    return "; ".join(f"{name.replace('_', ' ')}: {_value_words(value)}" for name, value in selection.items())


def _value_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _folders(workspace: Workspace) -> list[Path]:
    """Folders whose name begins with a dot are builds under way."""
    if not workspace.datasets.is_dir():
        return []
    return [path for path in workspace.datasets.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _read(folder: Path) -> Dataset:
    try:
        changed = (folder / MANIFEST).stat().st_mtime_ns
    except OSError:
        changed = 0  # read_manifest says what is missing
    manifest = _manifest(folder, changed)
    try:
        other_names = tuple(str(name) for name in read_json(folder / _OTHER_NAMES) or [])
    except json.JSONDecodeError:
        other_names = ()  # extra names are a convenience; the dataset itself is whole
    return Dataset(folder, manifest, other_names)


@lru_cache(maxsize=256)
def _manifest(folder: Path, changed: int) -> dict[str, Any]:
    """Manifests list what was dropped and may be long; a page asks for all of them at every rerun."""
    return read_manifest(folder)
