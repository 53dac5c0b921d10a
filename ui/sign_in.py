"""What owners of a shared lab meet at its door: the sign-in page, and the way out."""

import logging
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlencode

import streamlit as st

from core.access.attempts import DamagedAttemptsError, TooManyAttemptsError
from core.access.mode import Mode, mode
from core.access.passphrase import matches
from core.access.settings import AccessSettings
from core.errors import AtelierError, ConfigError
from ui import access, access_lab
from ui.access_cookie import LONGEST_BYTES, set_cookies
from ui.markup import harmless

_WANTED = "atelier_wanted"  # cookie: where somebody was going who went to sign in at the provider's
_WANTED_SECONDS = 900
_LOOK_SECONDS = 5.0
_REFUSAL = "access-refusal"


# ---- the page --------------------------------------------------------------------------------------------------------


def sign_in_page() -> None:
    """In place of whatever page was asked for; once signed in, that page opens, with all that its address says."""
    _forget_cookies()
    with st.container(horizontal_alignment="center"), st.container(width=480):
        st.title("Sign in", anchor=False)
        st.markdown("This lab is shared. Its owners sign in here. To rate pictures, open the link you were given.")
        try:
            settings = access_lab.settings()
            providers = access_lab.providers()
        except ConfigError as error:
            st.error(harmless(str(error)), icon=":material/lock:")
            return
        _say_why_out()
        if settings.passphrase:
            try:
                _ask_passphrase(settings)
            except DamagedAttemptsError as error:
                st.error(harmless(str(error)), icon=":material/lock:")
        if providers and settings.owners:
            _offer_providers(providers)
        lacks = access_lab.ways_lacking(settings, providers)
        if not lacks and access_lab.weak_cookie():
            lacks = [access_lab.weak_cookie()]
        for lack in lacks:
            st.warning(harmless(lack), icon=":material/lock:")


@st.cache_resource(show_spinner=False)
def warn_if_nobody_can_sign_in() -> None:
    """Once per server, into its log."""
    if mode() is not Mode.SHARED:
        return
    try:
        lacks = access_lab.ways_lacking(access_lab.settings(), access_lab.providers())
    except ConfigError as error:
        lacks = [str(error)]
    for lack in lacks:
        logging.getLogger("atelier").warning(lack)


def _say_why_out() -> None:
    try:
        access.provider_identity()
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/person_off:")
        return
    if st.session_state.get(access.SIGNED_OUT):
        st.info("You are signed out.", icon=":material/logout:")
    elif access.tokens():
        st.info("Your session has ended. Sign in again, and the page opens where you were.", icon=":material/schedule:")


def _ask_passphrase(settings: AccessSettings) -> None:
    address = access_lab.address()
    wait = access_lab.sign_in_attempts().seconds_to_wait(address)
    with st.form("sign-in", border=False):
        given = st.text_input("Passphrase", type="password", autocomplete="current-password")
        asked = st.form_submit_button(
            "Sign in", type="primary", icon=":material/login:", width="stretch", disabled=wait > 0
        )
    if wait > 0:
        _count_down(wait)
    elif asked and given:
        _try(given, address, settings)
    if refusal := st.session_state.pop(_REFUSAL, ""):
        st.error(refusal, icon=":material/lock:")


def _try(given: str, address: str, settings: AccessSettings) -> None:
    try:
        right = access_lab.sign_in_attempts().attempt(address, lambda: matches(given, settings.passphrase))
    except TooManyAttemptsError:
        st.rerun()
    if not right:
        st.session_state[_REFUSAL] = "That is not the passphrase of this lab."
        st.rerun()
    token = access_lab.sessions(settings).sign_in("owner", credential=access_lab.credential(settings))
    st.session_state.pop(access.SIGNED_OUT, None)
    st.session_state[access.TOKEN] = token
    st.rerun()


@st.fragment(run_every=1)
def _count_down(_: int) -> None:
    left = access_lab.sign_in_attempts().seconds_to_wait(access_lab.address())
    if left <= 0:
        st.rerun()
    words = f"{left} s" if left < 120 else f"{-(-left // 60)} minutes"
    st.warning(f"There were too many failed attempts. You can try again in {words}.", icon=":material/hourglass_top:")


