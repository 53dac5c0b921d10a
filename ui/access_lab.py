"""What access rests on in a running app: the secrets, the sessions and the failed attempts of this server."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from core.access.addresses import client_address
from core.access.attempts import Attempts, Waits
from core.access.exposure import OPTIONS, exposure_concerns, weakness_of
from core.access.mode import Mode, mode
from core.access.sessions import Sessions
from core.access.settings import AccessSettings, access_settings
from core.errors import ConfigError
from core.system.facts import Fact
from ui import lab

ALLOW_STRANGERS = "ATELIER_ALLOW_STRANGERS"
# A link is no passphrase: 128 random bits are beyond guessing, and a class behind one address must not wait for the one
# who cannot type. What is slowed here is the load and the log that trying brings.
_LINKS_PER_ADDRESS = Waits(free=20, longest_seconds=30.0, forget_seconds=3600.0)
_LINKS_FOR_ALL = Waits(free=2000, longest_seconds=1.0, forget_seconds=3600.0)


def settings() -> AccessSettings:
    """Raises: ConfigError if secrets.toml cannot be meant so."""
    return access_settings(_section("atelier"))


def credential(of: AccessSettings) -> str:
    """A digest of the passphrase's hash: sessions begun with another passphrase count no more."""
    return hashlib.sha256(of.passphrase.encode()).hexdigest()[:16]


def providers() -> dict[str | None, str]:
    """Identity providers that may let people in: the name that st.login wants (None: the unnamed one) -> the words of
    its button. None of them while their word could be forged.
    """
    return {} if weak_cookie() else _named_providers()


def weak_cookie() -> str:
    """Why identities could be forged, and what to do; "" if they could not, or if there is no provider."""
    return weakness_of(cookie_secret()) if _named_providers() else ""


def _named_providers() -> dict[str | None, str]:
    section = _section("auth")
    found: dict[str | None, str] = {}
    if "server_metadata_url" in section:
        host = str(section["server_metadata_url"]).partition("://")[2].partition("/")[0]
        found[None] = f"Sign in with {host}"
    for name, value in section.items():
        if isinstance(value, Mapping) and "server_metadata_url" in value:
            found[name] = f"Sign in with {name.title()}"
    return found


def cookie_secret() -> str:
    """What Streamlit signs the provider's cookie with: an empty one in [auth] is taken as it is, and signs nothing."""
    return str(_section("auth").get("cookie_secret", st.get_option("server.cookieSecret") or ""))


def ways_lacking(of: AccessSettings, named: Mapping[str | None, str]) -> list[str]:
    """What is missing so that somebody can sign in; empty if somebody can."""
    if of.passphrase or (named and of.owners):
        return []
    if weak_cookie():
        return [f"Nobody can sign in. {weak_cookie()}"]
    if named:
        return [
            "Nobody can sign in: [auth] names an identity provider, but `owners` below [atelier] names nobody whom it "
            "may let in. Add e-mail addresses to it in secrets.toml."
        ]
    return [
        "Nobody can sign in: there is no passphrase and no identity provider. Run `python -m core passphrase`, put the "
        "line it prints below [atelier] in .streamlit/secrets.toml, and reload this page. There is no default one."
    ]


def exposure() -> list[Fact]:
    """How this server is reached and by whom, with what is wrong with it: for the System page."""
    now = mode()
    ways: list[str] = []
    lacks: list[str] = []
    secret = None
    if now is Mode.SHARED:
        try:
            of, named = settings(), providers()
            lacks = ways_lacking(of, named)
            ways = ["a passphrase"] * bool(of.passphrase) + [f"an identity provider ({len(of.owners)} owners)"] * bool(
                named
            )
            secret = cookie_secret() if _named_providers() else None
        except ConfigError as error:
            lacks = [str(error)]
    return exposure_concerns(
        {name: st.get_option(name) for name in OPTIONS},
        now,
        ways_in=" and ".join(ways),
        lacks=" ".join(lacks),
        cookie_secret=secret,
        secrets_are_open=any(_is_open(Path(path)) for path in st.get_option("secrets.files")),
        strangers_allowed=strangers_allowed(),
    )


def strangers_allowed() -> bool:
    """Whether the owner of a local lab lets everybody in who can reach it."""
    return os.environ.get(ALLOW_STRANGERS) == "yes"


def _is_open(secrets: Path) -> bool:
    """Whether other users of this computer can read a file. Windows keeps such rights elsewhere: not looked at."""
    return os.name != "nt" and secrets.is_file() and bool(secrets.stat().st_mode & 0o077)


def sessions(of: AccessSettings) -> Sessions:
    return Sessions(
        lab.workspace().access / "sessions",
        idle_seconds=of.idle_hours * 3600,
        longest_seconds=of.longest_hours * 3600,
    )


def sign_in_attempts() -> Attempts:
    return Attempts(lab.workspace().access, "sign-ins")


def link_attempts() -> Attempts:
    return Attempts(lab.workspace().access, "links", per_address=_LINKS_PER_ADDRESS, for_all=_LINKS_FOR_ALL)


def address() -> str:
    """Whom to count a failure against."""
    forwarded = ", ".join(st.context.headers.get_all("X-Forwarded-For"))
    try:
        proxies = settings().proxies
    except ConfigError:  # the door and the System page say so; raters need no secrets, and are counted more coarsely
        proxies = ()
    return client_address(st.context.ip_address, forwarded, proxies)


def _section(name: str) -> Mapping[str, Any]:
    try:
        section = st.secrets.get(name, {})
    except StreamlitSecretNotFoundError as error:
        if "No secrets found" in str(error):
            return {}
        raise ConfigError(f"secrets.toml cannot be read, so nobody can sign in: {error}") from error
    if not isinstance(section, Mapping):
        raise ConfigError(f"Found {name} = … in secrets.toml, where a section [{name}] was needed.")
    return section
