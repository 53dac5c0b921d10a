"""Finding groups on the Duplicates page: the search, how far to look, what it could not look at, and the list of it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.catalog.catalog import Catalog
from core.catalog.described import undescribed
from core.catalog.look_alikes.searching import (
    WAYS,
    WIDEST,
    ExactFound,
    SimilarFound,
    keep_search,
    kept_searches,
    names_of,
    open_groups,
    search_exact,
    search_similar,
    stood_for,
)
from core.catalog.selection import Selection
from core.duplicates.groups import Cut
from core.duplicates.hashes import Progress
from core.duplicates.near import DEFAULT_RADIUS, SimilarSearch
from core.features.choices import WITHOUT_NETWORK, Choice
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.store import FeatureStore
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import pictures
from ui.duplicates_scope import EXACT, SIMILAR
from ui.duplicates_search import Found, Searching, progress, search, searched
from ui.duplicates_work import KEY, Work, begin, make_again, work_for
from ui.feature_stores import describing_now, descriptor_choice, offer_describing, store_of
from ui.jobs import plain

ORDERS = {"smallest": "Smallest groups first", "largest": "Largest groups first", "nearest": "Nearest first"}
_WAY_LABELS = {"confirmed": "Hash and colours", "hash": "Hash alone", "features": "Colours and texture"}
_WAY_HELP = (
    "**Hash and colours**: a perceptual hash finds candidates, colour and texture confirm them. "
    "**Hash alone** sees no colours, so that one composition in two colourings counts as similar: the weaker way, for "
    "pictures that are not described. **Colours and texture** alone also finds crops and other exposures, and more "
    "that is merely alike."
)
_BITS = tuple(str(bits) for bits in range(0, WIDEST + 1, 2))
_LIKENESS = ("95", "90", "85", "80", "75", "70", "65", "60")  # per cent
_AT_ONCE = {"features": 10_000}  # pictures up to which a search begins without being asked
_AT_ONCE_OTHERWISE = 50_000
_GROUPING = "duplicates-grouping"
_NARROW = "duplicates-narrow"


@dataclass(frozen=True)
class _Asked:
    kind: str
    way: str  # "" for exact ones
    scope: Selection  # excluded="all"
    widest: float | None
    descriptor: str = COLOUR_AND_TEXTURE.name  # of core.features.choices

    @property
    def key(self) -> Hashable:
        return self.kind, self.way, self.scope, self.widest, self.descriptor


@dataclass(frozen=True)
class _Grouping:
    """Groups at every radius, by the verdicts and exclusions of one moment."""

    searching: Searching
    revision: int
    search: SimilarSearch
    cuts: list[Cut]
    equals: int  # pictures that one with equal pixels stands for


def found_groups(catalog: Catalog, workspace: Workspace, kind: str, scope: Selection) -> Work | None:
    """The list to work through, made once; None while there is none, and the page says why."""
    choice = Choice(WITHOUT_NETWORK, COLOUR_AND_TEXTURE)
    everything = replace(scope, excluded="all")
    way, place = "", st.container()
    if kind == SIMILAR:
        controls, place = st.columns([2, 3], gap="large")
        way = controls.segmented_control(
            "Looked at by",
            list(WAYS),
            key="way",
            default="confirmed",
            required=True,
            bind="query-params",
            format_func=_WAY_LABELS.__getitem__,
            help=_WAY_HELP,
        )
        if way == "features":
            with controls:
                choice = descriptor_choice(workspace, key="duplicates-by")
    store = store_of(workspace, choice.descriptor)
    narrow = kind == SIMILAR and way != "features" and bool(st.session_state.get(_NARROW))
    asked = _Asked(kind, way, everything, DEFAULT_RADIUS if narrow else None, choice.descriptor.name)
    searching = _searching(catalog, workspace, store, asked)
    if searching is None:
        return None
    found = searching.found
    if found is None:
        return None
    if searching.state != _state(catalog, store, asked):
        _out_of_date(catalog, store, asked)
    missing = (
        found.undecided if isinstance(found, ExactFound) else undescribed(catalog, store, everything) if way else 0
    )
    offer_describing(catalog, workspace, choice, missing, key="duplicates")
    if isinstance(found, ExactFound):
        return _exact(catalog, scope, found, searching)
    with controls:
        return _similar(catalog, store, scope, found, searching, place)


# ---- the search ----------------------------------------------------------------------------------------------------


def _searching(catalog: Catalog, workspace: Workspace, store: FeatureStore, asked: _Asked) -> Searching | None:
    """A search that has ended well; None while there is none, and the page says why."""
    state, number = _state(catalog, store, asked), catalog.count(asked.scope)
    if not number:
        st.info("No picture is in this selection.", icon=":material/filter_alt_off:")
        return None
    searching = searched(asked.key)
    in_hand = _in_hand(searching, workspace)
    fits_at_once = number <= _AT_ONCE.get(asked.way, _AT_ONCE_OTHERWISE)
    if fits_at_once and (searching is None or (searching.state != state and not in_hand and not searching.is_running)):
        searching = search(asked.key, _work(catalog, store, asked), state)
    if searching is None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{pictures(number)}** to compare with each other{_estimate(asked, number)}.")
            _search_button("Search", catalog, store, asked)
            _narrow_button(asked)
        return None
    if searching.is_running:
        progress(searching, f"Comparing {pictures(number)}")
        return None
    if searching.mistake is not None:
        raise searching.mistake
    if searching.refusal:
        st.warning(plain(searching.refusal), icon=":material/block:")
        with st.container(horizontal=True):
            _search_button("Search again", catalog, store, asked)
            _narrow_button(asked)
        return None
    return searching


def _in_hand(searching: Searching | None, workspace: Workspace) -> bool:
    """Whether this session works through what this search found, so that another list would be in its way: something
    was decided, or pictures are being described, which makes every search out of date from second to second."""
    work: Work | None = st.session_state.get(KEY)
    if searching is None or work is None or work.search is not searching:
        return False
    return bool(work.acts or work.later) or describing_now(workspace) is not None


def _work(catalog: Catalog, store: FeatureStore, asked: _Asked) -> Callable[[Progress], Found]:
    def run(tell: Progress) -> Found:
        if asked.kind == EXACT:
            return search_exact(catalog, asked.scope)
        return search_similar(catalog, store, asked.scope, way=asked.way, widest=asked.widest, progress=tell)

    return run


def _state(catalog: Catalog, store: FeatureStore, asked: _Asked) -> Hashable:
    """Whatever changes makes a search out of date."""
    curated = catalog.revision if asked.scope.asks_curation else 0
    return catalog.pictures_revision, len(store), curated


def _search_button(label: str, catalog: Catalog, store: FeatureStore, asked: _Asked) -> None:
    def again() -> None:
        search(asked.key, _work(catalog, store, asked), _state(catalog, store, asked))
        make_again()

    st.button(label, icon=":material/search:", type="primary", on_click=access.owner_action(again))


def _out_of_date(catalog: Catalog, store: FeatureStore, asked: _Asked) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(":material/update: Pictures came, changed or were described since this search.", width="content")
        _search_button("Search again", catalog, store, asked)


def _narrow_button(asked: _Asked) -> None:
    """A nearer radius is found without comparing all with all."""
    if asked.kind == SIMILAR and asked.way != "features" and asked.widest is None:
        st.button(
            f"Within {DEFAULT_RADIUS} bits only",
            on_click=access.owner_action(lambda: st.session_state.update({_NARROW: True})),
            help="Much faster, and finds nine of ten scaled or compressed copies.",
        )


def _estimate(asked: _Asked, number: int) -> str:
    """By what benchmarks/duplicates.py measured on two cores."""
    if asked.way == "features":
        seconds = 1.2e-8 * number**2
    else:
        seconds = 3e-5 * number + (5e-10 * number**2 if asked.way and asked.widest is None else 0)
    return f", about {seconds / 60:.0f} min" if seconds > 90 else f", about {max(1, round(seconds))} s"


# ---- exact ones ----------------------------------------------------------------------------------------------------


def _exact(catalog: Catalog, scope: Selection, found: ExactFound, searching: Searching) -> Work:
    order = _order(("smallest", "largest"))
    signature = (EXACT, scope, searching.began, order)
    work = work_for(signature)
    if work is None:
        groups = open_groups(catalog, found, names_of(catalog, scope))
        groups.sort(key=lambda group: (-len(group) if order == "largest" else len(group), group))
        titles = [f"{len(group)} pictures with equal pixels" for group in groups]
        work = begin(Work(signature, EXACT, groups, titles, search=searching, undecided=found.undecided))
    return work


def _order(orders: tuple[str, ...]) -> str:
    chosen = st.session_state.get("order")
    if chosen is not None and chosen not in orders:
        st.session_state["order"] = orders[0]
    return st.selectbox("Order", orders, key="order", bind="query-params", format_func=ORDERS.__getitem__, width=220)


# ---- similar ones --------------------------------------------------------------------------------------------------


def _told_similar(found: SimilarFound) -> None:
    everybody, told = found.searched + found.plain, []
    if found.way == "confirmed" and not found.described:
        told.append(
            f"{pictures(found.searched)} compared by hash alone, the weaker way: nothing is described yet, and a hash "
            "sees no colours"
        )
    else:
        told.append(f"{pictures(found.searched)} compared by {WAYS[found.way]}")
        if found.way == "confirmed" and found.described < everybody:
            told.append(f"the weaker way, hash alone, for {pictures(everybody - found.described)} not described")
    if found.way == "hash":
        told[0] += ", the weaker way: it sees no colours"
    if found.plain:
        told.append(f"{pictures(found.plain)} left out as nearly plain: a hash tells nothing of them")
    if found.left_out:
        lacking = "are not described" if found.way == "features" else "have no hash"
        told.append(f"{pictures(found.left_out)} left out that {lacking}")
    st.caption("; ".join(told) + ".")


def _similar(
    catalog: Catalog,
    store: FeatureStore,
    scope: Selection,
    found: SimilarFound,
    searching: Searching,
    table: DeltaGenerator,
) -> Work:
    """Drawn in the left column; the table in the right one."""
    grouping: _Grouping | None = st.session_state.get(_GROUPING)
    by_features, unrelated = found.way == "features", store.descriptor.unrelated
    options = [*(_LIKENESS if by_features else _BITS)]
    if not by_features:
        options = [bits for bits in options if int(bits) <= found.pairs.radius]
    usual = f"{round(100 * (1 - found.radius / unrelated))}" if by_features else f"{found.radius:.0f}"
    name = "likeness" if by_features else "radius"
    if st.session_state.get(name) not in (None, *options):
        st.session_state[name] = usual
    chosen = st.segmented_control(
        "Alike by at least" if by_features else "Bits of the hash that may differ",
        options,
        key=name,
        default=usual if usual in options else options[-1],
        required=True,
        bind="query-params",
        format_func=(lambda option: f"{option} %") if by_features else str,
        help="The wider, the more is found, and the more of it is merely alike. The table says what each gives.",
    )
    if not by_features and found.pairs.radius < WIDEST:
        st.button(
            f"Look up to {WIDEST} bits",
            icon=":material/zoom_out_map:",
            type="tertiary",
            on_click=access.owner_action(lambda: st.session_state.update({_NARROW: False})),
            help="Another search, which takes longer.",
        )
    order = _order(tuple(ORDERS))
    _told_similar(found)
    radius = _radius(chosen, by_features, unrelated)
    signature = (SIMILAR, found.way, scope, searching.began, radius, order)
    work = work_for(signature)
    if work is None or grouping is None or grouping.searching is not searching:
        if grouping is None or grouping.searching is not searching or grouping.revision != catalog.revision:
            with st.spinner("Grouping", show_time=True):
                cut_at = [_radius(option, by_features, unrelated) for option in options]
                kept = names_of(catalog, scope)
                equals = stood_for(catalog, kept)
                made = found.pairs.grouped(catalog.verdicts(), kept - equals)
                grouping = _Grouping(searching, catalog.revision, made, made.cuts(cut_at), len(equals))
                st.session_state[_GROUPING] = grouping
        cut = grouping.search.groups(radius, order=order)

        def words_of(distance: float) -> str:
            return _words(distance, by_features, unrelated)

        work = begin(
            Work(
                signature,
                SIMILAR,
                [group.pictures for group in cut],
                [f"{len(group.pictures)} pictures {words_of(group.diameter)}" for group in cut],
                search=searching,
                distances=[group.diameter for group in cut],
                words_of=words_of,
            )
        )
        _keep(catalog, scope, found, radius, grouping.search)
    with table:
        _table(grouping, options, chosen, name, by_features)
    return work


def _radius(option: str, by_features: bool, unrelated: float) -> float:
    return (1 - int(option) / 100) * unrelated if by_features else float(option)


def _words(distance: float, by_features: bool, unrelated: float) -> str:
    if by_features:
        return f"alike by {max(0.0, 1 - distance / unrelated):.0%} or more"
    return f"within {distance:.0f} bits" if distance else "with equal hashes"


def _keep(catalog: Catalog, scope: Selection, found: SimilarFound, radius: float, search: SimilarSearch) -> None:
    """For the filter `duplicate = similar`, unless it knows."""
    everything = replace(scope, excluded="all")
    for kept in kept_searches(catalog):
        same = (kept.scope, kept.way, kept.radius, kept.searched) == (everything, found.way, radius, found.searched)
        if same and kept.described == found.described and not kept.came_since:
            return
    groups = [group.pictures for group in search.groups(radius, settled=True)]
    keep_search(catalog, everything, found, radius, groups)


def _table(grouping: _Grouping, options: list[str], chosen: str, name: str, by_features: bool) -> None:
    """Groups at each cut, before anything is decided; a click on a row chooses it."""
    key = f"duplicates-cuts-{name}-{chosen}"

    def choose() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(options):
            st.session_state[name] = options[rows[0]]

    st.dataframe(
        {
            "Alike by at least" if by_features else "Bits that may differ": [
                f"{option} %" if by_features else option for option in options
            ],
            "Groups": [cut.groups for cut in grouping.cuts],
            "Pictures in them": [cut.pictures for cut in grouping.cuts],
            "Would be excluded": [cut.redundant for cut in grouping.cuts],
            "Largest group": [cut.largest for cut in grouping.cuts],
        },
        hide_index=True,
        key=key,
        on_select=access.owner_action(choose),
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [options.index(chosen)], "columns": [], "cells": []}},
        alt="Groups and pictures at each radius",
    )
    told = "Excluded pictures are not counted; groups that are settled are."
    if grouping.equals:
        told += f" {pictures(grouping.equals)} with the pixels of another one stand under Duplicates."
    st.caption(told)
