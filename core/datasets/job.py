"""The background job of kind "build". It opens no catalog: whoever asks for a dataset hands the pictures over.

Beside `job.json` the folder holds `pictures.jsonl` (one object per picture) and, once done, `result.json` with the id
of the dataset.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.catalog.picture import PictureRef
from core.datasets.build import BuildStoppedError, build_dataset, checked_name
from core.datasets.recipe import Recipe
from core.errors import AtelierError
from core.files import JsonLines, read_json, write_json
from core.jobs import control
from core.jobs.folder import JobFolder
from core.jobs.running import RunningJob
from core.workspace import Workspace

PICTURES, RESULT = "pictures.jsonl", "result.json"
_AT_ONCE = 4096  # pictures written at a time, so that 50,000 are not in memory as text as well


def create_build(
    workspace: Workspace, pictures: Sequence[PictureRef], recipe: Recipe, *, name: str, selection: Any = None
) -> JobFolder:
    """A job folder that holds everything the build needs; nothing is started.

    Args:
        selection: how the pictures were chosen, as JSON; recorded in the dataset.
    Raises: ConfigError if the name is none.
    """
    name = checked_name(name)
    settings = {"name": name, "recipe": recipe.to_json(), "selection": selection}
    job = control.create(workspace, "build", settings, title=f"Dataset {name}")
    file = JsonLines(job.path / PICTURES)
    for start in range(0, len(pictures), _AT_ONCE):
        rows = (asdict(picture) for picture in pictures[start : start + _AT_ONCE])
        file.append(*rows, durable=start + _AT_ONCE >= len(pictures))
    return job


def submit_build(
    workspace: Workspace, pictures: Sequence[PictureRef], recipe: Recipe, *, name: str, selection: Any = None
) -> JobFolder:
    """`create_build`, and off it goes in the background."""
    job = create_build(workspace, pictures, recipe, name=name, selection=selection)
    try:
        control.start(workspace, job)
    except AtelierError:
        shutil.rmtree(job.path)  # a refusal must not leave a job behind that looks lost
        raise
    return job


def built_dataset_id(job: JobFolder) -> str | None:
    """The dataset a finished build made or found, or None."""
    result = read_json(job.path / RESULT)
    return str(result["dataset"]) if result else None


def run(job: RunningJob) -> str:
    """The work itself, in the worker; returns the closing message. After a stop it goes on where it was."""

    def on_progress(done: int, total: int, *, message: str, unit: str = "pictures") -> None:
        job.progress(done, total, unit=unit, message=message)

    try:
        built = build_dataset(
            job.workspace,
            [PictureRef(**row) for row, _ in JsonLines(job.folder / PICTURES).follow()],
            Recipe.from_json(job.settings["recipe"]),
            name=job.settings["name"],
            selection=job.settings["selection"],
            on_progress=on_progress,
            stop_requested=job.stop_requested,
        )
    except BuildStoppedError as stopped:
        return str(stopped)
    write_json(job.folder / RESULT, {"dataset": built.dataset.id})
    counts = built.dataset.counts
    if not built.is_new:
        return f"These pictures with this recipe were built before, as {built.dataset.name}: that dataset is used."
    return f"{counts['rows']} rows from {counts['kept']} of {counts['pictures']} pictures, {counts['test']} held out."
