"""When a host may be asked: pace, concurrency, pauses and probes, shared by all processes of the lab.

A refusal (403), a challenge, a Retry-After or several items in trouble at once are about the host: it is left alone for
a while, and then a single request, the probe, decides whether everybody goes on. What is agreed between processes is a
`HostState` in data/web.sqlite; where a host has no limits and no troubles, nothing is written.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import AtelierError
from core.sources.artwork import ItemError, StoppedError
from core.sources.web.clients import client_name, is_alive
from core.sources.web.memory import HostState, WebMemory
from core.sources.web.policy import HostPolicy

POLL_SECONDS = 0.1  # how often who waits looks whether to stop
GOOD_ANSWERS_PER_STEP = 50  # after so many, a host that was slowed down is asked a little faster
STEP_SHARE = 0.1  # of the full rate
LOWEST_SHARE = 1 / 32  # of the full rate

_LOOK_SECONDS = 1.0  # how old what we know of other processes may be, where nothing is written anyway
_ITEMS_IN_TROUBLE = 4  # different ones without a good answer in between: the host is in trouble, not the items
_ITEMS_TOO_FAST = 2  # the same, for 429
_JUST_OPENED = 3  # good answers since a pause, up to which a refusal cannot be the next block of the whole host
_REFUSALS_OF_ONE = 2  # of an item that was refused before, while the host was known to be open: then it is about it
_FORGOTTEN_SECONDS = 6 * 3600.0  # after so long a rest a host starts afresh
_RESERVED_AHEAD = 64  # requests; a clock that was set back shows as more


class HostClosedError(AtelierError):
    """A host refuses us, or does not answer, for so long that the collection has to end here; it can be resumed."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(message)
        self.host = host


@dataclass(frozen=True)
class HostWait:
    """A host that is not asked at the moment."""

    host: str
    seconds: float  # from now until it is asked again
    why: str


class Turn:
    """One request's permission to go, and what came of it."""

    def __init__(self, host: "HostPace", item: str) -> None:
        self.item = item  # whatever is asked for on its behalf counts as its trouble
        self.entered = 0.0  # time.monotonic() when it went
        self.entered_at = 0.0  # time.time() then
        self.starts: float | None = None  # time.monotonic() from which it may go; None: nothing is reserved yet
        self.is_probe = False
        self.is_held = False  # it counts among those under way
        self._host = host

    def good(self) -> None:
        """The host answered, be it that there is no such thing."""
        self._host.good(self)

    def refused(self, words: str, *, challenge: bool, seconds: float | None = None) -> None:
        """A 403 (or the like), or a challenge. The item is to be asked for again, unless this raises.

        Args:
            words: what was seen, the host being the subject: "refuses us (403)".
            challenge: it says itself that it means us and not the item.
            seconds: that the host asks us to wait.
        Raises: ItemError("forbidden"): it is this item that is refused. HostClosedError.
        """
        self._host.refused(self, words, challenge=challenge, seconds=seconds)

    def too_fast(self, words: str, *, seconds: float | None) -> None:
        """A 429. Arguments and errors as for `refused`."""
        self._host.too_fast(self, words, seconds=seconds)

    def trouble(self, reason: str, words: str, *, seconds: float | None = None) -> None:
        """No answer, half an answer, or a server's error. Arguments and errors as for `refused`.

        Args:
            reason: of the ItemError, should this go on for too long.
        """
        self._host.trouble(self, reason, words, seconds=seconds)


