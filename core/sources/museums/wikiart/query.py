"""What a person asks WikiArt for: the lists of works that their words, slugs and pasted addresses name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

from core.errors import ConfigError
from core.sources.museums.wikiart import addresses
from core.sources.museums.wikiart.lists import find_genre, find_style

_NAMES = ("genres", "styles", "artists")
_KNOWN = {*_NAMES, "search", "details", "beyond_cap", "size", "rights_needed"}
_FILTER = re.compile(r"filterName:([^,]+)")
_NO_WORKS_OF_THEIR_OWN = re.compile(
    r"(?:artists|paintings|artworks)-by-|^(?:alphabet|app|popular|recently)", re.IGNORECASE
)


class Kind(StrEnum):
    GENRE, STYLE, ARTIST, SEARCH = "genre", "style", "artist", "search"


@dataclass(frozen=True)
class WorkList:
    """One of WikiArt's lists of works."""

    kind: Kind
    slug: str  # of a search: its words
    label: str  # as WikiArt writes it where that is known, else as it was typed
    # A work of the list is wanted only if its own page names one of these; empty: all are.
    only: tuple["WorkList", ...] = ()


@dataclass(frozen=True)
class Query:
    """A checked query."""

    lists: tuple[WorkList, ...]
    details: bool  # ask each work's own page, for style, genre, media, tags, rights
    beyond_cap: bool  # go on artist by artist where a list of a genre or style ends too early
    size: str
    rights_needed: bool  # the licence decides what is taken, and only each work's own page tells it

    @property
    def asks_each_page(self) -> bool:
        return self.details or self.rights_needed


def read_query(query: Mapping[str, Any]) -> Query:
    """Raises: ConfigError."""
    if unknown := sorted(set(query) - _KNOWN):
        raise ConfigError(f"WikiArt knows no {', '.join(unknown)}. Choose from: {', '.join(sorted(_KNOWN))}.")
    lists: list[WorkList] = []
    for name in _NAMES:
        lists += [_work_list(words, Kind(name.removesuffix("s"))) for words in _texts(query, name)]
    lists += [_work_list(words, Kind.SEARCH) for words in _texts(query, "search")]
    if not lists:
        raise ConfigError("Name at least one genre, style or artist of WikiArt, or words to search for.")
    size = query.get("size") or addresses.LARGE
    if size not in addresses.SIZES:
        raise ConfigError(f"size must be one of {', '.join(addresses.SIZES)}; got {size!r}.")
    return Query(
        lists=_joined(lists),
        details=_flag(query, "details"),
        beyond_cap=_flag(query, "beyond_cap"),
        size=size,
        rights_needed=_flag(query, "rights_needed"),
    )


def _joined(lists: Iterable[WorkList]) -> tuple[WorkList, ...]:
    """Every list once; one that is named whole and narrowed is whole, and what narrows it comes together."""
    joined: dict[tuple[Kind, str], WorkList] = {}
    for work_list in lists:
        key = (work_list.kind, work_list.slug)
        earlier = joined.setdefault(key, work_list)
        both = dict.fromkeys([*earlier.only, *work_list.only]) if earlier.only and work_list.only else ()
        joined[key] = replace(earlier, only=tuple(both))
    return tuple(joined.values())


def _texts(query: Mapping[str, Any], name: str) -> list[str]:
    value = query.get(name) or []
    texts: Iterable[Any] = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ConfigError(f"{name} must be a list of names; got {value!r}.")
    return [text.strip() for text in texts if text.strip()]


def _flag(query: Mapping[str, Any], name: str) -> bool:
    value = query.get(name, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be true or false; got {value!r}.")
    return value


def _work_list(words: str, kind: Kind) -> WorkList:
    if re.match(r"https?://|(?:www\.)?wikiart\.org/", words, re.IGNORECASE):
        return _of_address(words)
    if kind == Kind.SEARCH:
        return WorkList(kind, " ".join(words.split()), words)
    if kind == Kind.ARTIST:
        return _named(kind, words)
    return _listed(kind, words)


def _named(kind: Kind, words: str) -> WorkList:
    if not (slug := addresses.slug(words)):
        raise ConfigError(f"{words!r} names no {kind}: it holds neither letters nor digits.")
    return WorkList(kind, slug, words)


def _listed(kind: Kind, words: str, slug: str = "") -> WorkList:
    """A genre or style: in WikiArt's own spelling where it is one that we know.

    Args:
        slug: as an address has it, where there is one.
    """
    if found := find_genre(words) if kind == Kind.GENRE else find_style(words):
        return WorkList(kind, *found)
    return WorkList(kind, slug, slug.replace("-", " ")) if slug else _named(kind, words)


def _of_address(address: str) -> WorkList:
    """The list that a pasted address shows; what it is goes before the field into which it was pasted."""
    split = urlsplit(address if "://" in address else f"https://{address}")
    if (split.hostname or "").removeprefix("www.") != "wikiart.org":
        raise ConfigError(f"{address} is no address of WikiArt. Paste one that begins with {addresses.HOME}.")
    _, *parts = [unquote(part) for part in split.path.split("/") if part] or [""]
    match parts:
        case ["paintings-by-genre", slug, *_]:
            return _listed(Kind.GENRE, slug, slug)
        case ["paintings-by-style", slug, *_]:
            return _listed(Kind.STYLE, slug, slug)
        case [search, words, *_] if search.lower() == "search":
            return WorkList(Kind.SEARCH, words, words)
        case [slug, *rest] if not _NO_WORKS_OF_THEIR_OWN.search(slug) and (
            not rest or rest[0] in ("all-works", "mode") or rest[0].startswith("all-paintings")
        ):
            return WorkList(Kind.ARTIST, slug, slug, only=_only(address, split.fragment))
    raise ConfigError(
        f"{address} shows no list of works that could be collected. Paste the address of a genre, a style, an artist "
        "or a search; of a single work, name its artist."
    )


def _only(address: str, fragment: str) -> tuple[WorkList, ...]:
    """What the page of an artist was narrowed to. WikiArt's server never sees this part of an address: each work's
    own page has to decide."""
    name = found[1] if (found := _FILTER.search(unquote(fragment))) else ""
    kind, _, value = name.partition("_")
    match kind.lower():
        case "style" | "genre":
            return (_listed(Kind(kind.lower()), value, value),)
        case _ if not value:  # "all-works", "featured": orders of the same works
            return ()
    raise ConfigError(
        f"{address} is narrowed to {name!r}, which cannot be collected. Paste it without what follows the #."
    )
