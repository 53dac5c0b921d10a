"""The rating card: one picture or a pair, a question, the answers; and the journals behind it, one of each per server.

The card lives in the browser (assets/rating.js) so that it can do what a page of widgets cannot: hold the next pictures
decoded before they are needed, measure the time to an answer where it happens, flash a picture for an exact number of
frames, and take one answer per showing. It shows the next picture only after the server has said that the answer is on
disk; an answer without that word is kept and sent again. All it ever knows of a picture is a random number.

What the card is told (data), besides words and sizes:

    current, upcoming   {"id": presentation, "sources": [address of each picture, left first], "practice": bool,
                        "marked": index of the one marked as the original, or null, "exposure_ms": int or null}
                        or null; `sources` only while the browser has not been told them. The pictures are files of this
                        server, /media/<name>, to be fetched beside the websocket: the word that a vote is saved never
                        waits behind a picture on a slow line.
    done, total         showings answered, and in all
    feedback            {"id": the showing just answered, "correct": bool, "text"} after some practice answers
    refusal             why the last event was not taken, or ""
    run, page           differ after each run of the fragment, and of the whole page: an answer without a word is then
                        said again

What it tells (trigger values of the component, each an object):

    vote      presentation, answer (int), response_ms (int, from the picture on screen to the answer, without time in
              another tab), shown_at (ISO 8601, UTC); timed: seen_ms (int, measured by the frames of the screen); with a
              place: point [x, y], 0 to 1 from the upper left. Sent again until `current` changes or `refusal` says no;
              that is still one vote.
    undo      presentation: what is on screen now; the answer before it is taken back
    missing   presentation: the browser has no address for it, or could not fetch it
    missed    presentation: it flashed while nobody looked (hidden tab), or not as long as asked; it comes again
    decline   presentation: less motion is wanted, so no timed pictures; the rater leaves
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import runtime

from core.studies.design import StudyDesign
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.studies.voting import Ballot, Feedback, Showing
from ui.rating_words import Words

MINIMUM_LOOK_MS = 300  # an answer sooner than this after a picture appeared was meant for the one before
EVENTS = ("vote", "undo", "missing", "missed", "decline")
_SENT = 6  # showings whose pictures the browser keeps (KEPT in rating.js)
_ASSETS = Path(__file__).with_name("assets")

_card = st.components.v2.component(
    "rating_card",
    html=(_ASSETS / "rating.html").read_text(encoding="utf-8"),
    css=(_ASSETS / "rating.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("rating.js", "rating_timed.js")),
)

_MEMORY_JS = """
export default function (component) {
  const { data: [data], parentElement, setStateValue } = component
  if (data.forget) { try { localStorage.removeItem(data.key) } catch { /* private window */ } }
  if (data.forget || parentElement.told === data.key) return   // once: another message would only cost another rerun
  parentElement.told = data.key
  let rater = ""
  try { rater = localStorage.getItem(data.key) ?? "" } catch { /* private window */ }
  if (rater) setStateValue("rater", rater)
}
"""
_memory = st.components.v2.component("rating_memory", html="<span></span>", js=_MEMORY_JS)


@st.cache_resource(show_spinner=False, max_entries=64)
def study_at(path: Path) -> Study:
    """A frozen study never changes, so it is read once."""
    return Study(path)


@st.cache_resource(show_spinner=False, max_entries=64)
def journal_at(path: Path) -> VoteJournal:
    """One journal object per study: sessions are threads of this process and share what was read so far."""
    return VoteJournal(path)


@dataclass(frozen=True)
class CardEvent:
    """What the rater did. `values` holds what belongs to it, straight from the browser: check before use."""

    kind: str  # "vote", "undo", "missed", "decline"
    values: dict[str, Any]


@dataclass
class _Sent:
    """What a browser has been told."""

    showings: list[str] = field(default_factory=list)  # the last few
    number: int = 0  # of showings told in all
    page: str = field(default_factory=lambda: secrets.token_hex(4))  # another one after every full run of the page


def rating_card(
    study: Study,
    ballot: Ballot,
    rater_id: str,
    words: Words,
    *,
    answered: str,
    refusal: str,
    on_event: Callable[[CardEvent], None],
    key: str,
) -> None:
    """Draw the card for what is before a rater.

    Args:
        answered: the showing that `ballot.feedback` is about.
        refusal: why the last event was not taken; the picture stays and can be answered again.
        on_event: called before the rerun that follows an event.
    """
    sent: _Sent = st.session_state.setdefault(f"{key}-sent", _Sent())
    counter = f"{key}-runs"
    st.session_state[counter] = st.session_state.get(counter, 0) + 1

    def handle(kind: str) -> Callable[[], None]:
        def callback() -> None:
            values = getattr(st.session_state.get(key), kind, None)
            if not isinstance(values, dict):
                return
            if kind == "missing":
                sent.showings.clear()
            else:
                on_event(CardEvent(kind, values))

        return callback

    width, height = study.display_size
    _card(
        key=key,
        data=_as_json(
            {
                **words.for_card(),
                "current": _told(study, ballot.current, sent, key),
                "upcoming": _told(study, ballot.upcoming, sent, key),
                "done": ballot.done,
                "total": ballot.total,
                "can_undo": ballot.can_undo,
                "feedback": _feedback(ballot.feedback, answered, words),
                "width": width,
                "height": height,
                "refusal": refusal,
                "run": st.session_state[counter],  # a refusal leaves all else as it was, and must still be noticed
                "page": sent.page,
                "look": MINIMUM_LOOK_MS,
                "memory": {"key": memory_key(study), "rater": rater_id},
                "preview": False,
            }
        ),
        **{f"on_{kind}_change": handle(kind) for kind in EVENTS},
    )


def forget_sent(key: str) -> None:
    """Tell the card everything again. Needed in a full run of the page: Streamlit then drops the session's files."""
    st.session_state.pop(f"{key}-sent", None)


