"""Genres and styles to pick from: known without asking, and as WikiArt lists them today."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sources.artwork import SourceError
from core.sources.museums.wikiart.addresses import Site, path_of, slug
from core.sources.museums.wikiart.names import COLOUR_FIELD_ARTISTS, GENRES, STYLE_GROUPS

if TYPE_CHECKING:
    from bs4 import Tag

    from core.sources.web.client import WebClient

GENRES_PATH, STYLES_PATH = "/en/paintings-by-genre/", "/en/paintings-by-style"


@dataclass(frozen=True)
class Named:
    """A genre or style that can be asked for."""

    slug: str
    label: str
    group: str = ""  # the heading under which WikiArt lists a style
    count: int | None = None  # what WikiArt says of it; of works, in some of its lists of artists


@dataclass(frozen=True)
class Lists:
    genres: tuple[Named, ...]
    styles: tuple[Named, ...]
    artists: tuple[Named, ...]  # some to begin with; WikiArt has thousands


def known_lists() -> Lists:
    """The lists as this program knows them, without asking anyone."""
    return Lists(
        genres=tuple(Named(name, label) for name, label in GENRES.items()),
        styles=tuple(
            Named(name, label, group) for group, styles in STYLE_GROUPS.items() for name, label in styles.items()
        ),
        artists=tuple(Named(name, label) for name, label in COLOUR_FIELD_ARTISTS.items()),
    )


def find_genre(words: str) -> tuple[str, str] | None:
    """Slug and label of a genre known by either; None: unknown here, which WikiArt may yet know."""
    return _find(words, GENRES)


def find_style(words: str) -> tuple[str, str] | None:
    """As find_genre. A heading ("Japanese Art") is found as well: see `members`."""
    return _find(words, _styles() | {slug(group): group for group in STYLE_GROUPS})


def members(style: str) -> tuple[Named, ...]:
    """The styles under a heading, if a slug is that of one."""
    return tuple(named for named in known_lists().styles if slug(named.group) == style)


def near(words: str, *, style: bool) -> list[str]:
    """Known slugs that resemble what was typed."""
    return difflib.get_close_matches(slug(words), list(_styles() if style else GENRES), n=4, cutoff=0.6)


def fetch_lists(web: "WebClient", *, base_url: str = "") -> Lists:
    """Genres and styles as WikiArt's own pages have them now: two requests. Raises: SourceError, ItemError."""
    site = Site(base_url)
    return Lists(
        genres=_entries(web.text(site.page(GENRES_PATH)).text, GENRES_PATH),
        styles=_entries(web.text(site.page(STYLES_PATH)).text, STYLES_PATH),
        artists=known_lists().artists,
    )


def _entries(html: str, path: str) -> tuple[Named, ...]:
    """Each `.dottedItem` has a link and, raised behind it, a count; `.header` is the heading of those after it."""
    from bs4 import BeautifulSoup

    found: dict[str, Named] = {}
    group = ""
    for element in BeautifulSoup(html, "html.parser").select(".header, .dottedItem"):
        if "header" in (element.get("class") or []):
            group = element.get_text(" ", strip=True)
        elif named := _entry(element, group):
            found.setdefault(named.slug, named)
    if not found:
        raise SourceError(
            f"WikiArt's page {path} lists nothing that is recognised; it may have been redesigned. The lists that "
            "come with this program can still be used."
        )
    return tuple(found.values())


def _entry(item: "Tag", group: str) -> Named | None:
    link = item.find("a", href=True)
    if link is None:
        return None
    count = item.find("sup")
    digits = re.sub(r"\D", "", count.get_text()) if count is not None else ""
    label = link.find(string=True, recursive=False)
    return Named(
        slug=path_of(str(link["href"])).rsplit("/", 1)[-1],
        label=" ".join((label or link.get_text()).split()),
        group=group,
        count=int(digits) if digits else None,
    )


def _styles() -> dict[str, str]:
    return {name: label for styles in STYLE_GROUPS.values() for name, label in styles.items()}


def _find(words: str, names: Mapping[str, str]) -> tuple[str, str] | None:
    wanted = slug(words)
    for name, label in names.items():
        if wanted in (name, slug(label)):
            return name, label
    return None
