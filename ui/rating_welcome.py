"""The first page a rater sees: what will happen, in which language, what is kept, and the consent that is asked for."""

import streamlit as st

from core.errors import AtelierError
from core.studies import voting
from core.studies.languages import TEXTS
from core.studies.study import Study
from ui.rating import remembered_rater
from ui.rating_visit import Visit, narrow
from ui.rating_words import Words, counted, explain, markdown_safe

_SECONDS_PER_TRIAL = {"scale": 4, "choice": 4, "pair": 5}  # for the estimate
_SECONDS_PER_TIMED_TRIAL = 3


def welcome(visit: Visit) -> None:
    with narrow():
        st.title(markdown_safe(visit.study.title), anchor=False)
        if len(visit.study.design.languages) > 1:
            _choose_language(visit)
        words, texts = visit.words, visit.words.texts
        total = visit.study.total_shown
        st.markdown(markdown_safe(counted(_what(words), total, texts)))
        st.markdown(f"> **{markdown_safe(words.wording.question)}**")
        if words.wording.instructions:
            st.markdown(markdown_safe(words.wording.instructions).replace("\n", "  \n"))
        st.markdown(markdown_safe(" ".join(_how(words, visit.study))))
        if words.is_timed:
            st.warning(texts.flicker, icon=":material/flare:")
        st.caption(markdown_safe(f"{_minutes(words, total)} {texts.stored}"))
        if visit.rater_id and not visit.invitation:
            st.info(texts.fresh_start)
        agreed = True
        if words.wording.consent:
            with st.container(border=True):
                st.markdown(f"**{markdown_safe(texts.consent)}**")
                st.markdown(markdown_safe(words.wording.consent).replace("\n", "  \n"))
                agreed = st.checkbox(texts.agree, key="agree")
        _begin(visit, agreed=agreed)
        if refusal := visit.take_refusal():
            st.error(refusal)


def _begin(visit: Visit, *, agreed: bool) -> None:
    texts = visit.words.texts
    before = "" if visit.invitation else remembered_rater(visit.study, key="rate-memory")
    try:
        state = visit.journal.snapshot().raters.get(before)
    except AtelierError as error:
        st.error(explain(error, texts))
        return
    if state is not None:
        st.button(
            texts.go_on.format(done=len(state.votes), total=visit.study.total_shown),
            type="primary",
            icon=":material/play_arrow:",
            on_click=visit.go_on_as,
            args=(before,),
            key="go-on",
        )
        st.button(texts.start_new, type="tertiary", on_click=_start, args=(visit,), disabled=not agreed, key="start")
    else:
        st.button(
            texts.start,
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(visit,),
            disabled=not agreed,
            key="start",
        )
    if not agreed:
        st.caption(texts.agree_first)


def _choose_language(visit: Visit) -> None:
    chosen = st.segmented_control(
        visit.words.texts.language,
        visit.study.design.languages,
        default=visit.words.language,
        required=True,
        format_func=lambda language: TEXTS[language].name,
        key="language-choice",
        label_visibility="collapsed",
    )
    visit.speak(chosen or visit.words.language)


def _start(visit: Visit) -> None:
    if visit.words.wording.consent and not st.session_state.get("agree"):
        return  # a disabled button was pressed, which only a program can do
    try:
        visit.require_link()
        rater_id = voting.join(visit.study, visit.journal, language=visit.words.language, invitation=visit.invitation)
        visit.go_on_as(rater_id)
    except AtelierError as error:
        visit.refuse(error)


def _what(words: Words) -> str:
    if words.is_timed:
        return "timed"
    return "pairs" if words.design.scale.pictures == 2 else "pictures"


def _how(words: Words, study: Study) -> list[str]:
    """How to answer, sentence by sentence."""
    texts, answers = words.texts, words.design.answers
    said = []
    if words.form == "scale":
        said.append(
            texts.how_scale.format(
                lowest=answers[0],
                lowest_label=words.end(answers[0]),
                highest=answers[-1],
                highest_label=words.end(answers[-1]),
            )
            if words.wording.lowest and words.wording.highest
            else texts.how_plain_scale.format(lowest=answers[0], highest=answers[-1])
        )
        if answers[-1] == 10:
            said.append(texts.how_ten)
    elif words.form == "choice":
        said.append(texts.how_choice)
    else:
        said.append(texts.how_pair)
        if words.design.ties:
            said.append(texts.how_tie)
    if not words.is_timed:
        said.append(texts.how_undo)
    practice = min(words.design.practice, len(study.trials_of("practice")))
    if practice:
        told = texts.practice_feedback if words.form == "choice" else texts.practice_plain
        said.append(told.format(count=practice))
    return said


def _minutes(words: Words, trials: int) -> str:
    seconds = _SECONDS_PER_TIMED_TRIAL if words.is_timed else _SECONDS_PER_TRIAL[words.form]
    return counted("minutes", max(1, round(trials * seconds / 60)), words.texts)
