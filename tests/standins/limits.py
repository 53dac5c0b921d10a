"""How servers defend themselves: blocks after a burst, requests to slow down, outages, robots.txt.

Each is put around what a server answers, and several around each other:

    limit = AfterBurst(requests=30, per_seconds=1.0, block_seconds=30.0, block=IMPERVA)
    with StandIn(limit(site.answer)) as server: ...
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate

from tests.standins.server import Answer, Request

Responder = Callable[[Request], Answer]
Chosen = Callable[[Request], bool]

# What firewalls answer. The words are ours; headers and marks are those by which they are known.
PLAIN = Answer(403, b"<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>")
IMPERVA = Answer(
    403,
    b'<html style="height:100%"><head><meta name="robots" content="noindex, nofollow"></head><body>'
    b'<iframe src="/_Incapsula_Resource?incident_id=1-2&cts=x">Held back. Incapsula incident ID: 1-2</iframe>'
    b"</body></html>",
    headers=(
        ("X-Iinfo", "9-1-1 NNNN RT(1 2) q(0 -1 -1 0) r(0 -1) B15(4,200,0) U18"),
        ("Set-Cookie", "visid_incap_1=x"),
    ),
)
CLOUDFLARE = Answer(
    403,
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
    b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script></body></html>',
    headers=(("Server", "cloudflare"), ("cf-mitigated", "challenge"), ("CF-RAY", "0-XXX")),
)
BLOCKS = {"plain": PLAIN, "imperva": IMPERVA, "cloudflare": CLOUDFLARE}

ROBOTS = """\
User-agent: *
Disallow: /private/
Crawl-delay: 0.01
Sitemap: /sitemap.xml
"""


def everything(_request: Request) -> bool:
    return True


def except_robots(request: Request) -> bool:
    return request.path != "/robots.txt"


@dataclass
class AfterBurst:
    """Beyond `requests` within `per_seconds`: `block`, for `block_seconds`."""

    requests: int
    per_seconds: float
    block_seconds: float
    block: Answer = PLAIN
    extends: bool = False  # who asks while blocked is blocked anew, as the Met's firewall does
    times: int | None = None  # how often it happens; None: whenever there is a burst
    chosen: Chosen = except_robots  # other requests pass and do not count
    blocked: list[Request] = field(default_factory=list)  # requests that were turned away
    blocks: int = 0

    def __call__(self, answer: Responder) -> Responder:
        lock = threading.Lock()
        recent: deque[float] = deque()
        until = 0.0

        def is_blocked(request: Request) -> bool:
            nonlocal until
            now = time.monotonic()
            if now < until:
                if self.extends:
                    until = now + self.block_seconds
                return True
            recent.append(now)
            while recent[0] < now - self.per_seconds:
                recent.popleft()
            if len(recent) <= self.requests or (self.times is not None and self.blocks >= self.times):
                return False
            self.blocks += 1
            recent.clear()
            until = now + self.block_seconds
            return True

        def limited(request: Request) -> Answer:
            if self.chosen(request):
                with lock:
                    if is_blocked(request):
                        self.blocked.append(request)
                        return self.block
            return answer(request)

        return limited


def too_many(retry_after: str = "", *, seconds: float = 1.0) -> Answer:
    """A 429.

    Args:
        retry_after: "seconds", "date", or empty for none; both ask for `seconds`, rounded up to whole ones.
    """
    whole = int(-(-seconds // 1))
    values = {"seconds": str(whole), "date": formatdate(time.time() + whole, usegmt=True)}
    headers = (("Retry-After", values[retry_after]),) if retry_after else ()
    return Answer(429, b"Too many requests", "text/plain", headers=headers)


def slow_down(
    requests: int, per_seconds: float, *, retry_after: str = "", chosen: Chosen = except_robots
) -> AfterBurst:
    """429 in place of what goes beyond `requests` within `per_seconds`, until the window has passed."""
    return AfterBurst(requests, per_seconds, per_seconds, too_many(retry_after, seconds=per_seconds), chosen=chosen)


@dataclass
class AtFirst:
    """The first answers, whatever is asked for; then the usual ones: a 503 and its recovery, a 429 of each kind."""

    answers: tuple[Answer, ...]
    chosen: Chosen = except_robots

    def __call__(self, answer: Responder) -> Responder:
        lock, left = threading.Lock(), list(self.answers)

        def limited(request: Request) -> Answer:
            if self.chosen(request):
                with lock:
                    if left:
                        return left.pop(0)
            return answer(request)

        return limited


UNAVAILABLE = Answer(503, b"Down for maintenance", "text/plain")


@dataclass(frozen=True)
class Robots:
    """A robots.txt in place of the server's own; `Robots(status=403)` withholds it."""

    text: str = ROBOTS
    status: int = 200

    def __call__(self, answer: Responder) -> Responder:
        def limited(request: Request) -> Answer:
            if request.path == "/robots.txt":
                return Answer(self.status, self.text.encode() if self.status == 200 else b"", "text/plain")
            return answer(request)

        return limited


@dataclass(frozen=True)
class Tagged:
    """Header lines with every chosen answer: `Tagged((("X-Robots-Tag", "noai"),))`."""

    headers: tuple[tuple[str, str], ...]
    chosen: Chosen = except_robots

    def __call__(self, answer: Responder) -> Responder:
        def limited(request: Request) -> Answer:
            usual = answer(request)
            return replace(usual, headers=(*usual.headers, *self.headers)) if self.chosen(request) else usual

        return limited