class HostPace:
    """The pace of one host for one client.

    Args:
        site: "host" or "host:port".
    """

    def __init__(
        self,
        site: str,
        policy: HostPolicy,
        memory: WebMemory,
        *,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        self.site = site
        self.policy = policy
        self.crawl_delay = 0.0  # seconds between requests that robots.txt asks for
        self._memory = memory
        self._stop_requested = stop_requested
        self._client = client_name()
        self._changed = threading.Condition()  # guards everything below
        self._line: list[Turn] = []
        self._under_way = 0
        self._known = HostState()
        self._looked = float("-inf")
        self._entries: deque[float] = deque(maxlen=64)
        self._refused: dict[str, int] = {}  # item -> how often it was refused again while the host was known to be open
        self._good_since_pause = 0
        self._in_trouble: set[str] = set()  # items, since the last good answer
        self._probed: deque[str] = deque(maxlen=policy.pauses)  # items whose refusals brought the newest pauses
        self._last_good = float("-inf")  # when the newest request that was answered well went, time.monotonic()
        self._last_refusal = float("-inf")
        self._refuses_single_items = False
        self._slowed_for: set[str] = set()  # items at whose refusal the pace was slowed down
        self._probe: Turn | None = None
        self._closed = ""  # why
        self._closed_as = ""  # the reason of items, where the collection goes on without this host

    @contextmanager
    def turn(self, item: str) -> Iterator[Turn]:
        """Wait until the host may be asked, and count among those under way until the block ends.

        Raises: StoppedError, HostClosedError.
        """
        turn = Turn(self, item)
        self._enter(turn)
        try:
            yield turn
        finally:
            self._leave(turn)

    def sleep(self, seconds: float) -> None:
        """Raises: StoppedError as soon as a stop is asked for."""
        sleep(seconds, self._stop_requested)

    def wait(self) -> HostWait | None:
        """The pause that somebody waits for now."""
        with self._changed:
            left = self._known.paused_until - time.time()
            return HostWait(self.site, left, self._known.why) if self._line and left > 0 else None

    # Entering

    def _enter(self, turn: Turn) -> None:
        with self._changed:
            if not self._line and self._may_go_freely():
                self._go(turn)
                return
            self._line.append(turn)
            try:
                while True:
                    if self._stop_requested():
                        raise StoppedError("A stop was asked for before this was.")
                    seconds = self._seconds_to_wait(turn)
                    if seconds <= 0:
                        break
                    self._changed.wait(min(seconds, POLL_SECONDS))
                self._go(turn)
            except BaseException:
                self._release(turn)
                raise
            finally:
                self._line.remove(turn)
                self._changed.notify_all()

    def _may_go_freely(self) -> bool:
        if self._stop_requested():
            raise StoppedError("A stop was asked for before this was.")
        self._refuse_if_closed()
        if self.policy.requests_per_second or self.policy.concurrency or self.crawl_delay:
            return False
        state = self._state()
        return not (state.pauses or state.rate or state.paused_until > time.time())

    def _seconds_to_wait(self, turn: Turn) -> float:
        """0: it may go, and what it needs is reserved for it."""
        self._refuse_if_closed()
        if self._first_in_line() is not turn:
            return POLL_SECONDS
        paused = self._state().paused_until - time.time()
        if paused > 0:
            self._release(turn)
            return paused
        if turn.starts is not None:
            return turn.starts - time.monotonic()
        if self.policy.concurrency and self._under_way >= self.policy.concurrency:
            return POLL_SECONDS
        if self._may_go_freely():
            return 0.0
        seconds, reserved = self._memory.update_host(self.site, lambda state: self._reserve(state, turn))
        if reserved:
            turn.starts = time.monotonic() + seconds
        return seconds

    def _first_in_line(self) -> Turn:
        """In order of arrival. While a probe is due, those first whose item was not refused itself; once it has gone
        well, those that were: they learn whether they were meant while the host is known to be open.
        """
        waits_longer = bool(self._known.pauses)
        return min(self._line, key=lambda turn: (turn.starts is None, (turn.item in self._refused) is waits_longer))

    def _reserve(self, state: HostState, turn: Turn) -> tuple[float, bool]:
        """(seconds to wait, whether then it may go). In a transaction."""
        self._take_note(state)
        now = time.time()
        if state.paused_until > now:
            return state.paused_until - now, False
        if state.pauses:
            prober_is_another = state.prober not in ("", self._client) and is_alive(state.prober)
            if self._probe is not None or prober_is_another:
                return POLL_SECONDS, False
        if self.policy.concurrency and self._held_by_all(state) >= self.policy.concurrency:
            return POLL_SECONDS / 4, False
        if state.pauses:
            state.prober = self._client
            self._probe = turn
            turn.is_probe = True
        if self.policy.concurrency:
            turn.is_held = True
            self._under_way += 1
            state.holders[self._client] = self._under_way
        return self._next_start(state, now), True

    def _held_by_all(self, state: HostState) -> int:
        state.holders[self._client] = self._under_way
        if sum(state.holders.values()) >= self.policy.concurrency:
            state.holders = {client: held for client, held in state.holders.items() if held and is_alive(client)}
        return sum(state.holders.values())

    def _next_start(self, state: HostState, now: float) -> float:
        """Take a place in the token bucket; the seconds until it comes.

        The bucket as one number, the time at which it will be full again (the generic cell rate algorithm, as for
        ATM networks).
        """
        rate = self._rate(state)
        if not rate:
            return 0.0
        interval = 1 / rate
        if state.next_at > now + (_RESERVED_AHEAD + self.policy.burst) * interval:  # the clock was set back
            state.next_at = now
        burst = 1 if self.crawl_delay else self.policy.burst
        start = max(now, state.next_at - (burst - 1) * interval)
        state.next_at = max(now, state.next_at) + interval
        return start - now

    def _rate(self, state: HostState) -> float:
        """Requests per second now; 0: no limit."""
        return min((rate for rate in (self._full_rate(), state.rate) if rate), default=0.0)

    def _full_rate(self) -> float:
        asked = 1 / min(self.crawl_delay, self.policy.longest_pause_seconds) if self.crawl_delay else 0.0
        return min((rate for rate in (self.policy.requests_per_second, asked) if rate), default=0.0)

    def _go(self, turn: Turn) -> None:
        turn.entered = time.monotonic()
        turn.entered_at = time.time()
        self._entries.append(turn.entered)

    def _leave(self, turn: Turn) -> None:
        with self._changed:
            self._release(turn)
            self._changed.notify_all()

    def _release(self, turn: Turn) -> None:
        """Give back what was reserved for a turn; its place in the bucket is lost."""
        turn.starts = None
        if not (turn.is_held or turn.is_probe):
            return
        if turn.is_held:
            self._under_way -= 1
            turn.is_held = False
        if turn.is_probe:
            self._probe = None
            turn.is_probe = False

        def give_back(state: HostState) -> None:
            if self._under_way:
                state.holders[self._client] = self._under_way
            else:
                state.holders.pop(self._client, None)
            if state.prober == self._client and self._probe is None:
                state.prober = ""

        self._update(give_back)

    def _state(self) -> HostState:
        """At most a second old. In all that this process did itself, it is up to date."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._take_note(self._memory.host(self.site))
        return self._known

    def _update(self, change: Callable[[HostState], None]) -> None:
        def run(state: HostState) -> None:
            self._sane(state)
            change(state)
            self._take_note(state)

        self._memory.update_host(self.site, run)

    def _take_note(self, state: HostState) -> None:
        self._sane(state)
        self._known = state
        self._looked = time.monotonic()

    def _sane(self, state: HostState) -> None:
        """Nothing from a future that a clock since set right had shown, and nothing from long ago."""
        now = time.time()
        state.paused_at = min(state.paused_at, now)
        state.slowed_at = min(state.slowed_at, now)
        state.paused_until = min(state.paused_until, now + self.policy.longest_pause_seconds)
        if state.pauses and state.paused_until < now - _FORGOTTEN_SECONDS:
            state.pauses, state.why = 0, ""

    # What came of it

    def good(self, turn: Turn) -> None:
        with self._changed:
            self._last_good = max(self._last_good, turn.entered)
            if turn.entered_at >= self._known.paused_at:
                self._good_since_pause += 1
            self._in_trouble.clear()
            self._probed.clear()
            self._refused.pop(turn.item, None)
            if self._known.pauses or self._known.rate:
                self._update(lambda state: self._recover(state, turn))
                self._changed.notify_all()

    def _recover(self, state: HostState, turn: Turn) -> None:
        if state.pauses and turn.entered_at >= state.paused_at:
            state.pauses, state.paused_until, state.why, state.prober = 0, 0.0, "", ""
        if not state.rate:
            return
        state.good_answers += 1
        if state.good_answers >= GOOD_ANSWERS_PER_STEP:
            full = self._full_rate() or state.ceiling
            state.good_answers = 0
            state.rate += STEP_SHARE * full
            if state.rate >= full:
                state.rate = 0.0

    def refused(self, turn: Turn, words: str, *, challenge: bool, seconds: float | None) -> None:
        with self._changed:
            others_went_well = self._last_good > self._last_refusal
            self._last_refusal = time.monotonic()
            is_open = 1 <= self._good_since_pause <= _JUST_OPENED or (self._refuses_single_items and others_went_well)
            again = turn.item in self._refused and is_open and not challenge
            refusals = self._refused[turn.item] = self._refused.get(turn.item, 0) + again
            if refusals >= _REFUSALS_OF_ONE:
                self._refuses_single_items = True
                del self._refused[turn.item]
                self._in_trouble.discard(turn.item)
                if turn.item in self._slowed_for:
                    self._slowed_for.discard(turn.item)
                    self._update(self._forgive)
                raise _forbidden(
                    f"{self.site} {words}, again and again, while it gives others: {turn.item}", final=True
                )
            self._in_trouble.add(turn.item)
            if self._refuses_single_items and others_went_well and not challenge and seconds is None:
                return  # it has shown that it means single items
            self._slowed_for.add(turn.item)
            self._pause(turn, "forbidden", words, seconds=seconds, slower=True, means_us=challenge)

    def too_fast(self, turn: Turn, words: str, *, seconds: float | None) -> None:
        with self._changed:
            self._in_trouble.add(turn.item)
            if turn.is_probe or seconds is not None or len(self._in_trouble) >= _ITEMS_TOO_FAST:
                self._pause(turn, "rate_limited", words, seconds=seconds, slower=True)
            else:
                self._update(lambda state: self._slow_down(state, turn))

    def trouble(self, turn: Turn, reason: str, words: str, *, seconds: float | None) -> None:
        with self._changed:
            self._in_trouble.add(turn.item)
            if turn.is_probe or seconds is not None or len(self._in_trouble) >= _ITEMS_IN_TROUBLE:
                self._pause(turn, reason, words, seconds=seconds, slower=False)

    def _pause(
        self, turn: Turn, reason: str, words: str, *, seconds: float | None, slower: bool, means_us: bool = False
    ) -> None:
        """means_us: the host says itself that it is not about the item."""
        exhausted = False

        def pause(state: HostState) -> None:
            nonlocal exhausted
            now = time.time()
            if turn.entered_at < state.paused_at:  # it was under way already when the pause began
                return
            self._probed.append(turn.item)
            if slower and (not state.pauses or reason == "rate_limited"):
                self._slow_down(state, turn)
            if not state.pauses:
                state.trouble_since = now
            exhausted = state.pauses >= self.policy.pauses
            state.pauses = min(state.pauses + 1, self.policy.pauses)
            doubled = self.policy.pause_seconds * 2.0 ** (state.pauses - 1)
            if seconds is not None and reason != "forbidden":  # who asks for a time is taken at their word
                doubled = 0.0
            asked = f"; it asked for {seconds:,.0f} s" if seconds is not None else ""
            length = min(max(seconds or 0.0, doubled), self.policy.longest_pause_seconds)
            state.paused_at = now
            state.paused_until = now + length
            state.why = f"{words}{asked}"
            if state.prober == self._client:
                state.prober = ""

        self._update(pause)
        self._good_since_pause = 0
        self._changed.notify_all()
        if exhausted:
            self._give_up(turn, reason, words, means_us=means_us)

    def _give_up(self, turn: Turn, reason: str, words: str, *, means_us: bool) -> None:
        minutes = max(0.0, time.time() - self._known.trouble_since) / 60
        seen = f"{self.site} {words}, still after {self.policy.pauses} pauses in {minutes:,.0f} minutes"
        if self._in_trouble <= {turn.item} or (not means_us and self._only_few_were_left()):
            raise ItemError(reason, f"{seen}. Try it again some hours from now.", final=False)
        self._closed = (
            f"{seen}, and not for one item only. What has arrived is kept. Let it rest for some hours, give it a "
            "slower pace in the web settings if this happens again, and then resume."
        )

        def once_more(state: HostState) -> None:  # who resumes begins with a single request
            state.pauses, state.paused_until, state.trouble_since = 1, time.time(), time.time()

        self._update(once_more)
        self._closed_as = reason
        self._refuse_if_closed()

    def _only_few_were_left(self) -> bool:
        """Whether the same few items brought the newest pauses: the last ones of a collection may all be bad, and then
        nothing good is left to ask for that would show the host to be open. Probes are made by items that were not
        refused before, so of many items each pause has another one."""
        return len(set(self._probed)) < min(_ITEMS_IN_TROUBLE + 1, self.policy.pauses)

    def _refuse_if_closed(self) -> None:
        if self._closed and self.policy.essential:
            raise HostClosedError(self.site, self._closed)
        if self._closed:
            raise ItemError(self._closed_as, self._closed, final=False, attempts=0)

    def _slow_down(self, state: HostState, turn: Turn) -> None:
        """Half the rate, once for all requests that were under way together."""
        if turn.entered_at < state.slowed_at:
            return
        full = self._full_rate()
        if not full:
            full = state.ceiling = state.ceiling if state.rate else self._observed_rate()
        state.rate = max((self._rate(state) or full) / 2, full * LOWEST_SHARE)
        state.good_answers = 0
        state.slowed_at = time.time()

    def _forgive(self, state: HostState) -> None:
        """Take back the halving: it was never about the pace."""
        if state.rate:
            state.rate *= 2
            if state.rate >= (self._full_rate() or state.ceiling):
                state.rate = 0.0

    def _observed_rate(self) -> float:
        seconds = time.monotonic() - self._entries[0] if self._entries else 0.0
        return max(1.0, len(self._entries) / seconds if seconds > 0 else 1.0)


def sleep(seconds: float, stop_requested: Callable[[], bool]) -> None:
    """Raises: StoppedError as soon as a stop is asked for."""
    until = time.monotonic() + seconds
    while True:
        if stop_requested():
            raise StoppedError("A stop was asked for before this was.")
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, POLL_SECONDS))


def _forbidden(message: str, *, final: bool) -> ItemError:
    return ItemError("forbidden", message, final=final, status=403)
