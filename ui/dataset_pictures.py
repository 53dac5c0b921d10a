"""A dataset's pictures: a strip of samples, its parts page by page, and one picture with its copies.

Pixels are read from the pack's memory map, a page at a time, and travel without loss.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.datasets.contents import LABELS, Contents, Picture, Row
from core.datasets.listing import Dataset
from core.datasets.pack import PackError, open_images, read_manifest
from core.datasets.plan import REASONS
from core.datasets.recipe import copy_words
from core.workspace import Workspace
from ui import access, lab
from ui.gallery import GalleryItem, gallery
from ui.markup import harmless

PARTS = {"train": "Trained on", "test": "Held out", "copies": "Copies", "dropped": "Left out"}
_PER_PAGE = 60
_STRIP_SAMPLES, _STRIP_SIDE = 15, 64  # pictures, pixels high
_COPY_SIDE = 104  # pixels on the page
_LARGE = 320  # pixels on the page that one picture is shown at, at least


def show_strip(dataset: Dataset) -> None:
    """A row of a dataset's pictures as they are trained on."""
    try:
        sheet = _strip(dataset.folder, dataset.content_hash)
    except PackError as error:
        st.error(harmless(str(error)), icon=":material/broken_image:")
        return
    st.image(sheet, output_format="PNG", alt=f"Pictures of {dataset.name}")


@st.cache_data(max_entries=200, show_spinner=False)
def _strip(folder: Path, content_hash: str) -> bytes:
    """Rows are taken from the pictures as they are, which come first; the index is not read for this."""
    manifest = read_manifest(folder)
    images = open_images(folder, manifest)
    kept = int(manifest["counts"]["kept"])
    height, width = images.shape[1:3]
    across = max(1, round(_STRIP_SIDE * width / height))
    rows = np.linspace(0, kept - 1, min(_STRIP_SAMPLES, kept)).astype(int)
    sheet = Image.new("RGB", (across * len(rows), _STRIP_SIDE))
    resampling = Image.Resampling.BOX if height > _STRIP_SIDE else Image.Resampling.NEAREST
    for place, row in enumerate(rows):
        sheet.paste(Image.fromarray(images[row]).resize((across, _STRIP_SIDE), resampling), (across * place, 0))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def show_pictures(workspace: Workspace, contents: Contents) -> None:
    """Part by part; a click opens one."""
    part = st.segmented_control(
        "Part",
        list(PARTS),
        key="part",
        bind="query-params",  # under its label, which must therefore be the same for every dataset
        default="train",
        required=True,
        format_func=PARTS.__getitem__,
        label_visibility="collapsed",
    )
    if part == "dropped":
        _show_left_out(workspace, contents)
        return
    rows = {"train": contents.train, "test": contents.test, "copies": contents.copies}[part]
    if not len(rows):
        st.caption({"test": "Nothing is held out.", "copies": "The recipe adds no copies."}.get(part, "Nothing here."))
        return
    if part == "copies":
        rows = _of_kind(contents, rows)
    show_rows(contents, _page_of(rows, f"rows-{part}"), key=f"dataset-{part}", label=PARTS[part])


