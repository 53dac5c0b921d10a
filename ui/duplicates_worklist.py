"""Working through the groups of the Duplicates page: how many are left, a page of them, many at once."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.look_alikes.keeping import LookAlike, look_alikes
from core.errors import NotFoundError
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import pictures
from ui.duplicates_bulk import Groups, bulk_dialog
from ui.duplicates_groups import act_of, groups_component
from ui.duplicates_work import Standing, Work, do, make_again, standing, view_of

PER_PAGE = 8
_GROUPS = "duplicates-groups"
_TAKE_OVER = "duplicates-take-over"
_KEYS = (
    "**1** to **9** keep that picture alone, with **Shift** as well as others · **Enter** accepts · **A** keeps all, "
    "as no duplicates · **L** decides later · **N** and **P** next and previous group · **V** compares · **U** undoes"
)


def worklist(catalog: Catalog, workspace: Workspace, work: Work) -> None:
    if not work.groups:
        _nothing(work)
        return
    now = standing(catalog, work)
    pages = -(-len(work.groups) // PER_PAGE)
    page = min(max(1, int(st.session_state.get("page") or 1)), pages)
    places = range((page - 1) * PER_PAGE, min(page * PER_PAGE, len(work.groups)))
    _progress(catalog, work, now, places)
    try:
        known = _known(catalog, tuple(sha256 for place in places for sha256 in work.groups[place]))
    except NotFoundError:
        st.warning(
            "Some of these pictures were replaced at their source since this search. Search again.",
            icon=":material/update:",
        )
        st.button("Make the list again", on_click=access.owner_action(make_again))
        return
    token = f"{work.token}-{page}"

    def decided() -> None:
        act = act_of(_GROUPS, token)
        if act is None:
            return
        if act.act == "next":
            _turn(min(page + 1, pages))
        else:
            do(catalog, work, act, known, take_over=bool(st.session_state.get(_TAKE_OVER, True)))

    groups_component(
        [view_of(catalog, work, place) for place in places],
        known,
        workspace,
        key=_GROUPS,
        token=token,
        has_next=page < pages,
        take_over=bool(st.session_state.get(_TAKE_OVER, True)),
        on_act=access.owner_action(decided),
    )
    _paging(now, page, pages, places)


def _known(catalog: Catalog, pictures: tuple[str, ...]) -> dict[str, LookAlike]:
    return catalog.remembered(("look-alikes", pictures), lambda: look_alikes(catalog, pictures))


def _nothing(work: Work) -> None:
    if work.kind == "similar":
        title = ":material/check_circle: Nothing similar"
        words = "No two pictures here are as near as that, or all of them are settled. A wider radius finds more."
    elif work.undecided:
        title = ":material/hourglass_empty: Not compared yet"
        words = f"{pictures(work.undecided)} may have an equal. Describe them, and their pixels are compared."
    else:
        title = ":material/check_circle: No duplicates"
        words = "No two pictures here have equal pixels, or all of them are settled."
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("medium")
        st.subheader(title, text_alignment="center")
        st.markdown(words, text_alignment="center")


def _progress(catalog: Catalog, work: Work, now: Standing, places: range) -> None:
    total, left = len(work.groups), len(now.open)
    words = f"**{left:,} of {total:,} groups left**" if left else f"**All {total:,} groups are done**"
    if now.settled:
        words += f" · {now.settled:,} settled"
    if now.later:
        words += f" · {now.later:,} put off"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="duplicates-standing"):
        st.progress((total - left) / total, text=words, width=360)
        st.space("stretch")
        with st.popover("Keys", icon=":material/keyboard:", type="tertiary"):
            st.markdown(_KEYS)
        st.checkbox(
            "Take over facts",
            value=True,
            key=_TAKE_OVER,
            persist_state="session",
            help="What only an excluded picture knows (tags, title, date, licence, …) is given to the kept one: tags "
            "as tags, other facts as notes. What the sources say stays as it is.",
        )
        if now.settled or now.later:
            st.button(
                "Make the list again",
                icon=":material/refresh:",
                type="tertiary",
                on_click=access.owner_action(make_again),
                help="Without what is settled, with what was put off.",
            )
        if st.button("Accept suggestions", icon=":material/done_all:", disabled=not left):
            bulk_dialog(catalog, work.kind, _offers(work, now, places))


def _offers(work: Work, now: Standing, places: range) -> list[tuple[str, Groups]]:
    """What can be accepted at once: this page, those up to a distance, all."""
    here = [work.groups[place] for place in now.open if place in places]
    everything = [work.groups[place] for place in now.open]
    offers: list[tuple[str, Groups]] = []
    if here and len(here) < len(everything):
        offers.append((f"The {len(here):,} open on this page", here))
    if work.distances:
        steps = sorted({work.distances[place] for place in now.open})
        for step in _few(steps[:-1]):
            near = [work.groups[place] for place in now.open if work.distances[place] <= step]
            offers.append((f"The {len(near):,} {work.words_of(step)}", near))
    offers.append((f"All {len(everything):,} that are open", everything))
    return offers


def _few(steps: list[float]) -> list[float]:
    """At most five of them, spread over all."""
    return steps if len(steps) <= 5 else [steps[round(place * (len(steps) - 1) / 4)] for place in range(5)]


def _paging(now: Standing, page: int, pages: int, places: range) -> None:
    if pages < 2:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="bottom", gap="medium"):
        st.pagination(pages, key="page", bind="query-params", max_visible_pages=9, width=460)
        if page < pages:
            done = not any(place in places for place in now.open)
            st.button(
                "Next groups",
                icon=":material/arrow_forward:",
                type="primary" if done else "secondary",
                on_click=access.owner_action(_turn),
                args=(page + 1,),
            )


def _turn(page: int) -> None:
    st.session_state["page"] = page
