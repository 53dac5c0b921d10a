"""What a film shows: which epochs and pictures of which runs, or which walk, and which curve beside them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.sampling.films.request import (
    LAYOUTS,
    MOST_CURVES,
    MOST_GROWN,
    MOST_RUNS,
    SHOWN,
    WITH_CURVES,
    WITH_POINTS,
    FilmRequest,
)
from core.sampling.films.series import curve_keys, curve_title, usual_curves
from core.training.run_folder import RunFolder

if TYPE_CHECKING:
    from core.sampling.points import Point

_OF_EPOCHS = [layout for layout in LAYOUTS if layout not in WITH_POINTS]
_OF_POINTS = {"walk": "The walk from point to point", "grown": "These points through the epochs"}
_HELP = {
    "grid": "",
    "latent": "",
    "expanding": "Nothing of what comes later is given away.",
    "rolling": "Only the last epochs are in sight, so that small changes show.",
    "static": "Where the run is going is seen from the start.",
}
_MOST_LATENTS = 16

Ask = partial[FilmRequest]  # all but how it looks and how long it takes


def ask(runs: Sequence[RunFolder], names: Mapping[str, str], *, key: str) -> Ask:
    """Raises: ConfigError."""
    chosen = _runs(runs, names, key)
    layout = st.selectbox(
        "The film shows",
        _OF_EPOCHS,
        format_func=LAYOUTS.__getitem__,
        key=f"{key}-layout",
        help=" ".join(f"*{LAYOUTS[name]}*: {words}" for name, words in _HELP.items() if words),
    )
    fields: dict[str, Any] = {"layout": layout, "runs": tuple(run.id for run in chosen)}
    shown = _shown(chosen, key)
    fields |= {"shown": shown, "latents": _latents(chosen, layout, shown, key)}
    if layout in WITH_CURVES:
        fields |= _curve(chosen, layout, key)
    fields["epochs"] = _epochs(chosen, key)
    return partial(FilmRequest, **fields)


def ask_points(points: "Sequence[Point]", *, key: str) -> Ask:
    """A walk through points, or how they came about; of a single one only that."""
    layout = "grown"
    if len(points) > 1:
        layout = st.segmented_control(
            "The film shows",
            list(_OF_POINTS),
            default="walk",
            required=True,
            format_func=_OF_POINTS.__getitem__,
            key=f"{key}-layout",
            help="Through the epochs, the same latents are drawn anew by the weights of every epoch that was kept.",
        )
    if layout == "grown":
        if len(points) > MOST_GROWN:
            st.caption(f":material/info: The first {MOST_GROWN} of them.")
        shown = tuple(point.to_json() for point in points[:MOST_GROWN])
        return partial(FilmRequest, layout="grown", runs=(points[0].run,), points=shown)
    loop = st.toggle("Back to the first point", key=f"{key}-loop", help="Then the film can go round for ever.")
    return partial(
        FilmRequest,
        layout="walk",
        runs=(points[0].run,),
        points=tuple(point.to_json() for point in points),
        loop=loop,
    )


def _runs(runs: Sequence[RunFolder], names: Mapping[str, str], key: str) -> list[RunFolder]:
    """Those to show side by side; all of them at first."""
    if len(runs) == 1:
        return list(runs)
    by_id = {run.id: run for run in runs}
    picked = st.multiselect(
        "Runs, side by side",
        list(by_id),
        max_selections=MOST_RUNS,
        default=list(by_id)[:MOST_RUNS],
        format_func=lambda run_id: names.get(run_id, run_id),
        key=f"{key}-runs-{'-'.join(by_id)}",
    )
    return [by_id[run_id] for run_id in by_id if run_id in picked] or list(runs)[:1]


def _shown(runs: Sequence[RunFolder], key: str) -> str:
    """Samples, or what else of pictures all these runs have."""
    last = [run.epochs()[-1] for run in runs]
    found = ["samples"]
    if all(run.raw_grid(epoch).exists() for run, epoch in zip(runs, last, strict=True)):
        found.append("raw")
    if all(run.reconstructions(epoch).exists() for run, epoch in zip(runs, last, strict=True)):
        found.append("reconstructions")
    if len(found) == 1:
        return "samples"
    return st.segmented_control(
        "Pictures",
        found,
        default="samples",
        required=True,
        format_func=SHOWN.__getitem__,
        key=f"{key}-shown-{len(found)}-{found[-1]}",
    )


def _latents(runs: Sequence[RunFolder], layout: str, shown: str, key: str) -> tuple[int, ...]:
    """Places in the grid; () for all of it."""
    if shown == "reconstructions" or layout == "grid":
        return ()
    count = min(int(run.settings.get("training", {}).get("grid_size") or 64) for run in runs)
    picked = st.multiselect(
        "Latents",
        list(range(count)),
        default=[0] if layout == "latent" else [],
        max_selections=_MOST_LATENTS,
        placeholder="The whole grid",
        key=f"{key}-latents-{layout == 'latent'}-{count}",
        format_func=lambda number: str(number + 1),
        help="Places in the grid, row by row. The same latent is in the same place at every epoch.",
    )
    return tuple(picked) or ((0,) if layout == "latent" else ())


def _curve(runs: Sequence[RunFolder], layout: str, key: str) -> dict[str, Any]:
    """Raises: ConfigError where nothing was logged."""
    known = [name for name in curve_keys(runs[0]) if all(name in curve_keys(run) for run in runs[1:])]
    usual = usual_curves(runs)
    several = len(runs) > 1
    picked = st.multiselect(
        "Curve" if several else "Curves",
        known,
        default=list(usual),
        max_selections=1 if several else MOST_CURVES,
        format_func=curve_title,
        placeholder="What tells most",
        key=f"{key}-curves-{'-'.join(run.id for run in runs)}",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.6, 0.01, key=f"{key}-smoothing", width=220)
        log = st.toggle("Log axis", key=f"{key}-log")
    fields: dict[str, Any] = {"curves": tuple(picked), "smoothing": smoothing, "log": log}
    if layout == "rolling":
        fields["window"] = st.number_input(
            "Epochs in sight", 1, 1000, 5, key=f"{key}-window", width=160, help="Of those that the film shows."
        )
    return fields


def _epochs(runs: Sequence[RunFolder], key: str) -> tuple[int, ...]:
    """() for all that were kept, also of those that a training at work keeps until the film is made."""
    kept = sorted({epoch for run in runs for epoch in run.epochs()})
    if len(kept) < 3:
        return ()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first, last = st.select_slider(
            "Epochs", kept, value=(kept[0], kept[-1]), key=f"{key}-epochs-{kept[-1]}-{len(kept)}", width="stretch"
        )
        every = st.number_input(
            "Every", 1, len(kept), 1, key=f"{key}-every", width=110, help="2: every second of those that were kept."
        )
    if every == 1 and (first, last) == (kept[0], kept[-1]):
        return ()
    within = [epoch for epoch in kept if first <= epoch <= last]
    return tuple(dict.fromkeys([*within[::every], within[-1]]))
