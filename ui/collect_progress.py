"""A collection under way or ended: its card, what arrived and what did not, and the newest pictures as they come."""

from functools import lru_cache

import pandas as pd
import streamlit as st
from PIL import Image

from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.sources.files.tree import LEFT_ASIDE
from core.sources.job import retry_failed
from core.sources.licences import is_free
from core.sources.museums.registry import WEB_SOURCES
from core.sources.outcome import Outcome, Refused
from core.sources.reasons import REASONS
from ui import access, lab
from ui.collect import listed, outcome_of, show_labels
from ui.gallery import GalleryItem, gallery
from ui.jobs import job_card, plain

_TICK_SECONDS = 2.0
_NEWEST = 16  # pictures: two rows on a usual screen


def show_collection(job: JobFolder) -> None:
    """One import, followed while it is at work."""
    job_card(job)
    active = job.is_active

    @access.owner_fragment(run_every=_TICK_SECONDS if active else None)
    def arrivals() -> None:
        if st.session_state.pop(f"retried-{job.id}", False):
            st.rerun()  # a callback in a fragment runs this fragment alone, but the card has to follow the job anew
        _arrivals(job, active=active)

    arrivals()


def _arrivals(job: JobFolder, *, active: bool) -> None:
    outcome = outcome_of(job.path)
    if outcome.report is None:  # not looked through yet; the card says how far it is
        return
    with st.container(border=True, key=f"arrivals-{job.id}", gap="small"):
        _counts(outcome)
        _licences(job, outcome)
        _newest(job, outcome)
        _not_arrived(job, outcome)
        if not active and outcome.failed:
            _retry(job, outcome)
        labels = outcome.report.get("labels")
        if labels and not active:
            show_labels(labels)
        if outcome.stored and not active:
            _ways_on(str(job.settings.get("collection", "")))


def _counts(outcome: Outcome) -> None:
    left_aside = (outcome.report or {}).get("left_aside") or {}
    figures = {
        "Stored": (outcome.stored, f"{outcome.bytes / 1e6:,.1f} MB"),
        "Of these new to the lab": (outcome.new, None),
        "Refused": (len(outcome.refused), "For good: asking again would give the same."),
        "Failed": (len(outcome.failed), "Tried as often as makes sense. They can be tried again."),
    }
    if left_aside:
        figures["Other files, left aside"] = (sum(left_aside.values()), listed(left_aside, LEFT_ASIDE))
    with st.container(horizontal=True, gap="medium"):
        for label, (count, tip) in figures.items():
            st.metric(label, f"{count:,}", help=tip, width="content")


def _licences(job: JobFolder, outcome: Outcome) -> None:
    """Of a person's own files nothing need be stated, so that only what is stated is shown."""
    if not outcome.licences or (set(outcome.licences) == {""} and job.settings.get("source") not in WEB_SOURCES):
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption("Licences", width="content")
        for licence, count in outcome.licences.items():
            free = is_free(licence)
            st.badge(
                plain(f"{licence or 'Not stated'}: {count:,}"),
                icon=":material/lock_open:" if free else ":material/copyright:",
                color="green" if free else "orange",
            )


def _newest(job: JobFolder, outcome: Outcome) -> None:
    workspace = lab.workspace()
    items = [
        GalleryItem(id=sha256, image=thumb, width=size[0], height=size[1], caption="")
        for sha256 in outcome.newest[:_NEWEST]
        if (size := _size(str(thumb := workspace.thumb(sha256)))) is not None
    ]
    if not items:
        return
    st.caption("Newest pictures")
    event = gallery(items, key=f"newest-{job.id}", label="Newest pictures", size="small", selectable=False)
    if event.opened:
        st.switch_page("app_pages/gather/catalog.py", query_params={"picture": event.opened})


@lru_cache(maxsize=4096)  # a thumbnail never changes
def _size(path: str) -> tuple[int, int] | None:
    try:
        with Image.open(path) as picture:
            return picture.size
    except OSError:  # thumbnails can be thrown away; the picture is in the catalog all the same
        return None


def _not_arrived(job: JobFolder, outcome: Outcome) -> None:
    """Every item that did not arrive, with its reason; the table is made only while it is open."""
    items = [*outcome.failed, *outcome.refused]
    if not items:
        return
    counts = {**outcome.failed_by_reason()}
    for reason, count in outcome.refused_by_reason().items():
        counts[reason] = counts.get(reason, 0) + count
    words = ", ".join(f"{_reason(reason).lower()}: {count:,}" for reason, count in counts.items())
    expander = st.expander(
        plain(f"Not arrived ({words})"),
        icon=":material/block:",
        key=f"not-arrived-{job.id}",
        on_change="rerun",
    )
    if not expander.open:
        return
    with expander:
        table = pd.DataFrame(
            [_row(item, "failed" if place < len(outcome.failed) else "refused") for place, item in enumerate(items)]
        )
        columns = [name for name in table.columns if table[name].astype(bool).any()]
        st.dataframe(
            table[columns],
            hide_index=True,
            width="stretch",
            column_config={
                "Page": st.column_config.LinkColumn(display_text="Open", width="small"),
                "What was found": st.column_config.TextColumn(width="large"),
            },
            alt="Items that did not arrive, with the reason of each",
        )


def _row(item: Refused, state: str) -> dict[str, str | int]:
    return {
        "Item": item.file,
        "Title": item.title,
        "Outcome": state,
        "Reason": _reason(item.reason),
        "What was found": item.detail,
        "Tries": item.attempts if item.page_url else 0,
        "Page": item.page_url if item.page_url.startswith(("https://", "http://")) else "",
    }


def _reason(code: str) -> str:
    return REASONS.get(code, code)


def _retry(job: JobFolder, outcome: Outcome) -> None:
    limit, failed = job.settings.get("limit"), len(outcome.failed)
    if limit and outcome.stored >= limit:
        st.caption(f"The {limit:,} pictures that were wanted are here without those that failed.")
        return

    def again() -> None:
        st.session_state.pop(f"retry-refusal-{job.id}", None)
        try:
            retry_failed(lab.workspace(), job)
        except AtelierError as error:
            st.session_state[f"retry-refusal-{job.id}"] = str(error)
        else:
            st.session_state["begun"] = job.id
            st.session_state[f"retried-{job.id}"] = True

    st.button(
        f"Try {'the failed one' if failed == 1 else f'the {failed:,} failed ones'} again",
        icon=":material/replay:",
        key=f"retry-{job.id}",
        on_click=access.owner_action(again),
    )
    if refusal := st.session_state.get(f"retry-refusal-{job.id}"):
        st.error(plain(refusal), icon=":material/block:")


def _ways_on(collection: str) -> None:
    with st.container(horizontal=True):
        for page, label, icon in (
            ("app_pages/gather/catalog.py", "Open in the catalog", ":material/photo_library:"),
            ("app_pages/gather/augment.py", "Make a dataset from it", ":material/auto_awesome_mosaic:"),
        ):
            st.page_link(page, label=label, icon=icon, query_params={"collection": collection})
