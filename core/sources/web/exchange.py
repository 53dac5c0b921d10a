"""Asking for one thing: redirects by hand, every hop guarded, paced and allowed by robots.txt; faults tried again."""

import contextlib
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    InvalidHeader,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from core.sources.artwork import ItemError, StoppedError
from core.sources.web.addresses import AddressGuard, Target
from core.sources.web.challenges import LOOKED_AT_BYTES, Challenge, is_html, is_login, recognise
from core.sources.web.connections import PinnedPools
from core.sources.web.pace import HostPace, Turn
from core.sources.web.paces import Paces
from core.sources.web.policy import HostPolicy

if TYPE_CHECKING:
    from core.sources.web.robots_rules import RobotsKeeper

Value = TypeVar("Value")

MOST_REDIRECTS = 5
PIECE_BYTES = 65_536

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAY_HEAL = frozenset({408, 425})
_DRAINED_BYTES = 32_768  # of a redirect's body: reading so much is cheaper than a new connection
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Ask:
    """What is asked for, and on what terms."""

    url: str
    item: str  # on whose behalf: troubles of the same item are no sign that the host is in trouble
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)  # for the first site only; they may hold a key
    own_headers: Callable[[], Mapping[str, str]] = dict  # for every site, asked for anew each time
    give_up_on: Collection[int] = ()  # statuses that are an answer here, not a fault
    accepts: Callable[[int], bool] = lambda status: 200 <= status < 300
    checks_robots: bool = True
    refuse_url: Callable[[str], None] = lambda url: None  # called for every address, those of redirects too


class FaultError(Exception):
    """Something that may heal, or a refusal of the host. Becomes an ItemError when it is not tried again.

    Args:
        words: go on after the host's name: "answers 503".
        kind: "trouble", "too_fast", "refused" or "challenge", see core.sources.web.pace.Turn; "again": it is to be
            asked for in another way, at once.
        seconds: that the host asks us to wait.
    """

    def __init__(
        self, reason: str, words: str, *, kind: str = "trouble", status: int = 0, seconds: float | None = None
    ) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words
        self.kind = kind
        self.status = status
        self.seconds = seconds

    def tell(self, turn: Turn) -> None:
        """Raises: ItemError, HostClosedError, see Turn."""
        if self.kind in ("refused", "challenge"):
            turn.refused(self.words, challenge=self.kind == "challenge", seconds=self.seconds)
        elif self.kind == "too_fast":
            turn.too_fast(self.words, seconds=self.seconds)
        elif self.kind == "again":
            turn.good()
        else:
            turn.trouble(self.reason, self.words, seconds=self.seconds)


