"""The numbers of the chosen runs over their epochs: a chart, what it says in words, the best epochs in pictures."""

import io
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from PIL import Image

from core.jobs.folder import JobFolder
from core.metrics.registry import METRICS
from core.training.run_folder import RunFolder
from ui import measure_chart, measure_links, measure_state
from ui.comparison import names_of
from ui.jobs import plain
from ui.measure_groups import Group, groups_of
from ui.measure_words import (
    BETTER,
    Row,
    as_good,
    epochs_in_words,
    interval,
    metrics_of,
    progress,
    small_set,
    verdict,
)

_AXES = {"Epochs": ("epoch", "Epoch"), "Images seen": ("images_seen", "Images seen")}
_STRIP_SIDE = 84  # screen pixels that a picture of a strip has, about
_STRIP_WIDTH = 620  # of a strip


def show(jobs: Sequence[JobFolder]) -> None:
    names = dict(zip([job.id for job in jobs], names_of(jobs), strict=True))
    rows = {job.id: RunFolder(job.path).evaluations() for job in jobs}
    keys = metrics_of(row for of_run in rows.values() for row in of_run)
    if not keys:
        _show_nothing(jobs)
        return
    metric = METRICS[choose_metric(keys, key="measure-metric")]
    st.caption(f"{metric.about} **{BETTER[metric.better][:1].upper()}{BETTER[metric.better][1:]}.**")
    group = _choose_group(groups_of(rows, metric.key))
    if warning := small_set(metric, group.count):
        st.warning(warning, icon=":material/bar_chart_off:")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="measure-chart-choices"):
        axis = st.segmented_control("Over", list(_AXES), default="Epochs", required=True, key="measure-axis")
        whole = st.toggle(
            "Up to the ceiling",
            key="measure-whole",
            disabled=not metric.ceiling,
            help=f"Draws the ceiling ({metric.ceiling}) where it is, even where it makes the runs small.",
        )
        log = st.toggle("Log axis", key="measure-log")
    x, x_title = _AXES[axis]
    measure_chart.show(
        group.tracks(names),
        metric,
        key=f"measure-chart-{metric.key}",
        x=x,
        x_title=x_title,
        whole=whole,
        log=log,
    )
    absent = [names[run_id] for run_id in names if run_id not in group.rows]
    if absent:
        st.caption(f"Not measured in this way: {plain(', '.join(absent))}.")
    _say(group, names)
    _show_best(group, {job.id: job for job in jobs}, names)
    _show_rows(rows, names)


def choose_metric(keys: Sequence[str], *, key: str) -> str:
    """One of these metrics; the address keeps it."""
    first = measure_state.metric_among(list(keys))
    if st.session_state.get(key) not in keys:
        st.session_state[key] = first
    chosen = st.selectbox("Number", list(keys), key=key, format_func=lambda name: METRICS[name].title)
    if st.query_params.get(measure_state.METRIC) != chosen:
        st.query_params[measure_state.METRIC] = chosen
    return chosen


def _choose_group(groups: Sequence[Group]) -> Group:
    if len(groups) == 1:
        st.caption(f"Measured against: {plain(groups[0].title)}.")
        return groups[0]
    place = st.selectbox(
        "Measured against",
        range(len(groups)),
        key=f"measure-group-{groups[0].metric.key}",
        format_func=lambda place: groups[place].title,
        help="Only numbers against the same pictures, and of equally many, can be compared.",
    )
    return groups[place if place < len(groups) else 0]


def _say(group: Group, names: Mapping[str, str]) -> None:
    """The best of each run, and whether it is one."""
    metric = group.metric
    lines = []
    for run_id, rows in group.rows.items():
        best = group.best(run_id)
        if best is None:
            lines.append(f"- **{plain(names[run_id])}**: {plain(verdict(metric, rows[-1]))}.")
            continue
        if not metric.chooses or metric.better is None or len(rows) == 1:
            said = verdict(metric, rows[-1])
        else:
            said = f"best: {verdict(metric, best)}"
            alike = as_good(metric, best, rows)
            if alike:
                epochs = [int(row["epoch"]) for row in alike]
                said += f"; {epochs_in_words(epochs)} cannot be told from it by these pictures"
        lines.append(f"- **{plain(names[run_id])}**: {plain(said)}.")
    st.markdown("\n".join(lines))


