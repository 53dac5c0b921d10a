"""Rate: what a rater sees who opens the link of a study. Nothing here may say which picture is which."""

import streamlit as st

from core.access.attempts import TooManyAttemptsError
from core.errors import AtelierError
from core.studies import links, voting
from core.studies.errors import LinkError, StaleVoteError, StudyClosedError
from core.studies.journal import VoteJournal
from core.studies.languages import TEXTS, language_of
from core.studies.own_result import own_result
from core.studies.study import Study
from ui.access_links import open_link
from ui.rating import (
    CardEvent,
    forget_rater,
    forget_sent,
    journal_at,
    rating_card,
    remembered_rater,
    study_at,
)
from ui.rating_result import result_card
from ui.rating_words import Words, explain, markdown_safe

_SECONDS_PER_TRIAL = {"scale": 4, "choice": 4, "pair": 5}  # for the estimate on the first screen
_SECONDS_PER_TIMED_TRIAL = 3
_REFUSAL = "rate-refusal"
_LANGUAGE = "rate-language"
_LEFT = "rate-withdrawn"


class Visit:
    """Who is here, by which link, in which language."""

    def __init__(self, study: Study, token: str, invitation: str) -> None:
        self.study = study
        self.token = token
        self.invitation = invitation
        self.journal: VoteJournal = journal_at(study.path)
        self.rater_id = ""
        self.words = Words.of(study.design, self._wanted_language())

    def find_rater(self) -> bool:
        """Whether the visitor is a rater of this study, by their own link, the address, or this session.

        Raises: JournalError.
        """
        if self.invitation:
            self.rater_id = voting.rater_of_invitation(self.journal, self.invitation)
        else:
            self.rater_id = st.query_params.get("rater") or st.session_state.get(self._remembered, "")
        if not voting.is_rater(self.journal, self.rater_id):
            return False
        self.words = Words.of(self.study.design, voting.language_of(self.journal, self.rater_id))
        return True

    def go_on_as(self, rater_id: str) -> None:
        # In the session too: a rerun the browser asked for before it learnt of the new URL brings the old one back.
        st.session_state[self._remembered] = st.query_params["rater"] = rater_id
        st.session_state.pop(_LEFT, None)

    def forget(self) -> None:
        st.session_state.pop(self._remembered, None)
        st.query_params.pop("rater", None)

    def require_link(self) -> None:
        """The link may have been replaced, or the invitation revoked, while this page was open. Raises: LinkError."""
        access = links.access(self.study)
        tokens = {access.token, *(entry.token for entry in access.invitations)}
        if self.token not in tokens:
            raise LinkError()

    @property
    def _remembered(self) -> str:
        return f"rater-{self.study.id}"

    def _wanted_language(self) -> str:
        return st.session_state.get(_LANGUAGE) or language_of(st.context.locale, self.study.design.languages)


def main() -> None:
    token = st.query_params.get("link", "")
    try:
        opened = open_link(token)
        is_open = links.access(opened.study).takes_votes()
    except LinkError:
        texts = TEXTS[language_of(st.context.locale, list(TEXTS))]
        _notice(texts.link_title, texts.link_text)
        return
    except TooManyAttemptsError as error:  # links that open nothing were tried from here: nobody looks at this one yet
        texts = TEXTS[language_of(st.context.locale, list(TEXTS))]
        _notice(texts.link_title, str(error))
        st.button(texts.try_again)
        return
    visit = Visit(study_at(opened.study.path), token, opened.invitation)
    texts = visit.words.texts
    if st.session_state.get(_LEFT):
        with _narrow():
            forget_rater(visit.study, key="rate-forget")
        _notice(texts.withdrawn_title, texts.withdrawn_text)
        return
    try:
        known = visit.find_rater()
    except AtelierError as error:
        _notice(visit.study.title, explain(error, texts))
        st.button(texts.try_again)
        return
    if known:
        _arrived(visit, is_open=is_open)
    elif not is_open:
        _notice(visit.study.title, texts.closed_text)
    elif voting.has_withdrawn(visit.journal, visit.rater_id):
        _notice(texts.withdrawn_title, texts.withdrawn_text)
    else:
        _welcome(visit)


def _arrived(visit: Visit, *, is_open: bool) -> None:
    texts = visit.words.texts
    if st.query_params.get("rater") != visit.rater_id:
        st.query_params["rater"] = visit.rater_id
    if is_open:
        forget_sent(_card_key(visit))
        _rate(visit)
    else:
        _notice(visit.study.title, texts.closed_text)
        _result(visit)
    with _narrow():
        st.space("medium")
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            if is_open and not st.session_state.get(_finished_key(visit)):
                st.caption(texts.keep_address, width=380)
            if st.button(texts.withdraw, type="tertiary", key="withdraw"):
                _ask_to_withdraw(visit)


# ---- the first page --------------------------------------------------------------------------------------------------


def _welcome(visit: Visit) -> None:
    with _narrow():
        st.title(markdown_safe(visit.study.title), anchor=False)
        if len(visit.study.design.languages) > 1:
            _choose_language(visit)
        words, texts = visit.words, visit.words.texts
        total = visit.study.total_shown
        st.markdown(markdown_safe(_counted(_what(words), total, texts)))
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
        if refusal := st.session_state.pop(_REFUSAL, ""):
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
    st.session_state[_LANGUAGE] = chosen
    visit.words = Words.of(visit.study.design, chosen or "")


