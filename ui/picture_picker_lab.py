"""Pictures that the lab has or can draw: its catalog, what was made here, and samples of a trained run."""

import io
import math

import streamlit as st
from PIL import Image

from core.catalog.selection import Selection
from core.errors import AtelierError
from core.pictures.chosen import ChosenPicture, keep_picture
from core.pictures.gallery import WAYS, Gallery
from core.training.run_folder import RunFolder
from core.training.runs import find_run, list_runs
from ui import lab
from ui.gallery import GalleryItem, gallery, select
from ui.jobs import plain
from ui.run_conditions import ask_epoch, sampler_of, version_of

PER_PAGE = 24
_TALL, _SHORT = 420, 6  # pixels of a page of pictures that scrolls; so few pictures need no such frame
_SAMPLES = 32  # a page of samples: as many as the sampler draws at a time
_MOST_AT_ONCE = 500  # pictures added with one press


def from_catalog(key: str, several: bool) -> list[ChosenPicture]:
    """The catalog's pictures, searched by words and collection."""
    catalog, workspace = lab.catalog(), lab.workspace()
    known = [info.name for info in catalog.collections() if info.pictures]
    if not known:
        st.caption("The catalog is empty.")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
        return []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = st.text_input(
            "Search", key=f"{key}-words", type="search", live="400ms", placeholder="Title, artist, tag, file name"
        )
        collection = st.selectbox(
            "Collection", known, index=None, key=f"{key}-collection", placeholder="All collections"
        )
    selection = Selection(collections=(collection,) if collection else (), text=words)
    found = catalog.count(selection)
    if not found:
        st.caption("Nothing matches.")
        return []
    offset = _page(key, found, str(selection)) * PER_PAGE
    tiles = catalog.page(selection, sort="newest", offset=offset, limit=PER_PAGE)
    ids = _tiles(
        key,
        [
            GalleryItem(
                id=tile.sha256,
                image=workspace.thumb(tile.sha256),
                width=tile.width,
                height=tile.height,
                caption=tile.title or "Untitled",
                note=tile.artist,
                hint="\n".join(part for part in (tile.artist, f"{tile.width} × {tile.height} pixels") if part),
                tint=tile.tint,
            )
            for tile in tiles
        ],
        several,
    )
    if several and found > 1 and not ids:
        count = min(found, _MOST_AT_ONCE)
        label = f"Add all {found:,}" if count == found else f"Add the newest {count:,} of {found:,}"
        if st.button(label, icon=":material/library_add:", key=f"{key}-all", type="tertiary"):
            everything = catalog.page(selection, sort="newest", offset=0, limit=count)
            return [ChosenPicture(sha256=tile.sha256, label=tile.title or tile.artist) for tile in everything]
    return [chosen for sha256 in ids if (chosen := _of_catalog(sha256)) is not None]


def _of_catalog(sha256: str) -> ChosenPicture | None:
    """With its title. None for what is not in the catalog: the browser names the pictures."""
    try:
        work = lab.catalog().picture(sha256).artworks[0]
    except AtelierError:
        return None
    return ChosenPicture(sha256=sha256, label=work.title or work.artist)


def from_made(key: str, several: bool) -> list[ChosenPicture]:
    """What the lab made and kept, the newest first."""
    workspace = lab.workspace()
    made = Gallery(workspace).newest()
    if not made:
        st.caption("Nothing was made here yet: what you restyle, upscale or keep from a run comes to this place.")
        return []
    ways = [way for way in WAYS if any(picture.way == way for picture in made)]
    way = None
    if len(ways) > 1:
        way = st.pills("Only", ways, key=f"{key}-way", format_func=WAYS.__getitem__, label_visibility="collapsed")
    shown = [picture for picture in made if way in (None, picture.way)]
    offset = _page(key, len(shown), str(way)) * PER_PAGE
    page = shown[offset : offset + PER_PAGE]
    ids = _tiles(
        key,
        [
            GalleryItem(
                id=picture.sha256,
                image=workspace.thumb(picture.sha256),
                width=picture.width,
                height=picture.height,
                caption=picture.title,
                note=WAYS[picture.way],
                hint=f"{picture.label}\n{picture.width} × {picture.height} pixels",
            )
            for picture in page
        ],
        several,
    )
    known = {picture.sha256: picture.chosen for picture in made}
    return [known[sha256] for sha256 in ids if sha256 in known]


