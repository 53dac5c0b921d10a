"""Similar pictures: a strip beside one picture, and the whole Catalog in the order of how much it is like one.

The picture may be one of the catalog (`?like=SHA256`), or a person's own, which is looked at and never kept.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.described import undescribed
from core.catalog.nearness import ToPicture
from core.catalog.records import Tile
from core.catalog.selection import Selection
from core.catalog.similar import NotDescribedError, to_picture
from core.errors import AtelierError, NotFoundError
from core.features.descriptor import describe_thumbnail
from core.features.store import FeatureStore
from core.image_formats import PICTURE_SUFFIXES
from core.images import inspect
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import pictures
from ui.catalog_arrival import LIKE, OWN, open_catalog
from ui.catalog_tiles import item
from ui.feature_stores import chosen_descriptor, descriptor_choice, offer_describing, store_of
from ui.gallery import gallery
from ui.jobs import plain
from ui.paste import pasted_picture

_OWN_PICTURE = "similar-own-picture"
_STRIP = 12  # pictures
_AT_ONCE = 200_000  # described pictures among which a strip is looked for without being asked: a quarter of a second
_LARGEST_MB = 256
_SCORE_HELP = "1.00 is the same picture, 0.00 as unlike as two pictures taken at random."


@dataclass(frozen=True)
class OwnPicture:
    """What somebody looked for: in the session alone, and gone with it."""

    name: str
    digest: str
    thumbnail: bytes


@dataclass(frozen=True)
class Asked:
    """An order by likeness."""

    order: ToPicture
    store: FeatureStore

    def badge(self, tile: Tile) -> str:
        return "" if tile.distance is None else f"{self.store.descriptor.score_of(tile.distance):.2f}"


def picture_button() -> None:
    """A button that asks for a picture of one's own to find similar ones of."""
    if st.button("Picture", icon=":material/image_search:", type="tertiary", help="Find pictures like one of your own"):
        _own_dialog()


def similarity(
    catalog: Catalog, workspace: Workspace, selection: Selection, on_change: Callable[[], None]
) -> Asked | None:
    """What the URL asks to stand in order by, with a line that says so; None where it asks for nothing, or in vain."""
    like = st.query_params.get(LIKE, "")
    if not like:
        return None
    with st.container(border=True, key="similar-line"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            thumbnail, words = _about(catalog, workspace, like)
            if thumbnail:
                st.image(thumbnail, width=44, alt=words, output_format="PNG")
            st.markdown(f"Most like **{plain(words)}** first", width="content")
            choice = descriptor_choice(workspace, key="similar-by")
            st.caption(f"{plain(choice.label)}. {_SCORE_HELP}", width="stretch")
            st.button(
                "Usual order",
                icon=":material/close:",
                type="tertiary",
                key="similar-clear",
                on_click=access.owner_action(_clear),
                args=(on_change,),
            )
        store = store_of(workspace, choice.descriptor)
        try:
            order = _order(catalog, store, like)
        except NotDescribedError:
            offer_describing(catalog, workspace, choice, 1, key="similar")
            return None
        except AtelierError as error:  # a picture that is not here, or a network's file that does not hold it
            st.warning(plain(str(error)), icon=":material/broken_image:")
            return None
        missing = undescribed(catalog, store, selection)
        if missing:
            st.caption(f"{pictures(missing)} of these stand at the end, as they are not described.")
            offer_describing(catalog, workspace, choice, missing, key="similar")
    if len(store) > _AT_ONCE:
        with st.spinner("Comparing with all pictures"):
            catalog.page(selection, sort=order, limit=1)  # the distances are kept: every page after this is quick
    return Asked(order, store)


def similar_strip(catalog: Catalog, workspace: Workspace, sha256: str, *, from_catalog: bool) -> None:
    """In the dialog about a picture: those most like it, with their scores."""
    choice = chosen_descriptor(workspace)
    store = store_of(workspace, choice.descriptor)
    fold = st.expander(
        "Similar pictures",
        icon=":material/image_search:",
        expanded=len(store) <= _AT_ONCE,
        key="similar-fold",
        on_change="rerun",
    )
    if not fold.open:
        return
    with fold:
        choice = descriptor_choice(workspace, key="strip-by")
        store = store_of(workspace, choice.descriptor)
        try:
            order = to_picture(catalog, store, sha256)
        except NotDescribedError:
            offer_describing(catalog, workspace, choice, 1, key="strip", card=False)
            return
        asked = Asked(order, store)
        near = [tile for tile in catalog.page(Selection(), sort=order, limit=_STRIP + 1) if tile.sha256 != sha256]
        near = [tile for tile in near if tile.distance is not None][:_STRIP]
        if not near:
            st.caption("No other picture is described.")
            return
        shown = gallery(
            [item(tile, workspace, badge=asked.badge(tile)) for tile in near],
            key="similar-strip",
            label="Similar pictures",
            size="small",
            selectable=False,
            strip=True,
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f"{plain(choice.label)}. {_SCORE_HELP}", width="stretch")
            everything = st.button("Show all similar", icon=":material/grid_view:", key="similar-all", type="tertiary")
        if everything:
            open_catalog(like=sha256, from_catalog=from_catalog)
        if shown.opened in {tile.sha256 for tile in near}:
            st.query_params["picture"] = shown.opened
            st.session_state.pop("catalog-picture-at", None)
            st.rerun()


@access.owner_dialog("Find similar pictures", icon=":material/image_search:", width="medium")
def _own_dialog() -> None:
    st.caption("Your picture is looked at and compared. It is not kept, and leaves with this session.")
    sent = st.file_uploader(
        "A picture from this computer", type=sorted(PICTURE_SUFFIXES), max_upload_size=_LARGEST_MB, key="similar-upload"
    )
    pasted = pasted_picture(key="similar-paste")
    given = (sent.name, sent.getvalue()) if sent else ("your picture", pasted) if pasted else None
    if given is None:
        return
    name, data = given
    try:
        st.session_state[_OWN_PICTURE] = OwnPicture(name, hashlib.sha256(data).hexdigest(), inspect(data).thumbnail)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/broken_image:")
        return
    open_catalog(like=OWN, from_catalog=True)


def _about(catalog: Catalog, workspace: Workspace, like: str) -> tuple[bytes | None, str]:
    """A thumbnail and what to call it."""
    if like == OWN:
        own: OwnPicture | None = st.session_state.get(_OWN_PICTURE)
        return (own.thumbnail, own.name) if own else (None, "your picture")
    try:
        found = catalog.picture(like)
        thumbnail = workspace.thumb(like).read_bytes()
    except NotFoundError:
        return None, "a picture that is not here"
    except OSError:  # a thumbnail is derived
        thumbnail = None
    return thumbnail, next((artwork.title for artwork in found.artworks if artwork.title), "an untitled picture")


def _order(catalog: Catalog, store: FeatureStore, like: str) -> ToPicture:
    """Raises: NotFoundError, NotDescribedError; AtelierError where there is no picture of one's own any more."""
    if like != OWN:
        return to_picture(catalog, store, like)
    own: OwnPicture | None = st.session_state.get(_OWN_PICTURE)
    if own is None:
        raise AtelierError("Your own picture was not kept: it left with the session. Choose it again.")
    return ToPicture.of(store, describe_thumbnail(own.thumbnail, store.descriptor), own.digest)


def _clear(on_change: Callable[[], None]) -> None:
    st.query_params.pop(LIKE, None)
    on_change()
