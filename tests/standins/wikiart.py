"""A stand-in for WikiArt: its lists as JSON and as web pages, its work pages, its pictures, and what it does badly.

    python -m tests.standins.wikiart --port 9000

Every page is our own; only the addresses, field names and selectors are WikiArt's.
"""

import argparse
import html
import io
import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from urllib.parse import quote, unquote

from PIL import Image

from tests.standins.server import Answer, Request, StandIn, as_json

PAGE_SIZE = 60
CAP = 3_600
SIDES = {"HD": 1200, "Large": 750, "Blog": 500, "Portrait": 400, "PinterestSmall": 210}  # longer side; the last: width
PLACEHOLDER = "/Content/images/FRAME-600x480.jpg"

GENRES = {"yakusha-e": "yakusha-e", "bijinga": "bijinga", "landscape": "landscape", "abstract": "abstract"}
STYLES = {
    "ukiyo-e": "Ukiyo-e",
    "shin-hanga": "Shin-hanga",
    "color-field-painting": "Color Field Painting",
    "abstract-expressionism": "Abstract Expressionism",
}


@dataclass(frozen=True)
class Work:
    number: int
    artist: str = "Torii Kiyonaga"
    title: str = ""
    year: str = "1784"
    genres: tuple[str, ...] = ("yakusha-e",)
    styles: tuple[str, ...] = ("ukiyo-e",)
    rights: str = "Public domain"
    suffix: str = "jpg"
    width: int = 1000  # of the file itself
    height: int = 800
    without: tuple[str, ...] = ()  # renditions that are not there
    slug: str = ""
    framed: bool = False  # lists and the page show a frame in place of the work
    real_file: bool = False  # although it is framed, its page names the file
    fields: tuple[tuple[str, str], ...] = ()  # further labelled lines of its page
    tags: tuple[str, ...] = ()

    @property
    def work_id(self) -> str:
        return f"{0x577271CFEDC2CB3880000000 + self.number:024x}"

    @property
    def name(self) -> str:
        return self.title or f"Actor No. {self.number}"

    @property
    def artist_slug(self) -> str:
        return slug(self.artist)

    @property
    def path(self) -> str:
        return f"/en/{self.artist_slug}/{self.slug or f'{slug(self.name)}-{self.number}'}"

    @property
    def file(self) -> str:
        return f"/{self.number % 90000 + 10000}/images/{self.artist_slug}/picture-{self.number}.{self.suffix}"