def _show_best(group: Group, jobs: Mapping[str, JobFolder], names: Mapping[str, str]) -> None:
    """What the best epoch of each run paints, and how far it has come."""
    for run_id in group.rows:
        run = RunFolder(jobs[run_id].path)
        best = group.best(run_id) if group.metric.chooses else group.rows[run_id][-1]
        best = best or group.rows[run_id][-1]
        epoch = int(best["epoch"])
        with st.container(border=True, key=f"measure-best-{run_id}", gap="small"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{plain(names[run_id])}**, epoch {epoch}", width="stretch")
                measure_links.show(run_id, epoch)
            grid = run.grid(epoch)
            if grid.exists():
                st.image(
                    strip(str(grid), grid.stat().st_mtime_ns, run.shape),
                    output_format="PNG",
                    alt=f"Samples of {names[run_id]} at epoch {epoch}",
                )
            share = progress(group.metric, best)
            if share is not None:
                way = f"{share:.0%} of the way from {group.metric.ceiling} to what real pictures give"
                st.progress(share, text="No further off than real pictures are among themselves" if share == 1 else way)


@st.cache_data(max_entries=128, show_spinner=False)
def strip(
    path: str, version: int, shape: tuple[int, int], *, side: int = _STRIP_SIDE, width: int = _STRIP_WIDTH
) -> bytes:
    """The first pictures of a grid in a row, each enlarged by a whole number, as a PNG.

    Args:
        version: changes with the file.
        shape: (height, width) of a picture in pixels.
        side: screen pixels that a picture has, about.
        width: screen pixels that the whole may have.
    """
    tall, wide = shape
    zoom = max(1, round(side / max(shape)))
    with Image.open(path) as grid:
        fit = max(1, min((grid.width + 2) // (wide + 2), width // (zoom * (wide + 2))))
        row = grid.convert("RGB").crop((0, 0, fit * (wide + 2) - 2, tall))
    buffer = io.BytesIO()
    row.resize((row.width * zoom, row.height * zoom), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def _show_rows(rows: Mapping[str, Sequence[Row]], names: Mapping[str, str]) -> None:
    everything = [(run_id, row) for run_id, of_run in rows.items() for row in of_run]
    with st.expander(f"All {len(everything):,} numbers", icon=":material/table:", key="measure-rows"):
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "Run": names[run_id],
                        "Epoch": int(row["epoch"]),
                        "Number": METRICS[row["metric"]].title if row["metric"] in METRICS else row["metric"],
                        "Value": float(row["value"]),
                        "95 %": interval(row["metric"], row),
                        "Floor": row.get("floor"),
                        "Ceiling": row.get("ceiling"),
                        "Pictures a side": int(row.get("count") or 0),
                        "Against": row.get("against_name") or row.get("against"),
                        "Details": in_words(row.get("details") or {}),
                    }
                    for run_id, row in everything
                ]
            ),
            column_config={
                name: st.column_config.NumberColumn(format="%.4g") for name in ("Value", "Floor", "Ceiling")
            },
            hide_index=True,
            width="stretch",
            alt="All numbers of the chosen runs",
        )


def in_words(details: Mapping[str, object]) -> str:
    """ "resize torch-fidelity, subsets 100, levels 64: 12.1, 32: 9.8"."""
    parts = []
    for name, value in details.items():
        if isinstance(value, Mapping):
            inner = ", ".join(f"{key}: {_short(one)}" for key, one in value.items())
            parts.append(f"{name.replace('_', ' ')} ({inner})")
        elif not isinstance(value, list):
            parts.append(f"{name.replace('_', ' ')} {_short(value)}")
    return ", ".join(parts)


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _show_nothing(jobs: Sequence[JobFolder]) -> None:
    with st.container(border=True, key="measure-empty", gap="small"):
        many = len(jobs) > 1
        st.subheader(":material/straighten: Nothing was measured yet", anchor=False)
        st.markdown(
            f"{'These runs have' if many else 'This run has'} no numbers. Measure "
            f"{'them' if many else 'it'} to see:\n\n"
            "- how close each epoch's pictures come to real ones, with the **floor** that real pictures have among "
            "themselves and the **ceiling** of random noise;\n"
            "- whether the pictures are **varied**, or the same again and again;\n"
            "- whether the model **copies** its training pictures;\n"
            "- which epoch is the **best**: it is kept whatever else is thinned out."
        )
