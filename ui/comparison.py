"""Runs side by side: which columns and epochs the URL names, what they hold, and what differs between the runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.datasets.recipe import size_words
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from ui import runs, samples

MOST_COLUMNS = 4


@dataclass(frozen=True)
class Comparison:
    """What the page shows, and what its URL says: the runs from left to right, and how they are looked at."""

    run_ids: tuple[str, ...]
    view: samples.View
    unknown: tuple[str, ...] = ()  # ids in the URL that are no runs of this lab

    @classmethod
    def from_url(cls, known: Mapping[str, JobFolder]) -> "Comparison":
        """Read `?run=ID&run=ID@40&epoch=80&zoom=2&size=same`; a value that makes no sense counts as absent."""
        run_ids, unknown = [], []
        pins: dict[int, float] = {}
        for text in st.query_params.get_all("run"):
            run_id, _, epoch = text.partition("@")
            if run_id not in known:
                unknown.append(run_id)
            elif len(run_ids) < MOST_COLUMNS:
                if (place := _number(epoch)) is not None:
                    pins[len(run_ids)] = place
                run_ids.append(run_id)
        zoom = _number(st.query_params.get("zoom", ""))
        view = samples.View(
            at=_number(st.query_params.get("epoch", "")),
            zoom=None if zoom is None else min(samples.MAX_ZOOM, max(1, int(zoom))),
            equal=st.query_params.get("size") == "same",
            pins=pins,
        )
        return cls(tuple(run_ids), view, tuple(unknown))

    def to_url(self) -> None:
        """Replace the page's parameters."""
        wanted: dict[str, str | list[str]] = {
            "run": [
                f"{run_id}@{self.view.pins[index]:g}" if index in self.view.pins else run_id
                for index, run_id in enumerate(self.run_ids)
            ]
        }
        if self.view.at is not None:
            wanted["epoch"] = f"{self.view.at:g}"
        if self.view.zoom is not None:
            wanted["zoom"] = str(self.view.zoom)
        if self.view.equal:
            wanted["size"] = "same"
        st.query_params.from_dict(wanted)

    @property
    def of(self) -> str:
        """Names the columns, see ui.samples.show."""
        return ",".join(self.run_ids)

    def seen(self, view: samples.View) -> "Comparison":
        return replace(self, view=view)

    def adding(self, run_id: str) -> "Comparison":
        return replace(self, run_ids=(*self.run_ids, run_id))

    def without(self, removed: int) -> "Comparison":
        """Columns behind the removed one move up, and so do their pins."""
        pins = {index - (index > removed): place for index, place in self.view.pins.items() if index != removed}
        run_ids = tuple(run_id for index, run_id in enumerate(self.run_ids) if index != removed)
        return replace(self, run_ids=run_ids, view=replace(self.view, pins=pins))


def column_of(job: JobFolder, color: int) -> samples.Column:
    run = RunFolder(job.path)
    active = job.is_active
    return samples.Column(
        frames=runs.frames(run),
        cell=run.shape[1],
        tall=run.shape[0],
        title=job.title,
        subtitle=" · ".join(
            (runs.preset_title(run.preset), size_words(run.shape), runs.averaging_word(run), runs.clock(job.created))
        ),
        alt=f"Samples of {job.title}",
        color=color,
        empty="No samples yet: the first grid comes as soon as training begins." if active else "No samples were kept.",
    )


def names_of(jobs: Sequence[JobFolder]) -> list[str]:
    """Titles, told apart by time and then by id where two are the same."""
    for more in (lambda job: "", lambda job: f", {runs.clock(job.created)}", lambda job: f", {job.id}"):
        names = [f"{job.title}{more(job)}" for job in jobs]
        if len(set(names)) == len(names):
            break
    return names


def latents_note(jobs: Sequence[JobFolder]) -> str:
    """Whether a cell shows the same latent everywhere: latents are drawn from the seed and have the model's length."""
    drawn = {
        (job.settings.get("training", {}).get("seed"), job.settings.get("network", {}).get("latent_dim"))
        for job in jobs
    }
    if len(drawn) == 1:
        return (
            "Every cell shows the same latent in all columns and epochs. "
            "Point at one to find it everywhere; click to see it alone."
        )
    return (
        "Within a column a cell shows the same latent at every epoch. Between these runs the latents differ, "
        "since their seed or the length of their latents does."
    )


def differences(jobs: Sequence[JobFolder]) -> list[list[str]]:
    """One row per setting that is not the same in all runs: its name, then its value in each."""
    tables = [_flat_settings(job) for job in jobs]
    names = dict.fromkeys(name for table in tables for name in table)
    rows = ([name, *(_shown(table.get(name)) for table in tables)] for name in names)
    return [row for row in rows if len(set(row[1:])) > 1]


def _flat_settings(job: JobFolder) -> dict[str, Any]:
    settings = job.settings
    named = {
        "Preset": runs.preset_title(str(settings.get("preset"))),
        "Dataset": settings.get("dataset_name"),
        "Training pictures": settings.get("train_count"),
        "Epochs planned": settings.get("epochs"),
        "Architecture": settings.get("architecture"),
    }
    network = {f"network: {name}": value for name, value in settings.get("network", {}).items()}
    return named | network | settings.get("training", {})


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def _number(text: str) -> float | None:
    """A place on the axis or a zoom, as the URL names it."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None
