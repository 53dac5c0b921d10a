"""Pictures that a person has: sent through the browser, or lying on the computer that runs Atelier."""

import time
from pathlib import Path
from typing import Any

import streamlit as st

from core.catalog.catalog import Catalog
from core.jobs import control
from core.jobs.folder import JobFolder
from core.sources.job import check_collection
from core.sources.opening import Preview, likely_labels, preview
from core.sources.staging import Staging
from core.workspace import Workspace
from ui import access
from ui.collect import show_preview, show_recognised
from ui.collect_plan import ask_licences, ask_limit, collection_name, collection_note, plan_and_start

NO_LABELS = "No labels"
LABELS_ELSEWHERE = "Another file …"


def import_sample(workspace: Workspace, catalog: Catalog) -> str | None:
    """Paintings by Atelier's own painter; returns the id of the job in the run in which it was begun."""
    st.write(
        "Colour-field paintings that Atelier's own painter draws: stacked soft rectangles, stripes, stains, hard edges "
        "and more. They are **synthetic** and free to use (**CC0**): a collection to try the lab with, marked as "
        "synthetic wherever it is shown."
    )
    left, right, _ = st.columns([1, 1, 2])
    count = left.number_input("Paintings", 10, 5_000, 400, step=50, key="count")
    seed = right.number_input("Seed", 0, 2**32 - 1, 0, key="seed", help="The same seed gives the same paintings.")
    settings = {"source": "sample", "count": int(count), "seed": int(seed)}
    found = _looked_at(settings, workspace.root, _looks())
    show_preview(found, from_files=False)
    return _import(workspace, catalog, settings, found, suggested="sample")


def import_files(workspace: Workspace, catalog: Catalog) -> str | None:
    """A folder, an archive or a file in any of the formats that are known."""
    st.caption(
        "A folder, a zip or tar archive, or a single file: pictures with or without labels, class folders, "
        "ArtBench-10, CIFAR batches, LSUN databases, Hugging Face Parquet, a table of addresses. You see what was "
        "recognised before anything is taken in."
    )
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    path = left.text_input(
        "Folder, archive or file",
        key=f"path-{_turn()}",
        placeholder=str(Path.home() / "Pictures"),
        help="A path on the computer that runs Atelier. Sub-folders are read too.",
    ).strip()
    right.button(
        "Look again",
        icon=":material/refresh:",
        on_click=access.owner_action(_look_again),
        disabled=not path,
        width="stretch",
    )
    if not path:
        return None
    settings: dict[str, Any] = {"source": "files", "path": path, "format": "auto"}
    found = _looked_at(settings, workspace.root, _looks())
    recognised = st.container()  # above the choices that change it
    if len(found.recognised) > 1:
        titles = {taken.format: taken.title for taken in found.recognised}
        settings["format"] = st.selectbox(
            "Read it as",
            list(titles),
            format_func=titles.__getitem__,
            key=f"format-{path}",
            help="What it can be taken for, the most specific first.",
            width=480,
        )
        found = _looked_at(settings, workspace.root, _looks())
    suggested = Path(path).expanduser().resolve().name.split(".")[0] or "pictures"
    with recognised:
        for taken in found.recognised[:1]:
            show_recognised(taken)
    if found.web is not None:
        return _from_addresses(catalog, found, suggested)
    found = _with_labels(settings, found, workspace.root, elsewhere=True)
    show_preview(found, from_files=True)
    return _import(workspace, catalog, settings, found, suggested=suggested)


def import_uploads(workspace: Workspace, catalog: Catalog) -> str | None:
    """Files sent through the browser, kept aside until they are imported."""
    left, right = st.columns(2)
    files = left.file_uploader(
        "Pictures, archives, datasets, and a labels table (CSV) if there is one",
        accept_multiple_files=True,
        key=f"files-{_turn()}",
    )
    files += right.file_uploader("Or a whole folder", accept_multiple_files="directory", key=f"directory-{_turn()}")
    staged = st.session_state.get("staged")
    sent = {file.file_id for file in files}
    if staged is not None and not (staged["ids"] <= sent and staged["staging"].folder.is_dir()):
        staged["staging"].discard()  # a file was taken back
        staged = None
    if not files:
        st.session_state.pop("staged", None)
        return None
    if staged is None:
        staged = st.session_state["staged"] = {"staging": Staging.begin(workspace), "ids": set()}
    for file in files:
        if file.file_id not in staged["ids"]:
            staged["staging"].add(file.name, file.getbuffer())
            staged["ids"].add(file.file_id)
            _look_again()
    settings: dict[str, Any] = {"source": "uploads"}
    folder = staged["staging"].folder
    found = _looked_at(settings, folder, _looks())
    for taken in found.recognised[:1]:
        show_recognised(taken)
    found = _with_labels(settings, found, folder, elsewhere=False)
    show_preview(found, from_files=True)
    return _import(workspace, catalog, settings, found, suggested=f"upload {time.strftime('%Y-%m-%d')}")


