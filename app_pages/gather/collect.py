"""Collect: choose where pictures come from, look at what there is, take them in, follow them as they arrive."""

import time
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.jobs.folder import JobFolder, list_jobs
from core.sources.museums.registry import MUSEUMS, URLS
from ui import access
from ui.collect_files import import_files, import_sample, import_uploads, origin
from ui.collect_museums import WITH_FORMS, ask_museum
from ui.collect_plan import plan_and_start
from ui.collect_progress import show_collection
from ui.collect_wikiart import ask_wikiart
from ui.jobs import plain
from ui.lab import catalog, workspace

access.require_owner()

WAYS = {
    "sample": "Sample",
    "wikiart": "WikiArt",
    "museums": "Museums",
    "files": "Files on this computer",
    "upload": "Upload",
}
FORMER = {"folder": "files", "museum": "museums"} | dict.fromkeys(WITH_FORMS, "museums")  # in links


def way_from_link() -> None:
    """?from=wikiart, or ?from=met: a link chooses once; after that the person does."""
    asked = st.query_params.get("from", "").lower()
    if asked == st.session_state.get("way-told") and "way" in st.session_state:
        return
    st.session_state["way-told"] = asked
    if FORMER.get(asked, asked) in WAYS:
        st.session_state["way"] = FORMER.get(asked, asked)
    if asked in WITH_FORMS:
        st.session_state["museum"] = asked


def tell_link(way: str) -> None:
    """The address of the page shows what is chosen, so that it can be kept and shared."""
    st.query_params["from"] = st.session_state["way-told"] = way


def collect_wikiart() -> str | None:
    tell_link("wikiart")
    settings, name, missing = ask_wikiart()
    return plan_and_start(settings, suggested_name=name, catalog=known, missing=missing)


def collect_museum() -> str | None:
    museum = st.segmented_control(
        "Museum",
        WITH_FORMS,
        format_func=lambda source: MUSEUMS[source].title,
        default=WITH_FORMS[0] if "museum" not in st.session_state else None,
        required=True,
        key="museum",
        persist_state="session",
    )
    tell_link(museum)
    settings, name, missing = ask_museum(museum)
    return plan_and_start(settings, suggested_name=name, catalog=known, missing=missing)


def where_from(settings: dict[str, Any]) -> str:
    source = str(settings.get("source"))
    if source in MUSEUMS:
        return MUSEUMS[source].title
    return f"addresses in {origin(settings)}" if source == URLS else origin(settings)


def earlier(past: list[JobFolder]) -> None:
    st.header("Earlier collections", anchor=False)
    st.caption("Choose one to see what became of each item, to resume it, or to try again what failed.")
    rows = [
        {
            "Collection": str(job.settings.get("collection", "")),
            "From": where_from(job.settings),
            "Started": time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created)),
            "State": str(job.state()),
            "Outcome": end.message if (end := job.end()) else "",
        }
        for job in past
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="past",
        alt="Earlier collections with their outcome",
    )
    for row in picked.selection.rows[:1]:
        if row < len(past):
            show_collection(past[row])


lab = workspace()
known = catalog()
imports = [job for job in list_jobs(lab) if job.kind == "collect"]
shown = [job for job in imports if job.is_active or job.id == st.session_state.get("begun")]

st.title("Collect", anchor=False)
st.caption("Bring pictures into the lab: from museums, or files of your own, which are copied and stay untouched.")

for job in shown:
    show_collection(job)
if shown:
    st.divider()

way_from_link()
way = st.segmented_control(
    "Where the pictures come from",
    list(WAYS),
    format_func=WAYS.__getitem__,
    default="sample" if "way" not in st.session_state else None,
    required=True,
    key="way",
    persist_state="session",
)
begun = None
try:
    match way:
        case "wikiart":
            begun = collect_wikiart()
        case "museums":
            begun = collect_museum()
        case "files":
            tell_link(way)
            begun = import_files(lab, known)
        case "upload":
            tell_link(way)
            begun = import_uploads(lab, known)
        case _:
            tell_link("sample")
            begun = import_sample(lab, known)
except AtelierError as error:
    st.error(plain(str(error)), icon=":material/error:")
if begun is not None:
    st.session_state["begun"] = begun
    st.rerun()

past = [job for job in imports if job not in shown]
if past:
    earlier(past)
