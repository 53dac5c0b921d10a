"""Opening a list: its first page, and what to do when there is no such list."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.sources.artwork import ItemError, SourceError
from core.sources.museums.wikiart import addresses, html_lists
from core.sources.museums.wikiart.addresses import HOME, Site
from core.sources.museums.wikiart.listing import Listing, ajax_headers, search_path
from core.sources.museums.wikiart.lists import members, near
from core.sources.museums.wikiart.query import Kind, WorkList

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

_NOT_THERE = frozenset({"not_found", "gone"})


@dataclass(frozen=True)
class Opening:
    """What a part of the query turned out to be."""

    listings: tuple[Listing, ...]  # with their first pages read
    requests: int  # that it took
    notes: tuple[str, ...] = ()


def open_list(web: "WebClient", site: Site, work_list: WorkList, *, by_name: bool = True) -> Opening:
    """
    Args:
        by_name: an artist who is not there is looked for by name.
    Raises: SourceError if there is no such list, with the near ones; ItemError.
    """
    listing = Listing(web, site, work_list)
    try:
        if listing.first.rows:
            return Opening((listing,), 1)
    except ItemError as error:
        if error.reason not in _NOT_THERE:
            raise
        return _elsewhere(web, site, work_list, by_name=by_name)
    match work_list.kind:
        case Kind.ARTIST:
            return _without_works(web, site, listing, by_name=by_name)
        case Kind.SEARCH:
            return Opening((listing,), 1, (f"WikiArt finds no work for {work_list.label!r}.",))
    return _elsewhere(web, site, work_list, by_name=by_name)


def _without_works(web: "WebClient", site: Site, listing: Listing, *, by_name: bool) -> Opening:
    """An artist without works: withheld, unknown, or really without."""
    work_list = listing.work_list
    try:
        claimed = html_lists.works_claimed(web.text(site.page(f"/en/{work_list.slug}")).text)
    except ItemError as error:
        if error.reason not in _NOT_THERE:
            raise
        return _elsewhere(web, site, work_list, by_name=by_name)
    if claimed:
        note = (
            f"WikiArt withholds the works of {work_list.label}: their page speaks of {claimed:,} works and lists none, "
            "which is how a block for reasons of rights looks. They cannot be collected here."
        )
    else:
        note = f"WikiArt lists no works of {work_list.label}."
    return Opening((listing,), 2, (note,))


def _elsewhere(web: "WebClient", site: Site, work_list: WorkList, *, by_name: bool) -> Opening:
    if work_list.kind == Kind.ARTIST:
        if not by_name:
            raise SourceError(f"WikiArt names an artist {work_list.label} ({work_list.slug}), but has no page of them.")
        return _artist_by_name(web, site, work_list)
    style = work_list.kind == Kind.STYLE
    if style and (below := members(work_list.slug)):
        return _heading(web, site, work_list, [WorkList(Kind.STYLE, named.slug, named.label) for named in below])
    close = near(work_list.label, style=style)
    hint = f"Near to it: {', '.join(close)}." if close else f"See {HOME}/en/paintings-by-{work_list.kind}."
    raise SourceError(f"WikiArt has no {work_list.kind} called {work_list.label!r}. {hint}")


def _heading(web: "WebClient", site: Site, work_list: WorkList, below: list[WorkList]) -> Opening:
    """A heading of WikiArt's page of styles stands for the styles under it."""
    listings = []
    for member in below:
        listing = Listing(web, site, member)
        try:
            if listing.first.rows:
                listings.append(listing)
        except ItemError as error:  # a style that has gone is no reason to have none of the others
            if error.reason not in _NOT_THERE:
                raise
    if not listings:
        raise SourceError(f"WikiArt lists no works of any style under {work_list.label!r}.")
    names = ", ".join(listing.work_list.label for listing in listings)
    return Opening(
        tuple(listings), 1 + len(below), (f"{work_list.label} is a heading on WikiArt; it stands for {names}.",)
    )


def _artist_by_name(web: "WebClient", site: Site, work_list: WorkList) -> Opening:
    """The artist whom the search finds under a name that is no slug. Raises: SourceError unless it is clear who."""
    unknown = f"WikiArt has no artist called {work_list.label!r}."
    try:
        found, searches = _near_artists(web, site, work_list.label)
    except ItemError as error:
        raise SourceError(f"{unknown} Its search, which could tell near names, does not answer: {error}") from error
    words = set(addresses.slug(work_list.label).split("-"))
    names = {slug: set(addresses.slug(name).split("-")) for slug, name in found.items() if slug != work_list.slug}
    same = [slug for slug, of_name in names.items() if of_name == words]
    holding = [slug for slug, of_name in names.items() if of_name >= words]
    chosen = same if len(same) == 1 else holding
    if len(chosen) != 1:
        if found:
            raise SourceError(f"{unknown} Did you mean {_told(found)}?")
        raise SourceError(f"{unknown} Check the spelling, or paste the address of the artist's page.")
    slug, name = chosen[0], found[chosen[0]]
    opening = open_list(web, site, replace(work_list, slug=slug, label=name), by_name=False)
    note = f"{work_list.label!r} is taken to be {name} ({slug})."
    return replace(opening, requests=opening.requests + 1 + searches, notes=(note, *opening.notes))


def _told(found: dict[str, str]) -> str:
    return ", ".join(f"{name} ({slug})" for slug, name in list(found.items())[:6])


def _near_artists(web: "WebClient", site: Site, name: str) -> tuple[dict[str, str], int]:
    """Slug -> name of the artists whom the search finds, and the requests it took.

    Where the whole name finds nobody, its longest word may: "Wasily Kandinsky". Raises: ItemError.
    """
    words = re.findall(r"\w+", name)  # "Rothko, Mark": a comma is no part of a name
    found = _search_artists(web, site, " ".join(words))
    if found or len(words) < 2:
        return found, 1
    return _search_artists(web, site, max(words, key=len)), 2


def _search_artists(web: "WebClient", site: Site, words: str) -> dict[str, str]:
    path = search_path(words)
    answer = web.json(site.page(path, {"json": 3}), headers=ajax_headers(site.page(path)))
    fragment = answer.get("ArtistsHtml") if isinstance(answer, dict) else None
    return dict(html_lists.artists_found(fragment)) if isinstance(fragment, str) else {}
