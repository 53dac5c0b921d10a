"""The pieces of the home page."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core import demo
from core.catalog.catalog import Catalog, Selection
from core.catalog.records import Summary
from core.datasets.listing import list_datasets
from core.demo import DemoSettings
from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.pictures.gallery import WAYS, Gallery
from core.studies.study import study_folders
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import lab, runs
from ui.gallery import GalleryItem, gallery
from ui.jobs import job_card
from ui.markup import harmless

_STRIP = Path(__file__).with_name("assets") / "sample-strip.webp"
_NEWEST_PICTURES = 12
TICK_SECONDS = 2.0


def newest_runs(workspace: Workspace) -> list[JobFolder]:
    return runs.list_run_jobs(workspace)


def show_state(workspace: Workspace, summary: Summary) -> None:
    """The rooms of the lab in the order of the work, each with what is in it."""
    datasets = len(list_datasets(workspace))
    all_runs = runs.list_run_jobs(workspace)
    active = sum(job.is_active for job in all_runs[:24])
    studies = sum(1 for _ in study_folders(workspace))
    made = Gallery(workspace).counts()
    ways = " · ".join(f"{count:,} {WAYS[way].lower()}" for way, count in list(made.items())[:2]) or "nothing made yet"
    excluded = f"{summary.excluded:,} excluded" if summary.excluded else _plural(summary.collections, "collection")
    rooms = (
        ("Catalog", "app_pages/gather/catalog.py", summary.kept, "picture", excluded),
        ("Datasets", "app_pages/gather/datasets.py", datasets, "dataset", "ready to train on"),
        ("Runs", "app_pages/make/train.py", len(all_runs), "run", f"{active} active" if active else "none active"),
        ("Gallery", "app_pages/make/gallery.py", sum(made.values()), "work", ways),
        ("Studies", "app_pages/judge/studies.py", studies, "study", "rated blind"),
    )
    columns = st.columns(len(rooms), gap="small")
    for column, (title, page, count, unit, note) in zip(columns, rooms, strict=True):
        with column, st.container(border=True, gap="xsmall", height="stretch", key=f"home-{title.lower()}"):
            st.metric(_plural_word(count, unit).capitalize(), f"{count:,}")
            st.caption(note)
            st.page_link(page, label=title, icon=":material/arrow_forward:")


def show_ways_in(first_steps: JobFolder | None) -> None:
    """The ways to begin, for whoever has no run yet."""
    try_it, bring, restyle = st.columns(3, gap="medium")
    with try_it, st.container(border=True, height="stretch"):
        if sample_card(busy=first_steps is not None and first_steps.is_active):
            try:
                demo.submit(lab.workspace())
            except AtelierError as error:
                st.error(harmless(str(error)))
            else:
                st.rerun()
    with bring, st.container(border=True, height="stretch"):
        own_pictures_card()
    with restyle, st.container(border=True, height="stretch"):
        restyle_card()


def sample_card(*, busy: bool) -> bool:
    """The way in for people without pictures; True in the run in which they take it."""
    settings = DemoSettings()
    st.subheader("Try it with the sample collection", anchor=False)
    if _STRIP.exists():
        st.image(_STRIP, width="stretch", alt="Eight colour-field pictures drawn by Atelier's painter")
    st.markdown(
        f"One click paints {settings.count} colour-field pictures, builds a dataset of {settings.resolution} px from "
        "them and trains a first small model. You can watch every step, and look around meanwhile."
    )
    st.caption("Drawn by Atelier's own painter: synthetic, CC0. About two minutes on two processor cores.")
    return st.button(
        "Try it with the sample collection", type="primary", icon=":material/brush:", disabled=busy, key="home-try"
    )


def own_pictures_card() -> None:
    """The way in for people with pictures."""
    st.subheader("Bring your own pictures", anchor=False)
    st.markdown(
        "Upload files, a folder or a zip, or name a folder or dataset here. A CSV with a column `file` adds "
        "artists, titles and anything else you know about them. Or have some collected from WikiArt and museums."
    )
    st.markdown(
        "JPEG, PNG, WebP, GIF, TIFF and BMP are read. The originals are kept as they are; what cannot be read is "
        "listed with the reason, and nothing stops the rest."
    )
    with st.container(horizontal=True):
        for label, source, icon in (
            ("Bring your own pictures", "files", ":material/add_photo_alternate:"),
            ("Collect from museums", "wikiart", ":material/museum:"),
        ):
            st.page_link("app_pages/gather/collect.py", label=label, icon=icon, query_params={"from": source})


def restyle_card() -> None:
    """The way in for people who want a picture now."""
    st.subheader("Restyle a picture", anchor=False)
    st.markdown(
        "Take one picture and the manner of another: brush marks, colours, or both. Nothing has to be trained or "
        "downloaded for it, and every result says what made it."
    )
    st.markdown("Or make small pictures larger, and look closely at what was gained.")
    with st.container(horizontal=True):
        st.page_link("app_pages/make/style.py", label="Restyle", icon=":material/brush:")
        st.page_link("app_pages/make/upscale.py", label="Upscale", icon=":material/photo_size_select_large:")


def show_first_steps(job: JobFolder) -> None:
    """The click on "Try it", followed."""
    st.subheader("First steps", anchor=False)
    job_card(job)


def show_newest_run(workspace: Workspace, jobs: Sequence[JobFolder]) -> None:
    """What the newest run draws."""
    for job in jobs[:6]:
        run = RunFolder(workspace.run(job.id))
        frames = runs.frames(run, preview=True)
        if frames:
            break
    else:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("What the newest model draws", anchor=False)
        with st.container(horizontal=True, width="content"):
            st.page_link("app_pages/make/train.py", label="Open the run", query_params={"run": job.id})
            st.page_link("app_pages/judge/compare.py", label="Compare epochs", query_params={"run": job.id})
    frame = frames[-1]
    with st.container(border=True, horizontal=True, gap="medium"):
        st.image(str(frame.path), output_format="PNG", alt=f"Samples of {job.title}, {frame.label}")
        with st.container():
            st.markdown(f"**{harmless(job.title)}**")
            st.caption(" · ".join(filter(None, (frame.label, frame.note, runs.state_word(job, job.state())))))


def show_newest_pictures(catalog: Catalog) -> None:
    """The pictures that came last."""
    tiles = catalog.page(Selection(), sort="newest", offset=0, limit=_NEWEST_PICTURES)
    if not tiles:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Newest pictures", anchor=False)
        st.page_link("app_pages/gather/catalog.py", label="Open the catalog")
    workspace = lab.workspace()
    items = [
        GalleryItem(
            id=tile.sha256,
            image=workspace.thumb(tile.sha256),
            width=tile.width,
            height=tile.height,
            caption=tile.title,
            note=tile.artist,
        )
        for tile in tiles
    ]
    event = gallery(items, key="home-newest", label="Newest pictures", size="small", selectable=False)
    if event.opened:
        st.switch_page("app_pages/gather/catalog.py", query_params={"picture": event.opened})


def show_made(workspace: Workspace) -> None:
    """What was restyled and upscaled last."""
    newest = Gallery(workspace).newest(_NEWEST_PICTURES)
    if not newest:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader("Made here", anchor=False)
        st.page_link("app_pages/make/gallery.py", label="Open the gallery")
    items = [
        GalleryItem(
            id=made.sha256,
            image=workspace.thumb(made.sha256),
            width=made.width,
            height=made.height,
            caption=made.title,
            note=made.label.partition(":")[0],
        )
        for made in newest
    ]
    event = gallery(items, key="home-made", label="Made here", size="small", selectable=False)
    if event.opened:
        st.switch_page("app_pages/make/gallery.py", query_params={"picture": event.opened})


def _plural(count: int, unit: str) -> str:
    return f"{count:,} {_plural_word(count, unit)}"


def _plural_word(count: int, unit: str) -> str:
    if count == 1:
        return unit
    return f"{unit[:-1]}ies" if unit.endswith("y") else f"{unit}s"