class Answer:
    """A server's answer whose body is read as far as it is wanted.

    Bytes come decoded (gzip, deflate) and piece by piece, so that neither a drip nor a bomb gets far.
    """

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        target: Target,
        policy: HostPolicy,
        *,
        stop_requested: Callable[[], bool],
        count: Callable[[int], None],
    ) -> None:
        self.target = target
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._policy = policy
        self._stop_requested = stop_requested
        self._count = count
        self._started = bytearray()  # read, and not yet handed out
        self._at_end = False
        self._window_began = time.monotonic()
        self._window_bytes = 0

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def encoding(self) -> str:
        """Of the content; empty: as it is."""
        encoding = self.headers.get("Content-Encoding", "").strip().lower()
        return "" if encoding == "identity" else encoding

    @property
    def length(self) -> int | None:
        """Bytes of the body on the wire, as announced."""
        text = self.headers.get("Content-Length", "").strip()
        return int(text) if text.isdecimal() and not self.headers.get("Transfer-Encoding") else None

    def start(self, size: int) -> bytes:
        """The first `size` bytes, or all there are; still part of what `pieces` and `read` give. Raises: FaultError."""
        while len(self._started) < size and (piece := self._piece()):
            self._started += piece
        return bytes(self._started[:size])

    def pieces(self) -> Iterator[bytes]:
        """The body. Raises: FaultError, StoppedError."""
        if self._started:
            piece = bytes(self._started)
            self._started.clear()
            yield piece
        while piece := self._piece():
            yield piece

    def read(self, most: int, what: str) -> bytes:
        """The whole body. Raises: ItemError("too_many_bytes") beyond `most` bytes; FaultError, StoppedError."""
        body = bytearray()
        for piece in self.pieces():
            body += piece
            if len(body) > most:
                raise ItemError(
                    "too_many_bytes",
                    f"{self.target.url}: {what} has more than {most / 1e6:,.0f} MB, which is more than is read.",
                    final=True,
                    status=self.status,
                )
        return bytes(body)

    def finish(self, *, broken: bool) -> None:
        """What is left of the body is not wanted. The connection is used again where that is cheap and safe."""
        response = self._response
        left = getattr(response, "length_remaining", None)
        if not broken and self.status in _REDIRECTS and left is not None and left <= _DRAINED_BYTES:
            response.drain_conn()
            left = 0
        if broken or not (self._at_end or left == 0):
            response.close()
        response.release_conn()

    def _piece(self) -> bytes:
        if self._at_end:
            return b""
        if self._stop_requested():
            raise StoppedError("A stop was asked for while this arrived.")
        try:
            piece = self._response.read1(PIECE_BYTES, decode_content=bool(self.encoding))
        except HTTPError as error:
            raise fault_of(error, self._policy) from error
        if not piece:
            if self._stop_requested():  # it may have been cut short for that
                raise StoppedError("A stop was asked for while this arrived.")
            self._at_end = True
            return b""
        self._count(len(piece))
        self._watch(len(piece))
        return piece

    def _watch(self, size: int) -> None:
        self._window_bytes += size
        seconds = time.monotonic() - self._window_began
        if seconds < self._policy.slow_seconds:
            return
        if self._window_bytes < self._policy.slowest_bytes_per_second * seconds:
            raise FaultError(
                "timeout",
                f"sends only {self._window_bytes / seconds:,.0f} bytes a second, fewer than "
                f"{self._policy.slowest_bytes_per_second:,}",
                status=self.status,
            )
        self._window_began, self._window_bytes = time.monotonic(), 0


@dataclass
class _Tally:
    requests: int = 0


