"""What came of an upscaling: the state so far while it is at work, then input, bicubic and result over one another."""

import base64
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.errors import AtelierError
from core.images import read_image_with_alpha
from core.jobs.folder import JobFolder, find_job
from core.pictures.chosen import ChosenPicture, PictureGoneError, file_of
from core.pictures.gallery import Gallery
from core.upscale.job import JOB_KINDS, PREVIEW, result_file
from core.upscale.methods import METHODS
from core.upscale.request import UpscaleRequest
from core.upscale.results import UpscaleResult, read_results
from core.workspace import Workspace, slug
from ui import access, upscale_state
from ui.gallery import GalleryItem, gallery
from ui.gallery_acts import add_dialog, download_dialog
from ui.jobs import job_card, plain
from ui.markup import harmless
from ui.runs import duration
from ui.wipe import Pane, compare

_TICK_SECONDS = 1.0
_MOST_COMPARED = 40_000_000  # pixels of a result that is shown beside a bicubic one made for it
_PER_PAGE = 48
_NEWEST = 8  # of a batch at work


def show(workspace: Workspace) -> None:
    """What the page's address names (?job=, ?made=), else how to begin."""
    job_id, sha256 = st.query_params.get("job", ""), st.query_params.get("made", "")
    if job_id:
        _show_job(workspace, job_id, sha256)
    elif sha256:
        _show_made(workspace, sha256)
    else:
        _show_nothing()


def _show_nothing() -> None:
    with st.container(border=True, key="upscale-empty", gap="small"):
        st.markdown("##### :material/photo_size_select_large: A picture, two or four times as large")
        st.markdown(
            "1. Choose one **picture**, or many.\n"
            "2. Choose **by what**: resampling invents nothing; a network guesses detail that is not there.\n"
            "3. Press **Upscale**, and compare the result with what it was made of, pixel by pixel."
        )
        st.caption("No network is needed to begin. One can be trained here on your own pictures in minutes.")


def _show_job(workspace: Workspace, job_id: str, sha256: str) -> None:
    try:
        job = find_job(workspace, job_id)
        if job.kind not in JOB_KINDS:
            raise PictureGoneError(f"The job {job_id} is no upscaling.")
        requests = [UpscaleRequest.from_json(value) for value in job.settings["requests"]]
    except (AtelierError, KeyError, TypeError) as error:
        st.warning(harmless(f"{error} What it made is still in the gallery."), icon=":material/broken_image:")
        return
    job_card(job)
    results = [result for result in read_results(job.path) if result.index < len(requests)]
    if job.is_active:
        _follow(workspace, job, requests)
    elif len(requests) > 1:
        _show_batch(workspace, job, requests, results, sha256)
    elif results and results[0].is_made:
        _show_one(workspace, job, requests[0], results[0])


# ---- at work


def _follow(workspace: Workspace, job: JobFolder, requests: Sequence[UpscaleRequest]) -> None:
    """The state so far, once a second. When the job ends, its card has the whole page run again."""

    @access.owner_fragment(run_every=_TICK_SECONDS)
    def live() -> None:
        if len(requests) > 1:
            _show_newest(workspace, job)
        elif url := _data_url(job.path / PREVIEW):
            st.image(url, width="stretch", alt="The picture so far")
            st.caption("So far, no larger than 512 pixels")
        elif url := _data_url(workspace.thumb(requests[0].picture.sha256)):
            st.image(url, width=256, alt=f"The picture: {requests[0].picture.name}")
            st.caption("As it is. What takes several steps is shown here as it grows.")

    live()


def _show_newest(workspace: Workspace, job: JobFolder) -> None:
    """The last few of many, the newest first."""
    made = [result for result in read_results(job.path) if result.sha256]
    urls = {result.title: _data_url(workspace.thumb(result.sha256)) for result in reversed(made[-_NEWEST:])}
    if not urls:
        st.caption("Each picture appears here as soon as it is made.")
        return
    st.caption(f"{len(made):,} made so far, the newest first")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for title, url in urls.items():
            if url:
                st.image(url, width=112, alt=title)


def _data_url(path: Path) -> str:
    """A small picture's file for st.image as it is; "" while there is none."""
    try:
        return f"data:image/webp;base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return ""


# ---- done


def _show_one(workspace: Workspace, job: JobFolder, request: UpscaleRequest, result: UpscaleResult) -> None:
    try:
        path = result_file(workspace, job, result)
    except PictureGoneError as error:
        st.warning(harmless(str(error)), icon=":material/broken_image:")
        return
    key = f"{job.id}-{result.index}"
    _show_comparison(workspace, request, path, result.width * result.height, key)
    facts = [f"{result.width:,} × {result.height:,} pixels", duration(result.seconds), _megabytes(path)]
    st.caption(f"**{plain(result.label)}**  \n{plain(' · '.join(facts))}")
    if result.file:
        st.info("Too large for the gallery: the file lies with its job.", icon=":material/folder:")
    _show_acts(request, path, result.sha256, result.title, key)


def _show_made(workspace: Workspace, sha256: str) -> None:
    """A picture of the gallery, whatever became of its job."""
    try:
        made = Gallery(workspace).find(sha256)
        path = file_of(workspace, made.chosen) if made else None
        request = UpscaleRequest.from_json(made.request) if made else None
    except AtelierError as error:
        st.warning(harmless(str(error)), icon=":material/broken_image:")
        return
    if made is None or path is None or request is None:
        st.warning("There is no such picture in the gallery.", icon=":material/broken_image:")
        return
    st.subheader(plain(made.title), anchor=False)
    _show_comparison(workspace, request, path, made.width * made.height, sha256[:12])
    facts = [f"{made.width:,} × {made.height:,} pixels", _megabytes(path), made.remark]
    st.caption(f"**{plain(made.label)}**  \n{plain(' · '.join(fact for fact in facts if fact))}")
    _show_acts(request, path, sha256, made.title, sha256[:12])


