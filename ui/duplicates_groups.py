"""Groups of look-alikes side by side, one below the other, with the choice of whom to keep: one component for all.

Choosing happens in the browser and costs no run of the page; what is decided comes back as one act. Keys: a number
keeps that picture alone, with Shift as well; Enter accepts, A keeps all, L decides later, N and P go to the next and
the previous group, V compares, U undoes. Thumbnails travel as in ui.gallery: one behind the other in one file.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit import runtime

from core.catalog.look_alikes.keeping import LookAlike
from core.catalog.look_alikes.settling import MOST_APART, is_of_a_group
from core.duplicates.keeper import LOSSLESS, merge_metadata, suggest_keeper
from core.workspace import Workspace
from ui import access

State = Literal["open", "settled", "later"]
MOST_SHOWN = 24  # pictures of a group
_NEARLY = 0.995  # of the most: counts as the most
_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_duplicates",
    html="<div id='groups'></div>\n",
    css=(_ASSETS / "duplicates.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "duplicates.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class GroupView:
    """One group as it stands."""

    id: str
    number: str  # "3 of 120"
    title: str  # "2 pictures within 4 bits"
    pictures: tuple[str, ...]  # sha256
    state: State
    said: str = ""  # what was decided
    after: str = ""  # a line below a group that is not open
    undo: str = "Undo"  # what the button is called that takes the decision back
    cannot_undo: str = ""  # why that is not possible
    equal_pixels: bool = False


@dataclass(frozen=True)
class GroupAct:
    """What the person did with a group. Names come from the browser: check them like any input."""

    group: str  # GroupView.id; "" for what is about none
    act: str  # "keep", "all", "later", "now", "undo", "compare", "open", "next"
    kept: tuple[str, ...] = ()  # of "keep": the pictures that stay
    pair: tuple[str, ...] = ()  # of "compare"
    picture: str = ""  # of "open"


@dataclass(frozen=True)
class Fact:
    """A line below a picture: colours and words say how it compares with the others."""

    name: str
    value: str
    grade: Literal["most", "less", "same"] = "same"
    word: str = ""


@dataclass(frozen=True)
class _Shown:
    group: GroupView
    pictures: list[dict[str, Any]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    suggested: str = ""
    reasons: tuple[str, ...] = ()


def groups_component(
    views: Sequence[GroupView],
    known: Mapping[str, LookAlike],
    workspace: Workspace,
    *,
    key: str,
    token: str,
    has_next: bool,
    take_over: bool = False,
    on_act: Callable[[], None],
) -> None:
    """Draw the groups. `on_act` is a callback: `act_of(key, token)` says there what was done.

    Args:
        known: facts about all pictures of the groups.
        token: of this page of groups; an act that was made on another one is none.
        has_next: whether N after the last group goes on to a next page.
        take_over: tell what whoever stays takes over from the others.
    """
    shown = [_shown(view, known, workspace, take_over) for view in views]
    files = [file for group in shown for file in group.files]
    _component(
        key=key,
        data={
            "token": token,
            "has_next": has_next,
            "answered": st.session_state.get(f"{key}-answered"),
            "url": _media_url(b"".join(files), key) if any(files) else "",
            "groups": [_described(group) for group in shown],
        },
        on_act_change=access.owner_action(on_act),
    )


def act_of(key: str, token: str) -> GroupAct | None:
    """What the browser sent last, in the callback. None for what is no act on these groups."""
    state = st.session_state.get(key) or {}
    sent = state.get("act")
    if not isinstance(sent, dict):
        return None
    st.session_state[f"{key}-answered"] = sent.get("count")
    if sent.get("token") != token:
        return None

    def words(name: str) -> tuple[str, ...]:
        value = sent.get(name)
        return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()

    return GroupAct(
        str(sent.get("group", "")), str(sent.get("act", "")), words("kept"), words("pair"), str(sent.get("picture", ""))
    )


def facts_of(group: Sequence[LookAlike], *, equal_pixels: bool = False) -> list[list[Fact]]:
    """What a person compares, of each: only what differs within the group is graded. Of equal pixels the smaller file
    is better, and no format."""
    facts = [_facts(member, group, equal_pixels) for member in group]
    telling = {fact.name for own in facts for fact in own if fact.grade == "less"}
    return [[fact if fact.name in telling else Fact(fact.name, fact.value) for fact in own] for own in facts]


def _facts(known: LookAlike, group: Sequence[LookAlike], equal_pixels: bool) -> list[Fact]:
    own = known.candidate
    most_pixels = max(other.candidate.width * other.candidate.height for other in group)
    most_bytes = max(other.candidate.bytes for other in group)
    pixels = own.width * own.height
    if equal_pixels:
        file, form = _smaller(own.bytes, min(other.candidate.bytes for other in group)), Fact("Format", own.format)
    else:
        file = _graded(
            "File", bytes_in_words(own.bytes), own.bytes, most_bytes, len(group), "largest file", "of the largest"
        )
        form = _format(own.format, {other.candidate.format for other in group})
    facts = [
        _graded("Size", f"{own.width} × {own.height}", pixels, most_pixels, len(group), "most pixels", "of the pixels"),
        file,
        form,
        Fact("Source", known.source),
        Fact("In", ", ".join(known.collections)),
        Fact("Added", f"{known.added_at:%d %b %Y}"),
    ]
    if len({other.candidate.licence for other in group}) > 1:
        facts.append(Fact("Licence", own.licence or "not stated", "same" if own.licence else "less"))
    if own.tags:
        facts.append(Fact("Tags", ", ".join(own.tags[:6]) + (" …" if len(own.tags) > 6 else "")))
    return [fact for fact in facts if fact.value]


def _graded(name: str, value: str, own: int, most: int, count: int, best: str, behind: str) -> Fact:
    if own >= most * _NEARLY:
        return Fact(name, value, "most", best) if count > 1 else Fact(name, value)
    return Fact(name, value, "less", f"{own / most:.0%} {behind}")


def _smaller(own: int, least: int) -> Fact:
    if own <= least / _NEARLY:
        return Fact("File", bytes_in_words(own), "most", "smallest file")
    behind = f"{own / least:.1f} times as large" if own >= 2 * least else f"{own / least - 1:.0%} larger"
    return Fact("File", bytes_in_words(own), "less", behind)


def _format(own: str, all_formats: set[str]) -> Fact:
    if len(all_formats) < 2 or not all_formats.intersection(LOSSLESS):
        return Fact("Format", own)
    return Fact("Format", own, "most", "without loss") if own in LOSSLESS else Fact("Format", own, "less", "with loss")


def _shown(view: GroupView, known: Mapping[str, LookAlike], workspace: Workspace, take_over: bool) -> _Shown:
    members = [known[sha256] for sha256 in view.pictures]
    # as it was before anything was excluded: what is settled keeps its places
    own_facts = [replace(member.candidate, excluded=False) for member in members]
    suggested = suggest_keeper(own_facts, equal_pixels=view.equal_pixels)
    first = [suggested.keeper, *(sha256 for sha256 in view.pictures if sha256 != suggested.keeper)]
    order = {sha256: place for place, sha256 in enumerate(first)}
    members.sort(key=lambda member: order[member.candidate.sha256])
    shown = _Shown(view, suggested=suggested.keeper, reasons=suggested.reasons)
    members = members[:MOST_SHOWN]  # the best one is among them
    graded = facts_of(members, equal_pixels=view.equal_pixels)
    for member, facts in zip(members, graded, strict=True):
        own = member.candidate
        try:
            file = workspace.thumb(own.sha256).read_bytes()
        except OSError:  # a thumbnail is derived: one lost file must not take the page away
            file = b""
        shown.files.append(file)
        note = " · ".join(part for part in (own.artist or "Unknown artist", own.date) if part)
        told = member.excluded or ""
        shown.pictures.append(
            {
                "id": own.sha256,
                "key": f"{own.sha256}-{len(file)}-{zlib.crc32(file):08x}",
                "bytes": len(file),
                "width": own.width,
                "height": own.height,
                "title": own.title or "Untitled",
                "note": note,
                "tint": "",
                "excluded": told,
                "against": (f"Excluded: {told}" if told and not is_of_a_group(told) else "")
                or (f"Fell behind: {suggested.against[own.sha256]}" if own.sha256 in suggested.against else ""),
                "facts": [asdict(fact) for fact in facts],
                "gains": _gains(members, own.sha256) if take_over and view.state == "open" else "",
            }
        )
    return shown


def _gains(members: Sequence[LookAlike], keeper: str) -> str:
    merged = merge_metadata([member.candidate for member in members], keeper)
    told = [f"{'page' if name == 'page_url' else name} {value}" for name, (value, _) in merged.filled.items()]
    if merged.new_tags:
        told.append(f"{'tag' if len(merged.new_tags) == 1 else 'tags'} {', '.join(merged.new_tags)}")
    return "; ".join(told)


def _described(shown: _Shown) -> dict[str, Any]:
    view, count = shown.group, len(shown.group.pictures)
    return {
        "id": view.id,
        "number": view.number,
        "title": view.title,
        "state": view.state,
        "said": view.said,
        "after": view.after,
        "undo": view.undo,
        "cannot_undo": view.cannot_undo,
        "count": count,
        "suggested": shown.suggested,
        "reasons": list(shown.reasons),
        "pictures": shown.pictures,
        "more": f"and {count - MOST_SHOWN:,} more, which go unless all are kept" if count > MOST_SHOWN else "",
        "too_many": f"At most {MOST_APART} pictures are called different at once" if count > MOST_APART else "",
    }


def bytes_in_words(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _media_url(data: bytes, key: str) -> str:
    """An address on this server for as long as the session shows it, as in ui.gallery."""
    if not runtime.exists():  # a page drawn without a server, in a test
        return ""
    return runtime.get_instance().media_file_mgr.add(data, "application/octet-stream", f"duplicates-{key}")
