"""A list of works, page by page: as JSON where WikiArt gives it, else from its web pages."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from core.sources.artwork import ItemError
from core.sources.museums.wikiart import html_lists
from core.sources.museums.wikiart.addresses import Site, artist_slug, bare
from core.sources.museums.wikiart.html_lists import Row
from core.sources.museums.wikiart.query import Kind, WorkList

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

PAGE_SIZE = 60
CAPPED_PAGES = 60  # lists of a genre or style give no more than these, whatever count they tell
CAP = CAPPED_PAGES * PAGE_SIZE
_MOST_PAGES = 500  # of any other list; the longest known has a tenth of them

# A view that answers so may be gone or changed while another one still works; anything else is about the host.
_OTHER_VIEW_MAY_HELP = frozenset({"web_page", "bad_answer", "not_found", "gone", "redirects", "server_error"})


_PAST_END = frozenset({404, 500})  # what a page behind the last one may answer, besides null and nothing


@dataclass(frozen=True)
class ListPage:
    rows: tuple[Row, ...]
    count: int | None = None  # works in the whole list, as WikiArt says; never what paging relies on
    from_html: bool = False


@dataclass(frozen=True)
class _View:
    """One of the addresses under which WikiArt gives the same list."""

    path: str
    params: Mapping[str, str | int] | None  # None: the web page itself
    page_in_path: bool = False
    pages: int = _MOST_PAGES


_MASONRY: Mapping[str, str | int] = {"json": 2, "layout": "new", "page": 0, "resultType": "masonry"}
_PLAIN: Mapping[str, str | int] = {"json": 2, "page": 0}


class Listing:
    """A list as it is read. Requests are made as the pages are asked for.

    Args:
        web_pages_first: JSON was not given for another list.
    """

    def __init__(self, web: "WebClient", site: Site, work_list: WorkList, *, web_pages_first: bool = False) -> None:
        self.work_list = work_list
        self._web = web
        self._site = site
        views = _views(work_list)
        self._views = tuple(sorted(views, key=lambda view: view.params is not None)) if web_pages_first else views

    @cached_property
    def first(self) -> ListPage:
        """Raises: ItemError; "not_found" if there is no such list."""
        return self._page(1, 1)

    @property
    def capped(self) -> bool:
        return self.work_list.kind in (Kind.GENRE, Kind.STYLE)

    @property
    def reach(self) -> int | None:
        """How many works can be had from it; None: not known."""
        count = self.first.count
        return min(count, CAP) if count is not None and self.capped else count

    @property
    def ends_early(self) -> bool:
        return self.capped and (self.first.count or 0) > CAP

    def pages(self) -> Iterator[ListPage]:
        """Until a page is empty, the last one is not full, or the list's cap; not until a count is reached, which
        some lists never do. Raises: ItemError.
        """
        page, number = self.first, 1
        counted = page.count is not None
        expected = math.ceil((page.count or 0) / PAGE_SIZE)
        while page.rows:
            yield page
            before = page.rows
            number += 1
            if number > self._most_pages or (number > expected and counted and len(before) < PAGE_SIZE):
                return
            page = self._page(number, expected)
            if page.rows == before:  # a server that gives one page under every number
                return

    @property
    def _most_pages(self) -> int:
        return min(CAPPED_PAGES if self.capped else _MOST_PAGES, self._views[0].pages)

    def _page(self, number: int, expected: int) -> ListPage:
        """From the view that answered last, else from the next one that does.

        Args:
            expected: pages that the list should have; behind them an error of the server is its way of saying so.
        """
        problem: ItemError | None = None
        for place, view in enumerate(self._views):
            try:
                page = self._asked(view, number, past_end=number > expected)
            except ItemError as error:
                if error.reason not in _OTHER_VIEW_MAY_HELP:
                    raise
                problem = problem or error
                continue
            if number == 1 and not page.rows and (missing := self._missing(view, page)):
                problem = problem or missing
                continue
            # From here on, views that give the same kind of page: what the extent told of the list stays true.
            views = (view, *self._views[:place], *self._views[place + 1 :])
            self._views = tuple(other for other in views if (other.params is None) == page.from_html)
            return page
        assert problem is not None  # there is a view, and it gave a page or a problem
        raise problem

    def _missing(self, view: _View, page: ListPage) -> ItemError | None:
        """What is wrong with a list without works; None: it may well be empty."""
        address = self._site.page(view.path)
        if page.from_html:
            return ItemError("web_page", f"{address} shows no list that is recognised.", final=False)
        if page.count:
            return ItemError("bad_answer", f"{address} tells of {page.count:,} works and lists none.", final=False)
        return None

    def _asked(self, view: _View, number: int, *, past_end: bool) -> ListPage:
        if number > view.pages:
            return ListPage(())
        page_address = self._site.page(view.path)
        give_up_on = _PAST_END if past_end else frozenset()
        try:
            if view.params is None:
                address = f"{page_address}/{number}" if view.page_in_path else page_address
                rows = html_lists.works(self._web.text(address, give_up_on=give_up_on).text)
                return ListPage(rows, len(rows) if view.pages == 1 else None, from_html=True)
            answer = self._web.json(
                self._site.page(view.path, {**view.params, "page": number}),
                headers=ajax_headers(page_address),
                give_up_on=give_up_on,
            )
        except ItemError as error:
            if past_end and error.status in _PAST_END:
                return ListPage(())
            raise
        return _read(answer)


def ajax_headers(page_address: str) -> dict[str, str]:
    """With which WikiArt's own pages ask for JSON; without them it may give the web page instead."""
    return {"X-Requested-With": "XMLHttpRequest", "Referer": page_address}


