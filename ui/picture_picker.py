"""Choosing pictures, the same way on every page: from the catalog, from what was made here, from a run, from a file,
the camera or a web address.

    content = choose("Content", key="style-content")  # ChosenPicture | None
    styles = choose_many("Styles", key="style-styles", most=4)  # list[ChosenPicture]
    set_chosen("style-content", request.content)  # "use again": before the picker is drawn, or in a callback
    take_from_address("style-content")  # ?picture=<sha256>

What is chosen is kept in the session under the key, and every picture in the lab's store under its SHA-256, so a
choice survives reruns, and a job needs nothing but the hash. A picker folds once it holds a picture: several stand on
one page.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.errors import AtelierError, NotFoundError
from core.images import ImageFacts
from core.pictures.chosen import ChosenPicture, PictureGoneError, facts_of
from core.pictures.gallery import Gallery
from core.workspace import Workspace
from ui import access, lab, picture_picker_files, picture_picker_lab
from ui.gallery import GalleryItem, gallery, select, selected
from ui.jobs import plain
from ui.markup import harmless

Picked = list[ChosenPicture]
_SHELF_HEIGHT, _SHELF_LOW = 300, 4  # pixels of a shelf that scrolls; so few pictures need no such frame
_SHELF_MOST = 120  # pictures on a shelf


@dataclass(frozen=True)
class Source:
    """One way to choose a picture."""

    title: str
    icon: str
    choose: Callable[[str, bool], Picked]  # (key, several) -> what has been chosen in this very run


SOURCES = {
    "catalog": Source("Catalog", "photo_library", picture_picker_lab.from_catalog),
    "made": Source("Made here", "imagesmode", picture_picker_lab.from_made),
    "run": Source("A run", "model_training", picture_picker_lab.from_run),
    "upload": Source("Upload", "upload", picture_picker_files.from_upload),
    "camera": Source("Camera", "photo_camera", picture_picker_files.from_camera),
    "web": Source("Web address", "link", picture_picker_files.from_web),
}
ALL = tuple(SOURCES)


def choose(
    label: str,
    *,
    key: str,
    allow: Sequence[str] = ALL,
    value: ChosenPicture | None = None,
    hint: str | None = None,
) -> ChosenPicture | None:
    """One picture, or None as long as nothing is chosen.

    Args:
        key: of the choice in the session state; see `set_chosen`.
        allow: which of SOURCES are offered.
        value: chosen at first.
    """
    state = _state(key, [value] if value else [])
    with st.container(key=f"{key}-picker", gap="xsmall"):
        _heading(label, hint)
        known = _known(state.chosen[:1])
        if known:
            _card(key, *known[0], [_close_button if state.is_open else _change_button])
        if not known or state.is_open:
            _choosing(key, tuple(allow), False)
    return known[0][0] if known else None


def choose_many(
    label: str,
    *,
    key: str,
    allow: Sequence[str] = ALL,
    value: Sequence[ChosenPicture] = (),
    most: int | None = None,
    hint: str | None = None,
) -> Picked:
    """Several pictures, in the order of choosing, each once.

    Args:
        most: how many there may be; further ones are not taken.
    """
    state = _state(key, value)
    with st.container(key=f"{key}-picker", gap="xsmall"):
        _heading(label, hint)
        known = _known(state.chosen)
        if most is not None and len(known) > most:
            left = len(known) - most
            were = "was" if left == 1 else "were"
            st.warning(f"At most {most} pictures can be used: {left} {were} not taken.")
            known = known[:most]
            state.chosen = [chosen for chosen, _ in known]
        full = most is not None and len(known) >= most
        state.is_open = state.is_open and not full
        if len(known) == 1:
            _card(key, *known[0], [_close_button if state.is_open else _add_button, _drop_button])
        elif known:
            _shelf(key, known, full=full)
        if not known or state.is_open:
            _choosing(key, tuple(allow), True)
    return [chosen for chosen, _ in known]


def set_chosen(key: str, chosen: ChosenPicture | Sequence[ChosenPicture] | None) -> None:
    """Choose these instead. Before the picker is drawn, or in a callback."""
    pictures = [chosen] if isinstance(chosen, ChosenPicture) else list(chosen or ())
    st.session_state[_name(key)] = _State(_once(pictures))


def chosen_now(key: str) -> Picked:
    """What is chosen, before the picker is drawn in this run."""
    return list(_state(key, ()).chosen)


def take_from_address(key: str, *, parameter: str = "picture") -> None:
    """Choose what the page's address names, once for every address: `?picture=<sha256>`, several times for several.

    A picture that is not in this lab is told, and what was chosen stays. Call it before the picker.
    """
    named = st.query_params.get_all(parameter)
    handled = f"{key}-taken-from-address"
    if not named or st.session_state.get(handled) == named:
        return
    st.session_state[handled] = named
    found = []
    for sha256 in named:
        try:
            found.append(described(lab.workspace(), sha256))
        except AtelierError as error:
            st.warning(harmless(f"The picture in this page's address cannot be used. {error}"))
    if found:
        set_chosen(key, found)
        st.session_state[f"{key}-parameter"] = parameter


def described(workspace: Workspace, sha256: str) -> ChosenPicture:
    """A picture of the lab with the name that people know it by. Raises: ConfigError, PictureGoneError."""
    chosen = ChosenPicture(sha256=sha256)
    facts_of(workspace, chosen)
    made = Gallery(workspace).find(sha256)
    if made is not None:
        return made.chosen
    try:
        title = next((work.title for work in lab.catalog().picture(sha256).artworks if work.title), "")
    except NotFoundError:  # kept, but in no collection: uploaded or sampled
        title = ""
    return ChosenPicture(sha256=sha256, label=title)


def thumb_url(workspace: Workspace, sha256: str) -> str:
    """The thumbnail (longest side 256 pixels) for st.image, or "" if it is lost."""
    try:
        data = workspace.thumb(sha256).read_bytes()
    except OSError:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"


# ---- state


@dataclass
class _State:
    """What one picker holds, in the session."""

    chosen: Picked
    is_open: bool = False  # the sources are shown although something is chosen


def _name(key: str) -> str:
    return f"{key}-chosen-pictures"


def _state(key: str, value: Sequence[ChosenPicture]) -> _State:
    state: _State = st.session_state.setdefault(_name(key), _State(_once(value)))
    return state


def _once(pictures: Sequence[ChosenPicture]) -> Picked:
    return list({picture.sha256 or picture: picture for picture in pictures}.values())


def _known(chosen: Sequence[ChosenPicture]) -> list[tuple[ChosenPicture, ImageFacts]]:
    """Those that are there; the others are told."""
    found = []
    for picture in chosen:
        try:
            found.append((picture, facts_of(lab.workspace(), picture)))
        except PictureGoneError as error:
            st.warning(harmless(str(error)), icon=":material/broken_image:")
    return found


def _take(key: str, picked: Picked, several: bool) -> None:
    state = _state(key, ())
    state.chosen = _once([*state.chosen, *picked]) if several else picked[-1:]
    state.is_open = state.is_open and several
    _leave_address(key)


def _leave_address(key: str) -> None:
    """The page's address no longer says what is chosen."""
    parameter = st.session_state.pop(f"{key}-parameter", "")
    if parameter in st.query_params:
        del st.query_params[parameter]


