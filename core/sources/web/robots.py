"""robots.txt as RFC 9309 has it: what may be asked for, how often, and what its absence means.

    answer                    means
    2xx                       its rules hold
    401, 403, 404, other 4xx  there are no rules (2.3.1.3, "unavailable"); the note says which status it was
    429, 5xx, no answer,      nothing may be asked for until it can be read (2.3.1.4, "unreachable"); rules that were
    a firewall's challenge    read before go on to hold
    too many redirects        there are no rules (2.3.1.2)

A 403 is the answer of many file stores for a file that is not there, so it does not close a host; a host that wants to
be left alone answers its other addresses the same way, and the client then stops.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.sources.artwork import ItemError
from core.sources.web.addresses import Target
from core.sources.web.challenges import is_html, recognise

if TYPE_CHECKING:
    from protego import Protego

AGENT = "atelier"  # the name by which a robots.txt may address us
KEPT_SECONDS = 24 * 3600.0  # RFC 9309, 2.4
ASKED_AGAIN_SECONDS = 300.0  # when it could not be had
READ_BYTES = 500 * 1024  # RFC 9309, 2.5: the rest need not be read
MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2

_SEARCHED_LINES = 2_000  # for the line to name in a message
_LINE = re.compile(r"\s*(user-agent|allow|disallow)\s*:\s*([^#]*)", re.IGNORECASE)


def robots_url(target: Target) -> str:
    """Where the rules for an address are kept."""
    return f"{target.scheme}://{target.site}/robots.txt"


@dataclass(frozen=True)
class RobotsRules:
    """The robots.txt of one site. Made by `from_answer` or `unreachable`."""

    text: str = ""  # empty: no rules
    reachable: bool = True  # False: nothing may be asked for
    note: str = ""  # a sentence where the answer was not simply a robots.txt; for the log
    read_at: float = 0.0  # seconds since 1970
    ask_again_at: float = 0.0

    @classmethod
    def from_answer(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes, *, now: float) -> "RobotsRules":
        """The rules that an answer means.

        Args:
            status: of the last answer; 3xx: there were more than MOST_REDIRECTS.
            body: decoded; what is beyond READ_BYTES is ignored.
            now: seconds since 1970.
        """
        lines = list(headers)
        challenge = recognise(status, lines, body)
        if challenge is not None and challenge.certain:
            return cls.unreachable(f"robots.txt was not given: the host {challenge.words}.", now=now)
        if status == 429 or status >= 500 or status < 200:
            return cls.unreachable(f"robots.txt answered with status {status}.", now=now)
        text, note = "", ""
        if status >= 400:
            note = f"robots.txt answered with status {status}, which counts as having no rules (RFC 9309, 2.3.1.3)."
        elif status >= 300:
            note = "robots.txt redirects too often, which counts as having no rules (RFC 9309, 2.3.1.2)."
        elif is_html(next((value for name, value in lines if name.lower() == "content-type"), ""), body):
            note = "A web page stands in place of robots.txt, so there are no rules."
        else:
            text = _decoded(body)
        return cls(text, True, note, now, now + KEPT_SECONDS)

    @classmethod
    def unreachable(cls, why: str, *, now: float) -> "RobotsRules":
        """Nothing may be asked for, for now. why: a sentence."""
        return cls("", False, why, now, now + ASKED_AGAIN_SECONDS)

    def is_fresh(self, now: float) -> bool:
        return self.read_at <= now < self.ask_again_at

    def renewed(self, newer: "RobotsRules") -> "RobotsRules":
        """What holds after asking again: the newer rules, or these where it could not be had this time."""
        if newer.reachable or not self.reachable:
            return newer
        return replace(self, note=f"{newer.note} The rules read before hold.", ask_again_at=newer.ask_again_at)

    def allowed(self, url: str, agent: str = AGENT) -> bool:
        """May this address be asked for? url: percent-encoded, as a Target has it."""
        return self.reachable and self._parsed.can_fetch(url, agent)

    def crawl_delay(self, agent: str = AGENT) -> float | None:
        """Seconds between two requests that the site asks for (Crawl-delay, Request-rate); None: it does not say."""
        delay = self._parsed.crawl_delay(agent)
        rate = self._parsed.request_rate(agent)
        wishes = [wish for wish in (delay, rate and rate.seconds / rate.requests) if wish is not None]
        return max(wishes, default=None)

    def check(self, target: Target, *, override: str = "", agent: str = AGENT) -> str:
        """Let pass, or raise.

        Args:
            override: why the owner does not follow this robots.txt (HostSettings.robots_override).
        Returns: empty where the rules allow it; else the override, which is to be logged.
        Raises: ItemError("robots"): final where the rules disallow it, not final where they could not be read.
        """
        if self.allowed(target.url, agent):
            return ""
        if override.strip():
            return override.strip()
        remedy = (
            f"To collect it nevertheless, write the reason under {target.site!r} in the web settings (data/web.json)."
        )
        if not self.reachable:
            raise ItemError(
                "robots",
                f"{target.site} gives no robots.txt, so nothing is asked of it for now: {self.note} {remedy}",
                final=False,
                attempts=0,
            )
        raise ItemError(
            "robots",
            f"The robots.txt of {target.site} disallows {target.path}{self._because(target, agent)}. {remedy}",
            final=True,
            attempts=0,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "RobotsRules":
        """Raises: TypeError if the value is not one that to_json gave."""
        return cls(**value)

    @cached_property
    def _parsed(self) -> "Protego":
        from protego import Protego

        return Protego.parse(self.text)

    def _because(self, target: Target, agent: str) -> str:
        """The line that decides, for the message; empty where it cannot be told, or not without long searching."""
        from protego import Protego

        if self.text.count("\n") > _SEARCHED_LINES:
            return ""
        agents: list[str] = []
        in_rules = False
        found: dict[str, list[str]] = {}  # agent as the file names it -> its Disallow lines that match
        for line in self.text.splitlines():
            match = _LINE.match(line)
            if match is None:
                continue
            field, value = match[1].lower(), match[2].strip()
            if field == "user-agent":
                agents = [value.lower()] if in_rules else [*agents, value.lower()]
                in_rules = False
                continue
            in_rules = True
            if field != "disallow" or not target.path.startswith(re.split(r"[*$%]", value, maxsplit=1)[0]):
                continue
            if not Protego.parse(f"User-agent: *\nDisallow: {value}").can_fetch(target.url, "*"):
                for name in agents:
                    found.setdefault(name, []).append(value)
        name = agent if agent in found else "*"
        if name not in found:
            return ""
        return f" (“Disallow: {max(found[name], key=len)}” for “User-agent: {name}”)"


def _decoded(body: bytes) -> str:
    """As text, within READ_BYTES; a line cut in two there is left out, since its first half says something else."""
    kept = body[:READ_BYTES]
    if len(body) > READ_BYTES:
        kept = kept[: kept.rfind(b"\n") + 1]
    return kept.decode("utf-8-sig", "replace")
