"""What a person asks the Met for: words, filters, lists of ids; and whether a record is what was asked for."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.sources.museums import filters
from core.sources.museums.filters import Filter, FilterKind, Years
from core.sources.museums.records import text, whole

TITLE = "The Metropolitan Museum of Art"

# Ids of v1/departments -> the names that it gives, and those that records have by now.
_DEPARTMENT_NAMES = {
    "1": ("American Decorative Arts", "The American Wing"),
    "3": ("Ancient Near Eastern Art", "Ancient West Asian Art"),
    "4": ("Arms and Armor",),
    "5": ("Arts of Africa, Oceania, and the Americas", "The Michael C. Rockefeller Wing"),
    "6": ("Asian Art",),
    "7": ("The Cloisters",),
    "8": ("The Costume Institute", "Costume Institute"),
    "9": ("Drawings and Prints",),
    "10": ("Egyptian Art",),
    "11": ("European Paintings",),
    "12": ("European Sculpture and Decorative Arts",),
    "13": ("Greek and Roman Art",),
    "14": ("Islamic Art",),
    "15": ("The Robert Lehman Collection", "Robert Lehman Collection"),
    "16": ("The Libraries",),
    "17": ("Medieval Art",),
    "18": ("Musical Instruments",),
    "19": ("Photographs",),
    "21": ("Modern Art", "Modern and Contemporary Art"),
}
DEPARTMENTS = {number: names[0] for number, names in _DEPARTMENT_NAMES.items()}
_DEPARTMENT_OF = {name.casefold(): number for number, names in _DEPARTMENT_NAMES.items() for name in names}

_SIZES = {"original": "Original, up to 4,000 pixels", "web": "Web, about 600 to 1,200 pixels"}
_PLACES = {  # value -> the switch that the search has for it
    "anywhere": "",
    "title": "title",
    "tags": "tags",
    "artist or culture": "artistOrCulture",
}

FILTERS = {
    "department": Filter(
        "Department",
        FilterKind.CHOICE,
        "One or several. Without words to search for, every record of these departments is looked at.",
        choices=DEPARTMENTS,
        many=True,
    ),
    "medium": Filter(
        "Medium",
        FilterKind.TEXT,
        "As the museum writes it, such as Paintings, Ceramics or Silk. Any of these.",
        many=True,
    ),
    "classification": Filter(
        "Classification",
        FilterKind.TEXT,
        "Words of the record's classification, such as Vases. Any of these.",
        many=True,
    ),
    "object_name": Filter(
        "Kind of object", FilterKind.TEXT, "Words of the record's object name, such as vase. Any of these.", many=True
    ),
    "without": Filter(
        "But not",
        FilterKind.TEXT,
        "Records with any of these in title, object name or classification: fragment.",
        many=True,
    ),
    "created": Filter("Made", FilterKind.YEARS, "Years between which the work was made, such as -500 to -300."),
    "place": Filter("Place", FilterKind.TEXT, "Where it is from, such as Japan or Paris. Any of these.", many=True),
    "match": Filter(
        "Words are looked for in",
        FilterKind.CHOICE,
        choices={name: name.capitalize() for name in _PLACES},
        default="anywhere",
    ),
    "highlight": Filter("Highlights only", FilterKind.BOOL, "Works that the museum calls its highlights."),
    "on_view": Filter("On view only", FilterKind.BOOL, "Works that hang in a gallery now."),
    "has_images": Filter(
        "With pictures only", FilterKind.BOOL, "As the search believes; every record is checked.", default=True
    ),
    "ids": Filter(
        "Object ids",
        FilterKind.TEXT,
        "Ids of objects, or the whole path of a file with one id a line, or of the museum's MetObjects.csv. "
        "Nothing is searched for then; the other filters are checked on each record.",
    ),
    "all_images": Filter(
        "All pictures of a work",
        FilterKind.BOOL,
        "Details, backs and other views besides the first one.",
        default=False,
    ),
    "size": Filter(
        "Picture", FilterKind.CHOICE, "Which file of each work to fetch.", choices=_SIZES, default="original"
    ),
}
_EARLIEST, _LATEST = -400_000, 9_999  # years; the search takes both ends or none
_LFS_POINTER = "version https://git-lfs"


@dataclass(frozen=True)
class Query:
    """A checked query."""

    text: str  # "": nothing to search for
    departments: tuple[str, ...]  # ids; empty: all
    ids: tuple[int, ...] | None  # in place of a search
    size: str
    all_images: bool
    values: Mapping[str, Any]  # every filter that is set

    def parameters(self, department: str, offset: int, limit: int) -> list[tuple[str, str]]:
        """Of a search, in the one order that gives right totals: filters first, the words last."""
        years: Years | None = self.values.get("created")
        switch = _PLACES[self.values["match"]]
        wanted = [
            ("departmentId", department),
            ("isHighlight", "true" if self.values.get("highlight") else ""),
            ("isOnView", "true" if self.values.get("on_view") else ""),
            ("hasImages", "true" if self.values["has_images"] else ""),
            (switch, "true" if switch else ""),
            ("medium", filters.SEPARATOR.join(self.values.get("medium", ()))),
            ("geoLocation", filters.SEPARATOR.join(self.values.get("place", ()))),
            ("dateBegin", "" if years is None else str(_EARLIEST if years.first is None else years.first)),
            ("dateEnd", "" if years is None else str(_LATEST if years.last is None else years.last)),
            ("offset", str(offset)),
            ("limit", str(limit)),
            ("q", self.text),
        ]
        return [(name, value) for name, value in wanted if value]

    def mismatch(self, work: Mapping[str, Any], *, check_words: bool = False) -> str:
        """Why a record is not what was asked for, in a sentence; "" if it is.

        The search is not trusted, and lists of ids know no filters.

        Args:
            check_words: the words to search for have to stand in the record, because no search was made.
        """
        department = _DEPARTMENT_OF.get(text(work.get("department")).casefold())
        if self.departments and department and department not in self.departments:
            return f"It belongs to {text(work.get('department'))}."
        for name, fields in (
            ("medium", ("medium", "classification", "objectName")),
            ("classification", ("classification",)),
            ("object_name", ("objectName",)),
        ):
            wanted: tuple[str, ...] = self.values.get(name, ())
            found = [text(work.get(field)) for field in fields]
            if wanted and not _any_in(wanted, found):
                return f"Its {FILTERS[name].title.lower()} is {' / '.join(filter(None, found)) or 'not stated'}."
        shown = [text(work.get(field)) for field in ("title", "objectName", "classification")]
        if unwanted := [word for word in self.values.get("without", ()) if _any_in((word,), shown)]:
            return f"It is called {' / '.join(filter(None, shown))}, which has {unwanted[0]}."
        years: Years | None = self.values.get("created")
        made = (whole(work.get("objectBeginDate")), whole(work.get("objectEndDate")))
        if years is not None and not years.meets(*made):
            return f"It was made {text(work.get('objectDate')) or made}, not {years}."
        if self.values.get("highlight") and work.get("isHighlight") is not True:
            return "It is not one of the museum's highlights."
        if check_words and self.text and not _has_words(self.text, work):
            return f"Its record does not have the words “{self.text}”."
        return ""


def read_query(query: Mapping[str, Any]) -> Query:
    """Raises: ConfigError."""
    query = dict(query)
    given_ids = query.pop("ids", None)
    values = filters.read_query(TITLE, query, FILTERS)
    words = "" if values["text"] == "*" else values["text"]
    ids = None if given_ids in (None, "", [], ()) else _read_ids(given_ids)
    if ids is not None and words:
        raise ConfigError("Give ids of objects or words to search for, not both: a list of ids is not searched.")
    departments = values.get("department", ())
    if ids is None and not words and not departments:
        raise ConfigError(
            f"{TITLE} has half a million records. Give words to search for, choose departments, or give ids of objects."
        )
    return Query(words, departments, ids, values["size"], values["all_images"], values)


def _read_ids(given: Any) -> tuple[int, ...]:
    """Raises: ConfigError."""
    if isinstance(given, int) and not isinstance(given, bool):
        given = [given]
    if isinstance(given, list | tuple):
        found = [whole(one) for one in given]
        if any(number is None or number < 1 for number in found):
            raise ConfigError(f"ids must be ids of objects, such as 45734; got {given!r}.")
        return tuple(dict.fromkeys(number for number in found if number is not None))
    words = str(given).strip()
    if re.fullmatch(r"\d{1,9}(?:[\s,;|]+\d{1,9})*[\s,;|]*", words):
        return tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", words)))
    path = Path(words).expanduser()
    if not path.is_absolute():
        raise ConfigError(
            f"ids are numbers such as 45734,436121, or the whole path of a file with them, so that the collection "
            f"can go on from anywhere; got {given!r}."
        )
    found_there = tuple(dict.fromkeys(_ids_of_file(path)))
    if not found_there:
        raise ConfigError(f"{path} has no ids of objects. Needed: one id a line, or a column 'Object ID'.")
    return found_there


def _ids_of_file(path: Path) -> Iterator[int]:
    """Of the museum's table those in the public domain: the others have no pictures."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            if first.startswith(_LFS_POINTER):
                raise ConfigError(
                    f"{path} is a pointer of Git LFS, not the table itself, which has about 300 MB. Fetch it with: "
                    "git lfs pull"
                )
            names = next(csv.reader([first]), [])
            file.seek(0)
            if "Object ID" in names:
                for row in csv.DictReader(file):
                    number = whole(row.get("Object ID"))
                    if number is not None and text(row.get("Is Public Domain")).lower() != "false":
                        yield number
                return
            for line in file:
                words = line.strip().rstrip(",;")
                if words and not words.startswith("#"):
                    if not words.isdecimal():
                        raise ConfigError(f"{path} has {words[:60]!r} where an id of an object is needed.")
                    yield int(words)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read as a list of ids: {error}.") from error


def _any_in(words: tuple[str, ...], found: list[str]) -> bool:
    """Whether any of the words begins a word of the texts; "Vases" is met by "vase", too."""
    there = " / ".join(found)
    return any(re.search(rf"\b{re.escape(_singular(word))}", there, re.IGNORECASE) for word in words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _has_words(words: str, work: Mapping[str, Any]) -> bool:
    there = " ".join(_all_text(work)).casefold()
    return all(_singular(word).casefold() in there for word in words.split())


def _all_text(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if not str(name).endswith(("URL", "Image", "ImageSmall", "Images")):
                yield from _all_text(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all_text(inner)
