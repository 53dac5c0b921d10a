"""One picture of the catalog: large, with everything known about it, and the decision about it."""

import html
import json
import re

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.nearness import Nearness
from core.catalog.records import ArtworkRecord, Picture
from core.catalog.selection import Selection
from core.errors import AtelierError, NotFoundError
from core.images import ImageError, read_image
from core.sources import licences
from core.sources.made_here import MADE_OF
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import reason_choice, remember
from ui.catalog_colour import palette_strip
from ui.catalog_flags import picture_flags
from ui.catalog_provenance import provenance_card
from ui.catalog_similar import similar_strip
from ui.catalog_tags import tags_of_picture
from ui.markup import harmless

_SHOWN_BY_BROWSERS = {"jpg", "png", "webp", "gif", "bmp"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TALLEST = 620  # pixels on the page
_WIDEST = 760
_AT = "catalog-picture-at"  # place of the shown picture in the order of the gallery


def open_picture(sha256: str, at: int) -> None:
    """Have the dialog show this picture, the one at place `at` of the gallery's order. The link goes into the URL."""
    st.query_params["picture"] = sha256
    st.session_state[_AT] = at


def close_picture() -> None:
    st.query_params.pop("picture", None)
    st.session_state.pop(_AT, None)


@access.owner_dialog("Picture", width=1180, icon=":material/image:", on_dismiss=access.owner_action(close_picture))
def detail_dialog(
    catalog: Catalog, workspace: Workspace, selection: Selection, sort: str | Nearness, *, from_catalog: bool = True
) -> None:
    """The picture that the URL names, with steps to its neighbours in the gallery's order."""
    sha256 = st.query_params.get("picture", "")
    try:
        shown = catalog.picture(sha256)
    except NotFoundError:
        st.warning(
            "This picture is not in the catalog: the link comes from another lab, or the picture was replaced. "
            "Close this window to see what is there."
        )
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        with st.container(horizontal_alignment="center"):
            _large(workspace, shown)
        if shown.palette:
            palette_strip(shown.palette, key="picture-palette", from_catalog=from_catalog)
        similar_strip(catalog, workspace, shown.sha256, from_catalog=from_catalog)
    with right:
        _steps(catalog, selection, sort, sha256)
        _decision(catalog, shown)
        picture_flags(catalog, shown)
        tags_of_picture(catalog, shown)
        for artwork in shown.artworks:
            _artwork(artwork)
        provenance_card(catalog, workspace, shown)
        _facts(shown)


def _steps(catalog: Catalog, selection: Selection, sort: str | Nearness, sha256: str) -> None:
    """Buttons to the pictures before and after. One that was excluded here has left its place to the next."""
    at: int | None = st.session_state.get(_AT)
    if at is None:
        return
    start = max(0, at - 1)
    window = [tile.sha256 for tile in catalog.page(selection, sort=sort, offset=start, limit=3)]
    after = at + 1 if sha256 in window else at
    for_left, for_right = window[: at - start], window[after - start :]
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            shortcut="Left",
            disabled=not for_left,
            on_click=access.owner_action(open_picture),
            args=(for_left[-1] if for_left else sha256, at - 1),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            shortcut="Right",
            disabled=not for_right,
            on_click=access.owner_action(open_picture),
            args=(for_right[0] if for_right else sha256, after),
        )


def _large(workspace: Workspace, shown: Picture) -> None:
    path = workspace.image(shown.sha256, shown.suffix)
    width = max(1, round(min(shown.width, _WIDEST, _TALLEST * shown.width / shown.height)))
    alt = _title(shown)
    try:
        if shown.suffix in _SHOWN_BY_BROWSERS:
            original = path.read_bytes()
            st.image(original, width=width, alt=alt, output_format="PNG" if shown.suffix == "png" else "auto")
        else:
            st.image(read_image(path), width=width, alt=alt, output_format="PNG")
    except (OSError, ImageError) as error:
        st.error(f"The original cannot be shown: {harmless(str(error))}. Look whether data/images is complete.")
        return
    size = f"{shown.width} × {shown.height} pixels · {_bytes(shown.bytes)} · {shown.format}"
    st.caption(size if width == shown.width else f"{size} · shown at {width / shown.width:.0%}")