def search_path(words: str) -> str:
    return f"/en/Search/{quote(words.replace('/', ' '), safe='')}"


def _views(work_list: WorkList) -> tuple[_View, ...]:
    match work_list.kind:
        case Kind.ARTIST:
            path = f"/en/{quote(work_list.slug)}"
            return (
                _View(f"{path}/mode/all-paintings", _MASONRY),
                _View(f"{path}/all-works", _PLAIN),
                _View(f"{path}/all-works/text-list", _PLAIN),
                _View(f"{path}/all-works/text-list", None, pages=1),  # holds all works; the artist's page only some
            )
        case Kind.SEARCH:
            return (_View(search_path(work_list.slug), _MASONRY), _View(search_path(work_list.slug), _PLAIN))
    path = f"/en/paintings-by-{work_list.kind}/{quote(work_list.slug)}"
    return (_View(path, _MASONRY), _View(path, _PLAIN), _View(path, None, page_in_path=True))


def _read(answer: Any) -> ListPage:
    """The envelope of a list. `Paintings` is null, or empty, behind the last page."""
    if not isinstance(answer, dict) or "Paintings" not in answer:
        raise ItemError("bad_answer", "WikiArt's answer holds no list of works.", final=False)
    values = answer["Paintings"] or []
    count = answer.get("AllPaintingsCount")
    rows = (_row(value) for value in values if isinstance(value, dict)) if isinstance(values, list) else ()
    return ListPage(tuple(row for row in rows if row is not None), count if isinstance(count, int) else None)


def _row(value: Mapping[str, Any]) -> Row | None:
    """None: it holds nothing by which the work could be told from others. Any field may be missing."""
    row = Row(
        work_id=_text(value.get("id")),
        path=_text(value.get("paintingUrl")),
        title=_text(value.get("title")),
        artist=_text(value.get("artistName")),
        year=_text(value.get("year")),
        image=bare(_text(value.get("image"))),
    )
    if not row.artist and (slug := artist_slug(_text(value.get("artistUrl")))):
        row = replace(row, artist=slug.replace("-", " ").title())
    return row if row.work_id or row.path else None


def _text(value: Any) -> str:
    """Numbers too are text here: ids have more digits than a float could keep."""
    return " ".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""
