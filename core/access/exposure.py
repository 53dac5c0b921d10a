"""What the settings of a running app leave open, in the words of the System page."""

from collections.abc import Mapping
from typing import Any

from core.access.addresses import is_loopback
from core.access.mode import Mode
from core.system.facts import Fact

_GROUP = "Access"
_LARGE_UPLOAD_MB = 200
_SHORT_SECRET = 32  # characters

# What Streamlit calls them. `exposure_concerns` wants exactly these, besides what the app knows about signing in.
OPTIONS = (
    "server.address",
    "server.sslCertFile",
    "server.maxUploadSize",
    "server.allowedHosts",
    "server.enableCORS",
    "server.enableXsrfProtection",
    "server.enableStaticServing",
    "server.enableAgentApi",
    "server.trustedUserHeaders",
    "client.showErrorDetails",
)


def exposure_concerns(
    options: Mapping[str, Any],
    mode: Mode,
    *,
    ways_in: str = "",
    lacks: str = "",
    cookie_secret: str | None = None,
    secrets_are_open: bool = False,
    strangers_allowed: bool = False,
) -> list[Fact]:
    """How the app is reached and by whom, each with what is wrong with it.

    Args:
        options: values of OPTIONS.
        ways_in: how owners sign in, in words.
        lacks: what is missing so that somebody can; "" if nothing is.
        cookie_secret: what the identity provider's cookie is signed with; None where there is no provider.
        secrets_are_open: whether other users of the computer can read secrets.toml.
        strangers_allowed: whether the owner switched off that local mode turns strangers away.
    """
    address = str(options["server.address"] or "")
    alone = bool(address) and is_loopback(address)
    found = [Fact(_GROUP, "Mode", mode, _of_mode(mode, strangers_allowed)), _listening(mode, address, alone, options)]
    if mode is Mode.LOCAL and not strangers_allowed:
        return found
    found += [_uploads(options["server.maxUploadSize"]), _hosts(options["server.allowedHosts"])]
    if mode is Mode.SHARED:
        found.append(Fact(_GROUP, "Owners sign in by", ways_in or "nothing", lacks))
        if cookie_secret is not None:
            found.append(_signing(cookie_secret))
        if secrets_are_open:
            found.append(
                Fact(_GROUP, "secrets.toml", "readable by others", "Let only the server's user read it: chmod 600.")
            )
    found += [Fact(_GROUP, name, value, concern) for name, value, concern in _left_open(options)]
    return found


def _of_mode(mode: Mode, strangers_allowed: bool) -> str:
    if mode is Mode.LOCAL and strangers_allowed:
        return "Everybody who can reach this server may do everything, delete and train included."
    return ""


def _listening(mode: Mode, address: str, alone: bool, options: Mapping[str, Any]) -> Fact:
    concern = ""
    if mode is not Mode.LOCAL and not alone and not options["server.sslCertFile"]:
        concern = (
            "Whoever shares the network can read passphrases and links, unless a proxy with TLS is the only way here. "
            "Set server.address to 127.0.0.1 and put such a proxy before it."
        )
    return Fact(_GROUP, "Listens on", address or "every address", concern)


def _uploads(megabytes: int) -> Fact:
    concern = ""
    if megabytes > _LARGE_UPLOAD_MB:
        concern = (
            "Every visitor may upload files of this size into the server's memory, raters included. "
            f"Set server.maxUploadSize to {_LARGE_UPLOAD_MB} or less; larger collections come in by a folder."
        )
    return Fact(_GROUP, "Largest upload", f"{megabytes:,} MB", concern)


def _hosts(names: list[str]) -> Fact:
    concern = ""
    if not names or "*" in names:
        concern = (
            "A web page elsewhere can point its own name here and speak with this server through a visitor's browser. "
            "Set server.allowedHosts to the names under which the app is reached."
        )
    return Fact(_GROUP, "Reached as", ", ".join(names) or "any name", concern)


def weakness_of(cookie_secret: str) -> str:
    """Why a secret is too weak to sign identities with, and what to do; "" if it is strong enough."""
    if len(cookie_secret) >= _SHORT_SECRET and len(set(cookie_secret)) >= 10:
        return ""
    return (
        "Nobody is let in by the identity provider: whoever guesses the secret that its cookie is signed with can "
        "write himself any identity. Set cookie_secret below [auth] to the output of "
        "python -c 'import secrets; print(secrets.token_urlsafe(32))'."
    )


def _signing(secret: str) -> Fact:
    found = f"signed with {len(secret)} characters" if secret else "not signed with a secret of its own"
    weakness = weakness_of(secret)
    return Fact(_GROUP, "Provider's cookie", found if weakness else "signed", weakness)


def _left_open(options: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    checks = [
        ("server.enableCORS", False, "Other web sites may speak with this server. Set it to true."),
        ("server.enableXsrfProtection", False, "Other web sites may upload through a visitor. Set it to true."),
        ("server.enableStaticServing", True, "Files in a folder static/ are open to everybody. Set it to false."),
        ("server.enableAgentApi", True, "Programs may drive the app past its pages. Set it to false."),
    ]
    found = [
        (name, "on" if options[name] else "off", words)
        for name, open_at, words in checks
        if bool(options[name]) is open_at
    ]
    if options["server.trustedUserHeaders"]:
        found.append(("server.trustedUserHeaders", "set", "Whoever reaches the server past the proxy is who he says."))
    if str(options["client.showErrorDetails"]).lower() not in ("none", "false"):
        found.append(
            (
                "client.showErrorDetails",
                str(options["client.showErrorDetails"]),
                "A defect would show visitors how the server is built. Set it to none.",
            ),
        )
    return found
