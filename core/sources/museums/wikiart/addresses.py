"""WikiArt's addresses: its pages and lists, slugs as they stand in them, and pictures with their renditions."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlencode, urljoin, urlsplit, urlunsplit

from core.sources.web.placeholders import Placeholders

HOME = "https://www.wikiart.org"
PICTURE_HOSTS = tuple(f"uploads{digit}.wikiart.org" for digit in range(9))  # which one is arbitrary for each work

LARGE, ORIGINAL = "large", "original"
SIZES = {LARGE: "Large: about 750 pixels on the longer side", ORIGINAL: "Original: as WikiArt keeps it"}

# In the order in which they are asked for; "" is the file itself. Large and HD are missing for some works, and HD
# wherever Large is; the file itself is always there.
_RENDITIONS = {LARGE: ("Large", ""), ORIGINAL: ("", "HD", "Large")}
_PREVIEW = "PinterestSmall"  # 210 pixels wide: to show what will come, never to train on

_RENDITION = re.compile(r"(\.(?:jpe?g|png|gif|webp|bmp|tiff?))!\w+\.jpg$", re.IGNORECASE)
_PLACEHOLDERS = Placeholders()
_UNLOADED = "lazy-load-placeholder"  # in a gallery, until one scrolls to it
_OWN_HOST = re.compile(r"(?:^|\.)(?:wikiart|wikipaintings)\.org$")
# Letters that are no letter with a mark, as a slug spells them.
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


@dataclass(frozen=True)
class Site:
    """Where WikiArt is asked.

    Args:
        base_url: another server in place of all of WikiArt's hosts; empty: WikiArt itself.
    """

    base_url: str = ""

    def page(self, path: str, params: Mapping[str, str | int] | None = None) -> str:
        """The address of a path ("/en/mark-rothko", encoded or not)."""
        query = f"?{urlencode(params)}" if params else ""
        return (self.base_url or HOME) + encoded(path) + query

    def asked(self, address: str) -> str:
        """An absolute address as this site is asked for it: with a base URL, WikiArt's own hosts are that server."""
        if not self.base_url or not _OWN_HOST.search(urlsplit(address).hostname or ""):
            return address
        split, base = urlsplit(address), urlsplit(self.base_url)
        return urlunsplit((base.scheme, base.netloc, split.path, split.query, ""))

    def picture(self, address: str) -> str:
        """A picture's address as it is asked for: absolute, its path encoded once. Empty for what is none."""
        address = address.strip().strip("\"'")
        if not address:
            return ""
        split = urlsplit(urljoin(self.base_url or HOME, address))
        if split.scheme not in ("http", "https"):
            return ""
        return self.asked(urlunsplit((split.scheme, split.netloc, encoded(split.path), split.query, "")))


def encoded(path: str) -> str:
    """A path percent-encoded exactly once, whether it was before or not. "!" stays: it parts file and rendition."""
    return quote(unquote_to_bytes(path), safe="/!")


def page_url(path: str) -> str:
    """The address under which anyone finds a work."""
    return HOME + encoded(path)


def path_of(address: str) -> str:
    """ "/en/mark-rothko/no-61" of an address or a path, without what follows it."""
    path = urlsplit(urljoin(HOME, address)).path
    return "/" + path.strip("/")


def slug(name: str) -> str:
    """A name as it would stand in an address: "Georgia O'Keeffe" -> "georgia-o-keeffe"."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_SPELT))
    kept = (letter if letter.isalnum() else "-" for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"-+", "-", "".join(kept)).strip("-")


def artist_slug(artist_url: str) -> str:
    """The slug of an `artistUrl`, which is "/en/mark-rothko" in lists and "mark-rothko" elsewhere; may be missing."""
    return path_of(artist_url).rsplit("/", 1)[-1] if artist_url else ""


def bare(address: str) -> str:
    """The file itself, without the rendition that may follow it: "a.png!Large.jpg" -> "a.png"."""
    return _RENDITION.sub(r"\1", address)


def is_placeholder(address: str) -> bool:
    """Whether a picture stands in place of a work that is withheld, or of one that a page has yet to load."""
    return _UNLOADED in address or _PLACEHOLDERS.by_url(address) is not None


def renditions(address: str, size: str) -> tuple[str, ...]:
    """What to ask for, best first, where only the file's address is known. `size`: one of SIZES."""
    return tuple(_rendition(address, name) for name in _RENDITIONS[size])


def preview(address: str) -> str:
    return _rendition(address, _PREVIEW)


def _rendition(address: str, name: str) -> str:
    """Every rendition is a JPEG, also that of a PNG."""
    return f"{bare(address)}!{name}.jpg" if name else bare(address)
