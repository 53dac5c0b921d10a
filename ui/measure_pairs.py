"""Does the model copy? Each sample of an epoch beside the training picture nearest to it, likest pairs first."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.datasets.pack import open_pack
from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.metrics.nearest import Nearest, grid_pictures, nearest_of_grid
from core.metrics.registry import METRICS
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui.comparison import names_of
from ui.explore_wall import sheet_of, zoom_for
from ui.jobs import plain
from ui.markup import harmless
from ui.measure_words import interval, number, pictures

_ASSETS = Path(__file__).with_name("assets")
_SIDE = 96  # screen pixels that the longer side of a picture has, about
MOST_PAIRS = 24  # at first

_component = st.components.v2.component(
    "atelier_measure_pairs",
    html="<div id='pairs'></div>\n",
    css=(_ASSETS / "measure_pairs.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "measure_pairs.js").read_text(encoding="utf-8"),
)


def show(workspace: Workspace, jobs: Sequence[JobFolder]) -> None:
    usable = [job for job in jobs if RunFolder(job.path).epochs()]
    if not usable:
        st.info("These runs have no samples yet: the first grid appears a moment after training begins.")
        return
    names = dict(zip([job.id for job in usable], names_of(usable), strict=True))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="measure-copies-choices"):
        job = usable[0]
        if len(usable) > 1:
            job = st.selectbox("Run", usable, key="measure-copies-run", format_func=lambda one: names[one.id])
        run = RunFolder(job.path)
        epochs = run.epochs()
        best = run.best_epochs().get("swd") or run.best_epoch()
        epoch = st.selectbox(
            "Epoch",
            epochs,
            index=epochs.index(best) if best in epochs else len(epochs) - 1,
            key=f"measure-copies-epoch-{job.id}",
            format_func=lambda epoch: f"{epoch} (closest to real pictures)" if epoch == best else str(epoch),
            width=280,
        )
    try:
        with st.spinner("Looking for the nearest training pictures"):
            nearest = nearest_of_grid(workspace, run, epoch)
            samples = grid_pictures(run, epoch)
            pack = open_pack(workspace.dataset(run.dataset_id))
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/broken_image:")
        return
    _say(run, epoch, nearest)
    order = np.argsort(likeness(nearest), kind="stable")
    key = f"measure-pairs-all-{job.id}-{epoch}"
    shown = order if st.session_state.get(key) else order[:MOST_PAIRS]
    sides = np.stack([samples[shown], pack.images[nearest.rows[shown]]], axis=1)
    sheet = sheet_of(sides.reshape(-1, *samples.shape[1:]), 2 * min(8, len(shown)))
    _component(
        key=f"measure-pairs-{job.id}",
        data={
            "sheet": base64.b64encode(sheet).decode(),
            "of": hashlib.sha256(sheet).hexdigest(),
            "columns": 2 * min(8, len(shown)),
            "width": samples.shape[2],
            "height": samples.shape[1],
            "zoom": zoom_for(samples.shape[2], samples.shape[1], _SIDE),
            "label": f"Samples of epoch {epoch} beside their nearest training pictures",
            "pairs": [
                {
                    "sample": f"Sample {place + 1}",
                    "nearest": _named(pack.rows[nearest.rows[place]]),
                    "mirrored": bool(nearest.mirrored[place]),
                    "copy": bool(nearest.is_copy[place]),
                    "distance": _distance(nearest, int(place)),
                }
                for place in shown
            ],
        },
    )
    if len(order) > MOST_PAIRS:
        st.toggle(f"All {len(order)} pairs", key=key)


def _distance(nearest: Nearest, place: int) -> str:
    words = [f"{nearest.distances[place]:.1f} away"]
    if nearest.is_copy[place]:
        words.insert(0, "Copy")
    if nearest.mirrored[place]:
        words.append("mirrored")
    return ", ".join(words)


def _named(row: Mapping[str, object]) -> str:
    title, artist = str(row.get("title") or "Untitled"), str(row.get("artist") or "")
    return f"{title}, {artist}" if artist else title


def likeness(nearest: Nearest) -> NDArray[np.float64]:
    """(N,) the smaller, the more like a copy: below 1 it is one."""
    relative, detail = (max(cut, 1e-6) for cut in nearest.cuts)
    return np.maximum(nearest.ratios.relative / relative, nearest.ratios.detail / detail)


def _say(run: RunFolder, epoch: int, nearest: Nearest) -> None:
    """How many of these are copies, what the evaluation of this epoch found, and how it is told."""
    count, copies = len(nearest.rows), int(nearest.is_copy.sum())
    by_chance = max(1.0, count * float(nearest.holdout_is_copy.mean()))
    those = "samples is a copy" if copies == 1 else "samples are copies"
    if copies == 0:
        st.success(f"None of these {count} samples is a copy of a training picture.", icon=":material/check:")
    elif copies <= 2 * by_chance:
        st.info(
            f"{copies} of these {count} {those} of a training picture by the two tests below. Pictures that were never "
            f"trained on pass them as well now and then (here about {by_chance:.0f} in {count}): look at the pairs.",
            icon=":material/search:",
        )
    else:
        st.warning(
            f"{copies} of these {count} {those} of training pictures. Train on more pictures, for a shorter time, or "
            "with stronger augmentation, and take care before you show or sell them.",
            icon=":material/content_copy:",
        )
    st.caption(
        "Each pair: a sample on the left, the training picture nearest to it on the right; the likest pairs first. "
        "The number is their distance: 2 is barely visible, 100 is black beside white. A copy stands out from the 50 "
        f"nearest training pictures and shares the drawing of one, both more than 95 in 100 {_held_out(nearest)} do."
    )
    row = next((row for row in run.evaluations() if row["metric"] == "memorisation" and row["epoch"] == epoch), None)
    if row is not None:
        bounds = interval("memorisation", row)
        st.markdown(
            f"**{METRICS['memorisation'].title}**: {number('memorisation', float(row['value']))} of "
            f"{pictures(int(row['count']))}" + (f" (95 %: {plain(bounds)})" if bounds else "") + "."
        )


def _held_out(nearest: Nearest) -> str:
    if nearest.against == "test":
        return "held-out pictures"
    return "training pictures, each against all others,"
