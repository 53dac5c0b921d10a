"""The page of one work: what no list tells, and every rendition with its true size."""

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from core.sources.licences import IN_COPYRIGHT, PUBLIC_DOMAIN
from core.sources.museums.wikiart import addresses

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_LARGE_ENOUGH = 600  # pixels on the longer side: what WikiArt's "Large" has at least
_SMALLEST = 400  # less is a thumbnail


@dataclass(frozen=True)
class Rendition:
    name: str  # "Original", "Large", "HD", "PinterestSmall"
    address: str
    width: int
    height: int

    @property
    def long_side(self) -> int:
        return max(self.width, self.height)


@dataclass(frozen=True)
class Term:
    """A style, genre or medium of a work."""

    label: str
    slug: str


@dataclass(frozen=True)
class WorkPage:
    work_id: str = ""
    title: str = ""
    artist: str = ""
    date: str = ""
    styles: tuple[Term, ...] = ()
    genres: tuple[Term, ...] = ()
    tags: tuple[str, ...] = ()
    rights: str = ""  # in WikiArt's words; empty: not stated
    facts: dict[str, str] = field(default_factory=dict)  # original_title, media, period, series, location, ...
    images: tuple[str, ...] = ()  # addresses of the work's picture, the likeliest to be a real file first
    renditions: tuple[Rendition, ...] = ()
    other_scans: tuple[str, ...] = ()  # of the same work; no renditions of this picture

    def best(self, size: str) -> tuple[str, ...]:
        """Addresses in the order in which to ask for them; empty: the page shows none, or only placeholders."""
        files = [addresses.bare(image) for image in self.images if not addresses.is_placeholder(image)]
        sized = [item for item in self.renditions if not addresses.is_placeholder(item.address)]
        original = [item.address for item in sized if item.name == "Original"] + files
        if not original:
            return ()
        if not any(item.long_side for item in sized):
            return addresses.renditions(original[0], size)
        by_size = sorted((item for item in sized if item.long_side >= _SMALLEST), key=lambda item: item.long_side)
        if size == addresses.ORIGINAL:
            wanted = [*original[:1], *(item.address for item in reversed(by_size))]
        else:
            wanted = [*(item.address for item in by_size if item.long_side >= _LARGE_ENOUGH), *original[:1]]
        return tuple(dict.fromkeys(wanted))


def read_work_page(html: str) -> WorkPage | None:
    """None: this is not the page of a work."""
    from bs4 import BeautifulSoup  # here: lists as JSON need no parser

    soup = BeautifulSoup(html, "html.parser")
    article = soup.select_one(".wiki-layout-artwork-info article") or soup.select_one(".wiki-layout-artwork-info")
    if article is None:
        return None
    labelled = _labelled(article)
    painting = _painting_json(soup)
    return WorkPage(
        work_id=str(painting.get("_id") or ""),
        title=_text(article.find("h3")) or str(painting.get("title") or ""),
        artist=_text(article.select_one("h5[itemprop=creator] [itemprop=name]"))
        or str(painting.get("artistName") or ""),
        date=_text(article.select_one("[itemprop=dateCreated]")) or _plain(labelled.get("date")),
        styles=_terms(labelled.get("style")),
        genres=_terms(labelled.get("genre")),
        tags=tuple(dict.fromkeys(filter(None, map(_text, soup.select(".tags-cheaps div a"))))),
        rights=_rights(soup),
        facts=_facts(soup, labelled),
        images=_images(soup, painting),
        renditions=_renditions(soup),
        other_scans=tuple(
            str(link["data-image-url"]) for link in soup.select("ul.image-variants-container a[data-image-url]")
        ),
    )


def _labelled(article: "Tag") -> dict[str, "Tag"]:
    """Lines such as "Date: 1916" by their label, which comes in any order."""
    found: dict[str, Tag] = {}
    for line in article.find_all("li"):
        label = line.find("s")
        if label is not None and (name := _text(label).rstrip(": ").lower()):
            found.setdefault(name, line)
    return found


