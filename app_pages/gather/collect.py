"""Collect: choose where pictures come from, look at what was recognised, take them in."""

import time
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.sources.job import MAX_COLLECTION_NAME, check_collection
from core.sources.opening import Preview, likely_labels, preview
from core.sources.staging import Staging
from ui.collect import outcome_of, show_outcome, show_preview
from ui.jobs import job_cards, plain
from ui.lab import catalog, workspace

NO_LABELS = "No labels"
LABELS_ELSEWHERE = "Another file …"


@st.cache_data(ttl=300, max_entries=16, show_spinner="Looking through the pictures")
def looked_at(settings: dict[str, Any], folder: Path, look: int) -> Preview:
    """look: a count that changes when the source should be looked through again."""
    return preview(settings, folder)


def look_again() -> None:
    st.session_state["look"] = st.session_state.get("look", 0) + 1


def ask_sample() -> dict[str, Any]:
    st.write(
        "Colour-field paintings that Atelier's own painter draws: stacked soft rectangles, stripes, stains, hard edges "
        "and more. They are **synthetic** and free to use (**CC0**): a collection to try the lab with, marked as "
        "synthetic wherever it is shown."
    )
    left, right, _ = st.columns([1, 1, 2])
    count = left.number_input("Paintings", 10, 5_000, 400, step=50, key="count")
    seed = right.number_input("Seed", 0, 2**32 - 1, 0, key="seed", help="The same seed gives the same paintings.")
    return {"source": "sample", "count": int(count), "seed": int(seed)}


def ask_uploads() -> dict[str, Any] | None:
    left, right = st.columns(2)
    files = left.file_uploader(
        "Pictures, zip archives, and a labels table (CSV) if there is one",
        accept_multiple_files=True,
        key=f"files-{turn}",
    )
    files += right.file_uploader("Or a whole folder", accept_multiple_files="directory", key=f"directory-{turn}")
    staged = st.session_state.get("staged")
    sent = {file.file_id for file in files}
    if staged is not None and not (staged["ids"] <= sent and staged["staging"].folder.is_dir()):
        staged["staging"].discard()  # a file was taken back
        staged = None
    if not files:
        st.session_state.pop("staged", None)
        return None
    if staged is None:
        staged = st.session_state["staged"] = {"staging": Staging.begin(lab), "ids": set()}
    for file in files:
        if file.file_id not in staged["ids"]:
            staged["staging"].add(file.name, file.getbuffer())
            staged["ids"].add(file.file_id)
            look_again()
    return {"source": "uploads"}


def ask_folder() -> dict[str, Any] | None:
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    path = left.text_input(
        "Folder or zip archive",
        key=f"path-{turn}",
        placeholder=str(Path.home() / "Pictures"),
        help="A path on the computer that runs Atelier. Sub-folders are read too; their names become tags.",
    ).strip()
    right.button("Look again", icon=":material/refresh:", on_click=look_again, disabled=not path, width="stretch")
    if not path:
        return None
    is_file = Path(path).expanduser().is_file()
    return {"source": "archive" if is_file else "folder", "path": path}


def ask_labels(tables: list[str]) -> str | None:
    """Which table describes the pictures: one that lies among them, one from elsewhere, or none."""
    likely = likely_labels(tables)
    options = [*tables, NO_LABELS] if way == "Upload" else [*tables, NO_LABELS, LABELS_ELSEWHERE]
    chosen = st.selectbox(
        "Labels",
        options,
        index=options.index(likely or NO_LABELS),
        key=f"labels-{way}-{'|'.join(tables)}",
        help="A CSV table with a column called file. Columns such as artist, title, date and style are understood; "
        "any others are kept as metadata.",
    )
    if chosen == LABELS_ELSEWHERE:
        return st.text_input("Path of the labels CSV", key="labels-path").strip() or None
    return None if chosen == NO_LABELS else chosen


def suggested_name(settings: dict[str, Any]) -> str:
    if settings["source"] == "sample":
        return "sample"
    if settings["source"] == "uploads":
        return f"upload {time.strftime('%Y-%m-%d')}"
    return Path(settings["path"]).expanduser().resolve().stem or "pictures"


