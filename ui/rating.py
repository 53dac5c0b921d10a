"""The rating card: one picture, a question, the answers; and the journals behind it, one of each per server.

The card lives in the browser so that it can do what a page of widgets cannot: hold the next picture decoded before it
is needed, measure the time to an answer where it happens, and take one answer per showing. It shows the next picture
only after the server has said that the answer is on disk. All it ever knows of a picture is a random number.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.studies.design import StudyDesign
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.studies.voting import Ballot, Showing

MINIMUM_LOOK_MS = 300  # an answer sooner than this after a picture appeared was meant for the one before
_HELD = 4  # pictures the browser keeps


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

    kind: str  # "vote", "undo", "missing"
    values: dict[str, Any]


def rating_card(
    study: Study, ballot: Ballot, rater_id: str, *, refusal: str, on_event: Callable[[CardEvent], None], key: str
) -> None:
    """Draw the card for what is before a rater.

    Args:
        refusal: why the last answer was not taken; the picture stays and can be answered again.
        on_event: called before the rerun that follows an event.
    """
    sent: list[str] = st.session_state.setdefault(f"{key}-sent", [])
    counter = f"{key}-runs"
    st.session_state[counter] = st.session_state.get(counter, 0) + 1

    def handle(kind: str) -> Callable[[], None]:
        def callback() -> None:
            values = getattr(st.session_state.get(key), kind, None)
            if not isinstance(values, dict):
                return
            if kind == "missing":
                sent.clear()
            else:
                on_event(CardEvent(kind, values))

        return callback

    width, height = study.display_size
    _card(
        key=key,
        data={
            **_wording(study.design),
            "current": _picture(study, ballot.current, sent),
            "upcoming": _picture(study, ballot.upcoming, sent),
            "done": ballot.done,
            "total": ballot.total,
            "width": width,
            "height": height,
            "refusal": refusal,
            "run": st.session_state[counter],  # a refusal leaves all else as it was, and must still be noticed
            "look": MINIMUM_LOOK_MS,
            "memory": {"key": memory_key(study), "rater": rater_id},
            "preview": False,
        },
        on_vote_change=handle("vote"),
        on_undo_change=handle("undo"),
        on_missing_change=handle("missing"),
    )


def preview_card(design: StudyDesign, png: bytes, size: tuple[int, int], *, key: str) -> None:
    """The card as raters will see it, with one picture; answers lead nowhere and keys are left alone.

    Args:
        size: (width, height) of the picture.
    """
    showing = hashlib.sha256(png).hexdigest()[:16]
    _card(
        key=key,
        data={
            **_wording(design),
            "current": {"id": showing, "source": _data_url(png)},
            "upcoming": None,
            "done": 0,
            "total": 1,
            "width": size[0],
            "height": size[1],
            "refusal": "",
            "run": 0,
            "look": MINIMUM_LOOK_MS,
            "memory": {"key": "", "rater": ""},
            "preview": True,
        },
        on_vote_change=lambda: None,
        on_undo_change=lambda: None,
        on_missing_change=lambda: None,
    )


def remembered_rater(study: Study, *, key: str) -> str:
    """The rater id that this browser had in this study before, or "" (also while the browser has not answered yet)."""
    found = _memory(key=key, data={"key": memory_key(study)}, default={"rater": ""}, on_rater_change=lambda: None)
    return found.rater if isinstance(found.rater, str) else ""


def memory_key(study: Study) -> str:
    """Under which the browser keeps its rater id; says nothing about the study."""
    return "atelier-rater-" + hashlib.sha256(study.id.encode()).hexdigest()[:12]


def _wording(design: StudyDesign) -> dict[str, Any]:
    answers = zip(design.scale.answers, design.scale.labels, strict=True)
    return {"question": design.question, "answers": [{"value": value, "label": label} for value, label in answers]}


def _data_url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _picture(study: Study, showing: Showing | None, sent: list[str]) -> dict[str, str] | None:
    """The picture for the browser; its bytes only the first time, since the browser keeps the last few."""
    if showing is None:
        return None
    if showing.presentation in sent:
        return {"id": showing.presentation}
    sent.append(showing.presentation)
    del sent[:-_HELD]
    return {
        "id": showing.presentation,
        "source": _data_url(study.picture(showing.item)),
    }


_HTML = """
<div class="card" role="group" aria-label="Rating">
  <div class="progress" role="progressbar" aria-label="Progress" aria-valuemin="0"><div class="bar"></div></div>
  <div class="top"><button type="button" class="undo">← Undo last</button><span class="count"></span></div>
  <h2 class="question"></h2>
  <div class="frame"></div>
  <div class="answers"></div>
  <div class="ends" aria-hidden="true"><span></span><span></span></div>
  <p class="status" role="status" aria-live="polite"></p>
