"""WebSettings: what the lab's owner says about asking others for pictures. Kept in data/web.json."""

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core import __version__
from core.errors import ConfigError
from core.files import read_json, write_json
from core.sources.web.addresses import for_host, host_entry
from core.sources.web.policy import HostPolicy
from core.workspace import Workspace

CONTACT_VARIABLE = "ATELIER_CONTACT"  # the contact where data/web.json names none, for servers without a page
LONGEST_CONTACT = 200  # characters
SHORTEST_REASON = 10  # characters of a robots override

_MAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+")
_PAGE = re.compile(r"https?://[^\s<>()@]+")
# What each number may be: (smallest, largest). 0 is "no limit" where HostPolicy says so.
_RANGES: dict[str, tuple[float, float]] = {
    "requests_per_second": (0, 1000),
    "burst": (1, 1000),
    "concurrency": (0, 64),
    "attempts": (1, 50),
    "timeout_seconds": (0.01, 600),
    "slowest_bytes_per_second": (0, 10**9),
    "slow_seconds": (0.01, 600),
    "backoff_seconds": (0, 3600),
    "pause_seconds": (0, 86_400),
    "longest_pause_seconds": (0, 7 * 86_400),
    "pauses": (1, 100),
}
_WHOLE = frozenset({"burst", "concurrency", "attempts", "slowest_bytes_per_second", "pauses"})


@dataclass(frozen=True)
class HostSettings:
    """What the owner says about one host. None: as the policy says. Raises: ConfigError."""

    allowed: bool = False  # private and local addresses may be reached under this name
    robots_override: str = ""  # why robots.txt is not followed here, in the owner's words; empty: it is followed
    requests_per_second: float | None = None
    burst: int | None = None
    concurrency: int | None = None
    attempts: int | None = None
    timeout_seconds: float | None = None
    slowest_bytes_per_second: int | None = None
    slow_seconds: float | None = None
    backoff_seconds: float | None = None
    pause_seconds: float | None = None
    longest_pause_seconds: float | None = None
    pauses: int | None = None

    def __post_init__(self) -> None:
        _is_bool("allowed", self.allowed)
        _is_text("robots_override", self.robots_override)
        reason = self.robots_override.strip()
        if reason and len(reason) < SHORTEST_REASON:
            raise ConfigError(
                f"robots_override is {reason!r}. Needed: the reason why robots.txt need not be followed here, in at "
                f"least {SHORTEST_REASON} characters, since it is logged; or nothing."
            )
        for name in _RANGES:
            _check_number(name, getattr(self, name))


@dataclass(frozen=True)
class WebSettings:
    """What holds for all hosts, and for single ones. Raises: ConfigError."""

    contact: str = ""  # mail address or page, goes into the User-Agent
    honour_opt_out: bool = True  # X-Robots-Tag and TDM reservations, see core.sources.web.optout
    hosts: dict[str, HostSettings] = field(default_factory=dict)  # "host" or "host:port", see for_host

    def __post_init__(self) -> None:
        _is_text("contact", self.contact)
        _is_bool("honour_opt_out", self.honour_opt_out)
        _check_contact(self.contact, "contact")
        spelled = {host_entry(entry): host for entry, host in self.hosts.items()}
        if len(spelled) < len(self.hosts):
            raise ConfigError(f"The web settings name a host twice: {', '.join(sorted(self.hosts))}.")
        object.__setattr__(self, "hosts", spelled)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """For AddressGuard."""
        return frozenset(entry for entry, host in self.hosts.items() if host.allowed)

    def for_host(self, host: str, port: int) -> HostSettings:
        """What is said about a host; nothing special where it is not named."""
        return for_host(self.hosts, host, port) or HostSettings()


def effective_policy(policy: HostPolicy, settings: HostSettings | None) -> HostPolicy:
    """The policy with the owner's numbers in place of its own."""
    if settings is None:
        return policy
    said = {name: getattr(settings, name) for name in _RANGES if getattr(settings, name) is not None}
    return replace(policy, **said)


def user_agent(settings: WebSettings) -> str:
    """Who asks: "Atelier/0.2.0 (+contact)". Raises: ConfigError for a contact from the environment that is none."""
    contact = settings.contact.strip()
    if not contact:
        contact = os.environ.get(CONTACT_VARIABLE, "").strip()
        _check_contact(contact, f"The environment variable {CONTACT_VARIABLE}")
    return f"Atelier/{__version__} (+{contact})" if contact else f"Atelier/{__version__}"


def settings_path(workspace: Workspace) -> Path:
    return workspace.data / "web.json"


def read_web_settings(workspace: Workspace) -> WebSettings:
    """The settings; those of a new lab where none were written. Raises: ConfigError for a damaged or wrong file."""
    path = settings_path(workspace)
    try:
        value = read_json(path)
    except ValueError as error:
        raise ConfigError(
            f"{path} is no valid JSON ({error}). Mend it, or delete it to start from defaults."
        ) from error
    if value is None:
        return WebSettings()
    try:
        return _from_json(value)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def write_web_settings(workspace: Workspace, settings: WebSettings) -> None:
    """Write or replace data/web.json in one step."""
    hosts = {entry: _said(host) for entry, host in sorted(settings.hosts.items())}
    write_json(
        settings_path(workspace),
        {"contact": settings.contact, "honour_opt_out": settings.honour_opt_out, "hosts": hosts},
    )


def _said(host: HostSettings) -> dict[str, Any]:
    """Only what differs from saying nothing, so that a later default holds for older files too."""
    nothing = asdict(HostSettings())
    return {name: value for name, value in asdict(host).items() if value != nothing[name]}


def _from_json(value: Any) -> WebSettings:
    table = _table("The file", value, WebSettings)
    hosts = table.get("hosts", {})
    if not isinstance(hosts, dict):
        raise ConfigError(f"hosts must be an object of host -> settings; found {hosts!r}.")
    read = {}
    for entry, said in hosts.items():
        try:
            read[entry] = HostSettings(**_table("It", said, HostSettings))
        except ConfigError as error:
            raise ConfigError(f"host {entry!r}: {error}") from error
    return WebSettings(**{**table, "hosts": read})


def _table(subject: str, value: Any, cls: Callable[..., Any]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{subject} must hold a JSON object; found {value!r}.")
    names = [item.name for item in fields(cls)]  # type: ignore[arg-type]
    unknown = sorted(set(value) - set(names))
    if unknown:
        raise ConfigError(f"unknown: {', '.join(unknown)}. Possible: {', '.join(names)}.")
    return value


def _check_contact(contact: str, name: str) -> None:
    contact = contact.strip()
    if not contact:
        return
    fits = len(contact) <= LONGEST_CONTACT and contact.isascii() and contact.isprintable()
    if not fits or not (_MAIL.fullmatch(contact) or _PAGE.fullmatch(contact)):
        raise ConfigError(
            f"{name} is {contact[:LONGEST_CONTACT]!r}. Needed: a mail address or the address of a page "
            f"(https://...), in plain ASCII letters and at most {LONGEST_CONTACT} characters, under which the museums "
            "can reach you; or nothing."
        )


def _check_number(name: str, value: Any) -> None:
    if value is None:
        return
    low, high = _RANGES[name]
    kinds = (int,) if name in _WHOLE else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value) or not low <= value <= high:
        kind = "a whole number" if name in _WHOLE else "a number"
        raise ConfigError(f"{name} is {value!r}. Needed: {kind} from {low:g} to {high:g}, or nothing.")


def _is_bool(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"{name} is {value!r}. Needed: true or false.")


def _is_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ConfigError(f"{name} is {value!r}. Needed: text.")
