"""RobotsKeeper: the robots.txt of every site, asked for once a day, and heeded before anything else is asked."""

import threading
import time
from collections.abc import Callable

from core.sources.artwork import ItemError, StoppedError
from core.sources.web.addresses import Target
from core.sources.web.exchange import Answer, Ask, Exchange
from core.sources.web.memory import WebMemory
from core.sources.web.pace import POLL_SECONDS, HostPace
from core.sources.web.robots import READ_BYTES, RobotsRules, robots_url
from core.sources.web.settings import WebSettings


class RobotsKeeper:
    """Used from many threads.

    Args:
        note: told each reason for which a robots.txt is not followed, once.
    """

    def __init__(
        self,
        exchange: Exchange,
        memory: WebMemory,
        settings: WebSettings,
        *,
        note: Callable[[str], None],
        stop_requested: Callable[[], bool],
    ) -> None:
        self._exchange = exchange
        self._memory = memory
        self._settings = settings
        self._note = note
        self._stop_requested = stop_requested
        self._lock = threading.Lock()
        self._rules: dict[str, RobotsRules] = {}
        self._asking: dict[str, threading.Lock] = {}

    def check(self, target: Target, pace: HostPace, *, item: str) -> None:
        """Let pass, or raise; from here on the pace heeds the site's Crawl-delay.

        Raises: ItemError("robots"), and what asking for the robots.txt raises.
        """
        override = self._settings.for_host(target.host, target.port).robots_override
        try:
            rules = self._of(target, item)
        except ItemError:
            if not override.strip():
                raise
            rules = RobotsRules()
        reason = rules.check(target, override=override)
        if reason:
            self._note(f"robots.txt of {target.site} is not followed: {reason}")
        if not override.strip():
            pace.crawl_delay = rules.crawl_delay() or 0.0

    def _of(self, target: Target, item: str) -> RobotsRules:
        key = robots_url(target)
        rules = self._rules.get(key)
        if rules is not None and rules.is_fresh(time.time()):
            return rules
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        while not asking.acquire(timeout=POLL_SECONDS):
            if self._stop_requested():
                raise StoppedError("A stop was asked for before this was.")
        try:
            rules = self._rules.get(key) or self._remembered(key)
            if rules is None or not rules.is_fresh(time.time()):
                rules = self._renewed(key, rules, item)
            self._rules[key] = rules
            return rules
        finally:
            asking.release()

    def _renewed(self, url: str, before: RobotsRules | None, item: str) -> RobotsRules:
        ask = Ask(
            url,
            item,
            accepts=lambda status: status < 300 or (400 <= status < 500 and status != 429),
            own_headers=lambda: {"Accept": "text/plain,*/*;q=0.5", "Accept-Encoding": "gzip, deflate"},
            checks_robots=False,
        )
        try:
            (rules, status), _ = self._exchange.run(ask, _read)
        except ItemError as error:
            now, status = time.time(), error.status
            if error.reason == "redirects":
                rules = RobotsRules.from_answer(302, (), b"", now=now)
            elif before is not None and error.reason != "address":
                rules = before.renewed(RobotsRules.unreachable(str(error), now=now))
            else:
                raise
        if rules.note and status not in (404, 410):  # most sites have none
            self._note(f"{url}: {rules.note}")
        self._memory.remember_robots(url, rules.to_json())
        return rules

    def _remembered(self, url: str) -> RobotsRules | None:
        value = self._memory.robots(url)
        try:
            return RobotsRules.from_json(value) if value else None
        except TypeError:
            return None


def _read(answer: Answer) -> tuple[RobotsRules, int]:
    body = answer.start(READ_BYTES + 1)
    return RobotsRules.from_answer(answer.status, answer.headers.items(), body, now=time.time()), answer.status
