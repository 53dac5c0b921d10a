"""Collect's pictures and figures: what was found before an import, what became of it afterwards."""

import base64
import html
from pathlib import Path

import pandas as pd
import streamlit as st

from core.images import REASONS
from core.sources.files.tree import LEFT_ASIDE
from core.sources.opening import Preview
from core.sources.outcome import Outcome, read_outcome
from ui.jobs import plain

_STYLE = """
<style>
.collect-preview { display: flex; flex-wrap: wrap; gap: 18px; font-size: .85rem; }
.collect-preview figure { margin: 0; width: 256px; }
.collect-preview .frame { height: 200px; display: flex; align-items: end; }
.collect-preview img { max-width: 100%; max-height: 200px; display: block; }
.collect-preview figcaption { margin-top: 6px; overflow-wrap: anywhere; }
.collect-preview figcaption span { opacity: .65; display: block; }
</style>
"""


def show_preview(preview: Preview, *, from_files: bool) -> None:
    """Three pictures; of files also how many there are, and what the labels say about them."""
    report = preview.report
    labels = report["labels"]
    if from_files:
        columns = st.columns(3)
        columns[0].metric("Pictures found", f"{report['found']:,}")
        left_aside = report["left_aside"]
        columns[1].metric(
            "Other files, left aside", f"{sum(left_aside.values()):,}", help=_listed(left_aside, LEFT_ASIDE)
        )
        columns[2].metric("With labels", f"{labels['matched']:,}" if labels else "None")
    figures = []
    for picture in preview.pictures:
        if picture.thumbnail:
            source = f"data:image/webp;base64,{base64.b64encode(picture.thumbnail).decode()}"
            frame = f"<div class='frame'><img src='{source}' alt='{html.escape(picture.title, quote=True)}'></div>"
        else:
            frame = f"<div class='frame'>{html.escape(picture.refusal)}</div>"
        caption = f"{html.escape(picture.title)}<span>{html.escape(picture.artist or picture.key)}</span>"
        figures.append(f"<figure>{frame}<figcaption>{caption}</figcaption></figure>")
    st.html(f"{_STYLE}<div class='collect-preview'>{''.join(figures)}</div>")
    if labels:
        _show_labels(labels)


def show_outcome(outcome: Outcome) -> None:
    """Counts by outcome, and every refused file with its reason."""
    columns = st.columns(4)
    columns[0].metric("Stored", f"{outcome.stored:,}")
    columns[1].metric("Of these new to the lab", f"{outcome.new:,}")
    columns[2].metric("Refused", f"{len(outcome.refused):,}")
    left_aside = (outcome.report or {}).get("left_aside", {})
    columns[3].metric("Other files, left aside", f"{sum(left_aside.values()):,}", help=_listed(left_aside, LEFT_ASIDE))
    if outcome.refused:
        counts = ", ".join(f"{REASONS[reason].lower()}: {n:,}" for reason, n in outcome.refused_by_reason().items())
        with st.expander(f"Refused files ({counts})", icon=":material/block:"):
            st.dataframe(
                pd.DataFrame(
                    [(item.file, REASONS[item.reason], item.detail) for item in outcome.refused],
                    columns=["File", "Reason", "What was found"],
                ),
                hide_index=True,
                width="stretch",
                alt="Refused files with the reason of each",
            )
    labels = (outcome.report or {}).get("labels")
    if labels:
        _show_labels(labels)


@st.cache_data(max_entries=64, show_spinner=False)
def _read_outcome(folder: Path, ledger_bytes: int) -> Outcome:
    return read_outcome(folder)


def outcome_of(folder: Path) -> Outcome:
    """Read again only when the ledger has grown."""
    ledger = folder / "ledger.jsonl"
    return _read_outcome(folder, ledger.stat().st_size if ledger.exists() else 0)


def _show_labels(labels: dict) -> None:
    understood = [f"{column} → {field}" for field, column in labels["recognised"].items()]
    words = f"Columns understood: {', '.join(understood)}."
    if labels["metadata_columns"]:
        words += f" Kept as metadata: {', '.join(labels['metadata_columns'])}."
    if labels["encoding"] not in ("utf-8", "utf-8-sig"):
        words += f" The table was read as {labels['encoding']}: check that accents look right."
    st.caption(plain(words))
    problems = {
        "unmatched": "rows without their file",
        "ambiguous": "rows whose file exists in several folders, given to none",
        "repeated": "rows for a file that an earlier row describes",
    }
    found = [f"{text}: {labels[f'{kind}_count']:,}" for kind, text in problems.items() if labels[f"{kind}_count"]]
    if labels["unlabelled"]:
        found.append(f"pictures without a row: {labels['unlabelled']:,}")
    if found:
        with st.expander(f"Labels: {'; '.join(found)}", icon=":material/info:"):
            for kind, text in problems.items():
                if labels[kind]:
                    st.caption(text.capitalize())
                    st.code("\n".join(labels[kind]), language=None)


def _listed(counts: dict[str, int], words: dict[str, str]) -> str | None:
    return "; ".join(f"{words[kind]}: {count:,}" for kind, count in counts.items()) or None
