"""The Metropolitan Museum of Art: a search or lists of ids, then one record and one picture for each work. No key.

The museum's documents allow 80 requests a second; its firewall blocks after about 30 quick ones, and above about two a
second for long. A large collection takes days, so it is made to be stopped and resumed: every answer is remembered.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from core.sources.artwork import Artwork, ItemError, SourceError
from core.sources.museum import Extent, Offer
from core.sources.museums import filters
from core.sources.museums.hosts import Hosts
from core.sources.museums.met.query import DEPARTMENTS, FILTERS, TITLE, read_query
from core.sources.museums.met.record import artwork_of, missing, no_picture, pictures_of, small
from core.sources.museums.records import record, text, whole
from core.sources.web.policy import HostPolicy

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

__all__ = ["FILTERS", "Met"]

_API = "https://collectionapi.metmuseum.org/public/collection"
# A block lasts 30 s and more, and longer for who asks again at once: the whole host rests for a minute, then one
# request tries. Pictures have been blocked in the same way.
_POLICY = HostPolicy(requests_per_second=2.0, burst=2, concurrency=2, pause_seconds=60.0)
_POLICIES = {"collectionapi.metmuseum.org": _POLICY, "images.metmuseum.org": _POLICY}
_STAND_IN = HostPolicy(requests_per_second=4.0, burst=4, concurrency=4, pause_seconds=60.0)

PAGE = 500  # ids, the most that a page of the search has
WINDOW = 10_000  # ids, the most that the pages of a search reach


@dataclass(frozen=True)
class MetOffer(Offer):
    check_words: bool = False  # it stood in a list of ids, not in a search
    place: int = 1  # which of the work's pictures


class Met:
    """A query to the museum, see core.sources.museum.Museum.

    Args:
        query: "text" and any of FILTERS.
        base_url: another server in place of the museum's.
    Raises: ConfigError.
    """

    name = "met"
    title = TITLE

    def __init__(self, query: Mapping[str, Any], base_url: str = "") -> None:
        self.query = read_query(query)
        self._hosts = Hosts(_POLICIES, base_url=base_url, together=_STAND_IN)

    @property
    def policies(self) -> Mapping[str, HostPolicy]:
        return self._hosts.policies

    def extent(self, web: "WebClient", limit: int | None) -> Extent:
        if self.query.ids is not None:
            return self._extent(len(self.query.ids), 0, [])
        if not self.query.text:
            lists = [self._all_of(web, department) for department in self.query.departments]
            found = len({number for ids in lists for number in ids})
            self._needs_some(found)
            note = (
                f"Without words to search for, each of the {found:,} records of these departments is looked at, and "
                "most may turn out to have no picture or not to match."
            )
            return self._extent(found, len(lists), [note])
        totals = {department: self._page(web, department, 0)[0] for department in self.query.departments or ("",)}
        self._needs_some(sum(totals.values()))
        notes = [
            f"{name} has {total:,} hits, and a search shows no more than {WINDOW:,}. Behind those, "
            + (
                "every record of the department is looked at for the words."
                if department
                else "the departments are searched one by one."
            )
            for department, total in totals.items()
            if total > WINDOW and (name := DEPARTMENTS.get(department, "The search"))
        ]
        wanted = sum(totals.values()) if limit is None else min(limit, sum(totals.values()))
        requests = max(len(totals), math.ceil(wanted / PAGE))
        if notes and wanted > WINDOW and "" in totals:
            requests += len(DEPARTMENTS)
        return self._extent(sum(totals.values()), requests, notes)

    def offers(self, web: "WebClient") -> Iterator[Offer]:
        seen: set[int] = set()
        for number, check_words in self._numbers(web):
            if number not in seen:
                seen.add(number)
                yield from self._of_object(web, number, check_words=check_words)

    def complete(self, web: "WebClient", offer: Offer) -> Offer:
        number = offer.artwork.source_id.partition("/")[0]
        check_words, place = (offer.check_words, offer.place) if isinstance(offer, MetOffer) else (False, 1)
        work = self._object(web, number)
        artwork = artwork_of(work, offer.artwork)
        if mismatch := self.query.mismatch(work, check_words=check_words):
            raise ItemError("not_matching", mismatch, final=True, artwork=artwork)
        pictures = pictures_of(work)
        if len(pictures) < place:
            raise no_picture(work, artwork)
        chosen = pictures[place - 1]
        smaller = (text(work.get("primaryImageSmall")) if place == 1 else "") or small(chosen)
        order = (chosen, smaller) if self.query.size == "original" else (smaller, chosen)
        return replace(
            offer,
            artwork=replace(artwork, image_url=chosen),
            renditions=tuple(self._hosts.at(address) for address in order if address),
            preview_url=self._hosts.at(smaller),
            needs_detail=False,
        )

    def _numbers(self, web: "WebClient") -> Iterator[tuple[int, bool]]:
        """Ids of objects, and whether the words to search for have still to be looked for in their records."""
        if self.query.ids is not None:
            yield from ((number, False) for number in self.query.ids)
            return
        searched = bool(self.query.text)
        found = 0
        for department in self.query.departments or ("",):
            for number, check_words in self._searched(web, department) if searched else self._listed(web, department):
                found += 1
                yield number, check_words
        self._needs_some(found)

    def _searched(self, web: "WebClient", department: str) -> Iterator[tuple[int, bool]]:
        """All hits in one department ("": in all), the nearest first as far as the search reaches."""
        total, ids = self._page(web, department, 0)
        offset = 0
        while ids:
            yield from ((number, False) for number in ids)
            offset += len(ids)  # not what was asked for: a server may give fewer at a time
            if offset >= min(total, WINDOW):
                break
            _, ids = self._page(web, department, offset)
        if total <= WINDOW:
            return
        if department:
            yield from self._listed(web, department)
        else:
            for one in DEPARTMENTS:
                yield from self._searched(web, one)

    def _listed(self, web: "WebClient", department: str) -> Iterator[tuple[int, bool]]:
        yield from ((number, True) for number in self._all_of(web, department))

    def _page(self, web: "WebClient", department: str, offset: int) -> tuple[int, list[int]]:
        """How many hits there are in all, and the ids of a page; none behind the last.

        Raises: SourceError, ItemError.
        """
        parameters = self.query.parameters(department, offset, min(PAGE, WINDOW - offset))
        try:
            return self._ids(web, f"{_API}/v1.1/search?{urlencode(parameters, quote_via=quote)}")
        except ItemError as error:
            if error.status in (404, 410):
                raise SourceError(
                    f"{self.title}'s search is no longer where it was ({error}). Departments without words to search "
                    "for, and ids of objects, can still be collected."
                ) from error
            raise

    def _all_of(self, web: "WebClient", department: str) -> list[int]:
        """Ids of all objects of a department, unpaged."""
        return self._ids(web, f"{_API}/v1/objects?departmentIds={department}")[1]

    def _ids(self, web: "WebClient", url: str) -> tuple[int, list[int]]:
        answer = record(web.json(self._hosts.at(url)))
        total, ids = whole(answer.get("total")), answer.get("objectIDs")
        if total is None or not isinstance(ids, list | None):
            raise ItemError("bad_answer", f"{self.title} gives no ids where a list of them is.", final=False)
        return total, [number for one in ids or [] if (number := whole(one)) is not None]

    def _of_object(self, web: "WebClient", number: int, *, check_words: bool) -> Iterator[Offer]:
        """The first picture of a work; with `all_images` the others too, for which its record has to be asked for."""
        offer = MetOffer(
            artwork=Artwork(
                self.name, str(number), page_url=f"https://www.metmuseum.org/art/collection/search/{number}"
            ),
            needs_detail=True,
            check_words=check_words,
        )
        yield offer
        if not self.query.all_images:
            return
        try:
            work = self._object(web, str(number))
        except ItemError:  # `complete` meets it again, and tells of it as what became of the first picture
            return
        if self.query.mismatch(work, check_words=check_words):
            return
        for place in range(2, len(pictures_of(work)) + 1):
            yield replace(offer, artwork=replace(offer.artwork, source_id=f"{number}/{place}"), place=place)

    def _object(self, web: "WebClient", number: str) -> dict[str, Any]:
        """Raises: ItemError."""
        try:
            work = record(web.json(self._hosts.at(f"{_API}/v1/objects/{number}")))
        except ItemError as error:
            raise (missing(error) if error.status == 404 else error) from error
        if "objectID" not in work:
            raise ItemError("bad_answer", "The museum's record of this work is not understood.", final=False)
        return work

    def _extent(self, found: int, listing_requests: int, notes: list[str]) -> Extent:
        if self.query.all_images:
            notes.append("Works with several pictures bring all of them; how many those are is not known before.")
        notes.append(
            "Every work takes a request for its record and one for its picture, at about two a second. A collection "
            "can be stopped and resumed for days; nothing is asked for twice."
        )
        return Extent(
            artworks=found, exact=False, listing_requests=listing_requests, details_share=1.0, notes=tuple(notes)
        )

    def _needs_some(self, found: int) -> None:
        if not found:
            raise SourceError(
                f"{self.title} finds nothing for {filters.told(self.query.values, FILTERS)}. Use other words, or take "
                "a filter away."
            )