def begin(settings: dict[str, Any], name: str) -> None:
    """Start the import. Raises: AtelierError."""
    settings = settings | {"collection": check_collection(name)}
    title = settings["collection"]
    if settings["source"] != "uploads" and origin(settings) != title:
        title += f": {origin(settings)}"
    if settings["source"] == "uploads":
        job = control.create(lab, "collect", settings, title=title)
        st.session_state.pop("staged")["staging"].move_into(job.path)
        control.start(lab, job)
    else:
        job = control.submit(lab, "collect", settings, title=title)
    st.session_state["begun"] = job.id
    st.session_state["turn"] = turn + 1


def origin(settings: dict[str, Any]) -> str:
    """Where the pictures of an import come from, in a few words."""
    match settings.get("source"):
        case "sample":
            return f"{settings.get('count', 0):,} sample paintings"
        case "uploads":
            return "upload"
        case _:
            return Path(str(settings.get("path", ""))).name or str(settings.get("path", ""))


def show_outcome_of(job: JobFolder) -> None:
    outcome = outcome_of(job.path)
    if outcome.report is not None:
        show_outcome(outcome)
    if outcome.stored:
        collection = str(job.settings.get("collection", ""))
        with st.container(horizontal=True):
            for page, label, icon in (
                ("app_pages/gather/catalog.py", "Open in the catalog", ":material/photo_library:"),
                ("app_pages/gather/augment.py", "Make a dataset from it", ":material/auto_awesome_mosaic:"),
            ):
                st.page_link(page, label=label, icon=icon, query_params={"collection": collection})


lab = workspace()
turn = st.session_state.get("turn", 0)  # in the fields' keys: after an import has begun, they are empty again
known_collections = {info.name: info for info in catalog().collections()}
imports = [job for job in list_jobs(lab) if job.kind == "collect"]
shown = [job for job in imports if job.is_active or job.id == st.session_state.get("begun")]

st.title("Collect", anchor=False)
st.caption("Bring pictures into the lab. The original files are copied as they are; your own folders stay untouched.")

if shown:
    job_cards(shown)
    for job in shown:
        if not job.is_active:
            show_outcome_of(job)
    st.divider()

WAYS = {"Sample": ask_sample, "Upload": ask_uploads, "Folder": ask_folder}
way = st.segmented_control(
    "Where the pictures come from", list(WAYS), default="Sample", required=True, key="from", bind="query-params"
)
try:
    settings = WAYS[way]()
    if settings is not None:
        folder = st.session_state["staged"]["staging"].folder if way == "Upload" else lab.root
        look = st.session_state.get("look", 0)
        found = looked_at(settings, folder, look)
        labels = ask_labels(found.tables) if way != "Sample" else None
        if labels:
            settings |= {"labels": labels}
            found = looked_at(settings, folder, look)
        show_preview(found, from_files=way != "Sample")
        suggested = suggested_name(settings)
        name = st.text_input(
            "Collection",
            value=suggested,
            key=f"collection-{way}-{suggested}",  # another folder, another suggestion
            max_chars=MAX_COLLECTION_NAME,
            width=480,
        )
        existing = known_collections.get(" ".join(name.split()))
        if existing is not None:
            st.info(
                f"The collection {plain(existing.name)} exists and holds {existing.pictures:,} pictures. "
                "These are added to it; a picture that it has already is not doubled.",
                icon=":material/info:",
            )
        if st.button(
            f"Import {found.report['found']:,} pictures",
            type="primary",
            icon=":material/add_photo_alternate:",
            key="begin",
        ):
            begin(settings, name)
            st.rerun()
except AtelierError as error:
    st.error(plain(str(error)), icon=":material/error:")

past = [job for job in imports if job not in shown]
if past:
    st.header("Earlier imports", anchor=False)
    st.caption("Choose one to see what became of each file.")
    rows = [
        {
            "Collection": str(job.settings.get("collection", "")),
            "From": origin(job.settings),
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
        alt="Earlier imports with their outcome",
    )
    for row in picked.selection.rows[:1]:
        job_cards([past[row]])
        show_outcome_of(past[row])