def preview_card(
    design: StudyDesign, pictures: bytes | Sequence[bytes], size: tuple[int, int], *, key: str, language: str = ""
) -> None:
    """The card as raters will see it; answers lead nowhere and keys are left alone.

    Args:
        pictures: PNG files; of kinds with two pictures, both.
        size: (width, height) of the pictures.
        language: of the wording; "" for the study's first one.
    """
    files = [pictures] if isinstance(pictures, bytes) else list(pictures)
    words = Words.of(design, language)
    showing = hashlib.sha256(b"".join([design.kind.encode(), *files])).hexdigest()[:16]
    _card(
        key=key,
        data=_as_json(
            {
                **words.for_card(),
                "current": {
                    "id": showing,
                    "sources": [_address(png, f"{key}-{place}") for place, png in enumerate(files)],
                    "practice": False,
                    "marked": 0 if design.kind == "side-by-side" else None,
                    "exposure_ms": None,
                },
                "upcoming": None,
                "done": 0,
                "total": 1,
                "can_undo": False,
                "feedback": None,
                "width": size[0],
                "height": size[1],
                "refusal": "",
                "run": 0,
                "page": "",
                "look": MINIMUM_LOOK_MS,
                "memory": {"key": "", "rater": ""},
                "preview": True,
            }
        ),
    )


def _as_json(told: dict[str, Any]) -> list[dict[str, Any]]:
    """As Streamlit passes it on untouched. In a dict it looks for tables at every rerun, and loads pandas to do so:
    80 MB and a second that a server for raters does without.
    """
    return [told]


def remembered_rater(study: Study, *, key: str) -> str:
    """The rater id that this browser had in this study before, or "" (also while the browser has not answered yet)."""
    told = {"key": memory_key(study), "forget": False}
    found = _memory(key=key, data=_as_json(told), default={"rater": ""}, on_rater_change=lambda: None)
    return found.rater if isinstance(found.rater, str) else ""


def forget_rater(study: Study, *, key: str) -> None:
    """Have this browser forget who rated here."""
    _memory(key=key, data=_as_json({"key": memory_key(study), "forget": True}))


def memory_key(study: Study) -> str:
    """Under which the browser keeps its rater id; says nothing about the study."""
    return "atelier-rater-" + hashlib.sha256(study.id.encode()).hexdigest()[:12]


def _told(study: Study, showing: Showing | None, sent: _Sent, key: str) -> dict[str, Any] | None:
    """A showing for the browser; the addresses of its pictures only the first time."""
    if showing is None:
        return None
    told: dict[str, Any] = {
        "id": showing.presentation,
        "practice": showing.role == "practice",  # attention items and repeats look like all others
        "marked": showing.marked,
        "exposure_ms": showing.exposure_ms,
    }
    if showing.presentation not in sent.showings:
        sent.showings.append(showing.presentation)
        del sent.showings[:-_SENT]
        sent.number += 1
        slot = sent.number % _SENT  # the server keeps as many pictures for this session as the browser does
        told["sources"] = [
            _address(study.picture(item), f"{key}-{slot}-{place}") for place, item in enumerate(showing.items)
        ]
    return told


def _feedback(feedback: Feedback | None, answered: str, words: Words) -> dict[str, Any] | None:
    if feedback is None:
        return None
    return {"id": answered, "correct": feedback.correct, "text": words.feedback(feedback)}


def _address(png: bytes, place: str) -> str:
    """Where the browser fetches a picture, for as long as the session lasts or until its next full run. Streamlit has
    no public call for plain bytes; tests/browser/test_rating.py notices should this one change."""
    return runtime.get_instance().media_file_mgr.add(png, "image/png", place)
