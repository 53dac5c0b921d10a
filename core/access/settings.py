"""What secrets.toml says below [atelier]: who may sign in, and how long for."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.access.passphrase import check_hash
from core.access.sessions import IDLE_SECONDS, LONGEST_SECONDS
from core.errors import ConfigError

_KNOWN = ("passphrase", "owners", "idle_hours", "longest_hours", "proxies")


@dataclass(frozen=True)
class AccessSettings:
    passphrase: str = ""  # as `python -m core passphrase` prints it; "" where nobody signs in by one
    owners: tuple[str, ...] = ()  # e-mail addresses, or "ISSUER|SUBJECT", that may sign in by the provider in [auth]
    idle_hours: float = IDLE_SECONDS / 3600
    longest_hours: float = LONGEST_SECONDS / 3600
    proxies: tuple[str, ...] = ()  # networks of proxies that stand on another computer than the app

    def __post_init__(self) -> None:
        if self.passphrase:
            check_hash(self.passphrase)
        if not 0 < self.idle_hours <= self.longest_hours <= 24 * 90:
            raise ConfigError(
                f"Found idle_hours = {self.idle_hours:g} and longest_hours = {self.longest_hours:g} below [atelier]; a "
                "session must end sometime: idle_hours is at most longest_hours, and that at most 2160 (90 days)."
            )
        for proxy in self.proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                raise ConfigError(
                    f"Found {proxy!r} in `proxies` below [atelier]; a network looks like '172.18.0.0/16'."
                ) from None


def access_settings(section: Mapping[str, Any]) -> AccessSettings:
    """Raises: ConfigError for a key that does not exist or a value that cannot be meant.

    A misspelt `owners` must not quietly mean that nobody, or everybody, is one.
    """
    unknown = sorted(set(section) - set(_KNOWN))
    if unknown:
        raise ConfigError(
            f"Found {', '.join(unknown)} below [atelier] in secrets.toml, but there is only: {', '.join(_KNOWN)}."
        )
    try:
        return AccessSettings(
            passphrase=_text(section.get("passphrase", "")),
            owners=tuple(_text(owner) for owner in _listed(section.get("owners", ()))),
            idle_hours=float(section.get("idle_hours", AccessSettings.idle_hours)),
            longest_hours=float(section.get("longest_hours", AccessSettings.longest_hours)),
            proxies=tuple(_text(proxy) for proxy in _listed(section.get("proxies", ()))),
        )
    except (TypeError, ValueError) as error:
        raise ConfigError(f"What stands below [atelier] in secrets.toml cannot be read: {error}.") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"found {value!r} where a text was needed")
    return value


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"found {value!r} where a list was needed")
    return list(value)