def _open(key: str, is_open: bool) -> None:
    _state(key, ()).is_open = is_open


def _drop(key: str, hashes: Sequence[str]) -> None:
    state = _state(key, ())
    state.chosen = [picture for picture in state.chosen if picture.sha256 not in hashes]
    select(f"{key}-shelf", ())
    _leave_address(key)


# ---- looks


def _heading(label: str, hint: str | None) -> None:
    st.markdown(f"**{label}**", help=hint)


def _card(key: str, chosen: ChosenPicture, facts: ImageFacts, buttons: Sequence[Callable[[str], None]]) -> None:
    """The chosen picture, small, with its name and size."""
    with st.container(border=True, key=f"{key}-card", horizontal=True, vertical_alignment="center", gap="small"):
        url = thumb_url(lab.workspace(), chosen.sha256)
        if url:
            st.image(url, width=_shown_width(facts), alt=f"Chosen: {chosen.name}")
        with st.container(gap=None, width="stretch"):
            st.markdown(plain(chosen.name))
            st.caption(size_words(chosen, facts))
        for button in buttons:
            button(key)


def _change_button(key: str) -> None:
    st.button(
        "Change",
        icon=":material/swap_horiz:",
        key=f"{key}-change",
        on_click=access.owner_action(_open),
        args=(key, True),
    )


