"""WebClient: the one way in which anything of Atelier asks a server of somebody else."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from core.images import ImageLimits
from core.pictures.store import PictureStore
from core.sources.artwork import ItemError
from core.sources.web.addresses import AddressGuard, Target, for_host, host_entry
from core.sources.web.answers import Answers
from core.sources.web.connections import PinnedPools
from core.sources.web.download import Downloads
from core.sources.web.exchange import Ask, Exchange
from core.sources.web.memory import WebMemory
from core.sources.web.pace import HostClosedError, HostWait
from core.sources.web.paces import Paces
from core.sources.web.parts import Parts
from core.sources.web.placeholders import read_placeholders
from core.sources.web.policy import ONE_OF_MANY, HostPolicy
from core.sources.web.robots_rules import RobotsKeeper
from core.sources.web.settings import effective_policy, read_web_settings, user_agent
from core.workspace import Workspace

__all__ = ["HostClosedError", "HostWait", "Page", "Picture", "WebClient"]

_MOST_CONNECTIONS = 32  # kept alive per host
# Many servers answer HEAD with a refusal that means nothing else; a size is not worth a second request.
_NO_SIZE = frozenset(range(400, 600)) - {429, 503}
# With these, another rendition may do: the first is missing, withheld, or more than is accepted.
_NEXT_RENDITION = frozenset({"not_found", "gone", "placeholder", "too_many_bytes", "too_many_pixels"})

_log = logging.getLogger(__name__)


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
        policies: host, or host:port where the port is not the usual one -> how to treat it; others get ONE_OF_MANY.
        allowed_hosts: hosts that may lie at private addresses, besides those that the owner allows in WebSettings.
        fresh_since: remembered answers from before this time (seconds since 1970) are asked for again.
    Raises: ConfigError if the lab's web settings or placeholders are damaged.
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
        settings = read_web_settings(workspace)
        placeholders = read_placeholders(workspace)
        self.notes: list[str] = []  # what a person should know of how hosts were asked, in whole sentences
        self._workspace = workspace
        self._settings = settings
        self._policies = {host_entry(host): policy for host, policy in (policies or {}).items()}
        self._notes_lock = threading.Lock()
        self._memory = WebMemory(workspace.data / "web.sqlite")
        self._paces = Paces(self._memory, self._policy_for, stop_requested=stop_requested)
        self._exchange = Exchange(
            PinnedPools(
                AddressGuard({*settings.allowed_hosts, *allowed_hosts}), connections_per_site=_MOST_CONNECTIONS
            ),
            self._paces,
            agent=user_agent(settings),
            stop_requested=stop_requested,
        )
        self._exchange.robots = RobotsKeeper(
            self._exchange, self._memory, settings, note=self._note, stop_requested=stop_requested
        )
        self._answers = Answers(self._exchange, self._memory, fresh_since=fresh_since)
        self._parts = Parts(workspace.data / "parts")
        self._downloads = Downloads(
            self._exchange,
            self._parts,
            placeholders,
            limits or ImageLimits(),
            honour_opt_out=settings.honour_opt_out,
        )
        self._store = PictureStore(workspace)

    def __enter__(self) -> Self:
        self._parts.tidy()
        if not self._settings.honour_opt_out:
            self._note("Opt-out headers are not heeded: the web settings say so.")
        self._exchange.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exchange.__exit__(kind, error, trace)
        self._memory.close()

    @property
    def policies(self) -> dict[str, HostPolicy]:
        """Named host -> how it is treated, the owner's numbers included."""
        return {host: self._policy_for(self._exchange.guard.target(f"https://{host}")) for host in self._policies}

    @property
    def requests(self) -> Counter[str]:
        """Host -> requests made by this client, those for robots.txt included."""
        return self._exchange.requests

    @property
    def received_bytes(self) -> int:
        """Of bodies, unpacked."""
        return self._exchange.received_bytes

    def json(self, url: str, *, headers: Mapping[str, str] | None = None, give_up_on: Collection[int] = ()) -> Any:
        """The value of a JSON answer. Remembered, as are 404 and 410.

        Args:
            give_up_on: statuses that are an answer here, not a fault: raised as ItemError at once, with `status`.
        Raises: ItemError, StoppedError, HostClosedError.
        """
        return self._answers.json(url, headers or {}, give_up_on)

    def text(self, url: str, *, headers: Mapping[str, str] | None = None, give_up_on: Collection[int] = ()) -> Page:
        """A web page. Remembered. Arguments and errors as for `json`."""
        text, found_at = self._answers.text(url, headers or {}, give_up_on)
        return Page(found_at, text)

    def size(self, url: str, *, headers: Mapping[str, str] | None = None) -> int | None:
        """How many bytes a picture has, by a HEAD request; None if its server does not tell.

        Raises: ItemError, StoppedError, HostClosedError.
        """
        ask = Ask(
            url,
            url,
            method="HEAD",
            give_up_on=_NO_SIZE,
            headers=headers or {},
            own_headers=lambda: {"Accept-Encoding": "identity"},
        )
        length, _ = self._exchange.run(ask, lambda answer: answer.length)
        return length

    def picture(self, renditions: Sequence[str], *, headers: Mapping[str, str] | None = None) -> Picture:
        """The first rendition that can be had: the next one is asked for where one is missing, too large or a
        placeholder, and only then.

        What is cut off or damaged inside is found out by decoding it; say `kept` once it is in the store.

        Raises: ItemError, StoppedError, HostClosedError.
        """
        attempts = 0
        refusals: list[ItemError] = []
        for position, rendition in enumerate(renditions):
            try:
                url = self._exchange.guard.target(rendition).url
                if (data := self._in_the_lab(url)) is not None:
                    return Picture(data, rendition, attempts, remembered=True)
                if missing := self._answers.missing(url):
                    raise missing
                is_last = position == len(renditions) - 1
                data, requests = self._downloads.get(url, headers or {}, item=renditions[0], is_last=is_last)
                return Picture(data, rendition, attempts + requests, remembered=False)
            except ItemError as error:
                attempts += error.attempts
                error.attempts = attempts
                if error.reason not in _NEXT_RENDITION:
                    raise
                self._answers.remember_missing(url, error)
                refusals.append(error)
        if not refusals:
            raise ItemError("no_picture", "No address of a picture is known.", final=True, attempts=0)
        told = next((error for error in refusals if error.reason not in ("not_found", "gone")), refusals[-1])
        told.attempts = attempts
        raise told

    def kept(self, picture: Picture, sha256: str) -> None:
        """Say that the store has the picture now: it will not be asked for again.

        Called by who keeps pictures, not by the client: bytes that turn out to be no picture must not be remembered
        as one.
        """
        if not picture.remembered:
            self._memory.remember_picture(self._exchange.guard.target(picture.url).url, sha256)

    def waiting(self) -> list[HostWait]:
        """Hosts that pause now, the longest first."""
        return self._paces.waiting()

    def _in_the_lab(self, url: str) -> bytes | None:
        sha256 = self._memory.picture(url)
        facts = self._store.known(sha256) if sha256 else None
        if facts is None:
            return None
        try:
            return self._workspace.image(facts.sha256, facts.suffix).read_bytes()
        except OSError:  # it has just been removed
            return None

    def _policy_for(self, target: Target) -> HostPolicy:
        policy = for_host(self._policies, target.host, target.port) or ONE_OF_MANY
        return effective_policy(policy, self._settings.for_host(target.host, target.port))

    def _note(self, sentence: str) -> None:
        with self._notes_lock:
            if sentence not in self.notes:
                self.notes.append(sentence)
                _log.info(sentence)
