"""A contact sheet: every style at several strengths, as one job whose sheet fills before one's eyes."""

import io
from pathlib import Path

import streamlit as st
from PIL import Image

from core.errors import AtelierError
from core.images import read_image
from core.jobs import control
from core.jobs.folder import JobFolder
from core.style.again import PREVIEW
from core.style.request import StylePicture, StyleRequest
from core.style.sheet import MAX_STRENGTHS, Cell, cells_of, create_sheet, request_of, sheet_file
from core.workspace import Workspace
from ui import access, lab, style_again, style_cost, style_form, style_state
from ui.gallery import GalleryItem, gallery
from ui.jobs import plain
from ui.markup import harmless
from ui.runs import duration
from ui.style_pictures import data_url

_OFFERED = (0, 10, 25, 40, 50, 60, 75, 90, 100)
_THUMB_SIDE = 320  # pixels
_TICK_SECONDS = 1.5


def ask_strengths() -> None:
    """In place of the one slider."""
    st.pills(
        "Strengths",
        sorted({*_OFFERED, *(int(strength) for strength in strengths())}),
        selection_mode="multi",
        key=style_state.STRENGTHS,
        help="One column of the sheet each. Every style is one row.",
        persist_state="session",
    )


def strengths() -> list[float]:
    return sorted(float(one) for one in st.session_state.get(style_state.STRENGTHS) or ())


def ask_start(workspace: Workspace) -> None:
    """The estimate for all cells, and the start."""
    asked = style_form.current_request()
    if asked is None:
        return
    chosen = strengths()
    count = len(chosen) * len(asked.styles)
    problem = ""
    if not chosen:
        problem = "Choose at least one strength."
    elif len(chosen) > MAX_STRENGTHS:
        problem = f"A sheet has at most {MAX_STRENGTHS} strengths."
    with st.container(width="stretch", gap=None):
        if problem:
            st.caption(f":material/info: {problem}")
        ready = not problem and style_cost.show(workspace, asked, where=style_form.chosen_device(), times=count)
    style_form.start_button(
        workspace,
        asked.engine,
        f"Start the sheet of {count}" if count > 1 else "Start the sheet",
        ready=ready,
        act=_start,
        args=(workspace, asked, chosen),
    )


def _start(workspace: Workspace, asked: StyleRequest, chosen: list[float]) -> None:
    styles = [StylePicture(style.picture, mask=style.mask) for style in asked.styles]
    try:
        job = create_sheet(
            workspace,
            asked,
            styles,
            chosen,
            title=style_form.chosen_title(),
            device=style_form.chosen_device(),
        )
        control.start(workspace, job)
    except AtelierError as error:
        style_form.refuse(str(error))
        return
    style_form.follow(job.id)


# ---- what came of it


def show_job(job: JobFolder) -> None:
    """The sheet so far, and each finished cell to be opened. The job's card stands above."""
    if job.is_active:
        _follow(job)
        return
    cells = cells_of(job)
    sheet = sheet_file(job)
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Use again",
            icon=":material/replay:",
            key=f"style-sheet-again-{job.id}",
            help="Put all choices that made this sheet back into the form.",
            on_click=access.owner_action(style_again.use_job),
            args=(lab.workspace(), job),
        )
        if sheet is not None:
            st.download_button(
                "Sheet as PNG",
                sheet.read_bytes,
                file_name=f"{job.id}.png",
                mime="image/png",
                icon=":material/download:",
                key=f"style-sheet-file-{job.id}",
                on_click="ignore",
            )
    if sheet is not None:
        url = data_url(job.path / PREVIEW)
        if url:
            st.image(url, width="stretch", alt="The contact sheet")
    _show_cells(job, cells)


def _follow(job: JobFolder) -> None:
    """The sheet as it fills. When the job ends, its card has the whole page run again."""

    @access.owner_fragment(run_every=_TICK_SECONDS)
    def live() -> None:
        url = data_url(job.path / PREVIEW)
        if url:
            st.image(url, width="stretch", alt="The contact sheet so far")
        else:
            st.caption("The sheet appears here as soon as its first cell is at work.")

    live()


def _show_cells(job: JobFolder, cells: list[Cell]) -> None:
    done = [cell for cell in cells if cell.state == "done"]
    for cell in cells:
        if cell.state == "failed":
            st.caption(plain(f"{cell.style} at {cell.strength:g}: {cell.reason}"))
    if not done:
        return
    st.caption("Open a picture to see it large, and to use what made it.")
    items = []
    for cell in done:
        path = job.path / cell.file
        width, height, data = _thumb(str(path), path.stat().st_mtime_ns)
        items.append(
            GalleryItem(
                id=cell.file,
                image=data,
                width=width,
                height=height,
                caption=f"Strength {cell.strength:g}",
                note=cell.style,
                hint=duration(cell.seconds),
            )
        )
    shown = gallery(items, key=f"style-cells-{job.id}", label="Pictures of the sheet", selectable=False)
    if shown.opened is not None and any(cell.file == shown.opened for cell in done):
        st.session_state["style-cell"] = shown.opened
        _cell_dialog(job.id)


@access.owner_dialog("A picture of the sheet", width="large", icon=":material/grid_on:")
def _cell_dialog(job_id: str) -> None:
    workspace = lab.workspace()
    job = JobFolder(workspace.job(job_id))
    cell = next((cell for cell in cells_of(job) if cell.file == st.session_state.get("style-cell")), None)
    if cell is None or cell.state != "done":
        st.warning("This picture is no longer there.")
        return
    path = job.path / cell.file
    request = request_of(job, cell)
    st.markdown(f"**{plain(cell.style)}** · strength {cell.strength:g} · {duration(cell.seconds)}")
    with st.container(horizontal_alignment="center"):
        st.image(str(path), output_format="PNG", width="stretch", alt=f"{cell.style} at {cell.strength:g}")
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Use again", icon=":material/replay:", key="style-cell-again", type="primary"):
            style_again.use(workspace, request)
            st.rerun()
        if st.button("Keep in the gallery", icon=":material/imagesmode:", key="style-cell-keep"):
            _keep(workspace, job, cell, request)
        st.download_button(
            "Download",
            path.read_bytes,
            file_name=Path(cell.file).name,
            mime="image/png",
            icon=":material/download:",
            key="style-cell-file",
            on_click="ignore",
        )


def _keep(workspace: Workspace, job: JobFolder, cell: Cell, request: StyleRequest) -> None:
    from core.pictures.gallery import Gallery
    from core.style.engines import ENGINES
    from core.style.job import parents_of, title_of

    try:
        made = Gallery(workspace).keep(
            (job.path / cell.file).read_bytes(),
            way="style",
            title=title_of(request),
            label=ENGINES[request.engine].label,
            parents=parents_of(request),
            request=request.for_file().to_json(),
        )
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    st.query_params.from_dict({"made": made.sha256})
    st.rerun()


@st.cache_data(show_spinner=False, max_entries=400)
def _thumb(path: str, version: int) -> tuple[int, int, bytes]:
    """Width, height and WebP of a cell, small. version: changes with the file."""
    picture = read_image(Path(path))
    picture.thumbnail((_THUMB_SIDE, _THUMB_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82)
    return picture.width, picture.height, out.getvalue()