@dataclass
class WikiArtSite:
    """What the stand-in shows, and how it behaves. `answer` goes into a StandIn."""

    works: Sequence[Work]
    ajax_only: bool = False  # JSON only with X-Requested-With, else the web page
    browsers_only: bool = False  # and only for a User-Agent that looks like a browser's
    past_end: str = "null"  # behind the last page: "null", "empty", "error" (500) or "missing" (404)
    counts: dict[str, int] = field(default_factory=dict)  # slug of a list -> the count that it claims
    withheld: frozenset[str] = frozenset()  # artists whose works are blocked; the title speaks of 100 all the same
    repeats_first: bool = False  # the first work of a list stands on its second page, too
    same_page: bool = False  # every page number gives the first page
    gone_views: frozenset[str] = frozenset()  # "masonry", "plain": views that answer 404
    short_pages: bool = False  # every page lacks its last row
    missing_pages: frozenset[str] = frozenset()  # paths of work pages that are 404
    group_artists: bool = True  # pages of a genre or style name its artists
    refuse_after: int = 0  # pictures within `refuse_window_seconds`, then 403 for `refuse_seconds`; 0: never
    refuse_window_seconds: float = 60.0
    refuse_seconds: float = 0.2
    refusals: int = 1  # how often that happens
    faults: dict[str, list[Answer]] = field(default_factory=dict)  # path -> answers given before the usual ones

    def __post_init__(self) -> None:
        self._by_path = {work.path: work for work in self.works}
        self._by_file = {work.file: work for work in self.works}
        self._of_artist: dict[str, list[Work]] = {}
        self._of_group: dict[str, list[Work]] = {}
        for work in self.works:
            self._of_artist.setdefault(work.artist_slug, []).append(work)
            for name in (*work.genres, *work.styles):
                self._of_group.setdefault(name, []).append(work)
        self._lock = threading.Lock()
        self._pictures: deque[float] = deque()  # when they were asked for
        self._refused_until = 0.0

    def answer(self, request: Request) -> Answer:
        path = unquote(request.path)
        with self._lock:
            if planned := self.faults.get(path):
                return planned.pop(0)
        if path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /admin\n", "text/plain")
        if not path.startswith("/en/"):
            return self._refused() or self._picture(path)
        parts = [part for part in path.removeprefix("/en/").split("/") if part]
        as_data = request.param("json") and self._gives_json(request)
        match parts:
            case ["paintings-by-genre" | "paintings-by-style" as group]:
                return _page(group, _index(GENRES if group.endswith("genre") else STYLES, group))
            case ["paintings-by-genre" | "paintings-by-style" as group, name, *rest]:
                return self._group(request, group, name, rest, as_data=bool(as_data))
            case ["Search", words]:
                return self._search(request, words, as_data=bool(as_data))
            case [artist]:
                return self._artist(request, artist, as_data=bool(as_data))
            case [artist, "mode", "all-paintings"] | [artist, "all-works"] | [artist, "all-works", "text-list"]:
                return self._works_of(request, artist, parts[-1], as_data=bool(as_data))
            case _ if path in self._by_path and path not in self.missing_pages:
                return _work_page(self._by_path[path], _root(request))
        return _page("Not found", "<p>There is nothing here.</p>", status=404)

    def _gives_json(self, request: Request) -> bool:
        if self.ajax_only and request.headers.get("x-requested-with") != "XMLHttpRequest":
            return False
        return not self.browsers_only or request.headers.get("user-agent", "").startswith("Mozilla/")

    def _group(self, request: Request, group: str, name: str, rest: list[str], *, as_data: bool) -> Answer:
        known = GENRES if group.endswith("genre") else STYLES
        if name not in known:
            return _page("Not found", "<p>No such group.</p>", status=404)
        works = self._of_group.get(name, [])
        if as_data:
            return self._list(request, works[:CAP], self.counts.get(name, len(works)))
        number = int(rest[0]) if rest else 1
        if self.past_end == "missing" and (number - 1) * PAGE_SIZE >= len(works):
            return _page("Not found", "<p>No such page.</p>", status=404)
        artists = sorted({work.artist for work in works}) if self.group_artists else []
        body = _artists_of_group(artists, group) + _masonry(works[:CAP][(number - 1) * PAGE_SIZE :], _root(request))
        return _page(known[name], body)

    def _works_of(self, request: Request, artist: str, view: str, *, as_data: bool) -> Answer:
        works = self._of_artist.get(artist, [])
        if not works and artist not in self.withheld:
            return _page("Not found", "<p>No such artist.</p>", status=404)
        if artist in self.withheld:
            works = []
        if as_data:
            return self._list(request, works, self.counts.get(artist, len(works)))
        if view == "text-list":
            return _page(artist, _text_list(works))
        return _page(artist, _masonry(works[:20], _root(request)))

    def _artist(self, request: Request, artist: str, *, as_data: bool) -> Answer:
        works = self._of_artist.get(artist, [])
        if not works and artist not in self.withheld:
            return _page("Not found", "<p>No such artist.</p>", status=404)
        name = works[0].artist if works else artist.replace("-", " ").title()
        if as_data:
            return as_json(
                {"artistName": name, "url": artist, "dictonaries": [1], "birthDay": "/Date(-5330448000000)/"}
            )
        shown = 100 if artist in self.withheld else len(works)
        return _page(f"{name} - {shown} artworks - painting", _masonry(works[:20], _root(request)))

    def _search(self, request: Request, words: str, *, as_data: bool) -> Answer:
        wanted = words.lower().split()
        if not as_data:
            return _page("Search", "<p>Results appear here.</p>")
        if request.param("json") == "3":
            names = sorted({work.artist for work in self.works if all(word in work.artist.lower() for word in wanted)})
            items = "".join(
                f'<li class="title"><a href="/en/{slug(name)}">{html.escape(name)}</a></li>' for name in names
            )
            return as_json({"Paintings": None, "AllPaintingsCount": 0, "ArtistsHtml": f"<ul>{items}</ul>"})
        works = [work for work in self.works if all(word in f"{work.name} {work.artist}".lower() for word in wanted)]
        return self._list(request, works, len(works))

    def _list(self, request: Request, works: Sequence[Work], count: int) -> Answer:
        view = "masonry" if request.param("resultType") else "plain"
        if view in self.gone_views:
            return _page("Not found", "<p>This view is no more.</p>", status=404)
        number = 1 if self.same_page else int(request.param("page", "1"))
        shown = list(works[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        if not shown and self.past_end == "error":
            return _page("Error", "<p>Object reference not set.</p>", status=500)
        if not shown and self.past_end == "missing":
            return _page("Not found", "<p>No such page.</p>", status=404)
        if self.short_pages and len(shown) == PAGE_SIZE:
            shown.pop()
        if self.repeats_first and number == 2:
            shown.insert(0, works[0])
        rows = [_row(work, _root(request)) for work in shown]
        return as_json(
            {
                "Artists": None,
                "AllArtistsCount": 0,
                "ArtistsHtml": None,
                "CanLoadMoreArtists": False,
                "Paintings": rows or (None if self.past_end == "null" else []),
                "AllPaintingsCount": count,
                "PageSize": PAGE_SIZE,
                "TimeLog": None,
            }
        )

    def _refused(self) -> Answer | None:
        with self._lock:
            now = time.monotonic()
            self._pictures.append(now)
            while self._pictures[0] < now - self.refuse_window_seconds:
                self._pictures.popleft()
            if self.refuse_after and self.refusals and len(self._pictures) > self.refuse_after:
                self.refusals -= 1
                self._pictures.clear()
                self._refused_until = now + self.refuse_seconds
            if now < self._refused_until:
                return _page("403 Forbidden", "<p>Forbidden</p>", status=403)
        return None

    def _picture(self, path: str) -> Answer:
        if path == PLACEHOLDER:
            return Answer(200, _jpeg(0, 600, 480, "JPEG"), "image/jpeg")
        file, _, rendition = path.partition("!")
        work = self._by_file.get(file)
        name = rendition.removesuffix(".jpg")
        if (
            work is None
            or name in work.without
            or (rendition and (name not in SIDES or not rendition.endswith(".jpg")))
        ):
            return _page("404 Not Found", "<p>Not found</p>", status=404)
        kind = "PNG" if work.suffix == "png" and not rendition else "JPEG"
        return Answer(200, _jpeg(work.number, *_sides(work, name), kind), f"image/{kind.lower()}")


def slug(name: str) -> str:
    """As WikiArt's newer ones: marks are dropped where the letter is known, other letters stay."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in kept.split("-") if part)


def catalogue(count: int, *, artists: int = 12, first: int = 1) -> list[Work]:
    """Works of invented artists, spread over genres and styles; the same for the same arguments."""
    works = []
    for number in range(first, first + count):
        artist = f"Painter {chr(ord('A') + number % artists % 26)}{'x' * (number % artists // 26)}"
        genre = "yakusha-e" if number % 2 else "bijinga"
        rights = "Public domain" if number % 5 else "Fair use"
        works.append(
            Work(
                number, artist, year="" if number % 7 == 0 else str(1700 + number % 180), genres=(genre,), rights=rights
            )
        )
    return works


def _root(request: Request) -> str:
    return f"http://{request.headers.get('host', '')}"


def _image(work: Work, root: str) -> str:
    return root + (PLACEHOLDER if work.framed else work.file)


def _row(work: Work, root: str) -> dict[str, object]:
    return {
        "id": work.work_id,
        "title": work.name,
        "year": work.year,
        "width": 750,  # of some rendition
        "height": 600,
        "artistName": work.artist,
        "image": _image(work, root),
        "map": "0123**67*",
        "paintingUrl": work.path,
        "artistUrl": f"/en/{work.artist_slug}",
        "albums": None,
        "flags": 2,
        "images": None,
    }


def _sides(work: Work, rendition: str) -> tuple[int, int]:
    if not rendition:
        return work.width, work.height
    long_side = work.width if rendition == "PinterestSmall" else max(work.width, work.height)
    scale = min(1.0, SIDES[rendition] / long_side)
    return max(1, round(work.width * scale)), max(1, round(work.height * scale))


@lru_cache(maxsize=2048)
def _jpeg(number: int, width: int, height: int, kind: str) -> bytes:
    """Flat fields of a few colours: no two numbers look alike, and encoding them is quick."""
    random = Random(number)
    fields = Image.new("RGB", (3, 4))
    for x in range(3):
        for y in range(4):
            fields.putpixel((x, y), (random.randrange(256), random.randrange(256), random.randrange(256)))
    buffer = io.BytesIO()
    fields.resize((width, height), Image.Resampling.NEAREST).save(buffer, kind)
    return buffer.getvalue()


def _page(title: str, body: str, status: int = 200) -> Answer:
    text = (
        f"<!DOCTYPE html><html><head><title>{html.escape(title)}</title></head><body><main>{body}</main></body></html>"
    )
    return Answer(status, text.encode())


def _index(names: dict[str, str], group: str) -> str:
    items = "".join(
        f'<li class="dottedItem"><a href="/en/{group}/{name}?select=featured">{html.escape(label)} '
        f"<sup>1,{place:03}</sup></a></li>"
        for place, (name, label) in enumerate(names.items())
    )
    return f'<h2 class="header">Listed together</h2><ul>{items}</ul>'


def _artists_of_group(artists: Iterable[str], group: str) -> str:
    links = "".join(
        f'<li><a href="/en/{slug(name)}" data="artistUrl={slug(name)} ">{html.escape(name)}</a></li>'
        for name in artists
    )
    if group.endswith("genre"):
        links = links.replace('data="artistUrl=', 'rel="x" href="/en/App?artistUrl=')
        return f'<ul class="artists-group-list">{links}</ul>'
    return f'<div class="artists-list-container"><ul>{links}</ul></div>'


def _masonry(works: Sequence[Work], root: str) -> str:
    """Pictures beside each other; all but the first are loaded as one scrolls."""
    items = []
    for place, work in enumerate(works[:PAGE_SIZE]):
        thumbnail = _image(work, root) + "!PinterestSmall.jpg"
        image = (
            f'<img src="{thumbnail}">'
            if place == 0
            else f'<img src="/Content/lazy-load-placeholder.png" img-source="\'{thumbnail}\'">'
        )
        items.append(
            f'<li>{image}<div class="title-block"><a class="artwork-name" href="{quote(work.path)}">'
            f'{html.escape(work.name)}</a> <a class="artist-name" href="/en/{work.artist_slug}">'
            f'{html.escape(work.artist)} • </a><span class="artwork-year">{work.year}</span></div></li>'
        )
    return f'<ul class="wiki-masonry-container">{"".join(items)}</ul>'


def _text_list(works: Iterable[Work]) -> str:
    items = "".join(
        f'<li class="painting-list-text-row"><a href="{quote(work.path)}">{html.escape(work.name)}</a>'
        f"<span>, {work.year}</span></li>"
        for work in works
    )
    return f'<ul class="painting-list-text">{items}</ul>'


def _work_page(work: Work, root: str) -> Answer:
    def terms(label: str, group: str, names: dict[str, str], slugs: Iterable[str]) -> str:
        links = ", ".join(
            f'<a href="/en/paintings-by-{group}/{name}?select=featured">{html.escape(names.get(name, name))}</a>'
            for name in slugs
        )
        return f'<li class="dictionary-values"><s>{label}:</s> <span>{links}</span></li>'

    shown = _image(work, root) + ("" if work.framed else "!Large.jpg")
    named = root + work.file if work.real_file or not work.framed else root + PLACEHOLDER
    painting = {"_id": work.work_id, "title": work.name, "year": work.year, "artistName": work.artist, "image": named}
    sizes = [
        {"Name": name, "Url": f"{root}{work.file}!{name}.jpg", "Width": width, "Height": height}
        for name in SIDES
        if name not in work.without
        for width, height in [_sides(work, name)]
    ] + [{"Name": "Original", "Url": root + work.file, "Width": work.width, "Height": work.height}]
    model = {"ImageThumbnailsModel": [] if work.framed else [{"Thumbnails": sizes}]}
    further = "".join(f"<li><s>{label}:</s> {html.escape(value)}</li>" for label, value in work.fields)
    free = work.rights == "Public domain"
    rights = (
        '<div class="copyright-wrapper"><span class="copyright copyright-icon-public-domain">Public domain</span></div>'
        if free
        else f'<div class="copyright-wrapper"><span class="copyright">{html.escape(work.rights)}</span></div>'
        if work.rights
        else ""
    )
    body = f"""
    <section ng-controller="ArtworkViewCtrl"
      ng-init="{html.escape(f"thumbnailSizesModel = {json.dumps(model)};")}">
    <div class="wiki-layout-artist-image-wrapper btn-overlay-wrapper-artwork">
      <img class="ms-zoom-cursor" itemprop="image" src="{shown}"></div>
    <div class="wiki-layout-artwork-info" itemscope itemtype="https://schema.org/Painting"><article>
      <h3>{html.escape(work.name)}</h3>
      <h5 itemprop="creator"><span itemprop="name">
        <a href="/en/{work.artist_slug}">{html.escape(work.artist)}</a></span></h5>
      <ul>
        {terms("Genre", "genre", GENRES, work.genres)}
        <li><s>Date:</s> <span itemprop="dateCreated">{work.year}</span></li>
        {further}
        {terms("Style", "style", STYLES, work.styles)}
      </ul>{rights}</article></div>
    <div class="tags-cheaps">{"".join(f'<div><a href="#">{html.escape(tag)}</a></div>' for tag in work.tags)}</div>
    <div class="wiki-layout-painting-info-bottom"
      ng-init="{html.escape(f"paintingJson = {json.dumps(painting)}")}"></div>
    <ul class="image-variants-container">
      <li><a data-image-url="{root}/images/scans/{work.number}.jpg">scan</a></li></ul>
    </section>"""
    return _page(f"{work.name}, {work.year} - {work.artist}", body)


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for WikiArt on this machine")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--works", type=int, default=1_000)
    arguments = parser.parse_args()
    with StandIn(WikiArtSite(catalogue(arguments.works)).answer, port=arguments.port) as server:
        print(f"WikiArt's stand-in answers at {server.url}; Ctrl-C ends it.", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
