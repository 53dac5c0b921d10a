"""What the System page says about a shared app."""

from typing import Any

import pytest

from core.access.exposure import OPTIONS, exposure_concerns
from core.access.mode import Mode

CAREFUL: dict[str, Any] = {
    "server.address": "127.0.0.1",
    "server.sslCertFile": None,
    "server.maxUploadSize": 50,
    "server.allowedHosts": ["lab.example"],
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.trustedUserHeaders": {},
    "client.showErrorDetails": "none",
}
SECRET = "b4Jx0mQ2rTz8vLw6yNc1KdPf5HsGuEaX"


def concerns(mode: Mode = Mode.SHARED, **changes: Any) -> dict[str, str]:
    known = {name: changes.pop(name) for name in list(changes) if name not in CAREFUL}
    facts = exposure_concerns({**CAREFUL, **changes}, mode, **{"ways_in": "a passphrase", **known})
    return {fact.name: fact.concern for fact in facts if fact.concern}


def test_the_options_are_those_that_are_looked_at() -> None:
    assert set(OPTIONS) == set(CAREFUL)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_careful_set_up_is_left_in_peace(mode: Mode) -> None:
    assert concerns(mode, cookie_secret=SECRET) == {}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"server.address": "0.0.0.0"}, "Listens on"),
        ({"server.address": None}, "Listens on"),
        ({"server.maxUploadSize": 1024}, "Largest upload"),
        ({"server.allowedHosts": []}, "Reached as"),
        ({"server.allowedHosts": ["lab.example", "*"]}, "Reached as"),
        ({"server.enableCORS": False}, "server.enableCORS"),
        ({"server.enableXsrfProtection": False}, "server.enableXsrfProtection"),
        ({"server.enableStaticServing": True}, "server.enableStaticServing"),
        ({"server.enableAgentApi": True}, "server.enableAgentApi"),
        ({"server.trustedUserHeaders": {"X-User": "email"}}, "server.trustedUserHeaders"),
        ({"client.showErrorDetails": "full"}, "client.showErrorDetails"),
        ({"cookie_secret": ""}, "Provider's cookie"),
        ({"cookie_secret": "secret"}, "Provider's cookie"),
        ({"cookie_secret": "x" * 64}, "Provider's cookie"),
        ({"lacks": "Nobody can sign in."}, "Owners sign in by"),
        ({"secrets_are_open": True}, "secrets.toml"),
    ],
)
def test_each_thing_left_open_is_told_in_shared_mode(changes: dict[str, Any], name: str) -> None:
    assert list(concerns(**changes)) == [name]


def test_local_mode_is_told_only_when_strangers_are_let_in() -> None:
    loose = {"server.maxUploadSize": 1024, "server.allowedHosts": [], "client.showErrorDetails": "full"}
    assert concerns(Mode.LOCAL, **loose) == {}
    assert {"Mode", "Largest upload"} <= set(concerns(Mode.LOCAL, strangers_allowed=True, **loose))
