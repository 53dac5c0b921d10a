"""Runs side by side: which columns and epochs the URL names, what they hold, and what differs between the runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st

from core.datasets.recipe import size_words
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import compare_frames, runs, samples

MOST_COLUMNS = 4
_METRIC = re.compile(r"[a-zA-Z0-9_-]{1,80}")
_V = TypeVar("_V")


@dataclass(frozen=True)
class Curves:
    """Which numbers are drawn, and how. Part of the URL."""

    metrics: tuple[str, ...] = ()  # keys in metrics.jsonl; none: the first that were logged
    over: str = "epoch"  # or "images_seen"
    smoothing: float = 0.6
    log: bool = False

    @classmethod
    def from_url(cls) -> "Curves":
        smoothing = _number(st.query_params.get("smooth", ""))
        return cls(
            metrics=tuple(name for name in st.query_params.get("curves", "").split(",") if _METRIC.fullmatch(name)),
            over="images_seen" if st.query_params.get("over") == "images" else "epoch",
            smoothing=cls.smoothing if smoothing is None else min(0.99, smoothing),
            log=st.query_params.get("log") == "yes",
        )

    def parameters(self) -> dict[str, str]:
        """What differs from the usual."""
        wanted = {}
        if self.metrics:
            wanted["curves"] = ",".join(self.metrics)
        if self.over != "epoch":
            wanted["over"] = "images"
        if self.smoothing != Curves.smoothing:
            wanted["smooth"] = f"{self.smoothing:g}"
        if self.log:
            wanted["log"] = "yes"
        return wanted


@dataclass(frozen=True)
class Comparison:
    """What the page shows, and what its URL says: the runs from left to right, and how they are looked at."""

    run_ids: tuple[str, ...]
    view: samples.View
    unknown: tuple[str, ...] = ()  # ids in the URL that are no runs of this lab
    curves: Curves = Curves()

    @classmethod
    def from_url(cls, known: Mapping[str, JobFolder]) -> "Comparison":
        """Read `?run=ID&run=ID@40:raw&epoch=80&zoom=2&size=same&mode=wipe&pair=1,2&latent=5`.

        A value that makes no sense counts as absent. Columns and latents are counted from 1, as people do.
        """
        run_ids: list[str] = []
        unknown: list[str] = []
        pins: dict[int, float] = {}
        kinds: dict[int, str] = {}
        for text in st.query_params.get_all("run"):
            run_id, _, kind = text.partition(":")
            run_id, _, epoch = run_id.partition("@")
            if run_id not in known:
                unknown.append(run_id)
            elif len(run_ids) < MOST_COLUMNS:
                if (place := _number(epoch)) is not None:
                    pins[len(run_ids)] = place
                if kind in compare_frames.KINDS and kind != "samples":
                    kinds[len(run_ids)] = kind
                run_ids.append(run_id)
        zoom = _number(st.query_params.get("zoom", ""))
        latent = _number(st.query_params.get("latent", ""))
        mode = st.query_params.get("mode", "")
        track = st.query_params.get("track", "")
        view = samples.View(
            at=_number(st.query_params.get("epoch", "")),
            zoom=None if zoom is None else min(samples.MAX_ZOOM, max(1, int(zoom))),
            equal=st.query_params.get("size") == "same",
            pins=pins,
            kinds=kinds,
            mode=mode if mode in samples.MODES else "side",
            pair=_pair(st.query_params.get("pair", ""), len(run_ids)),
            cell=None if not latent else int(latent) - 1,
            alone=latent is not None and st.query_params.get("only") == "yes",
            track=track if _METRIC.fullmatch(track) else "",
        )
        return cls(tuple(run_ids), view, tuple(unknown), Curves.from_url())

    def to_url(self) -> None:
        """Replace the page's parameters."""
        view = self.view
        wanted: dict[str, str | list[str]] = {
            "run": [
                run_id
                + (f"@{view.pins[index]:g}" if index in view.pins else "")
                + (f":{view.kinds[index]}" if index in view.kinds else "")
                for index, run_id in enumerate(self.run_ids)
            ]
        }
        if view.at is not None:
            wanted["epoch"] = f"{view.at:g}"
        if view.zoom is not None:
            wanted["zoom"] = str(view.zoom)
        if view.equal:
            wanted["size"] = "same"
        if view.mode != "side":
            wanted["mode"] = view.mode
            if view.pair is not None:
                first, second = view.pair
                wanted["pair"] = f"{first + 1},{'before' if second == samples.BEFORE else second + 1}"
        if view.cell is not None:
            wanted["latent"] = str(view.cell + 1)
            if view.alone:
                wanted["only"] = "yes"
        if view.track:
            wanted["track"] = view.track
        wanted.update(self.curves.parameters())
        st.query_params.from_dict(wanted)

    @property
    def of(self) -> str:
        """Names the columns, see ui.samples.show."""
        return ",".join(self.run_ids)

    def seen(self, view: samples.View) -> "Comparison":
        return replace(self, view=view)

    def drawing(self, curves: Curves) -> "Comparison":
        return replace(self, curves=curves)

    def adding(self, run_id: str) -> "Comparison":
        return replace(self, run_ids=(*self.run_ids, run_id))

    def without(self, removed: int) -> "Comparison":
        """Columns behind the removed one move up, and so do their pins and what they show."""

        def moved(by_column: Mapping[int, _V]) -> dict[int, _V]:
            return {index - (index > removed): value for index, value in by_column.items() if index != removed}

        run_ids = tuple(run_id for index, run_id in enumerate(self.run_ids) if index != removed)
        view = replace(self.view, pins=moved(self.view.pins), kinds=moved(self.view.kinds), pair=None)
        return replace(self, run_ids=run_ids, view=view)


def column_of(job: JobFolder, name: str, color: int, kind: str, workspace: Workspace) -> samples.Column:
    """
    Args:
        name: that tells it from the others, see `names_of`.
        kind: of compare_frames.KINDS; where the run has nothing of it, its samples.
    """
    run = RunFolder(job.path)
    kinds = compare_frames.kinds(run, workspace)
    kind = kind if kind in kinds else "samples"
    active = job.is_active
    width, height = compare_frames.cell(run, kind)
    return samples.Column(
        frames=compare_frames.frames(run, kind, workspace),
        cell=width,
        tall=height,
        title=name,
        subtitle=" · ".join(
            (runs.preset_title(run.preset), size_words(run.shape), runs.averaging_word(run), runs.clock(job.created))
        ),
        alt=f"{compare_frames.KINDS[kind]} of {name}",
        color=color,
        empty="No samples yet: the first grid comes as soon as training begins." if active else "No samples were kept.",
        kind=kind,
        kinds=kinds,
        linked=kind in compare_frames.LINKED,
        ahead=kind != "nearest",
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
            "Point at one to find it everywhere; click to see it alone, and its way through the epochs below."
        )
    return (
        "Within a column a cell shows the same latent at every epoch. Between these runs the latents differ, "
        "since their seed or the length of their latents does."
    )


def _number(text: str) -> float | None:
    """A place on the axis or a zoom, as the URL names it."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def _pair(text: str, columns: int) -> tuple[int, int] | None:
    """ "1,2" or "1,before": columns counted from 1."""
    first, _, second = text.partition(",")
    if not first.isdigit() or not (second.isdigit() or second == "before"):
        return None
    pair = int(first) - 1, samples.BEFORE if second == "before" else int(second) - 1
    return pair if 0 <= pair[0] < columns and samples.BEFORE <= pair[1] < columns and pair[0] != pair[1] else None
