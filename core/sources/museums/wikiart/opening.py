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


class Opener:
    """Opens one list after the other, and learns from the first ones how WikiArt gives them."""

    def __init__(self, web: "WebClient", site: Site) -> None:
        self._web = web
        self._site = site
        self._web_pages_first = False  # JSON was not given: what costs several tries is not asked for again

    def open(self, work_list: WorkList, *, by_name: bool = True) -> Opening:
        """
        Args:
            by_name: an artist who is not there is looked for by name.
        Raises: SourceError if there is no such list, with the near ones; ItemError.
        """
        listing = self._read(work_list)
        if listing is None:
            return self._elsewhere(work_list, by_name=by_name)
        if listing.first.rows:
            return Opening((listing,), 1)
        match work_list.kind:
            case Kind.ARTIST:
                return self._without_works(listing, by_name=by_name)
            case Kind.SEARCH:
                return Opening((listing,), 1, (f"WikiArt finds no work for {work_list.label!r}.",))
        return self._elsewhere(work_list, by_name=by_name)

    def _read(self, work_list: WorkList) -> Listing | None:
        """The list with its first page; None: there is none. Raises: SourceError, ItemError."""
        listing = Listing(self._web, self._site, work_list, web_pages_first=self._web_pages_first)
        try:
            self._web_pages_first = listing.first.from_html
        except ItemError as error:
            if error.reason in _NOT_THERE:
                return None
            if error.reason != "web_page":
                raise
            raise SourceError(
                f"WikiArt gives a web page in place of the list of {work_list.kind} {work_list.label!r}, and that page "
                "shows none that is recognised. It may have been redesigned, or keep programs out: try again later."
            ) from error
        return listing

    def _without_works(self, listing: Listing, *, by_name: bool) -> Opening:
        """An artist without works: withheld, unknown, or really without."""
        work_list = listing.work_list
        try:
            page = self._web.text(self._site.page(f"/en/{work_list.slug}"))
        except ItemError as error:
            if error.reason not in _NOT_THERE:
                raise
            return self._elsewhere(work_list, by_name=by_name)
        if claimed := html_lists.works_claimed(page.text):
            note = (
                f"WikiArt withholds the works of {work_list.label}: their page speaks of {claimed:,} works and lists "
                "none, which is how a block for reasons of rights looks. They cannot be collected here."
            )
        else:
            note = f"WikiArt lists no works of {work_list.label}."
        return Opening((listing,), 2, (note,))

    def _elsewhere(self, work_list: WorkList, *, by_name: bool) -> Opening:
        if work_list.kind == Kind.ARTIST:
            if not by_name:
                raise SourceError(
                    f"WikiArt names an artist {work_list.label} ({work_list.slug}), but has no page of them."
                )
            return self._artist_by_name(work_list)
        style = work_list.kind == Kind.STYLE
        if style and (below := members(work_list.slug)):
            return self._heading(work_list, [WorkList(Kind.STYLE, named.slug, named.label) for named in below])
        close = near(work_list.label, style=style)
        hint = f"Near to it: {', '.join(close)}." if close else f"See {HOME}/en/paintings-by-{work_list.kind}."
        raise SourceError(f"WikiArt has no {work_list.kind} called {work_list.label!r}. {hint}")

    def _heading(self, work_list: WorkList, below: list[WorkList]) -> Opening:
        """A heading of WikiArt's page of styles stands for the styles under it, as far as they are there."""
        read = [self._read(member) for member in below]
        listings = tuple(listing for listing in read if listing is not None and listing.first.rows)
        if not listings:
            raise SourceError(f"WikiArt lists no works of any style under {work_list.label!r}.")
        names = ", ".join(listing.work_list.label for listing in listings)
        note = f"{work_list.label} is a heading on WikiArt; it stands for {names}."
        return Opening(listings, 1 + len(below), (note,))

    def _artist_by_name(self, work_list: WorkList) -> Opening:
        """The artist whom the search finds under a name that is no slug. Raises: SourceError unless it is clear who."""
        unknown = f"WikiArt has no artist called {work_list.label!r}."
        try:
            found, searches = self._near_artists(work_list.label)
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
        opening = self.open(replace(work_list, slug=slug, label=name), by_name=False)
        note = f"{work_list.label!r} is taken to be {name} ({slug})."
        return replace(opening, requests=opening.requests + 1 + searches, notes=(note, *opening.notes))

    def _near_artists(self, name: str) -> tuple[dict[str, str], int]:
        """Slug -> name of the artists whom the search finds, and the requests it took.

        Where the whole name finds nobody, its longest word may: "Wasily Kandinsky". Raises: ItemError.
        """
        words = re.findall(r"\w+", name)  # "Rothko, Mark": a comma is no part of a name
        found = self._search(" ".join(words))
        if found or len(words) < 2:
            return found, 1
        return self._search(max(words, key=len)), 2

    def _search(self, words: str) -> dict[str, str]:
        path = search_path(words)
        answer = self._web.json(self._site.page(path, {"json": 3}), headers=ajax_headers(self._site.page(path)))
        fragment = answer.get("ArtistsHtml") if isinstance(answer, dict) else None
        return dict(html_lists.artists_found(fragment)) if isinstance(fragment, str) else {}


def _told(found: dict[str, str]) -> str:
    return ", ".join(f"{name} ({slug})" for slug, name in list(found.items())[:6])
