"""Names as datasets write them into file names and classes ("vincent-van-gogh", "ukiyo_e"), as a person writes them."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

# styles of datasets that WikiArt calls otherwise, or has no page for
_OTHER_STYLES = {
    "renaissance": "Renaissance",
    "art nouveau": "Art Nouveau (Modern)",
    "color field": "Color Field Painting",
    "colour field": "Color Field Painting",
}
_SMALL_WORDS = frozenset("van von der den de del della di da du la le ter ten the of and y".split(" "))  # noqa: SIM905
_ARTBENCH = frozenset(
    {"art nouveau", "baroque", "expressionism", "impressionism", "post impressionism", "realism", "renaissance"}
    | {"romanticism", "surrealism", "ukiyo e"}
)
_NOBODY = frozenset({"", "unknown", "unknown artist", "unknown genre", "unknown style", "unknown class", "none", "n a"})


@lru_cache(maxsize=4096)  # the same few classes are asked for with every picture
def plain(name: str) -> str:
    """By which two spellings of a name are compared: "Ukiyo_e" and "ukiyo-e" are one, with accents and without."""
    text = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def style(name: str) -> str:
    """A style's usual spelling; "" if it is none that we know."""
    return _styles().get(plain(name), "")


def are_styles(names: Iterable[str]) -> bool:
    """Whether these classes are styles of painting, unknown ones aside: all but a tenth of them are known to be."""
    known = [style(name) != "" for name in names if not is_unknown(name)]
    return bool(known) and sum(known) >= 0.9 * len(known)


def is_artbench(names: Iterable[str]) -> bool:
    """Whether these are the ten classes of ArtBench-10."""
    return {plain(name) for name in names} == _ARTBENCH


def is_artbench_class(name: str) -> bool:
    """Whether this is one of the ten classes of ArtBench-10."""
    return plain(name) in _ARTBENCH


def is_unknown(name: str) -> bool:
    """Whether a class stands for not knowing: "Unknown Artist"."""
    return plain(name) in _NOBODY


def words(name: str) -> str:
    """A class name as words: "church_outdoor" is "church outdoor"."""
    return re.sub(r"[\s_]+", " ", name).strip()


def person(slug: str) -> str:
    """ "vincent-van-gogh" is "Vincent van Gogh"; what is no slug stays as it is; unknown is ""."""
    if is_unknown(slug):
        return ""
    if " " in slug.strip() or slug != slug.lower():
        return words(slug)
    parts = re.split(r"[-_]+", slug.strip())
    return " ".join(part if place and part in _SMALL_WORDS else part.capitalize() for place, part in enumerate(parts))


def work(slug: str) -> tuple[str, str]:
    """Title and date: "still-life-with-travel-props-1923" is ("Still life with travel props", "1923")."""
    text = re.sub(r"[-_\s]+", " ", slug).strip()
    match = re.fullmatch(r"(.*\S) (1[0-9]{3}|20[0-2][0-9])(?: (\d))?", text)  # WikiArt numbers works of one name
    title, date = (f"{match[1]} {match[3] or ''}".strip(), match[2]) if match else (text, "")
    return title[:1].upper() + title[1:], date


@cache
def _styles() -> dict[str, str]:
    from core.sources.museums.wikiart.names import STYLE_GROUPS

    labels = [label for styles in STYLE_GROUPS.values() for label in styles.values()]
    return _OTHER_STYLES | {plain(label): label for label in [*STYLE_GROUPS, *labels]}
