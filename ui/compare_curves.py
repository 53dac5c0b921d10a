"""The curves of the runs that are compared: numbers that share an axis in one chart, a colour for each run."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from core.training.run_folder import RunFolder
from ui import access, charts, curves, run_people
from ui.comparison import Curves
from ui.jobs import plain
from ui.run_logs import rows_of

AXES = {"epoch": "Epoch", "images_seen": "Images seen"}
_CHOICES = {"epoch": "Epochs", "images_seen": "Images seen"}
_METRICS, _OVER, _SMOOTHING, _LOG = "compare-metrics", "compare-axis", "compare-smoothing", "compare-log"


def show(
    folders: Sequence[RunFolder],
    names: Sequence[str],
    in_sight: Sequence[tuple[int, float]],
    *,
    chosen: Curves,
    keep: Callable[[Curves], None],
) -> None:
    """
    Args:
        in_sight: (number of the run, epoch) of what the columns show, to be marked.
        keep: called before the rerun that another choice causes.
    """
    known = list(dict.fromkeys(name for folder in folders for name in _known(*_version(folder))))
    known = curves.in_order(known)
    if not known:
        st.caption(charts.NO_POINTS)
        return
    wanted = [name for name in chosen.metrics if name in known] or known[:1]
    _begin(chosen, wanted)

    def tell() -> None:
        keep(_told())

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="compare-curve-choices"):
        st.multiselect(
            "Curves",
            known,
            format_func=curves.metric_label,
            key=_METRICS,
            on_change=access.owner_action(tell),
            width=420,
        )
        st.segmented_control(
            "Over",
            list(AXES),
            format_func=_CHOICES.__getitem__,
            required=True,
            key=_OVER,
            on_change=access.owner_action(tell),
        )
        st.slider("Smoothing", 0.0, 0.99, step=0.01, key=_SMOOTHING, on_change=access.owner_action(tell), width=200)
        st.toggle("Log axis", key=_LOG, on_change=access.owner_action(tell))
    now = _told()
    by_axis: dict[str, list[str]] = {}
    for name in now.metrics or wanted:
        group = curves.group_of(name)
        by_axis.setdefault(group.title if group else name, []).append(name)
    for number, metrics in enumerate(by_axis.values()):
        _chart(metrics, number, folders, names, in_sight, now)


def _version(run: RunFolder) -> tuple[str, int, int]:
    """The run, and what changes with its log."""
    try:
        stat = run.metrics_file.stat()
    except OSError:
        return str(run.path), 0, 0
    return str(run.path), stat.st_size, stat.st_mtime_ns


@st.cache_data(max_entries=64, show_spinner=False)
def _known(path: str, size: int, changed: int) -> list[str]:
    """The numbers that a run logged. Kept, as curves are: the epochs in sight change far more often than the logs."""
    return curves.metric_names(rows_of(RunFolder(Path(path))))


@st.cache_resource(max_entries=256, show_spinner=False)
def _curve(path: str, size: int, changed: int, metric: str, x: str) -> charts.Curve | None:
    return curves.curve(rows_of(RunFolder(Path(path))), metric, "", x=x)


def _begin(chosen: Curves, wanted: Sequence[str]) -> None:
    """What the URL says, until a person says otherwise."""
    known = {_METRICS: list(wanted), _OVER: chosen.over, _SMOOTHING: chosen.smoothing, _LOG: chosen.log}
    for key, value in known.items():
        if key not in st.session_state:
            st.session_state[key] = value
    if not st.session_state[_METRICS]:
        st.session_state[_METRICS] = list(wanted)


def _told() -> Curves:
    state = st.session_state
    return Curves(tuple(state[_METRICS]), state[_OVER], float(state[_SMOOTHING]), bool(state[_LOG]))


def _chart(
    metrics: Sequence[str],
    number: int,
    folders: Sequence[RunFolder],
    names: Sequence[str],
    in_sight: Sequence[tuple[int, float]],
    chosen: Curves,
) -> None:
    x, several = chosen.over, len(metrics) > 1
    group = curves.group_of(metrics[0])
    lines, missing = [], []
    for folder, name in zip(folders, names, strict=True):
        drawn = {metric: _curve(*_version(folder), metric, x) for metric in metrics}
        for metric, curve in drawn.items():
            if curve is not None and several and group is not None:
                what = group.metrics[metric]
                lines.append(charts.Curve(f"{name}: {what.lower()}", curve.x, curve.y, color=name, dash=what))
            elif curve is not None:
                lines.append(charts.Curve(name, curve.x, curve.y))
        if all(curve is None for curve in drawn.values()):
            missing.append(name)
    title = group.title if group is not None and several else curves.metric_label(metrics[0])
    charts.line_chart(
        lines,
        key=f"compare-curves-{number}",
        alt=f"{title} of {len(names)} runs",
        x_title=AXES[x],
        y_title=group.axis if group is not None and several else title,
        smoothing=chosen.smoothing,
        log=chosen.log and (group is None or group.can_be_log),
        marks=run_people.joined(
            [
                charts.Mark(at if x == "epoch" else at * folders[run].epoch_images, f"{at:g}", names[run])
                for run, at in dict.fromkeys(in_sight)
            ]
            + run_people.marks(folders, names, x=x)
        ),
        height=280,
    )
    if missing:
        st.caption(f"Not logged by {plain(', '.join(missing))}.")