def _offer_providers(providers: Mapping[str | None, str]) -> None:
    # The provider sends everybody back to the first page: what was wanted waits in a cookie.
    query = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    wanted = quote(f"{access.wanted_page()}?{urlencode(query)}", safe="")
    if wanted != quote("?", safe="") and len(wanted) <= LONGEST_BYTES:
        set_cookies({_WANTED: wanted}, seconds=_WANTED_SECONDS)
    for name, label in providers.items():
        st.button(
            label, icon=":material/passkey:", width="stretch", key=f"provider-{name}", on_click=st.login, args=(name,)
        )


# ---- having signed in ------------------------------------------------------------------------------------------------


def go_where_wanted(pages: Mapping[str, st.Page]) -> None:
    """Back from the identity provider: open what was asked for before.

    Args:
        pages: by their path; whatever else a cookie may name is not gone to.
    """
    wanted = unquote(access.cookie(_WANTED))
    if mode() is not Mode.SHARED or not wanted or st.session_state.get(_WANTED):
        return
    st.session_state[_WANTED] = True
    name, _, query = wanted.partition("?")
    if access.wanted_page() == "" and name in pages:
        st.switch_page(pages[name], query_params=parse_qs(query))


def show_who_is_in() -> None:
    """In the sidebar of a shared lab: as whom one is signed in, and the way out. Keeps the cookie, too."""
    if mode() is not Mode.SHARED:
        return
    here = access.visitor()
    with st.sidebar:
        with st.popover(
            here.name.capitalize() if here.how == "passphrase" else here.name,
            icon=":material/person:",
            width="stretch",
            key="who-is-in",
        ):
            st.button("Sign out", icon=":material/logout:", width="stretch", on_click=_leave, type="primary")
            st.button(
                "Sign out on all devices",
                icon=":material/devices_off:",
                width="stretch",
                on_click=_leave,
                kwargs={"everywhere": True},
            )
        _leave_when_it_ends()
        if token := st.session_state.get(access.TOKEN):
            set_cookies({access.COOKIE: token}, seconds=access_lab.settings().longest_hours * 3600)
        if st.session_state.get(_WANTED):
            set_cookies({_WANTED: ""}, seconds=0)


@st.fragment(run_every=_LOOK_SECONDS)
def _leave_when_it_ends() -> None:
    """What is on screen goes when the session ends: by the clock, or by signing out in another tab."""
    if not access.visitor(acts=False).is_owner:
        st.rerun()


@access.owner_action
def _leave(*, everywhere: bool = False) -> None:
    by_provider = access.visitor().how == "provider"
    access.sign_out(everywhere=everywhere)
    if by_provider:
        st.logout()


def _forget_cookies() -> None:
    if st.session_state.get(access.SIGNED_OUT):
        set_cookies({access.COOKIE: ""}, seconds=0)


# ---- what the router hands out ---------------------------------------------------------------------------------------


def open_to(visitor: access.Visitor, pages: Mapping[str, list[st.Page]], rate: st.Page) -> Mapping[str, list[st.Page]]:
    """The pages of the router that a visitor may open; what is not among them cannot be reached by any address.

    Args:
        rate: the rating page, which everybody may open: its own checks are the link's.
    """
    if visitor.is_owner:
        return pages
    if mode() is Mode.RATERS:
        return {"": [st.Page(_only_rating, title="Rating", url_path="start", default=True), rate]}
    door = [st.Page(sign_in_page, title="Sign in", url_path="sign-in", default=True), rate]
    wanted = access.wanted_page()
    if any(page.url_path == wanted for group in pages.values() for page in group if page.url_path != rate.url_path):
        door += [st.Page(sign_in_page, title="Sign in", url_path=wanted)] if wanted else []
    return {"": door}


def _only_rating() -> None:
    """The first page of a server that does nothing but rating."""
    st.title("Rating", anchor=False)
    st.markdown(
        "Open the link of your study: it begins with this address, and ends in letters that only you were given."
    )
