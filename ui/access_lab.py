"""What access rests on in a running app: the secrets, the sessions and the failed attempts of this server."""

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from core.access.addresses import client_address
from core.access.attempts import Attempts, Waits
from core.access.sessions import Sessions
from core.access.settings import AccessSettings, access_settings
from core.errors import ConfigError
from ui import lab

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
    """Identity providers in [auth]: the name that st.login wants (None: the unnamed one) -> what its button says."""
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
    """What the provider's cookie is signed with: [auth] names it, else the configuration."""
    return str(_section("auth").get("cookie_secret") or st.get_option("server.cookieSecret") or "")


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


def address(of: AccessSettings) -> str:
    """Whom to count a failure against."""
    forwarded = ", ".join(st.context.headers.get_all("X-Forwarded-For"))
    return client_address(st.context.ip_address, forwarded, of.proxies)


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
