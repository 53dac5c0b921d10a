"""The dry run of a collection from the web: how much there is, what it will cost, and what it looks like."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from core.images import ImageError, inspect
from core.sources.artwork import ItemError
from core.sources.collection import WebCollection
from core.sources.museum import Extent, Offer
from core.sources.web.policy import HostPolicy
from core.workspace import Workspace

_USUAL_BYTES = 150_000  # of a picture, where neither the museum nor its server says; shown as a guess
_BYTES_PER_SECOND = 2_000_000  # what a usual line brings; the pace of the hosts is nearly always the limit
_FRESH_SECONDS = 3600.0  # what was answered before that is asked for again, as by the job itself
_TRIES_PER_EXAMPLE = 3  # offers looked at for each example that is wanted


@dataclass(frozen=True)
class Example:
    """One of the first artworks, as the collection would take it."""

    title: str
    artist: str
    date: str
    licence: str  # "" where it is not stated
    page_url: str
    thumbnail: bytes  # WebP; empty if there is none
    refusal: str  # why there is none


@dataclass(frozen=True)
class CollectPlan:
    """What a collection will take. Plain data, so that it can be cached."""

    source: str
    title: str
    artworks: int | None  # found; None: the source cannot say
    exact: bool  # False: some of them may turn out to have no picture, or not to match
    wanted: int | None  # the smaller of what was found and the limit
    requests: int | None  # listing, details and pictures together, at most
    seconds: float | None
    bytes: int | None
    bytes_known: bool  # False: a guess, because no size was told
    hosts: tuple[str, ...]
    notes: tuple[str, ...]
    examples: tuple[Example, ...]


def plan(
    workspace: Workspace,
    settings: dict[str, Any],
    *,
    examples: int = 3,
    stop_requested: Callable[[], bool] = lambda: False,
) -> CollectPlan:
    """Ask the source with a handful of requests, whose answers the collection itself will use again.

    Raises: ConfigError, SourceError, ItemError, HostClosedError.
    """
    with WebCollection(
        workspace, settings, fresh_since=time.time() - _FRESH_SECONDS, stop_requested=stop_requested
    ) as source:
        extent = source.museum.extent(source.web, source.limit)
        looked_at = list(_looked_at(source, examples))
        sizes = [size for offer, _ in looked_at if (size := _size(source, offer)) is not None]
        wanted = _least(extent.artworks, source.limit)
        each = statistics.median(sizes) if sizes else _USUAL_BYTES
        total_bytes = round(each * wanted) if wanted is not None else None
        policies = source.web.policies
        picture_hosts = [urlsplit(offer.renditions[0]).netloc for offer, _ in looked_at if offer.renditions]
        return CollectPlan(
            source=source.museum.name,
            title=source.museum.title,
            artworks=extent.artworks,
            exact=extent.exact,
            wanted=wanted,
            requests=_requests(extent, wanted),
            seconds=_seconds(extent, wanted, total_bytes, policies, picture_hosts),
            bytes=total_bytes,
            bytes_known=bool(sizes),
            hosts=tuple(dict.fromkeys([*policies, *picture_hosts])),
            notes=extent.notes,
            examples=tuple(example for _, example in looked_at),
        )


def _looked_at(source: WebCollection, examples: int) -> Iterator[tuple[Offer, Example]]:
    """The first offers, with their pictures; after a few that the collection would refuse, those as well."""
    refused: list[tuple[Offer, Example]] = []
    found = 0
    for offer in islice(source.museum.offers(source.web), examples * _TRIES_PER_EXAMPLE):
        if found == examples:
            return
        try:
            offer = source.completed(offer)
            yield offer, _example(offer, thumbnail=_thumbnail(source, offer))
            found += 1
        except (ItemError, ImageError) as error:
            refused.append((offer, _example(offer, refusal=str(error))))
    yield from refused[: examples - found]


def _thumbnail(source: WebCollection, offer: Offer) -> bytes:
    if not offer.renditions:
        raise ItemError("no_picture", "There is a record of this artwork, but no picture.", final=True)
    small = [offer.preview_url] if offer.preview_url else []
    return inspect(source.web.picture([*small, *offer.renditions[-1:]]).data).thumbnail


def _example(offer: Offer, *, thumbnail: bytes = b"", refusal: str = "") -> Example:
    artwork = offer.artwork
    return Example(artwork.title, artwork.artist, artwork.date, artwork.licence, artwork.page_url, thumbnail, refusal)


def _size(source: WebCollection, offer: Offer) -> int | None:
    """Bytes of the rendition that will be fetched, as told by the museum, else by its server."""
    if offer.bytes is not None or not offer.renditions:
        return offer.bytes
    try:
        return source.web.size(offer.renditions[0])
    except ItemError:  # some servers do not answer HEAD; the plan then says that it guesses
        return None


def _least(found: int | None, limit: int | None) -> int | None:
    known = [number for number in (found, limit) if number is not None]
    return min(known) if known else None


def _requests(extent: Extent, wanted: int | None) -> int | None:
    if wanted is None:
        return None
    return extent.listing_requests + round(wanted * (1 + extent.details_share))


def _seconds(
    extent: Extent,
    wanted: int | None,
    total_bytes: int | None,
    policies: dict[str, HostPolicy],
    picture_hosts: list[str],
) -> float | None:
    """The slowest of: the describing host, the picture hosts, the line. They work at the same time.

    Pictures are spread evenly over the hosts that the museum names for them; where it names none, as over those of the
    examples.
    """
    if wanted is None or total_bytes is None:
        return None
    rates = {host: policy.requests_per_second for host, policy in policies.items()}
    describing = next(iter(policies))
    load = dict.fromkeys(rates, 0.0)
    load[describing] += extent.listing_requests + wanted * extent.details_share
    named = [host for host in rates if host != describing]
    hosts = named if named and set(picture_hosts) <= set(named) else picture_hosts
    for host in hosts:
        load[host] = load.get(host, 0.0) + wanted / len(hosts)
    usual = HostPolicy().requests_per_second
    waits = [requests / rate for host, requests in load.items() if (rate := rates.get(host, usual)) > 0]
    return max([*waits, total_bytes / _BYTES_PER_SECOND])
