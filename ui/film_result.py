"""The film that was asked for last or chosen, at work or playing, and those that were made before."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.jobs.folder import JobFolder, State
from core.sampling.films.job import POSTER, MadeFilm, films_of, made_film
from core.workspace import Workspace, slug
from ui.gallery import GalleryItem, gallery
from ui.jobs import job_card, plain
from ui.runs import clock, duration

_EARLIER = 24
_GIF_WIDTH = 720  # pixels on the page, at most


def choose(job: JobFolder, *, key: str) -> None:
    """Show this one from now on."""
    st.session_state[_chosen_key(key)] = job.id


def show(workspace: Workspace, run_ids: Sequence[str], *, kind: str, key: str) -> None:
    films = films_of(workspace, run_ids, kinds=(kind,))
    job = _chosen(workspace, films, key)
    if job is None:
        with st.container(border=True, key=f"{key}-empty"):
            st.markdown("##### :material/movie: No film yet")
            st.caption("It is made in the background, plays here, and can be downloaded.")
        return
    if job.state() is State.DONE and (made := made_film(job)):
        _play(job, made, key)
    else:
        job_card(job)
    _earlier([film for film in films if film.id != job.id and made_film(film)], key)


def _chosen(workspace: Workspace, films: Sequence[JobFolder], key: str) -> JobFolder | None:
    """The one asked for or opened last, if it is one of these; else the newest."""
    wanted = st.session_state.get(_chosen_key(key))
    return next((job for job in films if job.id == wanted), films[0] if films else None)


def _play(job: JobFolder, made: MadeFilm, key: str) -> None:
    path = job.path / made.file
    if path.suffix == ".gif":
        st.image(str(path), width=min(_GIF_WIDTH, made.width), alt=job.title)
    else:
        st.video(str(path), loop=True, muted=True, autoplay=True)
    facts = [
        length(made.seconds),
        f"{made.width} × {made.height} pixels",
        f"{made.frames:,} frames",
        f"{made.bytes / 1e6:.1f} MB",
        clock(job.created),
    ]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}-acts-{job.id}"):
        st.caption(f"**{plain(job.title)}**  \n{plain(' · '.join(facts))}", width="stretch")
        st.download_button(
            "Download",
            path.read_bytes,
            file_name=f"{slug(job.title)}{path.suffix}",
            mime=mimetypes.types_map.get(path.suffix, "application/octet-stream"),
            icon=":material/download:",
            key=f"{key}-download-{job.id}",
            on_click="ignore",
        )


def _earlier(films: Sequence[JobFolder], key: str) -> None:
    """Films that were made before, by their middle frames; a click plays one."""
    items = [
        GalleryItem(
            id=job.id,
            image=job.path / POSTER,
            width=made.width,
            height=made.height,
            caption=job.title,
            hint=f"{Path(made.file).suffix[1:].upper()}, {length(made.seconds)}, {clock(job.created)}",
        )
        for job in films[:_EARLIER]
        if (made := made_film(job)) and (job.path / POSTER).exists()
    ]
    if not items:
        return
    st.caption("Made before; click one to play it.")
    opened = gallery(items, key=f"{key}-earlier", label="Films made before", size="small", selectable=False).opened
    if opened is not None and any(item.id == opened for item in items):
        st.session_state[_chosen_key(key)] = opened
        st.rerun()


def length(seconds: float) -> str:
    """ "3.5 s"."""
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def _chosen_key(key: str) -> str:
    return f"{key}-film"