def _plain(line: "Tag | None") -> str:
    """What stands behind the label."""
    if line is None:
        return ""
    label = line.find("s")
    return _text(line).removeprefix(_text(label) if label else "").strip(": ")


def _terms(line: "Tag | None") -> tuple[Term, ...]:
    links = line.select("span > a") if line is not None else []
    terms = []
    for link in links:
        label = _text(link).strip(", ")
        path = addresses.path_of(str(link.get("href") or ""))
        listed = re.search(r"/paintings-by-\w+/([^/]+)", path)
        terms.append(Term(label, unquote(listed[1]) if listed else addresses.slug(label)))
    return tuple(term for term in terms if term.label)


def _facts(soup: "BeautifulSoup", labelled: dict[str, "Tag"]) -> dict[str, str]:
    facts = {
        "original_title": _plain(labelled.get("original title")),
        "media": ", ".join(term.label for term in _terms(labelled.get("media"))) or _plain(labelled.get("media")),
        "period": _plain(labelled.get("period")),
        "series": _plain(labelled.get("series")),
        "location": _plain(labelled.get("location")),
        "dimensions": _plain(labelled.get("dimensions")),
        "description": "\n".join(filter(None, map(_text, soup.select("#info-tab-description p")))),
    }
    return {name: value for name, value in facts.items() if value}


def _rights(soup: "BeautifulSoup") -> str:
    wrapper = soup.select_one(".copyright-wrapper")
    if soup.select_one(".copyright-icon-public-domain"):
        return PUBLIC_DOMAIN
    if words := _text(wrapper.select_one(".copyright")) if wrapper is not None else "":
        return words
    # A holder is named with a link for those who wish to have it cleared.
    holder = soup.select_one("a.copyright-author")
    return f"{IN_COPYRIGHT}: {_text(holder)}".rstrip(": ") if holder is not None else _text(wrapper)


def _images(soup: "BeautifulSoup", painting: dict[str, Any]) -> tuple[str, ...]:
    """`paintingJson` may name a real file while the page shows a frame."""
    shown = soup.select_one("img[itemprop=image][src]")
    meta = soup.select_one('meta[property="og:image"][content]')
    found = [
        str(painting.get("image") or ""),
        str(shown["src"]) if shown is not None else "",
        str(meta["content"]) if meta is not None else "",
    ]
    return tuple(dict.fromkeys(address for address in found if address))


def _painting_json(soup: "BeautifulSoup") -> dict[str, Any]:
    for element in soup.select("[ng-init*=paintingJson]"):
        value = _assigned(str(element["ng-init"]), "paintingJson")
        if isinstance(value, dict):
            return value
    return {}


def _renditions(soup: "BeautifulSoup") -> tuple[Rendition, ...]:
    """Of the first picture; those behind it are other scans."""
    for element in soup.select("[ng-init*=thumbnailSizesModel]"):
        model = _assigned(str(element["ng-init"]), "thumbnailSizesModel")
        pictures = model.get("ImageThumbnailsModel") if isinstance(model, dict) else None
        if isinstance(pictures, list) and pictures and isinstance(pictures[0], dict):
            found = (_rendition(value) for value in pictures[0].get("Thumbnails") or [])
            return tuple(item for item in found if item is not None)
    return ()


def _rendition(value: Any) -> Rendition | None:
    if not isinstance(value, dict) or not isinstance(value.get("Url"), str) or not value["Url"]:
        return None
    width, height = (
        side if isinstance(side := value.get(name), int) and side > 0 else 0 for name in ("Width", "Height")
    )
    return Rendition(str(value.get("Name") or ""), value["Url"], width, height)


def _assigned(script: str, name: str) -> Any:
    """The JSON that an Angular expression assigns to a name; None if there is none that can be read."""
    start = re.search(rf"\b{name}\s*=\s*", script)
    if start is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(script, start.end())[0]
    except ValueError:
        return None


def _text(element: "Tag | None") -> str:
    return " ".join(element.get_text(" ").split()) if element is not None else ""