</div>
"""

_CSS = """
.card { max-width: 640px; margin: 0 auto; color: var(--st-text-color); font-family: var(--st-font);
        touch-action: manipulation; }
.progress { height: 4px; border-radius: 2px; background: var(--st-secondary-background-color); overflow: hidden; }
.bar { height: 100%; width: 0; background: var(--st-primary-color); transition: width .15s; }
.top { display: flex; justify-content: space-between; align-items: center; min-height: 34px; margin-top: 6px;
       font-size: .87rem; }
.count { opacity: .75; font-variant-numeric: tabular-nums; }
.undo { border: 0; background: none; color: var(--st-link-color); font: inherit; padding: 6px 8px 6px 0;
        cursor: pointer; }
.undo:disabled { visibility: hidden; }
.question { font-family: var(--st-heading-font); font-size: 1.3rem; line-height: 1.25; font-weight: 600;
            text-align: center; margin: 4px 0 12px; }
.frame { margin: 0 auto; width: min(100%, 512px, calc((100dvh - 320px) * var(--ratio)));
         min-width: min(100%, 240px); aspect-ratio: var(--ratio); background: var(--st-secondary-background-color); }
.frame img { display: block; width: 100%; height: 100%; }
.answers { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 8px; margin-top: 14px; }
.answers button { min-height: 58px; padding: 6px 2px; border: 1px solid var(--st-border-color); cursor: pointer;
                  border-radius: var(--st-button-radius); background: var(--st-background-color); color: inherit;
                  font: inherit; -webkit-tap-highlight-color: transparent; }
