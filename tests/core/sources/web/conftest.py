"""A real server on loopback whose answers are given path by path, and clients whose waits are milliseconds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from core.sources.web.client import WebClient
from core.sources.web.policy import HostPolicy
from core.workspace import Workspace
from tests.standins.server import Answer, Request, StandIn

FAST = HostPolicy(
    requests_per_second=0,
    concurrency=0,
    attempts=3,
    timeout_seconds=2.0,
    slow_seconds=0.2,
    backoff_seconds=0.002,
    pause_seconds=0.02,
    longest_pause_seconds=0.05,
    pauses=3,
)
Script = Answer | Callable[[Request], Answer]


class Site:
    """A server whose paths answer what they were told to, one answer after the other; the last one for ever."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._scripts: dict[str, list[Script]] = {"/robots.txt": [Answer(404)]}
        self._lock = threading.Lock()
        self.server = StandIn(self._answer, host=host)

    def tell(self, path: str, *scripts: Script) -> str:
        """Set what a path answers; its URL."""
        self._scripts[path] = list(scripts)
        return self.server.url + path

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.server.seen if request.path == path]

    @property
    def netloc(self) -> str:
        return self.server.netloc

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            scripts = self._scripts.get(request.path, [Answer(404, b"no such thing")])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Answer) else script(request)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with site.server:
        yield site


@pytest.fixture
def other_site() -> Iterator[Site]:
    """Another host: the same machine under another address."""
    site = Site("127.0.0.2")
    with site.server:
        yield site


@pytest.fixture
def client(workspace: Workspace, site: Site) -> Iterator[Callable[..., WebClient]]:
    """Make a client that may ask `site`; with `policy=dict(...)` on other terms than FAST."""
    with ExitStack() as stack:

        def make(*, policy: dict[str, Any] | None = None, **more: Any) -> WebClient:
            policies = {site.netloc: replace(FAST, **(policy or {}))}
            settings = {"policies": policies, "allowed_hosts": [site.netloc]} | more
            return stack.enter_context(WebClient(workspace, **settings))

        yield make


def png(number: int, *, size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture with enough bytes to be cut in two; a different one for every number."""
    import random

    from PIL import Image

    from tests.core.pictures import encoded

    noise = random.Random(number).randbytes(size[0] * size[1] * 3)
    return encoded(Image.frombytes("RGB", size, noise), "PNG")


def picture_answer(data: bytes, **more: Any) -> Answer:
    return Answer(200, data, "image/png", **more)


def ranges(data: bytes, *, etag: str = '"v1"', **more: Any) -> Callable[[Request], Answer]:
    """Serve a file as servers do that know Range and If-Range."""

    def answer(request: Request) -> Answer:
        headers = (("ETag", etag), ("Accept-Ranges", "bytes"))
        wanted = request.headers.get("range", "")
        if not wanted or request.headers.get("if-range", etag) != etag:
            return Answer(200, data, "image/png", headers=headers, **more)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(data):
            return Answer(416, b"", "text/plain", headers=(*headers, ("Content-Range", f"bytes */{len(data)}")))
        content_range = ("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        return Answer(206, data[start:], "image/png", headers=(*headers, content_range), **more)

    return answer