class Exchange:
    """Asks hosts. Used from many threads; a context manager."""

    def __init__(
        self,
        pools: PinnedPools,
        paces: Paces,
        *,
        agent: str,
        stop_requested: Callable[[], bool],
    ) -> None:
        self.requests: Counter[str] = Counter()
        self.received_bytes = 0
        self.robots: RobotsKeeper | None = None  # set by who makes both
        self._pools = pools
        self._paces = paces
        self._agent = agent
        self._stop_requested = stop_requested
        self._lock = threading.Lock()
        self._arriving: set[urllib3.BaseHTTPResponse] = set()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch_for_stop, name="web-stop", daemon=True)

    @property
    def guard(self) -> AddressGuard:
        return self._pools.guard

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._closed.set()
        self._watcher.join()
        self._pools.close()

    def run(self, ask: Ask, receive: Callable[[Answer], Value]) -> tuple[Value, int]:
        """What `receive` makes of the answer, and how many requests that took.

        Args:
            receive: reads the body; raises FaultError for what may heal, ItemError for what is final. Called for each
                answer that is worth looking at.
        Raises: ItemError, StoppedError, HostClosedError.
        """
        tally = _Tally()
        faults = tries = 0
        while True:
            tries += 1
            try:
                return self._follow(ask, receive, tally), tally.requests
            except _FailedError as failed:
                fault, policy = failed.fault, failed.pace.policy
                faults += fault.kind in ("trouble", "too_fast")
                if faults >= policy.attempts:
                    raise ItemError(
                        fault.reason,
                        f"{failed.pace.site} {fault.words}: {ask.url}",
                        final=False,
                        attempts=tally.requests,
                        status=fault.status,
                    ) from fault
                if (
                    fault.kind != "again" and fault.seconds is None
                ):  # full jitter: those who failed together do not come back together
                    longest = min(policy.backoff_seconds * 2.0 ** (tries - 1), policy.longest_pause_seconds)
                    failed.pace.sleep(random.uniform(0, longest))
            except ItemError as error:
                error.attempts = tally.requests
                raise

    def _follow(self, ask: Ask, receive: Callable[[Answer], Value], tally: _Tally) -> Value:
        target = self.guard.target(ask.url)
        first_site = target.site
        seen: set[str] = set()
        while True:
            seen.add(target.url)
            ask.refuse_url(target.url)
            pace = self._paces.of(target)
            if ask.checks_robots and self.robots is not None:
                self.robots.check(target, pace, item=ask.item)
            headers = {**ask.own_headers(), **pace.policy.headers, **(ask.headers if target.site == first_site else {})}
            with pace.turn(ask.item) as turn:
                result = self._hop(ask, receive, tally, target, headers, pace, turn)
            if not isinstance(result, _Redirect):
                return result
            target = self.guard.redirected(target, result.location)
            is_circle = target.url in seen
            if is_circle or len(seen) > MOST_REDIRECTS:
                words = "in a circle" if is_circle else f"more than {MOST_REDIRECTS} times"
                raise ItemError(
                    "redirects",
                    f"{ask.url} redirects {words}, last to {target.url}.",
                    final=True,
                    status=result.status,
                )

    def _hop(
        self,
        ask: Ask,
        receive: Callable[[Answer], Value],
        tally: _Tally,
        target: Target,
        headers: Mapping[str, str],
        pace: HostPace,
        turn: Turn,
    ) -> "Value | _Redirect":
        tally.requests += 1
        with self._lock:
            self.requests[target.site] += 1
        try:
            response = self._open(ask.method, target, headers, pace.policy)
            with self._lock:
                self._arriving.add(response)
            answer = Answer(response, target, pace.policy, stop_requested=self._stop_requested, count=self._count_bytes)
            broken = True
            try:
                result = self._judged(ask, answer) or receive(answer)
                broken = False
            except ItemError:
                turn.good()  # the host answered, if not what was hoped for
                broken = False
                raise
            finally:
                with self._lock:
                    self._arriving.discard(response)
                answer.finish(broken=broken)
        except FaultError as fault:
            if self._stop_requested():
                raise StoppedError("A stop was asked for while this was under way.") from fault
            fault.tell(turn)
            raise _FailedError(fault, pace) from fault
        turn.good()
        return result

    def _open(
        self, method: str, target: Target, headers: Mapping[str, str], policy: HostPolicy
    ) -> urllib3.BaseHTTPResponse:
        """Raises: ItemError("address"); FaultError."""
        try:
            return self._pools.open(
                method,
                target,
                headers={**dict.fromkeys(filter(None, ("User-Agent", policy.agent_header)), self._agent), **headers},
                timeout_seconds=policy.timeout_seconds,
            )
        except HTTPError as error:
            raise fault_of(error, policy) from error

    def _judged(self, ask: Ask, answer: Answer) -> "_Redirect | None":
        """What an answer means before anybody looks at its content. Raises: FaultError, ItemError."""
        status = answer.status
        if status in _REDIRECTS:
            return _redirect(answer)
        if status < 400 and ask.accepts(status):
            return None
        body = answer.start(LOOKED_AT_BYTES) if ask.method != "HEAD" else b""
        refuse_challenge(answer, body)
        if ask.accepts(status):
            return None
        seconds = retry_after(answer.headers.get("Retry-After"))
        words = f"answers {status}{_message(body)}"
        if status in ask.give_up_on:
            raise _status_error(answer, words)
        if status == 403:
            raise FaultError("forbidden", f"refuses us ({status})", kind="refused", status=status, seconds=seconds)
        if status == 429:
            raise FaultError(
                "rate_limited", f"asks to slow down ({status})", kind="too_fast", status=status, seconds=seconds
            )
        if status in _MAY_HEAL or (status >= 500 and status not in (501, 505)):
            reason = "timeout" if status in (408, 504) else "server_error"
            raise FaultError(reason, words, status=status, seconds=seconds if status == 503 else None)
        raise _status_error(answer, words)

    def _count_bytes(self, size: int) -> None:
        with self._lock:
            self.received_bytes += size

    def _watch_for_stop(self) -> None:
        """Wakes up who waits for a slow server when a stop is asked for."""
        while not self._closed.wait(_LOOK_SECONDS):
            if self._stop_requested():
                self._pools.interrupt()
                with self._lock:
                    arriving = list(self._arriving)
                for response in arriving:  # the last on its connection, it has that connection's socket for itself
                    with contextlib.suppress(OSError, ValueError):  # it has just ended by itself
                        response.shutdown()


