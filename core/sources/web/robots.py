"""robots.txt as RFC 9309 has it: what may be asked for, how often, and what its absence means."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.sources.web.addresses import Target

AGENT = "atelier"
KEPT_SECONDS = 24 * 3600.0  # RFC 9309, 2.4
ASKED_AGAIN_SECONDS = 300.0  # after it could not be had
READ_BYTES = 500 * 1024  # RFC 9309, 2.5: at least that much has to be read; the rest is ignored
MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2


def robots_url(target: Target) -> str:
    return f"{target.scheme}://{target.site}/robots.txt"


@dataclass(frozen=True)
class RobotsRules:
    text: str
    reachable: bool
    note: str
    read_at: float

    @classmethod
    def from_answer(
        cls, status: int, headers: Iterable[tuple[str, str]], body: bytes, *, now: float
    ) -> "RobotsRules": ...

    @classmethod
    def unreachable(cls, why: str, *, now: float) -> "RobotsRules": ...

    def is_fresh(self, now: float) -> bool: ...

    def renewed(self, newer: "RobotsRules") -> "RobotsRules": ...

    def allowed(self, url: str, agent: str = AGENT) -> bool: ...

    def crawl_delay(self, agent: str = AGENT) -> float | None: ...

    def check(self, target: Target, override: str = "", agent: str = AGENT) -> str: ...

    def to_json(self) -> dict[str, Any]: ...

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "RobotsRules": ...
