"""Rate: what a rater sees who opens the link of a study. Nothing here may say which picture is which."""

import streamlit as st

from core.access.attempts import TooManyAttemptsError
from core.errors import AtelierError
from core.studies import links, voting
from core.studies.errors import LinkError, StaleVoteError, StudyClosedError
from core.studies.languages import TEXTS, language_of
from ui.access_links import open_link
from ui.rating import CardEvent, forget_rater, forget_sent, rating_card, study_at
from ui.rating_end import ask_to_withdraw, finished, result, withdraw
from ui.rating_visit import Visit, narrow, notice
from ui.rating_welcome import welcome
from ui.rating_words import explain


def main() -> None:
    token = st.query_params.get("link", "")
    try:
        opened = open_link(token)
        is_open = links.access(opened.study).takes_votes()
    except LinkError:
        texts = TEXTS[language_of(st.context.locale, list(TEXTS))]
        notice(texts.link_title, texts.link_text)
        return
    except TooManyAttemptsError as error:  # links that open nothing were tried from here: nobody looks at this one yet
        texts = TEXTS[language_of(st.context.locale, list(TEXTS))]
        notice(texts.link_title, texts.link_wait.format(seconds=error.seconds))
        st.button(texts.try_again)
        return
    visit = Visit(study_at(opened.study.path), token, opened.invitation)
    texts = visit.words.texts
    if visit.has_left:
        with narrow():
            forget_rater(visit.study, key="rate-forget")
        notice(texts.withdrawn_title, texts.withdrawn_text)
        return
    try:
        known = visit.find_rater()
    except AtelierError as error:
        notice(visit.study.title, explain(error, texts))
        st.button(texts.try_again)
        return
    if known:
        _arrived(visit, is_open=is_open)
    elif not is_open:
        notice(visit.study.title, texts.closed_text)
    elif voting.has_withdrawn(visit.journal, visit.rater_id):
        notice(texts.withdrawn_title, texts.withdrawn_text)
    else:
        welcome(visit)


def _arrived(visit: Visit, *, is_open: bool) -> None:
    texts = visit.words.texts
    if st.query_params.get("rater") != visit.rater_id:
        st.query_params["rater"] = visit.rater_id
    if is_open:
        forget_sent(_card_key(visit))
        _rate(visit)
    else:
        notice(visit.study.title, texts.closed_text)
        result(visit)
    with narrow():
        st.space("medium")
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            if is_open and not st.session_state.get(_finished_key(visit)):
                st.caption(texts.keep_address, width=380)
            if st.button(texts.withdraw, type="tertiary", key="withdraw"):
                ask_to_withdraw(visit)


@st.fragment
def _rate(visit: Visit) -> None:
    study, journal, rater_id, texts = visit.study, visit.journal, visit.rater_id, visit.words.texts
    last, fresh, ended = f"ballot-{rater_id}", f"fresh-{rater_id}", f"ended-{rater_id}"
    if st.session_state.pop(ended, False):
        st.rerun(scope="app")  # closed, or the link was replaced: the page says which
    # The ballot that came with the word that an answer is saved; in any other run it is looked up.
    answered = st.session_state.pop(fresh, None)
    if answered is None:
        try:
            st.session_state[last] = voting.ballot(study, journal, rater_id)
        except AtelierError as error:
            if last not in st.session_state:
                st.error(explain(error, texts))
                st.button(texts.try_again)
                return
            visit.refuse(error)  # the picture stays, and can be answered again
    ballot: voting.Ballot = st.session_state[last]
    was_finished = st.session_state.get(_finished_key(visit))
    is_finished = st.session_state[_finished_key(visit)] = ballot.current is None
    if is_finished:
        if was_finished is False:
            st.rerun(scope="app")  # what stands below the card changes, too
        finished(visit, ballot)
        return

    def act(event: CardEvent) -> None:
        presentation = str(event.values.get("presentation"))
        try:
            visit.require_link()
            if event.kind == "vote":
                now = voting.cast(
                    study,
                    journal,
                    rater_id,
                    presentation,
                    event.values.get("answer"),
                    response_ms=event.values.get("response_ms"),
                    shown_at=str(event.values.get("shown_at")),
                    seen_ms=event.values.get("seen_ms"),
                    point=event.values.get("point"),
                )
            elif event.kind == "missed":
                now = voting.miss(study, journal, rater_id, presentation)
            elif event.kind == "decline":
                withdraw(visit)
                st.session_state[ended] = True
                return
            elif presentation == _shown(st.session_state[last]):
                now = voting.undo(study, journal, rater_id)
            else:
                return
            st.session_state[last], st.session_state[fresh] = now, presentation
        except (StudyClosedError, LinkError):
            st.session_state[ended] = True
        except StaleVoteError as error:
            visit.refuse(error)
        except AtelierError as error:
            visit.refuse(error)
            st.session_state[fresh] = ""  # nothing changed, and the journal may be out of reach just now

    rating_card(
        study,
        ballot,
        rater_id,
        visit.words,
        answered=answered or "",
        refusal=visit.take_refusal(),
        on_event=act,
        key=_card_key(visit),
    )


def _card_key(visit: Visit) -> str:
    return f"card-{visit.rater_id}"


def _finished_key(visit: Visit) -> str:
    return f"finished-{visit.rater_id}"


def _shown(ballot: voting.Ballot) -> str:
    return ballot.current.presentation if ballot.current else ""


main()
