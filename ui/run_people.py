"""What people said of the epochs of runs, as studies wrote it beside them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.studies.results.machine import human_scores
from core.studies.results.scores import ELO, EXPOSURE, FOOL_RATE, MEAN
from core.training.run_folder import RunFolder
from ui.charts import Mark
from ui.jobs import plain

_MEASURES = {measure.name: measure for measure in (MEAN, FOOL_RATE, EXPOSURE, ELO)}


def show(folders: Sequence[RunFolder], names: Sequence[str], *, key: str) -> None:
    """Draw one study's word on these runs, the newest at first; nothing where no study has judged them.

    One study at a time: answers to other questions by other raters are on no common scale.
    """
    rows = [
        {**row, "run": name}
        for folder, name in zip(folders, names, strict=True)
        for row in human_scores(folder.path)
        if row["measure"] in _MEASURES
    ]
    if not rows:
        return
    studies = {row["study"]: row["title"] for row in sorted(rows, key=lambda row: row["at"], reverse=True)}
    st.markdown(
        "**What people said**",
        help="From human studies of these epochs, with flagged raters left out. Bars are 95 % intervals by raters.",
    )
    chosen = next(iter(studies))
    if len(studies) > 1:
        chosen = st.selectbox("Study", list(studies), format_func=studies.__getitem__, key=f"{key}-study")
    shown = [row for row in rows if row["study"] == chosen]
    _chart(shown, names, key=key)
    measure = _MEASURES[shown[0]["measure"]]
    best = max(shown, key=lambda row: row["value"])
    state = "" if all(row["final"] for row in shown) else " Interim: the study has not reached what it asked for."
    st.caption(
        f"“{plain(studies[chosen])}”: {sum(row['judgements'] for row in shown):,} judgements. Best for people: epoch "
        f"{best['epoch']}" + (f" of {plain(best['run'])}" if len(names) > 1 else "") + f", "
        f"{measure.text(best['value'])}.{state}"
    )
    st.page_link(
        "app_pages/judge/studies.py", label="Open the study", icon=":material/groups:", query_params={"study": chosen}
    )


def marks(folders: Sequence[RunFolder], names: Sequence[str], *, x: str) -> list[Mark]:
    """The epoch of each run that did best with people in the newest study of it, to be marked among its curves.

    Args:
        x: "epoch" or "images_seen".
    """
    found = []
    for folder, name in zip(folders, names, strict=True):
        rows = [row for row in human_scores(folder.path) if row["measure"] in _MEASURES]
        if not rows:
            continue
        newest = max(rows, key=lambda row: row["at"])["study"]
        of_study = [row for row in rows if row["study"] == newest]
        if len(of_study) < 2:
            continue  # the only epoch that was judged is not the best of any
        best = max(of_study, key=lambda row: row["value"])
        at = best["epoch"] if x == "epoch" else best["epoch"] * folder.epoch_images
        text = _MEASURES[best["measure"]].text(best["value"])
        found.append(Mark(at, f"people: {text}", name))
    return found


def joined(marks: Sequence[Mark]) -> list[Mark]:
    """Marks at one place of one curve as a single one, so that their texts do not cover each other."""
    texts: dict[tuple[float, str], list[str]] = {}
    for mark in marks:
        texts.setdefault((mark.x, mark.curve_label), []).append(mark.text)
    return [Mark(x, " · ".join(said), label) for (x, label), said in texts.items()]


def _chart(rows: list[dict[str, Any]], names: Sequence[str], *, key: str) -> None:
    measure = _MEASURES[rows[0]["measure"]]
    axis = {"axis": {"format": "%"}} if measure.is_share else {}
    x = {"field": "epoch", "type": "quantitative", "title": "Epoch", "scale": {"zero": False, "padding": 14}}
    y = {"field": "value", "type": "quantitative", "title": measure.title, "scale": {"zero": False}, **axis}
    color = {
        "field": "run",
        "type": "nominal",
        "scale": {"domain": list(names)},
        "legend": {"title": None, "orient": "top"} if len(names) > 1 else None,
    }
    values = [
        {
            "run": row["run"],
            "epoch": row["epoch"],
            "value": row["value"],
            "low": row["value"] if row["low"] is None else row["low"],
            "high": row["value"] if row["high"] is None else row["high"],
            "text": measure.text(row["value"]),
            "judgements": row["judgements"],
            "raters": row["raters"],
        }
        for row in rows
    ]
    st.vega_lite_chart(
        {
            "data": {"values": values},
            "encoding": {"color": color},
            "layer": [
                {"mark": {"type": "line", "strokeDash": [3, 3], "opacity": 0.6}, "encoding": {"x": x, "y": y}},
                {
                    "mark": {"type": "rule", "strokeWidth": 2.5},
                    "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                    "encoding": {
                        "x": x,
                        "y": y,
                        "tooltip": [
                            {"field": "run", "title": "Run"},
                            {"field": "epoch", "title": "Epoch"},
                            {"field": "text", "title": measure.title},
                            {"field": "judgements", "title": "Judgements"},
                            {"field": "raters", "title": "Raters"},
                        ],
                    },
                },
            ],
        },
        height=200,
        width="stretch",
        key=f"{key}-people",
        alt=f"{measure.title} of each judged epoch: "
        + "; ".join(f"{value['run']} epoch {value['epoch']} {value['text']}" for value in values),
    )