def _start(visit: Visit) -> None:
    if visit.words.wording.consent and not st.session_state.get("agree"):
        return  # a disabled button was pressed, which only a program can do
    try:
        visit.require_link()
        rater_id = voting.join(visit.study, visit.journal, language=visit.words.language, invitation=visit.invitation)
        visit.go_on_as(rater_id)
    except AtelierError as error:
        st.session_state[_REFUSAL] = explain(error, visit.words.texts)


def _what(words: Words) -> str:
    if words.is_timed:
        return "timed"
    return "pairs" if words.design.scale.pictures == 2 else "pictures"


def _counted(name: str, count: int, texts: object) -> str:
    return str(getattr(texts, f"{name}_{'one' if count == 1 else 'many'}")).format(count=count)


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
    return _counted("minutes", max(1, round(trials * seconds / 60)), words.texts)


# ---- rating ----------------------------------------------------------------------------------------------------------


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
            st.session_state.setdefault(_REFUSAL, explain(error, texts))  # the picture stays, and can be answered again
    ballot: voting.Ballot = st.session_state[last]
    was_finished = st.session_state.get(_finished_key(visit))
    is_finished = st.session_state[_finished_key(visit)] = ballot.current is None
    if is_finished:
        if was_finished is False:
            st.rerun(scope="app")  # what stands below the card changes, too
        _finished(visit, ballot)
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
                _withdraw(visit)
                return
            elif presentation == _shown(st.session_state[last]):
                now = voting.undo(study, journal, rater_id)
            else:
                return
            st.session_state[last], st.session_state[fresh] = now, presentation
        except (StudyClosedError, LinkError):
            st.session_state[ended] = True
        except StaleVoteError as error:
            st.session_state[_REFUSAL] = explain(error, texts)
        except AtelierError as error:
            st.session_state[_REFUSAL] = explain(error, texts)
            st.session_state[fresh] = ""  # nothing changed, and the journal may be out of reach just now

    rating_card(
        study,
        ballot,
        rater_id,
        visit.words,
        answered=answered or "",
        refusal=st.session_state.pop(_REFUSAL, ""),
        on_event=act,
        key=_card_key(visit),
    )


def _card_key(visit: Visit) -> str:
    return f"card-{visit.rater_id}"


def _finished_key(visit: Visit) -> str:
    return f"finished-{visit.rater_id}"


def _shown(ballot: voting.Ballot) -> str:
    return ballot.current.presentation if ballot.current else ""


# ---- the end, and leaving --------------------------------------------------------------------------------------------


def _finished(visit: Visit, ballot: voting.Ballot) -> None:
    texts = visit.words.texts
    with _narrow():
        st.title(texts.thanks, anchor=False)
        st.markdown(_counted("answered", ballot.done, texts))
        if ballot.revealed:
            _result(visit)
            return
        if visit.study.design.show_result:
            # The result tells which pictures were which, so from then on nothing is taken back.
            st.button(
                texts.see_result,
                type="primary",
                icon=":material/visibility:",
                on_click=_reveal,
                args=(visit,),
                key="see-result",
            )
            if ballot.can_undo:
                st.caption(texts.see_result_note)
        else:
            st.markdown(texts.no_result)
        if ballot.can_undo:
            st.button(texts.undo, icon=":material/undo:", on_click=_undo, args=(visit,), key="undo")
        if refusal := st.session_state.pop(_REFUSAL, ""):
            st.error(refusal)


def _reveal(visit: Visit) -> None:
    try:
        voting.reveal(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        st.session_state[_REFUSAL] = explain(error, visit.words.texts)


def _undo(visit: Visit) -> None:
    try:
        voting.undo(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        st.session_state[_REFUSAL] = explain(error, visit.words.texts)


def _result(visit: Visit) -> None:
    if not visit.study.design.show_result:
        return
    try:
        result = own_result(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        st.error(explain(error, visit.words.texts))
        return
    if result.by_kind:
        with _narrow():
            result_card(result, visit.words)


def _ask_to_withdraw(visit: Visit) -> None:
    texts = visit.words.texts

    @st.dialog(texts.withdraw_title)
    def ask() -> None:
        st.markdown(texts.withdraw_text)
        st.button(texts.withdraw_yes, type="primary", key="withdraw-yes", on_click=_withdraw, args=(visit,))
        if st.session_state.get(_LEFT):
            st.rerun()
        if st.button(texts.withdraw_no, key="withdraw-no"):
            st.rerun()
        if refusal := st.session_state.pop(_REFUSAL, ""):
            st.error(refusal)

    ask()


def _withdraw(visit: Visit) -> None:
    try:
        voting.withdraw(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        st.session_state[_REFUSAL] = explain(error, visit.words.texts)
        return
    visit.forget()
    st.session_state[_LEFT] = True
    st.session_state[f"ended-{visit.rater_id}"] = True


def _notice(title: str, text: str) -> None:
    with _narrow():
        st.title(markdown_safe(title), anchor=False)
        st.markdown(text)


def _narrow():
    """A column of reading width in the middle, on a page that is wide for everybody else."""
    return st.container(horizontal_alignment="center").container(width=640)


main()
