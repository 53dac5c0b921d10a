"""The list of groups that a person works through: made once, so that nothing moves away while it is worked on.

What is decided stays in its place as it was decided, with its undo, until the list is made again.
"""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.curation import Act
from core.catalog.look_alikes.keeping import LookAlike, decide
from core.errors import AtelierError
from ui.catalog_acts import remember
from ui.duplicates_groups import GroupAct, GroupView
from ui.markup import harmless

KEY = "duplicates-work"
COMPARED = "duplicates-compared"  # in the session state: the pair to compare in the run that follows


@dataclass
class Work:
    signature: Hashable  # of what was asked
    kind: str  # "exact" or "similar"
    groups: list[tuple[str, ...]]
    titles: list[str]  # of each
    search: object = None  # what it was made of: while it is worked through, no newer search takes its place
    undecided: int = 0  # pictures that may have an equal and whose pixels were not compared yet
    distances: list[float] = field(default_factory=list)  # of similar ones: the largest within each
    words_of: Callable[[float], str] = str  # a distance, as in "within 4 bits"
    acts: dict[str, Act] = field(default_factory=dict)  # group id -> what was decided about it alone
    later: set[str] = field(default_factory=set)  # group ids

    @property
    def token(self) -> str:
        return hashlib.sha256(repr((self.signature, len(self.groups))).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Standing:
    """How far the list is."""

    settled: int
    later: int
    open: tuple[int, ...]  # places in the list


def work_for(signature: Hashable) -> Work | None:
    """The list of this session, if it is of what is asked now."""
    work: Work | None = st.session_state.get(KEY)
    return work if work is not None and work.signature == signature else None


def begin(work: Work) -> Work:
    st.session_state[KEY] = work
    return work


def make_again() -> None:
    """For a button's on_click: the list is made of what is open now, with what was put off."""
    st.session_state.pop(KEY, None)
    st.session_state["page"] = 1


def group_id(group: Sequence[str]) -> str:
    return hashlib.sha256("".join(group).encode()).hexdigest()[:16]


def standing(catalog: Catalog, work: Work) -> Standing:
    verdicts, excluded = catalog.verdicts(), excluded_reasons(catalog)
    settled = later = 0
    waiting = []
    for place, group in enumerate(work.groups):
        kept = sum(sha256 not in excluded for sha256 in group)
        if kept < 2 or verdicts.settled(group):
            settled += 1
        elif group_id(group) in work.later:
            later += 1
        else:
            waiting.append(place)
    return Standing(settled, later, tuple(waiting))


def excluded_reasons(catalog: Catalog) -> dict[str, str]:
    """sha256 -> reason."""
    return catalog.remembered("excluded pictures", lambda: dict(catalog.read("SELECT sha256, reason FROM exclusions")))


def view_of(catalog: Catalog, work: Work, place: int) -> GroupView:
    group = work.groups[place]
    identity, number = group_id(group), f"{place + 1:,} of {len(work.groups):,}"
    verdicts, excluded = catalog.verdicts(), excluded_reasons(catalog)
    title = work.titles[place]
    gone = sum(sha256 in excluded for sha256 in group)
    if verdicts.settled(group):
        said = f"Kept {len(group) - gone}, excluded {gone}" if gone else "Kept all: not duplicates"
        if not gone and verdicts.judged_same(group):
            said = "Kept all, though they are the same"
        after = "The catalog remembers it."
        return GroupView(identity, number, title, group, "settled", said, after, equal_pixels=work.kind == "exact")
    if len(group) - gone < 2:
        return GroupView(
            identity,
            number,
            title,
            group,
            "settled",
            f"{gone} of {len(group)} excluded on another page",
            cannot_undo="It was not decided here: restore the pictures on the Catalog page.",
        )
    if identity in work.later:
        return GroupView(identity, number, title, group, "later", "Put off", "It waits until the list is made again.")
    return GroupView(identity, number, title, group, "open", equal_pixels=work.kind == "exact")


def do(catalog: Catalog, work: Work, act: GroupAct, known: Mapping[str, LookAlike], *, take_over: bool) -> None:
    """What the person asked for, in a callback. Says what is refused, and changes nothing then."""
    group = next((group for group in work.groups if group_id(group) == act.group), None)
    if group is None:
        return
    try:
        match act.act:
            case "keep":
                kept = [sha256 for sha256 in act.kept if sha256 in group]
                if kept:
                    _done(
                        work, act.group, catalog.keep_one([decide(known, group, kept, take_over=take_over)], work.kind)
                    )
            case "all":
                _done(work, act.group, catalog.keep_all([group]))
            case "later":
                work.later.add(act.group)
            case "now":
                work.later.discard(act.group)
            case "undo":
                before = work.acts.pop(act.group, None)
                undone = catalog.undo(before.number) if before is not None else catalog.ask_again([group])
                if not undone.number:
                    undone = catalog.ask_again([group])
                remember(undone)
            case "compare":
                pair = [sha256 for sha256 in act.pair if sha256 in group]
                if len(pair) == 2:
                    st.session_state[COMPARED] = tuple(pair)
            case "open" if act.picture in group:
                st.query_params["picture"] = act.picture
    except AtelierError as error:
        st.toast(harmless(str(error)), icon=":material/error:", duration="long")


def _done(work: Work, identity: str, act: Act) -> None:
    work.acts[identity] = act
    work.later.discard(identity)
    remember(act)
