"""Many pictures in one manner: chosen ones, a collection of the catalog, or a folder; one job restyles them in turn."""

import io
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from PIL import Image

from core.catalog.selection import Selection
from core.errors import AtelierError
from core.images import read_image
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, PictureGoneError, facts_of
from core.style.again import PREVIEW
from core.style.folder import MOST_PICTURES, Outcome, create_folder, outcomes_of, results_folder
from core.style.request import StyleRequest
from core.workspace import Workspace
from ui import access, lab, style_again, style_cost, style_form, style_state
from ui.gallery import GalleryItem, gallery
from ui.jobs import plain
from ui.markup import harmless
from ui.picture_picker import choose_many
from ui.style_pictures import data_url

_FROM, _CONTENTS, _COLLECTION, _PATH, _OUT = (
    "style-many-from",
    "style-contents",
    "style-many-collection",
    "style-many-path",
    "style-many-out",
)
_SOURCES = {
    "pictures": ":material/imagesmode: Pictures",
    "collection": ":material/photo_library: Collection",
    "folder": ":material/folder: Folder",
}
_TYPICAL = (1024, 768)  # pixels, where nobody has looked at the pictures yet
_SHOWN = 60
_THUMB_SIDE = 256
_TICK_SECONDS = 1.5


@dataclass(frozen=True)
class Contents:
    """What is to be restyled."""

    pictures: Path | Sequence[ChosenPicture]
    count: int
    width: int  # pixels of one of them, for the estimate
    height: int


def ask_contents(workspace: Workspace) -> Contents | None:
    """In place of the one content; None as long as there is nothing to restyle."""
    source = st.segmented_control(
        "Content",
        list(_SOURCES),
        key=_FROM,
        default="pictures",
        required=True,
        format_func=_SOURCES.__getitem__,
        persist_state="session",
        help="All of them are restyled with the same choices, one after another.",
    )
    if source == "folder":
        found = _from_folder()
    elif source == "collection":
        found = _from_collection(workspace)
    else:
        found = _of(workspace, choose_many("Pictures", key=_CONTENTS))
    st.text_input(
        "Folder for the results",
        key=_OUT,
        placeholder="The gallery of this lab",
        help="On the computer that runs Atelier. The names are those of the pictures; nothing is written over. Empty: "
        "every result is kept in the gallery.",
        persist_state="session",
    )
    return found