.answers b { display: block; font-size: 1.25rem; font-weight: 600; }
.answers small { display: block; font-size: .78rem; opacity: .8; }
.answers button:hover { border-color: var(--st-primary-color); }
.answers button.chosen { background: var(--st-primary-color); border-color: var(--st-primary-color); color: #fff; }
.answers button.chosen small { opacity: 1; }
.answers button:focus-visible, .undo:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.ends { display: none; justify-content: space-between; font-size: .8rem; opacity: .8; margin-top: 4px; }
.status { min-height: 1.3em; margin: 10px 0 0; text-align: center; font-size: .87rem; opacity: .75; }
.status.refused { opacity: 1; text-align: left; padding: 10px 12px; border-radius: var(--st-base-radius);
                  background: var(--st-red-background-color); color: var(--st-red-text-color); }
@media (max-height: 520px) and (orientation: landscape) {
  .card { display: grid; grid-template-columns: auto minmax(150px, 1fr); column-gap: 20px; max-width: none; }
  .progress, .status { grid-column: 1 / 3; }
  .frame { grid-column: 1; grid-row: 2 / 6; min-width: 0; width: calc((100dvh - 90px) * var(--ratio));
           margin-top: 8px; }
  .top, .question, .answers { grid-column: 2; }
  .question { text-align: left; }
  .answers { grid-auto-flow: row; gap: 6px; margin: 0; }
  .answers button { min-height: 34px; display: flex; gap: 10px; align-items: baseline; padding: 4px 10px; }
}
@media (max-width: 480px) {
  .answers { gap: 6px; }
  .answers small { display: none; }
  .ends { display: flex; }
  .question { font-size: 1.12rem; margin-bottom: 8px; }
}
"""

_JS = """
const pictures = new Map()      // showing -> decoded <img>; a few, so that the next one is there at once
const WAIT_MS = 8000            // without an answer from the server: let the rater try again; one showing is one vote

function hold(picture, held) {
  if (!picture || pictures.has(picture.id) || !picture.source) return
  const image = new Image()
  image.alt = "Picture to rate"
  image.draggable = false
  image.src = picture.source
  pictures.set(picture.id, { image, ready: image.decode().catch(() => {}) })
  for (const id of [...pictures.keys()].slice(0, -held)) pictures.delete(id)
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const card = parentElement.querySelector(".card")
  const find = (name) => card.querySelector(name)
  const state = (card.state ??= { showing: null, shown: 0, busy: false, timer: 0 })
  state.data = data
  state.send = setTriggerValue

  if (data.memory.rater) {
    try { localStorage.setItem(data.memory.key, data.memory.rater) } catch { /* private window: the URL still knows */ }
  }
  hold(data.current, 4)
  hold(data.upcoming, 4)

  const say = (text, refused) => {
    find(".status").textContent = text
    find(".status").classList.toggle("refused", Boolean(refused))
  }
  const release = () => {
    state.busy = false
    clearTimeout(state.timer)
    for (const button of card.querySelectorAll(".chosen")) button.classList.remove("chosen")
  }
  const wait = () => {
    state.busy = true
    clearTimeout(state.timer)
    state.timer = setTimeout(() => {
      release()
      say("The lab has not answered yet. Check your connection and answer again; it counts once.", true)
    }, WAIT_MS)
  }
  const answer = (value) => {
    if (state.data.preview || state.busy || !state.shown || performance.now() - state.shown < state.data.look) return
    wait()
    card.querySelector(`[data-value="${value}"]`).classList.add("chosen")
    state.send("vote", { presentation: state.showing, answer: value, shown_at: state.shownAt,
                         response_ms: Math.round(performance.now() - state.shown) })
  }
  state.answer = answer
  const undo = () => {
    if (state.busy || state.data.done === 0) return
    wait()
    state.send("undo", { presentation: state.showing })
  }

  if (!state.built) {
    state.built = true
    const answers = data.answers.map(({ value, label }) => {
      const button = document.createElement("button")
      button.type = "button"
      button.dataset.value = value
      button.setAttribute("aria-label", label ? `${value}, ${label}` : `${value}`)
      const number = document.createElement("b"), words = document.createElement("small")
      number.textContent = value
      words.textContent = label
      button.append(number, words)
      button.onclick = () => state.answer(value)
      return button
    })
    find(".answers").replaceChildren(...answers)
    find(".ends").children[0].textContent = `${data.answers[0].value} ${data.answers[0].label}`
    find(".ends").children[1].textContent = `${data.answers.at(-1).value} ${data.answers.at(-1).label}`
  }
  find(".undo").onclick = undo

  const keys = (event) => {
    if (state.data.preview || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.composedPath().some((node) => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName ?? ""))) return
    const wanted = state.data.answers.find(({ value }) => String(value) === event.key)
    if (wanted) { event.preventDefault(); answer(wanted.value) }
    else if (event.key === "Backspace" || event.key === "ArrowLeft") { event.preventDefault(); undo() }
  }
  document.removeEventListener("keydown", state.keys)
  document.addEventListener("keydown", (state.keys = keys))

  find(".question").textContent = data.question
  find(".count").textContent = `${Math.min(data.done + 1, data.total)} of ${data.total}`
  find(".undo").disabled = data.done === 0
  find(".progress").setAttribute("aria-valuemax", data.total)
  find(".progress").setAttribute("aria-valuenow", data.done)
  find(".bar").style.width = `${100 * data.done / data.total}%`
  card.style.setProperty("--ratio", data.width / data.height)

  if (data.current && data.current.id !== state.showing) {
    const held = pictures.get(data.current.id)
    if (!held) { state.send("missing", { presentation: data.current.id }) }
    else {
      state.showing = data.current.id
      state.shown = 0
      held.ready.then(() => {
        if (state.showing !== data.current.id) return
        find(".frame").replaceChildren(held.image)
        requestAnimationFrame(() => requestAnimationFrame(() => {
          if (state.showing !== data.current.id) return
          state.shown = performance.now()
          state.shownAt = new Date().toISOString()
          card.dataset.showing = state.showing
          release()
          say("")
        }))
      })
    }
  }
  if (data.refusal && data.run !== state.run) { release(); say(data.refusal, true) }
  else if (data.run !== state.run && data.current?.id === state.showing && state.shown) release()
  state.run = data.run

  return () => document.removeEventListener("keydown", keys)
}
"""

_MEMORY_JS = """
export default function (component) {
  const { data, parentElement, setStateValue } = component
  if (parentElement.told === data.key) return     // once: another message would only cost another rerun
  parentElement.told = data.key
  let rater = ""
  try { rater = localStorage.getItem(data.key) ?? "" } catch { /* private window */ }
  if (rater) setStateValue("rater", rater)
}
"""

_card = st.components.v2.component("rating_card", html=_HTML, css=_CSS, js=_JS)
_memory = st.components.v2.component("rating_memory", html="<span></span>", js=_MEMORY_JS)
