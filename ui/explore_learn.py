"""Learning a direction from two sets of the catalog's pictures: what the one has and the other has not."""

import base64

import streamlit as st

from core.catalog.facets import choice
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.pictures.chosen import ChosenPicture
from core.sampling.directions import Direction, keep_learned, kept_directions, remove_learned, rename_learned
from core.sampling.learning import AMOUNTS, FEWEST, KIND, MOST, create_direction, learned_of, sheet_of
from core.training.run_folder import RunFolder
from ui import access, lab
from ui.jobs import job_card, plain
from ui.markup import harmless
from ui.picture_picker import thumb_url

_FIELDS = {
    "my_tag": "My tags",
    "source_tag": "Tags of the sources",
    "artist": "Artists",
    "style": "Styles",
    "genre": "Genres",
    "collection": "Collections",
    "decade": "Decades",
}
_FILTER, _OTHERS, _SAVED = "A filter", "All others", "A saved selection"
_REFUSED, _GONE = "explore-learn-refused", "explore-learn-gone"
_SHOWN = 6


def show(run: RunFolder, epoch: int) -> None:
    st.caption(
        "A direction goes from pictures of one set to pictures of another: from calm to stormy, from one painter to "
        "the next. It becomes a slider, and says how well it tells the two apart."
    )
    towards_place, away_place = st.columns(2, gap="large")
    with towards_place:
        towards, name = _ask_set("More like", "towards", [])
    with away_place:
        away, other = _ask_set("Less like", "away", [_OTHERS], towards)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-learn-row"):
        title = st.text_input(
            "Name of the slider", key="explore-learn-title", max_chars=80, placeholder=name or "stormier", width=300
        )
        st.button(
            "Learn it",
            type="primary",
            icon=":material/school:",
            key="explore-learn-start",
            disabled=towards is None or away is None or not (title.strip() or name),
            on_click=access.owner_action(_start),
            args=(run, epoch, title.strip() or name[:80], towards, away, (name, other)),
        )
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    _show_newest(run)
    _show_learned(run, epoch)


def _ask_set(label: str, key: str, more: list[str], towards: Selection | None = None) -> tuple[Selection | None, str]:
    """(the pictures, what to call them); None while nothing is chosen."""
    catalog = lab.catalog()
    saved = {entry.name: entry.selection for entry in catalog.saved_selections()}
    facets = {field: values for field, values in catalog.facets(fields=tuple(_FIELDS)).items() if _named(values)}
    ways = [*more, *facets, *([_SAVED] if saved else []), _FILTER]
    st.markdown(f"**{label}**")
    way = st.selectbox(
        f"{label}: by",
        ways,
        key=f"explore-learn-{key}-way",
        format_func=lambda way: _FIELDS.get(way, way),
        label_visibility="collapsed",
    )
    selection, name = None, ""
    try:
        if way == _OTHERS:
            if towards is not None:
                selection, name = _others(towards), "all others"
        elif way == _SAVED:
            chosen = st.selectbox("Selection", list(saved), index=None, key=f"explore-learn-{key}-saved")
            selection, name = (saved[chosen], chosen) if chosen else (None, "")
        elif way == _FILTER:
            where = st.text_input(
                "Filter",
                key=f"explore-learn-{key}-where",
                placeholder='tag = "sea" and year > 1900',
                help="In the language of the Catalog page.",
            )
            selection, name = (Selection(where=where), where[:60]) if where.strip() else (None, "")
        else:
            counts = dict(_named(facets[way]))
            values = st.multiselect(
                _FIELDS[way],
                list(counts),
                key=f"explore-learn-{key}-{way}",
                format_func=lambda value: f"{value} ({counts.get(value, 0):,})",
                placeholder="Choose one or more",
            )
            selection, name = (Selection(where=choice(way, values)), ", ".join(values)[:60]) if values else (None, "")
        if selection is not None:
            _show_set(selection)
    except AtelierError as error:
        st.error(plain(str(error)), icon=":material/filter_alt:")
        return None, ""
    return selection, name


def _named(values: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(value, count) for value, count in values if value and count >= FEWEST]


