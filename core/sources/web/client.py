"""WebClient: the one way in which anything of Atelier asks a server of somebody else."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import urllib3

from core.images import ImageLimits
from core.sources.artwork import ItemError, StoppedError
from core.sources.web.pace import HostClosedError, HostWait
from core.sources.web.policy import HostPolicy
from core.workspace import Workspace

__all__ = ["HostClosedError", "HostWait", "Page", "Picture", "WebClient"]


@dataclass(frozen=True)
class Page:
    """A web page."""

    url: str  # where it was found, redirects followed
    text: str


@dataclass(frozen=True)
class Picture:
    """The bytes of a picture, not yet decoded."""

    data: bytes
    url: str  # the rendition
    attempts: int  # requests that it took
    remembered: bool  # it was in the lab: nothing was asked for


class WebClient:
    """Asks hosts as their policies say, and remembers what they answered. A context manager, used from many threads.

    Args:
        policies: host, or host:port where the port is not the usual one -> how to treat it; others get HostPolicy().
        allowed_hosts: hosts that may lie at private addresses, besides those that the owner allows in WebSettings.
        fresh_since: remembered answers from before this time (seconds since 1970) are asked for again.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        policies: Mapping[str, HostPolicy] | None = None,
        allowed_hosts: Collection[str] = (),
        fresh_since: float | None = None,
        stop_requested: Callable[[], bool] = lambda: False,
        limits: ImageLimits | None = None,
    ) -> None:
        self.requests: Counter[str] = Counter()  # host -> requests made by this client
        self.received_bytes = 0
        self._workspace = workspace
        self._policies = dict(policies or {})
        self._stop_requested = stop_requested
        self._limits = limits or ImageLimits()
        self._lock = threading.Lock()
        self._pools = urllib3.PoolManager(maxsize=16)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pools.clear()

    def json(self, url: str, *, headers: Mapping[str, str] | None = None, give_up_on: Collection[int] = ()) -> Any:
        """The value of a JSON answer. Remembered.

        Args:
            give_up_on: statuses that are an answer here, not a fault: raised as ItemError at once, with `status`.
        Raises: ItemError, StoppedError, HostClosedError.
        """
        body = self._ask("GET", url, headers, give_up_on).data
        try:
            return json.loads(body)
        except ValueError as error:
            reason = "web_page" if body.lstrip()[:1] == b"<" else "bad_answer"
            raise ItemError(reason, f"{url} answers with no JSON.", final=False, status=200) from error

    def text(self, url: str, *, headers: Mapping[str, str] | None = None, give_up_on: Collection[int] = ()) -> Page:
        """A web page. Remembered. Arguments and errors as for `json`."""
        return Page(url, self._ask("GET", url, headers, give_up_on).data.decode(errors="replace"))

    def size(self, url: str, *, headers: Mapping[str, str] | None = None) -> int | None:
        """How many bytes a picture has, by a HEAD request; None if its server does not tell."""
        length = self._ask("HEAD", url, headers, ()).headers.get("Content-Length", "")
        return int(length) if length.isdigit() else None

    def picture(self, renditions: Sequence[str], *, headers: Mapping[str, str] | None = None) -> Picture:
        """The first rendition that can be had: the next one is asked for where one is missing, too large or a
        placeholder.

        Raises: ItemError, StoppedError, HostClosedError.
        """
        missing: ItemError | None = None
        for attempts, url in enumerate(renditions, 1):
            try:
                return Picture(self._ask("GET", url, headers, ()).data, url, attempts, remembered=False)
            except ItemError as error:
                missing = error
                if error.status not in (404, 410):
                    raise
        raise missing or ItemError("no_picture", "No address of a picture is known.", final=True, attempts=0)

    def kept(self, picture: Picture, sha256: str) -> None:
        """Say that the store has the picture now: it will not be asked for again.

        Called by who keeps pictures, not by the client: bytes that turn out not to be a picture must not be remembered
        as one.
        """

    def waiting(self) -> list[HostWait]:
        """Hosts that pause now, the longest first."""
        return []

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None, give_up_on: Collection[int]
    ) -> urllib3.BaseHTTPResponse:
        host = urlsplit(url).netloc
        policy = self._policies.get(host, HostPolicy())
        for attempt in range(1, policy.attempts + 1):
            if self._stop_requested():
                raise StoppedError("Stopped before everything was asked for.")
            with self._lock:
                self.requests[host] += 1
            try:
                answer = self._pools.request(
                    method,
                    url,
                    headers={**policy.headers, **(headers or {})},
                    retries=False,
                    timeout=policy.timeout_seconds,
                )
            except urllib3.exceptions.HTTPError as error:
                if attempt == policy.attempts:
                    raise ItemError("connection", f"{host}: {error}", final=False, attempts=attempt) from error
                time.sleep(min(policy.backoff_seconds, 0.1))
                continue
            with self._lock:
                self.received_bytes += len(answer.data)
            if answer.status < 300:
                return answer
            if answer.status in (404, 410) or answer.status in give_up_on or attempt == policy.attempts:
                reason = {404: "not_found", 410: "gone", 403: "forbidden", 429: "rate_limited"}.get(
                    answer.status, "server_error"
                )
                raise ItemError(
                    reason,
                    f"{host} answers {answer.status} to {url}.",
                    final=answer.status in (404, 410),
                    attempts=attempt,
                    status=answer.status,
                )
            time.sleep(min(policy.backoff_seconds, 0.1))
        raise AssertionError("attempts is at least 1")
