"""WebCollection: a museum's offers as items, with the limits and licences that the person chose."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.sources import licences
from core.sources.artwork import Fetched, Item, ItemError
from core.sources.museum import Museum, Offer
from core.sources.museums.registry import MUSEUMS, URLS, open_museum
from core.sources.web.client import WebClient
from core.workspace import Workspace

MAX_LIMIT = 1_000_000
_UNLIMITED_WORKERS = 16  # where a host's concurrency is not limited
_MAX_WORKERS = 32


class WebCollection:
    """What a collect job takes from the web.

    Args:
        fresh_since: remembered answers from before this time (seconds since 1970) are asked for again.
    Raises: ConfigError for settings that cannot be.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: dict[str, Any],
        *,
        fresh_since: float | None = None,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        self.licences = _choice(settings)
        self.limit = _limit(settings)
        self.museum = _museum(settings, self.licences)
        self.enough = threading.Event()
        self.web = WebClient(
            workspace,
            policies=self.museum.policies,
            allowed_hosts=_allowed(settings),
            fresh_since=fresh_since,
            stop_requested=lambda: self.enough.is_set() or stop_requested(),
        )

    def __enter__(self) -> "WebCollection":
        self.web.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.enough.set()
        self.web.__exit__(*error)

    @property
    def workers(self) -> int:
        """Threads that keep every host as busy as it allows, and some that decode meanwhile."""
        wanted = [policy.concurrency or _UNLIMITED_WORKERS for policy in self.web.policies.values()]
        return max(4, min(_MAX_WORKERS, sum(wanted)))

    def items(self) -> Iterator[Item]:
        """Requests are made as the iterator advances. Raises: SourceError, ItemError, HostClosedError."""
        for offer in self.museum.offers(self.web):
            yield Item(offer.key, offer.artwork, partial(self.fetch, offer))

    def fetch(self, offer: Offer) -> Fetched:
        """The picture of an offer. Called in a pool. Raises: ItemError, StoppedError, HostClosedError."""
        offer = self.completed(offer)
        if not offer.renditions:
            raise ItemError("no_picture", "There is a record of this artwork, but no picture.", final=True)
        picture = self.web.picture(offer.renditions)
        return Fetched(
            data=picture.data,
            artwork=replace(offer.artwork, image_url=picture.url),
            attempts=picture.attempts,
            on_kept=partial(self.web.kept, picture),
        )

    def completed(self, offer: Offer) -> Offer:
        """The offer with all that is known about it, its licence in our spelling and found acceptable.

        Raises: ItemError; "licence" if it is none of those that the person chose.
        """
        if offer.needs_detail:
            offer = self.museum.complete(self.web, offer)
        artwork = replace(offer.artwork, licence=licences.normal(offer.artwork.licence))
        if not licences.accepted(artwork.licence, self.licences):
            found = f"Its licence is {artwork.licence!r}" if artwork.licence else "Its licence is not stated"
            raise ItemError(
                "licence",
                f"{found}; this collection takes public domain and CC0 only. Choose any licence to have it.",
                final=True,
                artwork=artwork,
            )
        return replace(offer, artwork=artwork)


def _museum(settings: dict[str, Any], choice: str) -> Museum:
    source = str(settings.get("source"))
    query = settings.get("query") or {}
    if not isinstance(query, dict):
        raise ConfigError(f"query must be a set of named values; got {query!r}.")
    if source == URLS:
        from core.sources.files.url_table import UrlTable

        return UrlTable(Path(str(settings.get("path") or "")).expanduser())
    if source in MUSEUMS and MUSEUMS[source].rights_on_page:
        query = query | {"rights_needed": choice == licences.FREE_ONLY}
    if source in MUSEUMS and (name := MUSEUMS[source].free_filter):
        query = {name: choice == licences.FREE_ONLY} | query
    return open_museum(source, query, base_url=_base_url(settings))


def _allowed(settings: dict[str, Any]) -> tuple[str, ...]:
    """A server that the person named is one they allow; where its answers lead is checked all the same."""
    base_url = _base_url(settings)
    return (urlsplit(base_url).netloc,) if base_url else ()


def _base_url(settings: dict[str, Any]) -> str:
    base_url = str(settings.get("base_url") or "").strip().rstrip("/")
    if base_url and (urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname):
        raise ConfigError(
            f"A server's address looks like https://museum.example or http://127.0.0.1:9000; got {base_url!r}."
        )
    return base_url


def _choice(settings: dict[str, Any]) -> str:
    choice = settings.get("licences") or licences.FREE_ONLY
    if choice not in licences.CHOICES:
        raise ConfigError(f"licences must be one of {', '.join(licences.CHOICES)}; got {choice!r}.")
    return str(choice)


def _limit(settings: dict[str, Any]) -> int | None:
    limit = settings.get("limit")
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_LIMIT:
        raise ConfigError(f"limit must be a whole number from 1 to {MAX_LIMIT:,}, or be left out; got {limit!r}.")
    return limit
