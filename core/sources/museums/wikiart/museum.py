"""WikiArt: genres, styles, artists and searches as one collection."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.sources import licences
from core.sources.artwork import Artwork, ItemError
from core.sources.museum import Extent, Offer
from core.sources.museums.wikiart import addresses, html_lists
from core.sources.museums.wikiart.addresses import HOME, Site
from core.sources.museums.wikiart.extent import estimate
from core.sources.museums.wikiart.html_lists import Row
from core.sources.museums.wikiart.listing import Listing
from core.sources.museums.wikiart.lists import find_genre, find_style
from core.sources.museums.wikiart.opening import Opener, Opening
from core.sources.museums.wikiart.query import Kind, WorkList, read_query
from core.sources.museums.wikiart.work_page import Term, WorkPage, read_work_page
from core.sources.web.policy import HostPolicy

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

# What others found bearable: 10 requests in 5 s for lists, 1 to 1.5 s a page with up to 4 at once. One a second is
# at the slow end, and brings 60 works.
_PAGES = HostPolicy(requests_per_second=1.0, burst=2, concurrency=2)
# 0.2 s a picture "to avoid 403" is what scrapers settled on, and 20 a second what the terms of WikiArt's API allowed.
# Works are spread over nine hosts at random: one a second each is at most nine a second in all.
_PICTURES = HostPolicy(requests_per_second=1.0, burst=2, concurrency=2)
# Another server in place of all of them: their paces together, roughly.
_STAND_IN = HostPolicy(requests_per_second=4.0, burst=4, concurrency=4)


@dataclass(frozen=True)
class WorkOffer(Offer):
    """A work that its list does not settle: it is wanted if its own page names one of `only`."""

    only: tuple[WorkList, ...] = ()


class WikiArt:
    """A query to WikiArt, see core.sources.museum.Museum.

    Args:
        query: "genres", "styles", "artists": lists of names, slugs or pasted addresses; "search": words; several at
            once are joined, every work once. "details": ask each work's page for what lists do not tell.
            "beyond_cap": where the list of a genre or style ends too early, go on artist by artist. "size": one of
            addresses.SIZES. "rights_needed": the licence decides what is taken.
        base_url: another server in place of all of WikiArt's hosts.
    Raises: ConfigError.
    """

    name = "wikiart"
    title = "WikiArt"

    def __init__(self, query: Mapping[str, Any], base_url: str = "") -> None:
        self.query = read_query(query)
        self._site = Site(base_url.rstrip("/"))
        self._opened: dict[WorkList, Opening] = {}

    @property
    def policies(self) -> Mapping[str, HostPolicy]:
        if self._site.base_url:
            return {urlsplit(self._site.base_url).netloc: _STAND_IN}
        pictures = (*addresses.PICTURE_HOSTS, "uploads.wikiart.org")
        return {urlsplit(HOME).netloc: _PAGES} | dict.fromkeys(pictures, _PICTURES)

    def extent(self, web: "WebClient", limit: int | None) -> Extent:
        return estimate(self.query, self._openings(web), limit, partial(self._group_artists, web))

    def offers(self, web: "WebClient") -> Iterator[Offer]:
        listings = [listing for opening in self._openings(web) for listing in opening.listings]
        short = [listing for listing in listings if listing.ends_early] if self.query.beyond_cap else []
        wanted = tuple(listing.work_list for listing in short)
        seen: set[str] = set()
        # What a list settles comes first: a work that is to be judged by its page may stand in one that needs no page.
        for judged in (False, True):
            group = [listing for listing in listings if bool(listing.work_list.only) == judged]
            yield from _in_turn([self._of_list(web, listing, wanted, seen) for listing in group])
        for artist in self._group_artists(web, short):
            listing = Listing(web, self._site, WorkList(Kind.ARTIST, artist, artist, only=wanted))
            try:
                yield from self._of_list(web, listing, (), seen)
            except ItemError as error:
                if error.reason not in ("not_found", "gone"):  # withheld, or renamed since: there is nothing to list
                    raise

    def complete(self, web: "WebClient", offer: Offer) -> Offer:
        page = self._work_page(web, offer.artwork.page_url)
        if isinstance(offer, WorkOffer) and offer.only and not _named_on(page, offer.only):
            wanted = " or ".join(f"{work_list.kind} {work_list.label}" for work_list in offer.only)
            raise ItemError("not_matching", f"Its page does not name {wanted}.", final=True)
        chosen = tuple(filter(None, map(self._site.picture, page.best(self.query.size)))) or offer.renditions
        if not chosen:
            if page.images or offer.artwork.image_url:
                raise ItemError(
                    "placeholder",
                    "WikiArt shows a frame in place of this work, and its page names no file.",
                    final=True,
                )
            raise ItemError("no_picture", "WikiArt's page of this work shows no picture.", final=True)
        original = addresses.bare(chosen[-1])
        return replace(
            offer,
            artwork=_described(offer.artwork, page, image_url=original),
            renditions=chosen,
            preview_url=addresses.preview(original),
            needs_detail=False,
        )

    def _openings(self, web: "WebClient") -> list[Opening]:
        """The first page of every list, asked for once; lists of which there are none lead to near ones."""
        opener = Opener(web, self._site)
        for work_list in self.query.lists:
            if work_list not in self._opened:
                self._opened[work_list] = opener.open(work_list)
        return [self._opened[work_list] for work_list in self.query.lists]

    def _of_list(
        self, web: "WebClient", listing: Listing, also: tuple[WorkList, ...], seen: set[str]
    ) -> Iterator[Offer]:
        """
        Args:
            also: what makes a work wanted besides what the list was narrowed to.
        """
        only = (*listing.work_list.only, *also) if listing.work_list.only else ()
        for page in listing.pages():
            for row in page.rows:
                offer = self._offer(row if row.work_id else self._identified(web, row), listing.work_list, only)
                if offer.key not in seen:
                    seen.add(offer.key)
                    yield offer

    def _offer(self, row: Row, work_list: WorkList, only: tuple[WorkList, ...]) -> WorkOffer:
        image = self._site.picture(row.image) if row.has_picture else ""
        return WorkOffer(
            artwork=Artwork(
                source=self.name,
                source_id=row.work_id or row.path.removeprefix("/en/"),
                title=row.title,
                artist=row.artist,
                date=row.year,
                # A list of a genre holds works of that genre; that an artist has such works says nothing of the others.
                genre=work_list.label if work_list.kind == Kind.GENRE else "",
                style=work_list.label if work_list.kind == Kind.STYLE else "",
                page_url=addresses.page_url(row.path) if row.path else "",
                image_url=image or row.image,
            ),
            renditions=addresses.renditions(image, self.query.size) if image else (),
            preview_url=addresses.preview(image) if image else "",
            needs_detail=bool(self.query.asks_each_page or only or not image),
            only=only,
        )

    def _identified(self, web: "WebClient", row: Row) -> Row:
        """A work that a web page listed, with the id that its own page has: lists as JSON have the same. Without it
        the work would be another one as soon as JSON is given again."""
        try:
            page = self._work_page(web, row.path)
        except ItemError:  # asked for again, and told of, when its turn comes
            return row
        return replace(row, work_id=page.work_id, artist=row.artist or page.artist)

    def _work_page(self, web: "WebClient", address: str) -> WorkPage:
        """Raises: ItemError."""
        if not address:
            raise ItemError("not_found", "WikiArt's list names no page for this work.", final=True)
        page = read_work_page(web.text(self._site.page(addresses.path_of(address))).text)
        if page is None:
            raise ItemError("bad_answer", "WikiArt's page of this work is not understood.", final=False)
        return page

    def _group_artists(self, web: "WebClient", listings: list[Listing]) -> tuple[str, ...]:
        """Slugs of the artists who have works of any of these genres and styles."""
        found: dict[str, None] = {}
        for listing in listings:
            work_list = listing.work_list
            page = web.text(self._site.page(f"/en/paintings-by-{work_list.kind}/{work_list.slug}"))
            found |= dict.fromkeys(html_lists.group_artists(page.text))
        return tuple(found)


def _described(artwork: Artwork, page: WorkPage, *, image_url: str) -> Artwork:
    scans = {"other_scans": " ".join(page.other_scans)} if page.other_scans else {}
    return replace(
        artwork,
        title=page.title or artwork.title,
        artist=artwork.artist or page.artist,
        date=artwork.date or page.date,
        style=_labels(page.styles, find_style) or artwork.style,
        genre=_labels(page.genres, find_genre) or artwork.genre,
        tags=page.tags or artwork.tags,
        licence=licences.normal(page.rights),
        image_url=image_url,
        metadata={**artwork.metadata, **page.facts, **scans},
    )


def _labels(terms: Iterable[Term], find: Callable[[str], tuple[str, str] | None]) -> str:
    """In the spelling of our own lists where they know a term, so that pages and lists name one genre in one way."""
    return ", ".join(known[1] if (known := find(term.slug or term.label)) else term.label for term in terms)


def _named_on(page: WorkPage, wanted: tuple[WorkList, ...]) -> bool:
    terms: dict[Kind, tuple[Term, ...]] = {Kind.GENRE: page.genres, Kind.STYLE: page.styles}
    return any(
        work_list.slug in (term.slug, addresses.slug(term.label))
        for work_list in wanted
        for term in terms.get(work_list.kind, ())
    )


def _in_turn(iterators: Iterable[Iterator[Offer]]) -> Iterator[Offer]:
    """One of each, again and again: a limit takes as much of every list, and not all from the first."""
    waiting = deque(iterators)
    while waiting:
        iterator = waiting.popleft()
        for offer in iterator:
            yield offer
            waiting.append(iterator)
            break
