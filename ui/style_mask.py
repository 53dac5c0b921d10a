"""Masks over the content: painted in the browser, or uploaded; white is where a style paints.

The canvas shows the content with the mask as a tint and hands back a small grey PNG, which is kept like every picture.
"""

import base64
import binascii
import io
from pathlib import Path

import streamlit as st
from PIL import Image

from core.errors import AtelierError, ConfigError
from core.images import read_image
from core.pictures.chosen import ChosenPicture, keep_picture, open_chosen
from core.style.engines import ENGINES
from core.workspace import Workspace
from ui import access, lab, style_state
from ui.jobs import plain
from ui.markup import harmless
from ui.picture_picker import thumb_url

SIDE = 512  # pixels, longest side of a painted mask: it is a region with a soft edge, not a drawing
_PICTURE_SIDE = 900  # of the content beneath it
_MOST_BYTES = 4 << 20  # of what a browser sends
_UPLOAD_BYTES = 40 << 20
_START = "data:image/png;base64,"
_ASSETS = Path(__file__).with_name("assets")

_canvas = st.components.v2.component(
    "atelier_mask",
    html="<div id='mask'></div>\n",
    css=(_ASSETS / "mask.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "mask.js").read_text(encoding="utf-8"),
)


def show_masks(workspace: Workspace) -> None:
    """Where anything is restyled, and where each style paints: what there is, and how to make it."""
    chosen, styles = style_state.content(), style_state.styles()
    if chosen is None:
        st.caption("Choose the content first: a mask is painted over it.")
        return
    _mask_row(workspace, chosen, style_state.EVERYWHERE, "Where to restyle", "Everywhere")
    if not ENGINES[style_state.engine_name()].takes_masks or not styles:
        return
    for style in styles:
        _mask_row(workspace, chosen, style.sha256, f"Where {style.name} paints", "Wherever there is anything to paint")


def _mask_row(workspace: Workspace, chosen: ChosenPicture, of: str, title: str, without: str) -> None:
    there = style_state.mask(of)
    key = f"style-mask-{of[:16] or 'whole'}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}-row"):
        if there is not None:
            url = thumb_url(workspace, there.picture.sha256)
            if url:
                st.image(url, width=56, alt=f"Mask: {title}")
        with st.container(gap=None, width="stretch"):
            st.markdown(plain(title))
            if there is None:
                st.caption(without)
            elif there.content != chosen.sha256:
                st.caption("White parts only. Made over another picture: it is stretched over this one.")
            else:
                st.caption("White parts only")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            if st.button(
                "Draw" if there is None else "Edit",
                icon=":material/draw:",
                key=f"{key}-draw",
                help="Paint the mask over the content.",
            ):
                _dialog(of, title)
            if there is not None:
                st.button(
                    "Remove",
                    icon=":material/close:",
                    key=f"{key}-remove",
                    type="tertiary",
                    on_click=access.owner_action(style_state.set_mask),
                    args=(of, None),
                )


@access.owner_dialog("Mask", width="large", icon=":material/draw:")
def _dialog(of: str, title: str) -> None:
    workspace = lab.workspace()
    chosen, there = style_state.content(), style_state.mask(of)
    if chosen is None:
        return
    st.markdown(f"**{plain(title)}** · over {plain(chosen.name)}")
    key = f"style-mask-{of[:16] or 'whole'}"
    way = st.segmented_control(
        "How",
        ("draw", "upload"),
        default="draw",
        required=True,
        key=f"{key}-way",
        format_func={"draw": ":material/brush: Draw", "upload": ":material/upload: Upload"}.__getitem__,
        label_visibility="collapsed",
    )
    try:
        data = _painted(workspace, chosen, there, key) if way == "draw" else _uploaded(key)
        if data:
            style_state.set_mask(of, keep_mask(workspace, data, title))
            st.rerun()
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")


def _painted(workspace: Workspace, chosen: ChosenPicture, there: style_state.MaskOf | None, key: str) -> bytes:
    """A PNG's bytes in the one run after the person was done. Raises: AtelierError."""
    picture = _small(workspace, chosen.sha256, _PICTURE_SIDE)
    scale = SIDE / max(picture.size)
    result = _canvas(
        key=f"{key}-canvas",
        data={
            "picture": _url(picture, "WEBP"),
            "width": max(1, round(picture.width * scale)),
            "height": max(1, round(picture.height * scale)),
            "mask": "" if there is None else _url(_small(workspace, there.picture.sha256, SIDE), "PNG"),
            "signature": f"{chosen.sha256}-{there.picture.sha256 if there else ''}",
            "use": "Use this mask",
            "label": "The content. Arrow keys move the brush, Space paints, [ and ] change its size.",
            "hint": "Paint where the style goes. The rest stays as it is.",
        },
        on_painted_change=access.owner_action(lambda: None),
    )
    return from_browser(result.painted) if result.painted else b""


def _uploaded(key: str) -> bytes:
    st.caption(
        "A picture of any size with the content's proportions: white is painted, black is not, grey by its share."
    )
    given = st.file_uploader(
        "Mask", type="image", key=f"{key}-upload", max_upload_size=_UPLOAD_BYTES >> 20, label_visibility="collapsed"
    )
    if given is None:
        return b""
    data = given.getvalue()
    st.image(grey_png(data), width=320, alt="The mask, as it will be used")
    return data if st.button("Use this mask", type="primary", key=f"{key}-use-upload") else b""


def from_browser(value: object) -> bytes:
    """What the canvas sent: anybody's words until they are looked at. Raises: ConfigError."""
    if not isinstance(value, str) or not value.startswith(_START) or len(value) > _MOST_BYTES:
        raise ConfigError("The browser sent no mask that can be read. Paint it again.")
    try:
        return base64.b64decode(value[len(_START) :], validate=True)
    except binascii.Error as error:
        raise ConfigError("The browser sent a damaged mask. Paint it again.") from error


def keep_mask(workspace: Workspace, data: bytes, title: str) -> ChosenPicture:
    """Keep a mask as an opaque grey PNG. Raises: ImageError; ConfigError for one that lets no style paint."""
    return keep_picture(workspace, grey_png(data), label=f"Mask: {title}")


def grey_png(data: bytes) -> bytes:
    """Raises: ImageError; ConfigError for a mask that is black everywhere."""
    grey = read_image(data).convert("L")
    if not grey.getbbox():
        raise ConfigError("The mask is black everywhere, so no style would paint. Make the part to paint white.")
    out = io.BytesIO()
    grey.save(out, "PNG", optimize=True)
    return out.getvalue()


@st.cache_data(show_spinner=False, max_entries=8)
def _shrunk(root: str, sha256: str, side: int) -> Image.Image:
    picture = open_chosen(Workspace(root), ChosenPicture(sha256=sha256))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _small(workspace: Workspace, sha256: str, side: int) -> Image.Image:
    """A picture of the store, no longer than `side`. Raises: PictureGoneError, ImageError."""
    return _shrunk(str(workspace.root), sha256, side)


def _url(picture: Image.Image, form: str) -> str:
    out = io.BytesIO()
    picture.save(out, form, quality=85) if form == "WEBP" else picture.save(out, form)
    return f"data:image/{form.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"
