"""The provenance card of a picture: where it comes from, how it came, what people decided, where it went."""

import html
from datetime import datetime

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.decisions import Decisions, decisions_about
from core.catalog.records import ArtworkRecord, HistoryEntry, Membership, Picture
from core.datasets.uses import DatasetUse, uses_of
from core.sources.came import how_it_came
from core.workspace import Workspace
from ui.catalog_flags import issue_title
from ui.duplicates_words import taken_over_rows
from ui.jobs import plain

_MOST = 12  # verdicts, datasets, runs that are told
_ACTS = {
    "exclude": "Excluded",
    "restore": "Restored",
    "tag": "Tagged",
    "untag": "Tag taken away",
    "dismiss": "Called fine",
    "undismiss": "To be flagged again",
    "keep_one": "One of a group kept",
    "keep_all": "All of a group kept",
    "ask_again": "To be asked about again",
    "undo": "Taken back as it was",
    "replace": "Replaced at its source",
}


def provenance_card(catalog: Catalog, workspace: Workspace, shown: Picture) -> None:
    """All of it readable on a phone: one column, words that wrap."""
    with st.container(border=True, gap="small", key="provenance"):
        st.markdown("**:material/fact_check: Provenance**")
        for artwork in shown.artworks:
            _source(workspace, artwork)
        _rows({"Format": f"{shown.format}, {shown.width} × {shown.height} pixels, {shown.bytes:,} bytes"})
        st.caption("SHA-256 of the original bytes")
        st.code(shown.sha256, language=None, wrap_lines=True)
        decided = decisions_about(catalog, shown.sha256)
        _decision(decided)
        _verdicts(decided)
        _rows(taken_over_rows(catalog.taken_over(shown.sha256)))
        _uses(uses_of(workspace, shown.sha256))
        _history(shown.history)


def _source(workspace: Workspace, artwork: ArtworkRecord) -> None:
    rows = {
        "Source": f"{artwork.source}, {artwork.source_id}",
        "Page": artwork.page_url,
        "Picture": artwork.image_url,
        "Licence": artwork.licence or ("not stated: unknown is not free" if artwork.image_url else "your own files"),
    }
    for membership in artwork.memberships:
        rows |= _came(workspace, artwork, membership)
    _rows(rows)


def _came(workspace: Workspace, artwork: ArtworkRecord, membership: Membership) -> dict[str, str]:
    came = how_it_came(workspace, membership.job_id, artwork.image_url)
    told = [f"{_when(membership.added_at)}."]
    if came.title:
        told.append(f"“{came.title}” ({came.job_id}){f', Atelier {came.version}' if came.version else ''}.")
    told.append(came.way)
    return {f"In {membership.collection}": " ".join(told), "robots.txt": came.robots}


def _decision(decided: Decisions) -> None:
    exclusion = decided.exclusion
    if exclusion is None:
        st.markdown(":material/check_circle: **Kept**: nobody has excluded it.")
    else:
        st.markdown(f":material/block: **Excluded**: {plain(exclusion.reason)}")
        st.caption(f"by {plain(exclusion.who)}, {_when(exclusion.at)}")


def _verdicts(decided: Decisions) -> None:
    rows = {
        f"Fine: {issue_title(verdict.issue)}": f"{verdict.who}, {_when(verdict.at)}" for verdict in decided.fine[:_MOST]
    }
    words = {"same": "The same as", "different": "Not the same as"}
    for pair in decided.pairs[:_MOST]:
        label = f"{words.get(pair.verdict, pair.verdict)} {pair.other[:12]}"
        rows[label] = f"{pair.who}, {_when(pair.at)}"
    _rows(rows)
    if len(decided.pairs) > _MOST:
        st.caption(f"and {len(decided.pairs) - _MOST:,} more verdicts about pairs")


def _uses(uses: list[DatasetUse]) -> None:
    if not uses:
        st.caption("In no dataset yet.")
        return
    for use in uses[:_MOST]:
        copies = f", {use.rows:,} times with its copies" if use.rows > 1 else ""
        st.markdown(f":material/dataset: In dataset **{plain(' = '.join(use.names))}**{copies}")
        for run in use.runs[:_MOST]:
            st.page_link(
                "app_pages/make/train.py",
                label=f"Trained on it: {plain(run.title)}",
                icon=":material/model_training:",
                query_params={"run": run.id},
            )
        if len(use.runs) > _MOST:
            st.caption(f"and {len(use.runs) - _MOST:,} more runs")
    if len(uses) > _MOST:
        st.caption(f"and {len(uses) - _MOST:,} more datasets")


def _history(history: tuple[HistoryEntry, ...]) -> None:
    if history:
        with st.expander(f"History ({len(history)})", icon=":material/history:"):
            for entry in history:
                told = issue_title(entry.reason) if entry.act in ("dismiss", "undismiss") else entry.reason
                reason = f": {plain(told)}" if entry.reason else ""
                others = f", with {entry.pictures - 1:,} others" if entry.pictures > 1 else ""
                who = plain(entry.who)
                st.caption(f"{_when(entry.at)} · {who} · {_ACTS.get(entry.act, entry.act)}{reason}{others}")


def _when(at: datetime) -> str:
    return f"{at:%d %b %Y, %H:%M} UTC"


def _rows(rows: dict[str, str]) -> None:
    """Label above value: what comes from outside is never read as markup, and wraps on a phone."""
    lines = "".join(
        f"<dt style='margin:.25rem 0 0;opacity:.65;font-size:.8rem'>{html.escape(label)}</dt>"
        f"<dd style='margin:0;overflow-wrap:anywhere'>{_linked(value)}</dd>"
        for label, value in rows.items()
        if value
    )
    if lines:
        st.html(f"<dl style='margin:0;padding:0;font-size:.87rem'>{lines}</dl>")


def _linked(value: str) -> str:
    text = html.escape(value)
    if value.startswith(("https://", "http://")):
        return f"<a href='{text}' target='_blank' rel='noopener noreferrer'>{text}</a>"
    return text
