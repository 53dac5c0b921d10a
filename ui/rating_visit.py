"""Who is at the rating page: by which link, as which rater, in which language."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import AtelierError
from core.studies import links, voting
from core.studies.errors import LinkError
from core.studies.journal import VoteJournal
from core.studies.languages import language_of
from core.studies.study import Study
from ui.rating import journal_at
from ui.rating_words import Words, explain, markdown_safe

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

    # ---- what the session holds

    def take_refusal(self) -> str:
        """Why the last act was refused, told once."""
        return str(st.session_state.pop(_REFUSAL, ""))

    def refuse(self, error: AtelierError) -> None:
        """Keep for the next run what went wrong; the first of several is the one to tell."""
        st.session_state.setdefault(_REFUSAL, explain(error, self.words.texts))

    def speak(self, language: str) -> None:
        st.session_state[_LANGUAGE] = language
        self.words = Words.of(self.study.design, language)

    @property
    def has_left(self) -> bool:
        """Whether the visitor withdrew in this session."""
        return bool(st.session_state.get(_LEFT))

    def leave(self) -> None:
        """Raises: LinkError, VoteNotSavedError: nothing is withdrawn then."""
        voting.withdraw(self.study, self.journal, self.rater_id)
        self.forget()
        st.session_state[_LEFT] = True


def notice(title: str, text: str) -> None:
    """A page that says one thing. text: ours, not written by people."""
    with narrow():
        st.title(markdown_safe(title), anchor=False)
        st.markdown(text)


def narrow() -> DeltaGenerator:
    """A column of reading width in the middle, on a page that is wide for everybody else."""
    return st.container(horizontal_alignment="center").container(width=640)