def _decision(catalog: Catalog, shown: Picture) -> None:
    if shown.excluded is not None:
        st.badge(f"Excluded: {harmless(shown.excluded)}", icon=":material/block:", color="orange")
        if st.button("Restore", icon=":material/settings_backup_restore:", width="stretch"):
            remember(catalog.restore([shown.sha256]))
            st.rerun(scope="fragment")
        return
    with st.popover("Exclude", icon=":material/block:", width="stretch"):
        reason = reason_choice(catalog, key=f"reason-{shown.sha256[:12]}")
        if st.button("Exclude this picture", type="primary", disabled=not reason, width="stretch"):
            try:
                remember(catalog.exclude([shown.sha256], reason or ""))
            except AtelierError as error:
                st.error(harmless(str(error)))
                return
            st.rerun(scope="fragment")


def _artwork(artwork: ArtworkRecord) -> None:
    st.subheader(_plain(artwork.title) or "Untitled")
    known = [part for part in (artwork.artist or "Unknown artist", artwork.date) if part]
    st.write(_plain(", ".join(known)))
    if artwork.synthetic:
        st.badge("Synthetic: drawn by a program", icon=":material/smart_toy:", color="blue")
    _licence(artwork)
    metadata = dict(artwork.metadata)
    _parents(str(metadata.pop(MADE_OF, "")))
    rows = {
        "Style": artwork.style,
        "Genre": artwork.genre,
        "Tags of the source": ", ".join(artwork.tags),
        **{name.replace("_", " ").capitalize(): str(value) for name, value in metadata.items()},
    }
    _table(rows)


def _parents(made_of: str) -> None:
    """What a picture of this lab was made of, each with the way to it."""
    try:
        parents = [(str(parent["label"]), str(parent["sha256"])) for parent in json.loads(made_of or "[]")]
    except (ValueError, TypeError, KeyError):  # written by another version, or by anybody
        return
    links = ", ".join(
        f"<a href='?picture={html.escape(sha256)}' target='_self'>{html.escape(label)}</a>"
        if _SHA256.fullmatch(sha256)
        else html.escape(label)
        for label, sha256 in parents
    )
    if links:
        st.html(f"<div style='font-size:.87rem'><span style='opacity:.65'>Made of</span> {links}</div>")


def _licence(artwork: ArtworkRecord) -> None:
    """What anyone may do with it, apart from the other facts. Of a person's own files nothing need be stated."""
    if artwork.licence:
        free = licences.is_free(artwork.licence)
        st.badge(
            _plain(artwork.licence) if free else f"Licence: {_plain(artwork.licence)}",
            icon=":material/lock_open:" if free else ":material/copyright:",
            color="green" if free else "orange",
            help="Free for anyone and any use." if free else "Look at the source's page before you publish it.",
        )
    elif artwork.image_url:
        st.badge(
            "Licence not stated",
            icon=":material/help:",
            color="orange",
            help="The source does not say what may be done with it. Unknown is not free.",
        )


def _facts(shown: Picture) -> None:
    with st.expander("Measures and hashes", icon=":material/straighten:"):
        _table(
            {
                **{name.replace("_", " ").capitalize(): f"{value:.3g}" for name, value in shown.measures.items()},
                "Notes": "; ".join(shown.notes),
                "Perceptual hash": shown.phash,
            }
        )


def _table(rows: dict[str, str]) -> None:
    """Label and value in two columns; values come from outside, so nothing in them is read as markup."""
    lines = "".join(
        f"<dt style='margin:0;opacity:.65'>{html.escape(label)}</dt>"
        f"<dd style='margin:0;overflow-wrap:anywhere'>{_linked(value)}</dd>"
        for label, value in rows.items()
        if value
    )
    st.html(
        "<dl style='display:grid;grid-template-columns:minmax(5.5rem,auto) 1fr;gap:.15rem .8rem;margin:0;padding:0;"
        f"font-size:.87rem'>{lines}</dl>"
    )


def _linked(value: str) -> str:
    text = html.escape(value)
    if value.startswith(("https://", "http://")):
        return f"<a href='{text}' target='_blank' rel='noopener noreferrer'>{text}</a>"
    return text


def _plain(text: str) -> str:
    """Text from outside, with what Markdown would read as markup taken literally."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#+-.!|~$<>:" else char for char in text)


def _title(shown: Picture) -> str:
    return next((artwork.title for artwork in shown.artworks if artwork.title), "Untitled picture")


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"
