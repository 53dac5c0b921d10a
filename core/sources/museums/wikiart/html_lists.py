"""WikiArt's web pages as lists: works, artists, and what a title claims, where JSON is not given or does not tell."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sources.museums.wikiart import addresses

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_ARTIST_URL = re.compile(r"artistUrl=([^\s\"'&<>]+)")  # the value ends at a space or quote
_CLAIM = re.compile(r"(\d[\d,.\s]*)\s*(?:art)?works\b", re.IGNORECASE)
_WORK_PATH = re.compile(r"^/[a-z]{2}/[^/]+/[^/]+$")


@dataclass(frozen=True)
class Row:
    """A work as a list has it."""

    work_id: str  # 24 hex digits; empty where only a web page listed it
    path: str  # "/en/mark-rothko/no-61"
    title: str = ""
    artist: str = ""
    year: str = ""  # text: "1916", "c.1916", "1916 - 1920", or nothing
    image: str = ""  # the file itself, or a placeholder; sizes in lists are of some rendition and not kept

    @property
    def has_picture(self) -> bool:
        return bool(self.image) and not addresses.is_placeholder(self.image)


def works(html: str) -> tuple[Row, ...]:
    """The works on a page of either kind of list: pictures side by side, or text in lines."""
    soup = _soup(html)
    rows = [_pictured(item) for item in soup.select("ul.wiki-masonry-container li")]
    rows += [_written(item) for item in soup.select("ul.painting-list-text > li.painting-list-text-row")]
    return tuple(row for row in rows if row is not None)


def group_artists(html: str) -> tuple[str, ...]:
    """Slugs of the artists who have works of a genre or style, from its page."""
    items = _soup(html).select("ul.artists-group-list > li, .artists-list-container li")
    found = (match[1] for item in items for match in _ARTIST_URL.finditer(str(item)))
    return tuple(dict.fromkeys(addresses.artist_slug(value) for value in found))


def artists_found(fragment: str) -> tuple[tuple[str, str], ...]:
    """Slug and name of the artists in the answer to a search (`ArtistsHtml`)."""
    links = _soup(fragment).select("li.title > a[href]")
    return tuple((addresses.artist_slug(str(link["href"])), _text(link)) for link in links)


def works_claimed(html: str) -> int | None:
    """How many works the title of an artist's page speaks of; None: of none."""
    title = _soup(html).title
    found = _CLAIM.search(title.get_text()) if title is not None else None
    return int(re.sub(r"\D", "", found[1])) or None if found else None


def _pictured(item: "Tag") -> Row | None:
    name = item.select_one("a.artwork-name[href]")
    if name is None or not (path := _work_path(name)):
        return None
    artist, year = item.select_one("a.artist-name"), item.select_one("span.artwork-year")
    return Row(
        "",
        path,
        title=_text(name),
        artist=_text(artist).split("•")[0].strip() if artist else "",
        year=_text(year) if year else "",
        image=_shown(item),
    )


def _shown(item: "Tag") -> str:
    """The file behind a gallery's picture. Its `src` may be a stand-in until the page is scrolled, with the address
    in `img-source`, in quotes of its own; and it is a thumbnail."""
    image = item.find("img")
    if image is None:
        return ""
    given = [str(image.get(name) or "").strip().strip("\"'") for name in ("img-source", "lazy-load", "src")]
    loaded = (address for address in given if address and not address.startswith("data:"))
    files = [addresses.bare(address) for address in loaded]
    return next((file for file in files if not addresses.is_placeholder(file)), files[0] if files else "")


def _written(item: "Tag") -> Row | None:
    link = item.find("a", href=True)
    if link is None or not (path := _work_path(link)):
        return None
    year = item.find("span")
    return Row("", path, title=_text(link), year=_text(year).lstrip(", ") if year else "")


def _work_path(link: "Tag") -> str:
    path = addresses.path_of(str(link["href"]))
    return path if _WORK_PATH.match(path) else ""


def _text(element: "Tag") -> str:
    return " ".join(element.get_text(" ").split())


def _soup(html: str) -> "BeautifulSoup":
    from bs4 import BeautifulSoup  # here: asking for nothing from the web needs no parser

    return BeautifulSoup(html, "html.parser")