def _of_kind(contents: Contents, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The copies of one kind, where one is chosen."""
    each = len(rows) // len(contents.copy_kinds)
    kind = st.pills(
        "Kind of copy",
        range(len(contents.copy_kinds)),
        format_func=lambda number: f"{copy_words(contents.copy_kinds[number]).capitalize()} {each:,}",
        key="copy-kind",
        label_visibility="collapsed",
    )
    return rows if kind is None else rows[kind * each : (kind + 1) * each]


def show_rows(
    contents: Contents,
    rows: Sequence[int],
    *,
    key: str,
    label: str,
    notes: Sequence[str] = (),
) -> None:
    """Pictures of these rows, each a button to more about it.

    Args:
        notes: a second line for each.
    """
    try:
        files = _encoded(contents.folder, contents.manifest["content_hash"], tuple(int(row) for row in rows))
    except PackError as error:
        st.error(harmless(str(error)), icon=":material/broken_image:")
        return
    height, width = contents.manifest["images"]["shape"][1:3]
    items = [
        _item(contents.row(int(row)), file, width, height, notes[place] if notes else "")
        for place, (row, file) in enumerate(zip(rows, files, strict=True))
    ]
    event = gallery(items, key=key, label=label, selectable=False, pixelated=True, size="small")
    if event.opened and event.opened.isdecimal() and int(event.opened) < contents.counts["rows"]:
        _picture_dialog(contents, int(event.opened))


def _item(row: Row, file: bytes, width: int, height: int, note: str) -> GalleryItem:
    picture = row.picture
    return GalleryItem(
        id=str(row.number),
        image=file,
        width=width,
        height=height,
        caption=picture.title or _artists(picture) or picture.sha256[:8],
        note=note or (copy_words(row.copy) if row.copy else _artists(picture)),
        hint=f"Row {row.number:,}",
    )


def _artists(picture: Picture) -> str:
    return ", ".join(picture.labels[LABELS.index("artist")])


@st.cache_data(max_entries=48, show_spinner=False)
def _encoded(folder: Path, content_hash: str, rows: tuple[int, ...]) -> list[bytes]:
    images = open_images(folder, read_manifest(folder))
    return [_lossless(images[row]) for row in rows]


def _lossless(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return buffer.getvalue()


def _show_left_out(workspace: Workspace, contents: Contents) -> None:
    dropped = contents.dropped
    if not dropped:
        st.caption("Every picture that was chosen is kept.")
        return
    found = {row["reason"] for row in dropped}
    reason = st.pills(
        "Why",
        [reason for reason in REASONS if reason in found],
        key="reason",
        bind="query-params",
        format_func=str.capitalize,
        label_visibility="collapsed",
    )
    rows = [row for row in dropped if reason in (None, row["reason"])]
    show_thumbnails(
        workspace,
        [
            (str(row["sha256"]), str(row.get("detail") or row["reason"]), _left_out_words(row))
            for row in _page_of(rows, "rows-dropped")
        ],
        key="dataset-dropped",
        label=PARTS["dropped"],
    )


def _left_out_words(row: dict[str, Any]) -> str:
    return "\n".join(filter(None, (str(row["reason"]), str(row.get("artist") or ""), str(row["sha256"])[:12])))


def show_thumbnails(workspace: Workspace, pictures: Sequence[tuple[str, str, str]], *, key: str, label: str) -> None:
    """Pictures that are in no pack, from the catalog's thumbnails; a click opens one there.

    Args:
        pictures: sha256, caption and hint of each.
    """
    items = []
    for place, (sha256, caption, hint) in enumerate(pictures):
        thumb = workspace.thumb(sha256)
        width, height = _size(thumb)
        items.append(
            GalleryItem(
                id=f"{place}-{sha256}",  # a picture of several artworks may be listed several times
                image=thumb,
                width=width,
                height=height,
                caption=caption or sha256[:8],
                hint=hint,
            )
        )
    event = gallery(items, key=key, label=label, selectable=False, size="small")
    if event.opened:
        st.switch_page(
            "app_pages/gather/catalog.py", query_params={"picture": event.opened.partition("-")[2], "show": "all"}
        )


@st.cache_data(max_entries=4096, show_spinner=False)
def _size(thumb: Path) -> tuple[int, int]:
    """(width, height); a square where there is no thumbnail."""
    try:
        with Image.open(thumb, formats=("WEBP",)) as image:
            return image.size
    except OSError:
        return 1, 1


def _page_of(rows: Any, key: str) -> Any:
    """The rows of the page that is asked for."""
    pages = -(-len(rows) // _PER_PAGE)
    number = 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(rows):,} pictures", width="content")
        if pages > 1:
            number = min(st.pagination(pages, key=key, max_visible_pages=7, width=420), pages)
            if pages > 7:
                st.number_input(
                    "Go to page",
                    1,
                    pages,
                    None,
                    key=f"{key}-jump",
                    placeholder="Page",
                    width=120,
                    label_visibility="collapsed",
                    on_change=access.owner_action(_jump),
                    args=(key, pages),
                )
    return rows[(number - 1) * _PER_PAGE : number * _PER_PAGE]


def _jump(key: str, pages: int) -> None:
    asked = st.session_state.get(f"{key}-jump")
    if asked:
        st.session_state[key] = min(int(asked), pages)


@access.owner_dialog("Picture of a dataset", width="large", icon=":material/image:")
def _picture_dialog(contents: Contents, number: int) -> None:
    row = contents.row(number)
    picture = row.picture
    pixels = contents.pixels([number])[0]
    height, width = pixels.shape[:2]
    times = max(1, _LARGE // max(height, width))
    left, right = st.columns(2, gap="large")
    with left:
        large = pixels.repeat(times, axis=0).repeat(times, axis=1)
        st.image(large, width=width * times, output_format="PNG", alt=picture.title or "Fitted picture")
        how = copy_words(row.copy) if row.copy else "as it is"
        st.caption(f"Row {number:,}, {how}. {width} × {height} pixels, each shown {times} × {times}.")
    with right:
        st.subheader(harmless(picture.title) or "Untitled", anchor=False)
        st.badge(PARTS[picture.split], color="blue" if picture.split == "train" else "orange")
        for label, values in zip(LABELS, picture.labels, strict=True):
            if values:
                st.markdown(f"**{label.capitalize()}**  {harmless(', '.join(values))}")
        st.caption(f"SHA-256 of the original {picture.sha256}")
        thumb = lab.workspace().thumb(picture.sha256)
        if thumb.exists():
            st.image(thumb.read_bytes(), width=200, caption="Original", alt="The original")
        st.page_link(
            "app_pages/gather/catalog.py",
            label="See it in the Catalog",
            icon=":material/photo_library:",
            query_params={"picture": picture.sha256, "show": "all"},
        )
    _show_copies(contents, row)


def _show_copies(contents: Contents, row: Row) -> None:
    if not contents.copy_kinds or row.picture.split != "train":
        return
    own = next(n for n in contents.train if contents.pictures[n].sha256 == row.picture.sha256)
    place = int(np.searchsorted(contents.train, own))
    others = [len(contents.pictures) + kind * len(contents.train) + place for kind in range(len(contents.copy_kinds))]
    names = ("as it is", *(copy_words(copy) for copy in contents.copy_kinds))
    with st.container(horizontal=True, gap="small"):
        for pixels, name in zip(contents.pixels([int(own), *others]), names, strict=True):
            with st.container(width=_COPY_SIDE, gap=None):
                st.image(pixels, width=_COPY_SIDE, output_format="PNG", alt=name)
                st.caption(name)