def _others(towards: Selection) -> Selection:
    """All pictures but these. Those of a saved selection are left out when the sets are compared."""
    return Selection(where=f"not ({towards.where})") if towards.where else Selection()


def _show_set(selection: Selection) -> None:
    catalog, workspace = lab.catalog(), lab.workspace()
    count = catalog.count(selection)
    used = f"; {MOST:,} of them are used" if count > MOST else ""
    st.caption(f"{count:,} pictures{used}" if count >= FEWEST else f"{count} pictures; {FEWEST} are needed")
    with st.container(horizontal=True, gap="xsmall"):
        for tile in catalog.page(selection, sort="newest", offset=0, limit=_SHOWN):
            if url := thumb_url(workspace, tile.sha256):
                st.image(url, width=56, alt=tile.title or "Picture")


def _pictures(selection: Selection) -> list[ChosenPicture]:
    """At most MOST, ordered by their hashes: as good as drawn at random, and the same every time."""
    found = lab.catalog().pictures_for(selection)[:MOST]
    return [ChosenPicture(sha256=picture.sha256) for picture in found]


def _start(
    run: RunFolder,
    epoch: int,
    title: str,
    towards: Selection,
    away: Selection,
    names: tuple[str, str],
) -> None:
    workspace = lab.workspace()
    try:
        first, second = _pictures(towards), _pictures(away)
        job = create_direction(workspace, run.id, title=title, towards=first, away=second, names=names, epoch=epoch)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)


def _show_newest(run: RunFolder) -> None:
    """The newest job of this run: at work, or what came of it."""
    jobs = [job for job in list_jobs(lab.workspace()) if job.kind == KIND and job.settings.get("run") == run.id]
    if not jobs:
        return
    job: JobFolder = jobs[0]
    job_card(job)
    sheet, learned = sheet_of(job), learned_of(lab.workspace(), job)
    if job.is_active or sheet is None or learned is None:
        return
    data = base64.b64encode(sheet.read_bytes()).decode()
    st.image(f"data:image/webp;base64,{data}", width="content", alt="Pictures moved along the direction")
    st.caption(
        f"Five pictures of the model, moved from {AMOUNTS[0]:+g} to {AMOUNTS[-1]:+g} standard deviations along "
        f"**{plain(learned.direction.title)}**. It is among the sliders now."
    )


def _show_learned(run: RunFolder, epoch: int) -> None:
    """All that this run has, to rename and to take out."""
    learned = [direction for direction in kept_directions(run, epoch) if direction.origin == "learned"]
    if gone := st.session_state.get(_GONE):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(plain(f"Taken out: {gone.title}"), width="content")
            st.button(
                "Undo",
                icon=":material/undo:",
                type="tertiary",
                key="explore-learn-undo",
                on_click=access.owner_action(_bring_back),
                args=(run,),
            )
    if not learned:
        return
    with st.expander(f"Learned directions ({len(learned)})", icon=":material/school:", key="explore-learned-open"):
        for direction in learned:
            _show_one(run, direction)


def _show_one(run: RunFolder, direction: Direction) -> None:
    key = f"explore-learned-{direction.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key=f"{key}-row"):
        st.text_input(
            "Name",
            direction.title,
            key=f"{key}-title",
            max_chars=80,
            on_change=access.owner_action(_rename),
            args=(run, direction, f"{key}-title"),
            width=260,
        )
        st.caption(plain(f"Epoch {direction.epoch}. {direction.facts.get('words', '')}"), width="stretch")
        st.button(
            "Take out",
            icon=":material/remove_circle_outline:",
            key=f"{key}-out",
            on_click=access.owner_action(_take_out),
            args=(run, direction),
        )


def _rename(run: RunFolder, direction: Direction, key: str) -> None:
    title = str(st.session_state.get(key, "")).strip()
    if title:
        rename_learned(run, direction, title)


def _take_out(run: RunFolder, direction: Direction) -> None:
    remove_learned(run, direction.id)
    st.session_state[_GONE] = direction


def _bring_back(run: RunFolder) -> None:
    keep_learned(run, st.session_state.pop(_GONE))
