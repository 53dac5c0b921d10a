"""A page of pictures to look at, open and choose from: one clickable component, one request for all thumbnails.

    items = [GalleryItem(id="…", image=path, width=640, height=480, caption="…")]
    shown = gallery(items, key="catalog", label="Pictures")
    if shown.opened:      # the id that was clicked, or entered with the keyboard; for one run
        ...
    shown.selected        # ids chosen so far, in the order of choosing; those of other pages stay chosen

Mouse: a click opens, a click on the tick (or with Ctrl) chooses, Shift chooses a range. Keyboard: arrows, Home, End and
the page keys move; Enter opens, Space chooses, Shift with an arrow chooses a range, Ctrl+A all, Escape none.

The thumbnails travel as they are, one behind the other in one file, and become single pictures again in the browser,
which keeps them: turning back a page asks for nothing. Against a sprite sheet this saves decoding and encoding on the
server (benchmarks/catalog_page.py) and a second lossy compression.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit import runtime

from ui import access

Size = Literal["small", "medium", "large"]
_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_gallery",
    html="<div id='gallery'></div>\n",
    css=(_ASSETS / "gallery.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "gallery.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class GalleryItem:
    """One picture of a gallery."""

    id: str  # what comes back when it is opened or chosen; unique in the gallery
    image: Path | bytes  # small picture file that browsers know: WebP, PNG, JPEG; a missing file leaves its place empty
    width: int  # in any unit: the shape of the place that is held while the picture loads
    height: int
    caption: str = ""
    note: str = ""  # second line, smaller
    hint: str = ""  # further lines of the tooltip
    mark: str = ""  # set apart: dimmed, with this on a label, such as "Excluded: blurred"
    badge: str = ""  # a few letters on a corner of the picture, such as a score
    tint: str = ""  # "#rrggbb", shown until the picture is there


@dataclass(frozen=True)
class GalleryEvent:
    """What the person does in a gallery."""

    opened: str | None  # id, for the one run after the click
    selected: tuple[str, ...]  # ids from the browser: check them like any input


def gallery(
    items: Sequence[GalleryItem],
    *,
    key: str,
    label: str,
    size: Size = "medium",
    selectable: bool = True,
    pixelated: bool = False,
    strip: bool = False,
    page: str = "",
) -> GalleryEvent:
    """Show pictures.

    Args:
        key: of the component and of its place in the session state.
        label: what screen readers call it.
        size: of the tiles: about 104, 168 or 248 pixels a side.
        selectable: False leaves out ticks and choosing; pictures can still be opened.
        pixelated: enlarge without smoothing, for samples of few pixels.
        strip: one row that scrolls, however many there are.
        page: which of several pages this is: another one is looked at from its beginning.
    """
    files = [_bytes(item.image) for item in items]
    control = _control(key)
    result = _component(
        key=key,
        data={
            "url": _media_url(b"".join(files), key) if any(files) else "",
            "items": [
                {
                    "id": item.id,
                    "key": f"{item.id}-{len(file)}-{zlib.crc32(file):08x}",  # another picture is another key
                    "bytes": len(file),
                    "width": max(1, item.width),
                    "height": max(1, item.height),
                    "caption": item.caption,
                    "note": item.note,
                    "hint": item.hint,
                    "mark": item.mark,
                    "badge": item.badge,
                    "tint": item.tint,
                }
                for item, file in zip(items, files, strict=True)
            ],
            "label": label,
            "size": size,
            "selectable": selectable,
            "pixelated": pixelated,
            "strip": strip,
            "page": page,
            "version": control["version"],
            "selected": control["ids"],
        },
        default={"choice": None},
        on_choice_change=access.owner_action(lambda: None),
        on_opened_change=access.owner_action(lambda: None),
    )
    opened = result.opened if isinstance(result.opened, str) else None
    return GalleryEvent(opened, _chosen(result.choice, control))


def selected(key: str) -> tuple[str, ...]:
    """What is chosen in a gallery, before it is drawn in this run."""
    state = st.session_state.get(key) or {}
    return _chosen(state.get("choice"), _control(key))


def select(key: str, ids: Sequence[str]) -> None:
    """Choose these pictures instead of what is chosen; none to clear. Before the gallery is drawn, or in a callback."""
    control = _control(key)
    control["version"] += 1
    control["ids"] = list(ids)


def _control(key: str) -> dict[str, Any]:
    """The choice as Python set it last. The browser's choice counts only if it was made on top of this version."""
    control: dict[str, Any] = st.session_state.setdefault(f"{key}-control", {"version": 0, "ids": []})
    return control


def _chosen(choice: Any, control: dict[str, Any]) -> tuple[str, ...]:
    try:
        ids = choice["ids"] if choice["version"] == control["version"] else control["ids"]
        return tuple(dict.fromkeys(entry for entry in ids if isinstance(entry, str)))
    except (TypeError, KeyError):
        return tuple(control["ids"])


def _bytes(image: Path | bytes) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return image.read_bytes()
    except OSError:  # a thumbnail is derived: one lost file must not take the gallery away
        return b""


def _media_url(data: bytes, key: str) -> str:
    """An address on this server for as long as the session shows it, as st.image makes one. Streamlit has no public
    call for plain bytes; tests/browser/test_catalog.py notices should this one change."""
    return runtime.get_instance().media_file_mgr.add(data, "application/octet-stream", f"gallery-{key}")