def from_run(key: str, several: bool) -> list[ChosenPicture]:
    """Samples of a trained run; the chosen ones become pictures of the store, with run, epoch, seed and number."""
    workspace = lab.workspace()
    runs = {run.id: run for run in list_runs(workspace) if RunFolder(workspace.run(run.id)).weight_epochs()}
    if not runs:
        st.caption("No run has kept an epoch to draw from yet.")
        st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
        return []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        run_id = st.selectbox(
            "Run", list(runs), format_func=lambda name: f"{runs[name].title} · {name}", key=f"{key}-run"
        )
        try:
            run = find_run(workspace, run_id)
        except AtelierError as error:
            st.error(plain(str(error)))
            return []
        epoch = ask_epoch(run, key)
        seed = int(st.number_input("Seed", 0, 2**31 - 1, 0, key=f"{key}-seed", width=120))
        page = int(st.number_input("Page", 1, 100_000, 1, key=f"{key}-page-{run_id}-{seed}", width=110))
    start = (page - 1) * _SAMPLES
    try:
        with st.spinner("Drawing"):
            pictures = _samples(str(run.path), version_of(run, epoch), epoch, seed, start)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return []
    with Image.open(io.BytesIO(pictures[0])) as first:
        width, height = first.size
    ids = _tiles(
        f"{key}-{run_id}-{epoch}-{seed}-{start}",  # what was ticked among others must not count here
        [
            GalleryItem(
                id=f"{run_id}-{epoch}-{seed}-{start + place}",
                image=data,
                width=width,
                height=height,
                hint=f"Number {start + place}, {width} × {height} pixels",
            )
            for place, data in enumerate(pictures)
        ],
        several,
        pixelated=max(width, height) < 128,
    )
    places = {f"{run_id}-{epoch}-{seed}-{start + place}": place for place in range(len(pictures))}
    return [
        keep_picture(
            workspace,
            pictures[places[name]],
            label=f"{runs[run_id].title}, epoch {epoch}",
            run=run_id,
            epoch=epoch,
            seed=seed,
            index=start + places[name],
        )
        for name in ids
        if name in places
    ]


@st.cache_data(max_entries=64, show_spinner=False)
def _samples(path: str, version: int, epoch: int, seed: int, start: int) -> list[bytes]:
    """A page of samples as PNG files."""
    files = []
    for picture in sampler_of(path, version, epoch).sample(_SAMPLES, seed, start=start):
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        files.append(buffer.getvalue())
    return files


def _tiles(key: str, items: list[GalleryItem], several: bool, *, pixelated: bool = False) -> list[str]:
    """The pictures to click on; ids of what has been chosen in this run, as the browser names them.

    Several: a click takes one, and ticks take many, also of pages turned since.
    """
    bar = st.container()
    # Of one height, so that what stands below a picker stays in reach.
    with st.container(height=_TALL if len(items) > _SHORT else "content", border=False, key=f"{key}-shelf"):
        shown = gallery(
            items,
            key=f"{key}-tiles",
            label="Pictures to choose from",
            size="small",
            selectable=several,
            pixelated=pixelated,
        )
    if shown.opened is not None:
        return [shown.opened]
    if not several:
        return []
    if not shown.selected:
        bar.caption("Click a picture to add it, or tick several.")
    elif bar.button(f"Add {len(shown.selected)}", icon=":material/add:", key=f"{key}-add", type="primary"):
        select(f"{key}-tiles", ())
        return list(shown.selected)
    return []


def _page(key: str, found: int, of: str) -> int:
    """The number of the page shown, from 0. Another search, or fewer pictures, begin at the first page again."""
    pages = math.ceil(found / PER_PAGE)
    name = f"{key}-page"
    if st.session_state.get(f"{name}-of") != of:
        st.session_state[f"{name}-of"] = of
        st.session_state.pop(name, None)
    if pages < 2:
        return 0
    if st.session_state.get(name, 1) > pages:
        st.session_state.pop(name)
    return int(st.pagination(pages, key=name, max_visible_pages=5)) - 1