def _close_button(key: str) -> None:
    st.button(
        "Done",
        icon=":material/check:",
        key=f"{key}-close",
        on_click=access.owner_action(_open),
        args=(key, False),
        help="Fold the choice away; what is chosen stays.",
    )


def _add_button(key: str, *, full: bool = False) -> None:
    st.button(
        "Add",
        icon=":material/add:",
        key=f"{key}-change",
        on_click=access.owner_action(_open),
        args=(key, True),
        disabled=full,
        help="As many as can be used are chosen." if full else None,
    )


def _drop_button(key: str, hashes: Sequence[str] = ()) -> None:
    """hashes: those to take out; none for all."""
    st.button(
        f"Take out {len(hashes)}" if hashes else "Take out",
        icon=":material/close:",
        key=f"{key}-drop",
        type="tertiary",
        on_click=access.owner_action(_drop),
        args=(key, hashes or [picture.sha256 for picture in _state(key, ()).chosen]),
    )


def _shown_width(facts: ImageFacts, height: int = 84, most: int = 140) -> int:
    return max(24, min(most, round(height * facts.width / facts.height)))


def size_words(chosen: ChosenPicture, facts: ImageFacts) -> str:
    """'1024 × 768 pixels · JPEG', and where a sample came from."""
    told = f"{facts.width} × {facts.height} pixels · {facts.format}"
    return f"{told} · sample {chosen.index}, seed {chosen.seed}" if chosen.run else told


def _shelf(key: str, known: list[tuple[ChosenPicture, ImageFacts]], *, full: bool) -> None:
    """Several chosen pictures, in rows; those that are ticked can be taken out."""
    workspace = lab.workspace()
    shelf = f"{key}-shelf"
    ticked = [sha256 for sha256 in selected(shelf) if any(sha256 == chosen.sha256 for chosen, _ in known)]
    with st.container(border=True, key=f"{key}-card", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.caption(f"{len(known)} chosen", width="stretch")
            if _state(key, ()).is_open:
                _close_button(key)
            else:
                _add_button(key, full=full)
            _drop_button(key, ticked)
        with st.container(height=_SHELF_HEIGHT if len(known) > _SHELF_LOW else "content", border=False):
            gallery(
                [
                    GalleryItem(
                        id=chosen.sha256,
                        image=workspace.thumb(chosen.sha256),
                        width=facts.width,
                        height=facts.height,
                        caption=chosen.name,
                        hint=size_words(chosen, facts),
                    )
                    for chosen, facts in known[:_SHELF_MOST]
                ],
                key=shelf,
                label="Chosen pictures",
                size="small",
            )
        if len(known) > _SHELF_MOST:
            st.caption(f"and {len(known) - _SHELF_MOST:,} more")


def _likely(allow: tuple[str, ...]) -> str:
    """The source to begin with: one that has something to show, else a file of one's own."""
    if "catalog" in allow and lab.catalog().summary().pictures:
        return "catalog"
    if "made" in allow and Gallery(lab.workspace()).hashes():
        return "made"
    return "upload" if "upload" in allow else allow[0]


@access.owner_fragment
def _choosing(key: str, allow: tuple[str, ...], several: bool) -> None:
    """The sources, one at a time. A fragment of its own: turning its pages does not run the page around it."""
    with st.container(border=True, key=f"{key}-sources", gap="small"):
        name = allow[0]
        if len(allow) > 1:
            name = st.pills(
                "Where from",
                allow,
                key=f"{key}-source",
                default=_likely(allow),
                required=True,
                format_func=lambda name: f":material/{SOURCES[name].icon}: {SOURCES[name].title}",
                label_visibility="collapsed",
                persist_state="session",
                wrap=True,
            )
        picked = SOURCES[name].choose(f"{key}-{name}", several)
    if picked:
        _take(key, picked, several)
        st.rerun()