def origin(settings: dict[str, Any]) -> str:
    """Where the files of an import come from, in a few words."""
    match settings.get("source"):
        case "sample":
            return f"{settings.get('count', 0):,} sample paintings"
        case "uploads":
            return "upload"
        case _:
            return Path(str(settings.get("path", ""))).name or str(settings.get("path", ""))


@st.cache_data(ttl=300, max_entries=16, show_spinner="Looking through the pictures")
def _looked_at(settings: dict[str, Any], folder: Path, look: int) -> Preview:
    """look: a count that changes when the source should be looked through again."""
    return preview(settings, folder)


def _looks() -> int:
    looks: int = st.session_state.get("look", 0)
    return looks


def _look_again() -> None:
    st.session_state["look"] = _looks() + 1


def _turn() -> int:
    """In the fields' keys: after an import has begun, they are empty again."""
    turn: int = st.session_state.get("turn", 0)
    return turn


def _with_labels(settings: dict[str, Any], found: Preview, folder: Path, *, elsewhere: bool) -> Preview:
    """Ask for the table that describes the pictures, and look again with it; `settings` then name it."""
    labels = _ask_labels(found.tables, elsewhere=elsewhere)
    if not labels:
        return found
    settings["labels"] = labels
    return _looked_at(settings, folder, _looks())


def _ask_labels(tables: list[str], *, elsewhere: bool) -> str | None:
    """One that lies among the pictures, one from elsewhere, or none."""
    likely = likely_labels(tables)
    options = [*tables, NO_LABELS, *([LABELS_ELSEWHERE] if elsewhere else [])]
    chosen = st.selectbox(
        "Labels",
        options,
        index=options.index(likely or NO_LABELS),
        key=f"labels-{elsewhere}-{'|'.join(tables)}",
        help="A CSV table with a column called file. Columns such as artist, title, date and style are understood; "
        "any others are kept as metadata.",
    )
    if chosen == LABELS_ELSEWHERE:
        return st.text_input("Path of the labels CSV", key="labels-path").strip() or None
    return None if chosen == NO_LABELS else chosen


def _import(
    workspace: Workspace, catalog: Catalog, settings: dict[str, Any], found: Preview, *, suggested: str
) -> str | None:
    name = collection_name(suggested, key=settings["source"], catalog=catalog)
    collection_note(name, catalog)
    count = found.report["found"]
    pictures = "1 picture" if count == 1 else f"{count:,} pictures" if count else "the pictures"
    if not st.button(f"Import {pictures}", type="primary", icon=":material/add_photo_alternate:", key="begin"):
        return None
    job = _begin(workspace, settings | {"collection": check_collection(name)})
    st.session_state["turn"] = _turn() + 1
    return job.id


def _begin(workspace: Workspace, settings: dict[str, Any]) -> JobFolder:
    """Start the import. Raises: AtelierError."""
    title = settings["collection"]
    if settings["source"] != "uploads":
        if origin(settings) != title:
            title += f": {origin(settings)}"
        return control.submit(workspace, "collect", settings, title=title)
    job = control.create(workspace, "collect", settings, title=title)
    st.session_state.pop("staged")["staging"].move_into(job.path)
    control.start(workspace, job)
    return job


def _from_addresses(catalog: Catalog, found: Preview, suggested: str) -> str | None:
    """A table of picture addresses: its pictures come from the web, so they are planned like a museum's."""
    st.info(
        "This is a table of addresses: its pictures are fetched from the web, one polite request each. What a row says "
        "of the licence counts; where it says nothing, the licence is not known.",
        icon=":material/language:",
    )
    settings: dict[str, Any] = dict(found.web or {})
    with st.columns(3)[0]:
        settings["limit"] = ask_limit(settings["source"])
    settings["licences"] = ask_licences(settings["source"])
    return plan_and_start(settings, suggested_name=suggested, catalog=catalog)