def _show_comparison(workspace: Workspace, request: UpscaleRequest, result: Path, pixels: int, key: str) -> None:
    """Input, bicubic and result; the result alone where its input is gone."""
    panes = []
    try:
        before = file_of(workspace, request.picture)
        panes.append(Pane(before, "Input"))
        if request.method != "bicubic" and pixels <= _MOST_COMPARED:
            panes.append(Pane(_bicubic(str(before), before.stat().st_mtime_ns, request.scale), "Bicubic"))
    except (AtelierError, OSError):
        st.caption(":material/broken_image: What it was made of is no longer in this lab.")
    title = METHODS[request.method].title
    compare([*panes, Pane(result, title if panes else "Result")], key=f"upscale-compare-{key}")


@st.cache_data(max_entries=8, show_spinner="Making the bicubic one to compare with")
def _bicubic(path: str, version: int, scale: int) -> bytes:
    from core.upscale.output import encode_png
    from core.upscale.upscale import upscale

    request = UpscaleRequest(ChosenPicture(path=path), scale=scale, method="bicubic")
    return encode_png(upscale(request, read_image_with_alpha(Path(path))).picture)


def _megabytes(path: Path) -> str:
    try:
        return f"{path.stat().st_size / 1e6:.1f} MB"
    except OSError:
        return ""


def _show_acts(request: UpscaleRequest, path: Path, sha256: str, title: str, key: str) -> None:
    """What can be done with a result. sha256: in the gallery; "" where it is not there."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"upscale-acts-{key}"):
        st.download_button(
            "PNG",
            path.read_bytes,
            f"{slug(title)}.png",
            "image/png",
            icon=":material/download:",
            key=f"upscale-png-{key}",
            on_click="ignore",
            help="Holds all choices that made it, and can be used again.",
        )
        st.button(
            "Use again",
            icon=":material/replay:",
            key=f"upscale-use-again-{key}",
            help="Put all choices that made it back into the form.",
            on_click=access.owner_action(upscale_state.load),
            args=(request,),
        )
        if not sha256:
            return
        if st.button("Add to catalog", icon=":material/library_add:", key=f"upscale-to-catalog-{key}"):
            add_dialog([sha256])
        st.page_link(
            "app_pages/make/style.py",
            label="Use as content",
            icon=":material/brush:",
            query_params={"content": sha256},
            help="Restyle it.",
        )
        st.page_link(
            "app_pages/make/gallery.py",
            label="In the gallery",
            icon=":material/imagesmode:",
            query_params={"picture": sha256},
        )


# ---- many


def _show_batch(
    workspace: Workspace,
    job: JobFolder,
    requests: Sequence[UpscaleRequest],
    results: Sequence[UpscaleResult],
    sha256: str,
) -> None:
    made = [result for result in results if result.is_made]
    failed = [result for result in results if not result.is_made]
    hashes = [result.sha256 for result in made if result.sha256]
    if hashes:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"upscale-batch-{job.id}"):
            st.markdown(f"**{len(made):,} of {len(requests):,} made**", width="stretch")
            if st.button("Download all", icon=":material/download:", key=f"upscale-all-{job.id}"):
                download_dialog(hashes)
            if st.button("Add all to catalog", icon=":material/library_add:", key=f"upscale-all-catalog-{job.id}"):
                add_dialog(hashes)
        page = 1
        if len(hashes) > _PER_PAGE:
            page = st.pagination(-(-len(hashes) // _PER_PAGE), key=f"upscale-page-{job.id}", max_visible_pages=7)
        _show_grid(workspace, job, [result for result in made if result.sha256], page)
    outside = [result for result in made if result.file]
    if outside:
        st.info(
            f"{len(outside)} too large for the gallery; the files lie in `{plain(str(job.path))}`.",
            icon=":material/folder:",
        )
    if failed:
        with st.expander(f"{len(failed)} could not be upscaled", icon=":material/report:"):
            st.dataframe(
                {"Picture": [result.title for result in failed], "Why": [result.message for result in failed]},
                hide_index=True,
                width="stretch",
            )
    looked_at = next((result for result in made if result.sha256 and result.sha256 == sha256), None)
    if looked_at is not None:
        st.subheader(plain(looked_at.title), anchor=False)
        _show_one(workspace, job, requests[looked_at.index], looked_at)


def _show_grid(workspace: Workspace, job: JobFolder, made: Sequence[UpscaleResult], page: int) -> None:
    shown = gallery(
        [
            GalleryItem(
                id=result.sha256,
                image=workspace.thumb(result.sha256),
                width=result.width,
                height=result.height,
                caption=result.title,
                hint=f"{result.width} × {result.height} pixels",
            )
            for result in made[(page - 1) * _PER_PAGE : page * _PER_PAGE]
        ],
        key=f"upscale-grid-{job.id}",
        label="Results",
        size="small",
        selectable=False,
    )
    st.caption("Click one to compare it with what it was made of.")
    if shown.opened is not None and shown.opened != st.query_params.get("made"):
        st.query_params["made"] = shown.opened
        st.rerun()
