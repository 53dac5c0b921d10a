"""Firewalls that stand before museums: after so many requests in so short a time they refuse for a while."""

import threading
from dataclasses import dataclass, field

from tests.standins.server import Answer, Request

IMPERVA = Answer(
    403,
    b'<html><head><META NAME="robots" CONTENT="noindex,nofollow"></head><body>'
    b'<script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script>'
    b"<iframe>Request unsuccessful. Incapsula incident ID: 1-2-3</iframe></body></html>",
    "text/html",
    headers=(
        ("Connection", "close"),
        ("X-Iinfo", "10-112233-0 0NNN RT(1 0) q(0 -1 -1 1) r(0 -1) B10(4,200,0) U18"),
        ("Set-Cookie", "visid_incap_1=abc; path=/"),
    ),
)
CLOUDFLARE = Answer(
    403,
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
    b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>',
    headers=(("Server", "cloudflare"), ("cf-mitigated", "challenge")),
)


@dataclass
class Firewall:
    """Refuses every request under `prefix` for `seconds`, once `burst` of them came within `window` seconds."""

    refusal: Answer
    burst: int = 30
    window: float = 5.0
    seconds: float = 30.0
    prefix: str = "/"
    blocks_left: int | None = None  # how often it may happen; None: always
    refused: int = 0
    _at: list[float] = field(default_factory=list)
    _until: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Answer | None:
        if not request.path.startswith(self.prefix):
            return None
        with self._lock:
            if request.at < self._until:
                self.refused += 1
                return self.refusal
            self._at = [at for at in self._at if request.at - at < self.window] + [request.at]
            if len(self._at) <= self.burst or self.blocks_left == 0:
                return None
            self._at.clear()
            self._until = request.at + self.seconds
            self.blocks_left = None if self.blocks_left is None else self.blocks_left - 1
            self.refused += 1
            return self.refusal
