"""What Collect shows of files: what they were recognised as before an import, and how well labels match."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from core.sources.files.tree import LEFT_ASIDE
from core.sources.opening import Preview
from core.sources.outcome import Outcome, OutcomeFollower
from ui.collect_figures import Figure, show_figures
from ui.jobs import plain

if TYPE_CHECKING:
    from core.sources.files.format import Recognition

_NAMED_CLASSES = 12  # more are counted, and listed when asked for


def show_preview(preview: Preview, *, from_files: bool) -> None:
    """Three pictures; of files also how many there are, and what the labels say about them."""
    report = preview.report
    labels = report["labels"]
    if from_files:
        left_aside = report["left_aside"]
        with st.container(horizontal=True, gap="medium"):
            st.metric("Pictures found", f"{report['found']:,}", width="content")
            aside = sum(left_aside.values())
            st.metric("Other files, left aside", f"{aside:,}", help=listed(left_aside, LEFT_ASIDE), width="content")
            if labels or not any(taken.classes for taken in preview.recognised[:1]):
                st.metric("With labels", f"{labels['matched']:,}" if labels else "None", width="content")
    show_figures(
        [
            Figure(picture.title, (picture.artist or picture.key,), picture.thumbnail, picture.refusal)
            for picture in preview.pictures
        ]
    )
    if labels:
        show_labels(labels)


def show_recognised(taken: "Recognition") -> None:
    """What a folder, an archive or a file was taken for, with its classes and splits."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge("Recognised", icon=":material/fact_check:", color="green")
        st.markdown(f"**{plain(taken.title)}**", width="content")
    st.caption(plain(taken.found))
    for word, counts in (("Splits", taken.splits), ("Classes", taken.classes)):
        if counts:
            _show_counts(word, counts)
    for note in taken.notes:
        st.caption(f":material/info: {plain(note)}")


def _show_counts(word: str, counts: dict[str, int]) -> None:
    shown = dict(sorted(counts.items(), key=lambda item: -item[1])[:_NAMED_CLASSES]) if word == "Classes" else counts
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(f"{len(counts):,} classes" if word == "Classes" else word, width="content")
        for name, count in shown.items():
            st.badge(plain(f"{name}: {count:,}"), color="gray")
        if rest := len(counts) - len(shown):
            with st.popover(f"{rest:,} more", type="tertiary"):
                st.dataframe(
                    pd.DataFrame(list(counts.items()), columns=["Class", "Pictures"]),
                    hide_index=True,
                    alt="All classes with their pictures",
                )


def show_labels(labels: dict[str, Any]) -> None:
    """How a table of labels was understood, and what in it found no picture."""
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


@st.cache_resource(max_entries=64, show_spinner=False)
def _follower(folder: Path) -> OutcomeFollower:
    return OutcomeFollower(folder)


def outcome_of(folder: Path) -> Outcome:
    """What became of a job's items so far; a look costs what has come since the last one."""
    return _follower(folder).outcome()


def listed(counts: dict[str, int], words: dict[str, str]) -> str | None:
    return "; ".join(f"{words.get(kind, kind)}: {count:,}" for kind, count in counts.items()) or None
