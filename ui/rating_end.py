"""What comes after a rater's last answer: thanks, their own result; and leaving before it."""

import streamlit as st

from core.errors import AtelierError
from core.studies import voting
from core.studies.own_result import own_result
from ui.rating_result import result_card
from ui.rating_visit import Visit, narrow
from ui.rating_words import counted, explain


def finished(visit: Visit, ballot: voting.Ballot) -> None:
    texts = visit.words.texts
    with narrow():
        st.title(texts.thanks, anchor=False)
        st.markdown(counted("answered", ballot.done, texts))
        if ballot.revealed:
            result(visit)
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
        if refusal := visit.take_refusal():
            st.error(refusal)


def _reveal(visit: Visit) -> None:
    try:
        voting.reveal(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        visit.refuse(error)


def _undo(visit: Visit) -> None:
    try:
        voting.undo(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        visit.refuse(error)


def result(visit: Visit) -> None:
    if not visit.study.design.show_result:
        return
    try:
        found = own_result(visit.study, visit.journal, visit.rater_id)
    except AtelierError as error:
        st.error(explain(error, visit.words.texts))
        return
    if found.by_kind:
        with narrow():
            result_card(found, visit.words)


def ask_to_withdraw(visit: Visit) -> None:
    texts = visit.words.texts

    @st.dialog(texts.withdraw_title)
    def ask() -> None:
        st.markdown(texts.withdraw_text)
        st.button(texts.withdraw_yes, type="primary", key="withdraw-yes", on_click=withdraw, args=(visit,))
        if visit.has_left:
            st.rerun()
        if st.button(texts.withdraw_no, key="withdraw-no"):
            st.rerun()
        if refusal := visit.take_refusal():
            st.error(refusal)

    ask()


def withdraw(visit: Visit) -> None:
    """Take everything back. Where that cannot be saved, the rater is told, and is still a rater."""
    try:
        visit.leave()
    except AtelierError as error:
        visit.refuse(error)
