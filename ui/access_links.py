"""Opening the link of a study, where whoever tries links that open nothing has to wait."""

import logging

import streamlit as st

from core.access.attempts import DamagedAttemptsError, TooManyAttemptsError
from core.access.mode import Mode, mode
from core.studies import links
from core.studies.errors import LinkError
from ui import access_lab, lab

_OPENED = "access-links-opened"


def open_link(token: str) -> links.Opened:
    """What a link opens, also when its study is closed. Looked up anew each time: it may have been replaced.

    Raises: LinkError for a token that nothing has; TooManyAttemptsError without a look after many of those.
    """
    opened: set[str] = st.session_state.setdefault(_OPENED, set())
    # Who is inside already is not held up by others behind the same address who guess.
    if mode() is Mode.LOCAL or not token or token in opened:
        return links.open_link(lab.workspace(), token)
    attempts, address = access_lab.link_attempts(), access_lab.address()
    try:
        if seconds := attempts.seconds_to_wait(address):
            raise TooManyAttemptsError(seconds)
    except DamagedAttemptsError as error:  # no guess gets through 128 bits, and raters cannot mend the server's files
        logging.getLogger("atelier").warning(str(error))
        return links.open_link(lab.workspace(), token)
    try:
        found = links.open_link(lab.workspace(), token)
    except LinkError:
        attempts.attempt(address, lambda: False)
        raise
    opened.add(token)
    return found