@dataclass(frozen=True)
class _Redirect:
    location: str
    status: int


class _FailedError(Exception):
    def __init__(self, fault: FaultError, pace: HostPace) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.pace = pace


def refuse_challenge(answer: Answer, start: bytes) -> None:
    """Raises: FaultError of kind "challenge" if this answer is one: it says nothing about the item."""
    found: Challenge | None = recognise(answer.status, answer.headers.items(), start)
    if found is not None and found.certain:
        raise FaultError(
            "forbidden",
            found.words,
            kind="challenge",
            status=answer.status,
            seconds=retry_after(answer.headers.get("Retry-After")),
        )


def refuse_page(answer: Answer, start: bytes, wanted: str) -> None:
    """Raises: FaultError if a web page stands in place of what is wanted: a challenge, or a site under repair."""
    if is_html(answer.content_type, start):
        refuse_challenge(answer, start)
        raise FaultError("web_page", f"gives a web page in place of {wanted}", status=answer.status)


def fault_of(error: HTTPError, policy: HostPolicy) -> FaultError:
    """What went wrong on the wire, in words."""
    if isinstance(error, NameResolutionError):
        return FaultError("connection", "has a name that could not be resolved")
    if isinstance(error, NewConnectionError):
        return FaultError("connection", "takes no connections")
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return FaultError("timeout", f"gave no answer within {policy.timeout_seconds:g} s")
    if isinstance(error, SSLError):
        return FaultError("connection", f"could not be reached safely ({error})")
    if isinstance(error, DecodeError | InvalidHeader):
        return FaultError("bad_answer", f"sent an answer that cannot be read ({type(error).__name__})")
    if "IncompleteRead" in str(error) or "InvalidChunkLength" in str(error):
        return FaultError("incomplete", "sent less than it announced")
    return FaultError("connection", "dropped the connection")


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After asks for, as a number or as a date (RFC 9110, 10.2.3); None if it asks for none."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _redirect(answer: Answer) -> _Redirect:
    location = answer.headers.get("Location", "")
    if not location:
        raise ItemError(
            "bad_answer",
            f"{answer.target.url} redirects ({answer.status}), but does not say where to.",
            final=True,
            status=answer.status,
        )
    if is_login(location):
        raise FaultError("forbidden", "sends us to a login", kind="refused", status=answer.status)
    return _Redirect(location, answer.status)


def _status_error(answer: Answer, words: str) -> ItemError:
    status = answer.status
    if status == 404:
        reason = "not_found"
    elif status == 410:
        reason = "gone"
    elif status >= 500:
        reason = "server_error"
    elif status == 429:
        reason = "rate_limited"
    elif status >= 400:
        reason = "forbidden"
    else:
        reason = "bad_answer"
    heals = status >= 500 or status in (403, 429)
    return ItemError(reason, f"{answer.target.site} {words}: {answer.target.url}", final=not heals, status=status)


def _message(body: bytes) -> str:
    """What an API says about its status, as in {"message": "ObjectID not found"}."""
    if not body.lstrip().startswith(b"{"):
        return ""
    try:
        value = json.loads(body)
    except ValueError:
        return ""
    for name in ("message", "detail", "error"):
        text = value.get(name)
        if isinstance(text, str) and text.strip():
            return f" (“{' '.join(text.split())[:200]}”)"
    return ""
