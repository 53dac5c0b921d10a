"""What a study found, drawn: intervals, distributions, the pictures that convinced most and least."""

import base64
import io
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from core.studies.results import ItemResult, StudyResults
from core.studies.study import Study
from ui.rating import study_at

_THUMBNAIL = 192  # pixels, longest side
_SHOWN = 84  # CSS pixels: five in a row
_SHORT = {"generated": "Generated", "real": "Real"}


def short_names(study: Study) -> dict[str, str]:
    """A short name for each condition; numbered where there are several of a kind."""
    kinds = [condition.kind for condition in study.conditions]
    return {
        condition.id: _SHORT.get(condition.kind, condition.kind)
        + (f" {condition.id.rpartition('-')[2]}" if kinds.count(condition.kind) > 1 else "")
        for condition in study.conditions
    }


def means_chart(study: Study, found: StudyResults, *, key: str) -> None:
    """The mean of each condition with its 95 % interval, on the whole scale."""
    names = short_names(study)
    rows = [
        {
            "condition": names[result.condition.id],
            "mean": result.mean,
            "low": result.best_interval.low if result.best_interval else result.mean,
            "high": result.best_interval.high if result.best_interval else result.mean,
            "text": f"{result.mean:.2f}",
        }
        for result in found.conditions
        if result.mean is not None
    ]
    answers = study.design.scale.answers
    scale = {"domain": [answers[0], answers[-1]], "nice": False}
    x = {"field": "mean", "type": "quantitative", "scale": scale, "title": "Mean answer", "axis": {"tickCount": 5}}
    y = {"field": "condition", "type": "nominal", "title": None, "sort": None, "axis": {"labelFontSize": 13}}
    color = {"field": "condition", "type": "nominal", "legend": None, "scale": {"domain": list(names.values())}}
    st.vega_lite_chart(
        {
            "data": {"values": rows},
            "encoding": {"y": y, "color": color},
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 3, "clip": True},
                    "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
                },
                {"mark": {"type": "point", "filled": True, "size": 130, "opacity": 1}, "encoding": {"x": x}},
                {
                    "mark": {"type": "text", "dy": -15, "fontSize": 13, "fontWeight": 600},
                    "encoding": {"x": x, "text": {"field": "text"}},
                },
            ],
        },
        height=60 + 58 * max(1, len(rows)),
        width="stretch",
        key=key,
        alt="Mean answer of each condition with its 95 % interval: "
        + "; ".join(f"{row['condition']} {row['text']}" for row in rows),
    )


def distribution_chart(study: Study, found: StudyResults, *, key: str) -> None:
    """How often each answer was given, as a share of each condition's judgements."""
    names, scale = short_names(study), study.design.scale
    rows = [
        {
            "condition": names[result.condition.id],
            "answer": f"{answer} {label}".strip(),
            "share": count / result.judgements,
            "count": count,
        }
        for result in found.conditions
        if result.judgements
        for answer, label, count in zip(scale.answers, scale.labels, result.distribution, strict=True)
    ]
    color = {
        "field": "condition",
        "type": "nominal",
        "scale": {"domain": list(names.values())},
        "legend": {"title": None, "orient": "top"},
    }
    st.vega_lite_chart(
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {
                "x": {"field": "answer", "type": "nominal", "sort": None, "title": None, "axis": {"labelAngle": 0}},
                "xOffset": {"field": "condition", "sort": None},
                "y": {
                    "field": "share",
                    "type": "quantitative",
                    "stack": None,
                    "title": None,
                    "axis": {"format": "%", "tickCount": 4},
                },
                "color": color,
                "tooltip": [
                    {"field": "condition", "title": "Condition"},
                    {"field": "answer", "title": "Answer"},
                    {"field": "count", "title": "Judgements"},
                    {"field": "share", "title": "Share", "format": ".0%"},
                ],
            },
        },
        height=240,
        width="stretch",
        key=key,
        alt="Share of each answer, by condition",
    )


def table_rows(study: Study, everything: StudyResults, clean: StudyResults) -> list[dict[str, Any]]:
    """One row per condition for a table: with all votes, and without flagged ones."""
    names = short_names(study)
    rows = []
    for result, without in zip(everything.conditions, clean.conditions, strict=True):
        rows.append(
            {
                "Condition": names[result.condition.id],
                "What": result.condition.label,
                "Pictures": result.condition.count,
                "Judgements": result.judgements,
                "Raters": result.raters,
                "Mean": result.mean,
                "By judgements": _interval(result.interval),
                "By raters": _interval(result.rater_interval),
                "Without flagged": without.mean,
                "By raters (without)": _interval(without.rater_interval),
            }
        )
    return rows


def difference_text(study: Study, found: StudyResults) -> str:
    """Generated against real, in one Markdown line each."""
    names = short_names(study)
    lines = []
    for difference in found.differences:
        interval = difference.best_interval
        between = f" (95 % interval {interval.low:+.2f} to {interval.high:+.2f}, {interval.method})" if interval else ""
        lines.append(
            f"**{names[difference.first.id]} minus {names[difference.second.id].lower()}: "
            f"{difference.difference:+.2f}**{between}. Cliff's delta {difference.cliffs_delta:+.2f}, "
            f"{difference.magnitude}."
        )
    return "  \n".join(lines).replace(" -", " \N{MINUS SIGN}")


def pictures(study: Study, items: list[ItemResult], *, alt: str) -> None:
    """Small pictures with their mean and how often they were judged."""
    with st.container(horizontal=True, gap="small"):
        for item in items:
            st.image(
                thumbnail(study.path, item.item),
                caption=f"{item.mean:.1f} · {item.judgements}×",
                width=_SHOWN,
                alt=f"{alt}: {item.mean:.1f}",
            )


@st.cache_data(show_spinner=False, max_entries=4000)
def thumbnail(study_path: Path, item_id: str) -> str:
    """A frozen picture, small, as a data URL: a page of them is one message instead of many requests."""
    with Image.open(io.BytesIO(study_at(study_path).picture(item_id))) as picture:
        picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=85)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _interval(interval: Any) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}" if interval else ""
