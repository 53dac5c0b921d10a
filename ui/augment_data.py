"""What Augment keeps between reruns: measurements, and who belongs with whom in the split."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import streamlit as st

from core.catalog.picture import PictureRef
from core.datasets.landmarks import landmarks
from core.datasets.measure import Measurement, MeasurementStore, measure_pictures
from core.datasets.plan import Plan, Verdict, plan
from core.datasets.recipe import Recipe
from core.datasets.twins import group_pictures
from core.workspace import Workspace

_UNREADABLE = "augment_unreadable"  # session state: files that failed are not tried again at every rerun


@st.cache_resource(show_spinner=False)
def _store(_workspace: Workspace, root: str, aspect: str) -> MeasurementStore:
    return MeasurementStore(_workspace, aspect)


def unseen(workspace: Workspace, pictures: Sequence[PictureRef], aspect: str) -> int:
    """How many of `pictures` would have to be decoded for an aspect."""
    known = _store(workspace, str(workspace.root), aspect).known()
    failed = st.session_state.get(_UNREADABLE, {})
    return sum(picture.sha256 not in known and picture.sha256 not in failed for picture in pictures)


def measured(workspace: Workspace, pictures: Sequence[PictureRef], aspect: str) -> dict[str, Measurement]:
    """Measurements of all `pictures` for an aspect. New ones are decoded now, under a progress bar; otherwise nothing
    is shown."""
    store = _store(workspace, str(workspace.root), aspect)
    failed: dict[str, Measurement] = st.session_state.setdefault(_UNREADABLE, {})
    known = {**failed, **store.known()}
    missing = [picture for picture in pictures if picture.sha256 not in known]
    if missing:
        bar = st.progress(0.0, text="Looking at new pictures")

        def on_progress(done: int, total: int) -> None:
            bar.progress(done / max(total, 1), text=f"Looking at new pictures: {done:,} of {total:,}")

        known |= measure_pictures(workspace, missing, store=store, on_progress=on_progress)
        failed |= {sha256: measurement for sha256, measurement in known.items() if measurement.error}
        bar.empty()
    return known


def planned(pictures: tuple[PictureRef, ...], recipe: Recipe, measurements: dict[str, Measurement]) -> Plan:
    """A plan of which all is remembered that a moved slider does not change: who belongs with whom and, for copies and
    steps, what becomes of each picture."""
    judged = _judged(_Asked(pictures, measurements), _judging(recipe))
    copies = judged.counts.train * len(recipe.row_copies)
    counts = replace(judged.counts, copies=copies, rows=judged.counts.rows + copies)
    return Plan(recipe, judged.verdicts, judged.groups, counts)


def kept_landmarks(
    pictures: tuple[PictureRef, ...], recipe: Recipe, measurements: dict[str, Measurement]
) -> dict[str, Verdict]:
    """Of the kept pictures the darkest, the palest and the most typical, see core.datasets.landmarks."""
    return _landmarks(_Asked(pictures, measurements), _judging(recipe))


def _judging(recipe: Recipe) -> Recipe:
    """Nothing but what decides which pictures are kept, and on which side."""
    return replace(recipe, copies=(), steps=(), steps_as="training", drawn_copies=1)


class _Asked:
    """A cache key: equal for equal pictures. What was measured of a picture never changes, so it need not count; a file
    that could not be read may have come back."""

    def __init__(self, pictures: tuple[PictureRef, ...], measurements: dict[str, Measurement]) -> None:
        self.pictures, self.measurements = pictures, measurements
        self._unreadable = {picture.sha256 for picture in pictures if measurements[picture.sha256].error}
        self._hash = hash(tuple((picture.sha256, picture.artwork_id) for picture in pictures))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Asked):
            return False
        return self.pictures == other.pictures and self._unreadable == other._unreadable


@lru_cache(maxsize=4)
def _judged(asked: _Asked, recipe: Recipe) -> Plan:
    return plan(asked.pictures, recipe, asked.measurements, _groups(asked))


@lru_cache(maxsize=4)
def _landmarks(asked: _Asked, recipe: Recipe) -> dict[str, Verdict]:
    kept = {verdict.picture.sha256: verdict for verdict in _judged(asked, recipe).kept}
    return {name: kept[sha256] for name, sha256 in landmarks(list(kept), asked.measurements).items()}


@lru_cache(maxsize=16)
def _groups(asked: _Asked) -> dict[str, str]:
    return group_pictures(asked.pictures, asked.measurements)