def _from_folder() -> Contents | None:
    path = str(
        st.text_input(
            "Folder with pictures",
            key=_PATH,
            placeholder=str(Path.home() / "Pictures"),
            help="On the computer that runs Atelier. Sub-folders are read too.",
            persist_state="session",
        )
        or ""
    ).strip()
    if not path:
        return None
    folder = Path(path).expanduser()
    count = _count(str(folder), int(time.time() // 20))
    if count is None:
        st.error(harmless(f"There is no folder {path} on the computer that runs Atelier."))
        return None
    if not count:
        st.warning("There is no file in this folder.")
        return None
    st.caption(f"{count:,} files, of which those that are pictures are restyled.")
    return Contents(folder, count, *_TYPICAL)


@st.cache_data(show_spinner=False, max_entries=20)
def _count(path: str, moment: int) -> int | None:
    """Files below a folder that are not hidden, at most MOST_PICTURES + 1. moment: a look holds for some seconds."""
    if not Path(path).is_dir():
        return None
    found = 0
    for _, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += sum(not name.startswith(".") for name in files)
        if found > MOST_PICTURES:
            break
    return found


def _from_collection(workspace: Workspace) -> Contents | None:
    catalog = lab.catalog()
    known = {info.name: info.pictures for info in catalog.collections() if info.pictures}
    if not known:
        st.caption("The catalog is empty.")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
        return None
    name = st.selectbox(
        "Collection",
        list(known),
        index=None,
        key=_COLLECTION,
        placeholder="Choose a collection",
        format_func=lambda name: f"{name} ({known[name]:,})",
        persist_state="session",
    )
    if name is None:
        return None
    found = catalog.pictures_for(Selection(collections=(name,)))
    return _of(workspace, [ChosenPicture(sha256=one.sha256, label=one.title or one.sha256[:12]) for one in found])


def _of(workspace: Workspace, pictures: Sequence[ChosenPicture]) -> Contents | None:
    for picture in pictures:
        try:
            facts = facts_of(workspace, picture)
        except PictureGoneError:
            continue
        return Contents(pictures, len(pictures), facts.width, facts.height)
    return None


def ask_start(workspace: Workspace, contents: Contents | None) -> None:
    """The estimate for all of them, and the start."""
    if contents is None or not style_state.styles():
        without = [name for name, there in (("pictures", contents), ("a style", style_state.styles())) if not there]
        style_form.nothing_to_start(without)
        return
    try:
        asked = style_state.request_for(ChosenPicture(label="every picture"), masked=False)
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    with st.container(width="stretch", gap=None):
        ready = style_cost.show_for(
            asked, contents.width, contents.height, where=style_form.chosen_device(), times=contents.count
        )
        if contents.count > MOST_PICTURES:
            st.error(f"A job restyles at most {MOST_PICTURES:,} pictures. Choose fewer.")
            ready = False
    style_form.start_button(
        workspace,
        asked.engine,
        f"Start {contents.count:,} pictures" if contents.count > 1 else "Start",
        ready=ready,
        act=_start,
        args=(workspace, asked, contents),
    )


def _start(workspace: Workspace, asked: StyleRequest, contents: Contents) -> None:
    out = str(st.session_state.get(_OUT) or "").strip()
    try:
        job = create_folder(
            workspace,
            asked,
            contents=contents.pictures,
            out=Path(out) if out else None,
            title=style_form.chosen_title(),
            bits=style_form.chosen_bits(),
            device=style_form.chosen_device(),
        )
        control.start(workspace, job)
    except AtelierError as error:
        style_form.refuse(str(error))
        return
    style_form.follow(job.id)


# ---- what came of it


def show_job(workspace: Workspace, job: JobFolder) -> None:
    """The newest result while it is at work, all of them when it has ended. The job's card stands above."""
    if job.is_active:
        _follow(job)
    else:
        _show_results(workspace, job)


def _follow(job: JobFolder) -> None:
    @access.owner_fragment(run_every=_TICK_SECONDS)
    def live() -> None:
        url = data_url(job.path / PREVIEW)
        if url:
            st.image(url, width="stretch", alt="The newest picture so far")
        failed = [outcome for outcome in outcomes_of(job) if not outcome.file]
        if failed:
            st.caption(plain(f"{len(failed)} could not be restyled so far; the last: {failed[-1].reason}"))

    live()


def _show_results(workspace: Workspace, job: JobFolder) -> None:
    outcomes = outcomes_of(job)
    done = [outcome for outcome in outcomes if outcome.file]
    failed = [outcome for outcome in outcomes if not outcome.file]
    st.button(
        "Use again",
        icon=":material/replay:",
        key=f"style-folder-again-{job.id}",
        help="Put styles, engine and settings back into the form; which pictures, you choose anew.",
        on_click=access.owner_action(style_again.use_job),
        args=(workspace, job),
    )
    if job.settings.get("out"):
        st.caption(f":material/folder: {plain(str(results_folder(job)))}")
    if done:
        _show_tiles(workspace, job, done)
    if failed:
        with st.expander(f"{len(failed)} could not be restyled", icon=":material/broken_image:"):
            st.dataframe(
                {"picture": [outcome.name for outcome in failed], "why": [outcome.reason for outcome in failed]},
                hide_index=True,
                width="stretch",
                alt="Pictures that could not be restyled, with the reasons",
            )


def _show_tiles(workspace: Workspace, job: JobFolder, done: list[Outcome]) -> None:
    items = []
    for outcome in done[:_SHOWN]:
        width, height, data = _thumb(workspace, job, outcome)
        items.append(
            GalleryItem(id=outcome.sha256 or outcome.file, image=data, width=width, height=height, caption=outcome.name)
        )
    if any(outcome.sha256 for outcome in done):
        st.caption("Open a picture to see it beside its content, and to go on with it.")
    shown = gallery(items, key=f"style-results-{job.id}", label="Results", selectable=False)
    if len(done) > _SHOWN:
        st.caption(f"The first {_SHOWN} of {len(done):,}.")
    if shown.opened is not None and any(outcome.sha256 == shown.opened for outcome in done):
        st.query_params.from_dict({"made": shown.opened})
        st.rerun()


def _thumb(workspace: Workspace, job: JobFolder, outcome: Outcome) -> tuple[int, int, bytes]:
    """Width, height and WebP; without bytes for a file that is gone."""
    if outcome.sha256:
        try:
            facts = facts_of(workspace, ChosenPicture(sha256=outcome.sha256))
            return facts.width, facts.height, workspace.thumb(outcome.sha256).read_bytes()
        except (AtelierError, OSError):
            return 1, 1, b""
    path = results_folder(job) / outcome.file
    return _small(str(path), path.stat().st_mtime_ns) if path.is_file() else (1, 1, b"")


@st.cache_data(show_spinner=False, max_entries=500)
def _small(path: str, version: int) -> tuple[int, int, bytes]:
    """version: changes with the file."""
    try:
        picture = read_image(Path(path))
    except AtelierError:
        return 1, 1, b""
    picture.thumbnail((_THUMB_SIDE, _THUMB_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80)
    return picture.width, picture.height, out.getvalue()
