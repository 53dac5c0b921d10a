"""Who is visiting, and the guards that pages, callbacks and fragments stand behind. In local mode they cost nothing."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import streamlit as st

from core.access.addresses import signs_of_strangers
from core.access.identity import Identity, NotAnOwnerError, owner_identity
from core.access.mode import Mode, mode
from core.access.sessions import Session
from core.errors import AtelierError, ConfigError
from ui import access_lab
from ui.markup import harmless

_P = ParamSpec("_P")
_R = TypeVar("_R")

COOKIE = "atelier_session"
TOKEN = "access-token"  # in the session state: what this browser signed in with in this tab
SIGNED_OUT = "access-signed-out"  # in the session state: by the button, and not by the clock
_CHECKED = "access-checked"


class Role(StrEnum):
    OWNER = "owner"
    RATER = "rater"  # whoever is no owner: may rate, with a link


@dataclass(frozen=True)
class Visitor:
    role: Role
    name: str = ""  # of an owner of a shared lab
    how: str = ""  # "passphrase" or "provider"

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER


_AT_THIS_COMPUTER = Visitor(Role.OWNER)
_RATER = Visitor(Role.RATER)


def require_known_mode() -> None:
    """Stop with an explanation when ATELIER_MODE asks for a mode that does not exist."""
    try:
        mode()
    except ConfigError as error:
        st.error(harmless(str(error)))
        st.stop()


def refuse_strangers() -> None:
    """In local mode everybody may do everything, so whoever does not sit at this computer is turned away.

    A web page that had its name pointed at 127.0.0.1 (DNS rebinding), a proxy, and a server that listens to the
    network all show in how the connection was made.
    """
    if mode() is not Mode.LOCAL or access_lab.strangers_allowed() or st.session_state.get(_CHECKED):
        return
    signs = signs_of_strangers(st.get_option("server.address"), st.context.headers.to_dict())
    if not signs:
        st.session_state[_CHECKED] = True  # the connection of a session stays what it was
        return
    st.set_page_config(page_title="Not shared · Atelier", page_icon="ui/assets/mark.svg")
    st.title("This lab is not shared", anchor=False)
    st.text(f"It runs for one person at one computer, but {', and '.join(signs)}.")  # not Markdown: visitors wrote it
    st.markdown(
        "**To share it**, let its owner set `ATELIER_MODE=shared` and start it again: raters then reach the study of "
        "their link, and owners sign in. docs/deployment.md says how.\n\n"
        f"**If everybody who can reach it may do everything**, set `{access_lab.ALLOW_STRANGERS}=yes`: for a container "
        "whose port is published on this computer only, for instance."
    )
    st.stop()


def visitor(*, acts: bool = True) -> Visitor:
    """Who is here, looked up anew each time: a session that has ended counts at once, in every tab.

    Args:
        acts: whether a person does something now, which puts off the idle end; False for what a page does alone.
    """
    current = mode()
    if current is Mode.LOCAL:
        return _AT_THIS_COMPUTER
    if current is Mode.RATERS:
        return _RATER
    session = _session(acts)
    return Visitor(Role.OWNER, session.who, session.how) if session else _RATER


def require_owner() -> None:
    """Stop here for everybody but owners. Stands at the top of every page but the rating page.

    The router gives others no page; this holds also where a page came to run in another way.
    """
    if not visitor().is_owner:
        st.error("This page is for the owners of the lab. Reload it to sign in.", icon=":material/lock:")
        st.stop()


def owner_action(function: Callable[_P, _R]) -> Callable[_P, _R | None]:
    """For on_click, on_change and their kin: callbacks run before the router, and so before any page's check."""

    @functools.wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R | None:
        # Nothing is said here: the run that follows shows the sign-in page in place of what is gone.
        return function(*args, **kwargs) if visitor().is_owner else None

    return guarded


def owner_fragment(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """In place of st.fragment: a fragment reruns alone, without the router. Takes the options of st.fragment."""
    if function is None:
        return lambda decorated: owner_fragment(decorated, **options)
    return st.fragment(_owners_only(function), **options)


def owner_dialog(title: str, **options: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """In place of st.dialog: what stands in a dialog reruns alone, as a fragment does."""
    return lambda function: st.dialog(title, **options)(_owners_only(function))


def _owners_only(function: Callable[_P, Any]) -> Callable[_P, None]:
    @functools.wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> None:
        # A fragment may run by itself every second: that keeps nobody signed in.
        if visitor(acts=False).is_owner:
            function(*args, **kwargs)
        else:
            st.info("Your session has ended. Reload the page to sign in again.", icon=":material/lock:")

    return guarded


def came_to_rate() -> bool:
    """Whether the visitor opened a rating link: raters see the study and none of the lab around it."""
    return wanted_page() == "rate"


def wanted_page() -> str:
    """The last part of the address in the browser: '' for the first page."""
    return urlsplit(st.context.url or "").path.rstrip("/").rpartition("/")[2]


# ---- sessions of owners ----------------------------------------------------------------------------------------------


def tokens() -> list[str]:
    """What this browser may be signed in with: in this tab just now, or before, when it was given a cookie."""
    return [token for token in (st.session_state.get(TOKEN, ""), cookie(COOKIE)) if token]


def cookie(name: str) -> str:
    """What the browser brought along when this session began; "" if there is no such cookie."""
    found = st.context.cookies.get(name)
    return found if isinstance(found, str) else ""  # AppTest, which has no browser, gives something else


def provider_identity() -> Identity | None:
    """Whom the identity provider vouched for in this browser; None if nobody signed in there.

    Raises: NotAnOwnerError for somebody who is no owner; ConfigError for secrets that cannot be meant.
    """
    if not access_lab.providers() or not st.user.get("is_logged_in"):
        return None
    return owner_identity(st.user.to_dict(), access_lab.settings().owners)


def _session(acts: bool) -> Session | None:
    try:
        settings = access_lab.settings()
        sessions = access_lab.sessions(settings)
        for token in tokens():
            session = sessions.owner_of(token, acts=acts)
            if session and settings.passphrase and session.credential == access_lab.credential(settings):
                return session
        identity = provider_identity()
    except (NotAnOwnerError, ConfigError):
        return None  # the sign-in page says which, and why
    if identity is None:
        return None
    return sessions.of_identity(identity.sign_in, identity.who, identity.signed_in, acts=acts)


def sign_out(*, everywhere: bool = False) -> None:
    """End the session of this browser in all its tabs; with `everywhere`, also on all other devices."""
    here = visitor()
    sessions = access_lab.sessions(access_lab.settings())
    if everywhere:
        sessions.end_all(here.name)
    for token in tokens():
        sessions.sign_out(token)
    try:
        identity = provider_identity()
    except AtelierError:
        identity = None
    if identity is not None:
        sessions.end_identity(identity.sign_in)
    st.session_state.clear()
    st.session_state[SIGNED_OUT] = True
