"""What a query will bring and cost, as told by the first page of each of its lists."""

import math
from collections.abc import Callable, Sequence

from core.sources.artwork import SourceError
from core.sources.museum import Extent
from core.sources.museums.wikiart.listing import CAP, PAGE_SIZE, Listing
from core.sources.museums.wikiart.opening import Opening
from core.sources.museums.wikiart.query import Query

_WORKS_PER_ARTIST = 193_769 / 3_564  # all that WikiArt lists, by all its artists, in September 2026


def estimate(
    query: Query,
    openings: Sequence[Opening],
    limit: int | None,
    artists_of: Callable[[list[Listing]], tuple[str, ...]],
) -> Extent:
    """
    Args:
        artists_of: slugs of the artists who have works of these genres and styles; a request for each of them.
    Raises: SourceError if there is nothing to have; ItemError.
    """
    notes = [note for opening in openings for note in opening.notes]
    listings = [listing for opening in openings for listing in opening.listings if listing.first.rows]
    if not listings:
        raise SourceError(" ".join(notes))
    reaches = [listing.reach for listing in listings]
    found = None if None in reaches else sum(reach or 0 for reach in reaches)
    requests = sum(opening.requests for opening in openings) + _further_pages(reaches, limit)
    share = _share_of_pages(query, listings)

    short = [listing for listing in listings if listing.ends_early]
    notes += [_cap_note(listing, beyond=query.beyond_cap) for listing in short]
    beyond = query.beyond_cap and bool(short) and found is not None and (limit is None or limit > found)
    if beyond and found is not None:
        artists = artists_of(short)
        missing = sum((listing.first.count or 0) - CAP for listing in short) if artists else 0
        looked_at = max(missing, round(len(artists) * _WORKS_PER_ARTIST) - found)
        requests += len(short) + len(artists) * math.ceil(_WORKS_PER_ARTIST / PAGE_SIZE)
        share = (share * found + looked_at) / (found + missing)
        found += missing
        notes.append(_beyond_note(len(artists), looked_at))
    narrowed = any(listing.work_list.only for listing in listings)
    return Extent(
        artworks=found,
        exact=len(listings) == 1 and found is not None and not (beyond or narrowed or query.rights_needed),
        listing_requests=requests,
        details_share=share,
        notes=tuple(dict.fromkeys([*notes, *_further_notes(query, listings)])),
    )


def _further_pages(reaches: Sequence[int | None], limit: int | None) -> int:
    """Requests for what is wanted behind the first page of every list, when they are taken in turn."""
    pages, left = 0, limit
    for place, reach in enumerate(sorted((limit or 0) if reach is None else reach for reach in reaches)):
        wanted = reach if left is None else min(reach, math.ceil(left / (len(reaches) - place)))
        left = None if left is None else left - wanted
        pages += max(0, math.ceil(wanted / PAGE_SIZE) - 1)
    return pages


def _share_of_pages(query: Query, listings: Sequence[Listing]) -> float:
    """Requests for works' own pages, for each work of the lists."""
    if query.asks_each_page or any(listing.reach is None for listing in listings):
        return 1.0
    pages = sum((listing.reach or 0) * _share_of_list(listing) for listing in listings)
    return pages / max(1, sum(listing.reach or 0 for listing in listings))


def _share_of_list(listing: Listing) -> float:
    if listing.first.from_html or listing.work_list.only:
        return 1.0
    rows = listing.first.rows
    return sum(not row.has_picture for row in rows) / len(rows)


def _cap_note(listing: Listing, *, beyond: bool) -> str:
    told = (
        f"WikiArt's list of the {listing.work_list.kind} {listing.work_list.label} ends after {CAP:,} of its "
        f"{listing.first.count:,} works"
    )
    if beyond:
        return f"{told}; the others are looked for artist by artist, and each is judged by its own page."
    return f"{told}. The others can be looked for artist by artist, which takes many more requests."


def _beyond_note(artists: int, looked_at: int) -> str:
    if not artists:
        return "Its page names no artists, so that nothing can be looked for beyond the list."
    return (
        f"{artists:,} artists have works there; about {looked_at:,} works have to be looked at, one request each. "
        "Artists whose works WikiArt withholds are passed over."
    )


def _further_notes(query: Query, listings: Sequence[Listing]) -> list[str]:
    notes = []
    if len(listings) > 1:
        notes.append("Works that stand in several of these lists are taken once.")
    if any(listing.first.from_html for listing in listings):
        notes.append(
            "WikiArt gave its web pages in place of its lists. The works are read from those, one request each, and "
            "how many there are may not be known."
        )
    if query.rights_needed:
        notes.append("Only each work's own page states its rights, so every work takes one more request.")
    elif not query.details:
        notes.append(
            "Style, genre, media, tags and rights stand on each work's own page. Without asking for it, what the list "
            "itself tells is kept."
        )
    return notes
