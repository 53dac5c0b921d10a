"""A stand-in for the Metropolitan Museum of Art: its searches, records and pictures, and what it does badly.

python -m tests.standins met --port 9000
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.standins.pictures import picture_answer, root
from tests.standins.server import Answer, Request, as_json

API = "/public/collection"
SEARCH = f"{API}/v1.1/search"
OBJECTS = f"{API}/v1/objects"
MOST_ROWS = 500
WINDOW = 10_000
SIDES = {"original": (600, 480), "web-large": (300, 240)}  # pixels; small, so that tests are quick
DEPARTMENTS = {1: "American Decorative Arts", 6: "Asian Art", 9: "Drawings and Prints", 11: "European Paintings"} | {
    13: "Greek and Roman Art",
    21: "Modern Art",
}
NAMES_OF_RECORDS = {1: "The American Wing", 21: "Modern and Contemporary Art"}  # which differ from the list's


@dataclass(frozen=True)
class Work:
    number: int
    title: str = ""
    artist: str = "Hendrick Goltzius"
    department: int = 11
    object_name: str = "Painting"
    classification: str = "Paintings"
    medium: str = "Oil on canvas"
    begin: int = 1600
    end: int = 1610
    public_domain: bool = True
    pictured: bool = True  # False: primaryImage is "", although searches may say otherwise
    more: int = 0  # additional pictures
    missing: str = ""  # "never", "withdrawn": the record is a 404 with this meaning, although it is listed
    highlight: bool = False
    without: tuple[str, ...] = ()  # renditions that are 404
    record: tuple[tuple[str, Any], ...] = ()  # fields of the record in place of the usual ones

    @property
    def name(self) -> str:
        return self.title or f"Landscape No. {self.number}"


@dataclass
class MetSite:
    """What the stand-in shows, and how it behaves. `answer` goes into a StandIn."""

    works: Sequence[Work]
    old_search: int = 410  # what v1/search answers since the cut-over: 410, 404, 503; 200: as before
    new_search: int = 200  # what v1.1/search answers
    most_rows: int = MOST_ROWS  # per page, whatever is asked for
    window: int = WINDOW
    deaf_to: frozenset[str] = frozenset()  # parameters that searches pass over
    order_matters: bool = True  # filters that stand behind `q` cost most of the hits
    image_host: str = ""  # that its records name; empty: its own
    faults: dict[str, list[Answer]] = field(default_factory=dict)  # path -> answers given before the usual ones

    def __post_init__(self) -> None:
        self._by_number = {work.number: work for work in self.works}
        self._searches: dict[frozenset[tuple[str, str]], list[int]] = {}  # asked again for every page
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(404, b"", "text/plain")
        with self._lock:
            if planned := self.faults.get(request.path):
                return planned.pop(0)
        match request.path.removeprefix(API).strip("/").split("/"):
            case ["v1.1", "search"]:
                return self._search(request, self.new_search)
            case ["v1", "search"]:
                return self._search(request, self.old_search)
            case ["v1", "departments"]:
                rows = [{"departmentId": number, "displayName": name} for number, name in DEPARTMENTS.items()]
                return as_json({"departments": rows})
            case ["v1", "objects"]:
                return self._ids(request)
            case ["v1", "objects", number]:
                return self._record(request, number)
            case ["CRDImages", _, rendition, file]:
                return self._picture(rendition, file)
        return as_json({"message": "Not found"}, 404)

    def _search(self, request: Request, status: int) -> Answer:
        if status != 200:
            return as_json({"message": "This endpoint is gone"}, status)
        if not request.param("q"):
            return as_json({"message": "Service unavailable"}, 503)
        asked = {name: value for name, value in request.query if name not in self.deaf_to}
        found = self._found({name: value for name, value in asked.items() if name not in ("offset", "limit")})
        if self.order_matters and request.query[-1][0] != "q":
            found = found[: len(found) // 13]
        offset, limit = int(asked.get("offset", "0")), int(asked.get("limit", "100"))
        shown = found[offset : min(offset + min(limit, self.most_rows), self.window)]
        return as_json({"total": len(found), "objectIDs": shown or None})

    def _found(self, asked: dict[str, str]) -> list[int]:
        key = frozenset(asked.items())
        with self._lock:
            if key not in self._searches:
                self._searches[key] = [work.number for work in self.works if _hit(work, asked)]
            return self._searches[key]

    def _ids(self, request: Request) -> Answer:
        wanted = request.param("departmentIds")
        numbers = {int(number) for number in wanted.split("|")} if wanted else set(DEPARTMENTS)
        found = [work.number for work in self.works if work.department in numbers]
        return as_json({"total": len(found), "objectIDs": found})

    def _record(self, request: Request, number: str) -> Answer:
        if not number.isdecimal():
            return as_json({"message": "could not parse objectID"}, 400)
        work = self._by_number.get(int(number))
        if work is None or work.missing == "never":
            return as_json({"message": "ObjectID not found"}, 404)
        if work.missing:
            return as_json({"message": "Not a valid object"}, 404)
        return as_json(_record(work, self.image_host or root(request)))

    def _picture(self, rendition: str, file: str) -> Answer:
        number, _, place = file.removesuffix(".jpg").removeprefix("DP").partition("-")
        work = self._by_number.get(int(number))
        if work is None or rendition not in SIDES or rendition in work.without:
            return Answer(404, b"<html><head><title>404 Not Found</title></head><body></body></html>")
        return picture_answer(work.number * 100 + int(place), *SIDES[rendition])


def catalogue(count: int, *, first: int = 1) -> list[Work]:
    """Works of invented artists in several departments; the same for the same arguments."""
    works = []
    for number in range(first, first + count):
        department = (11, 13, 9, 6)[number % 4]
        kind = {11: "Painting", 13: "Vase", 9: "Print", 6: "Hanging scroll"}[department]
        works.append(
            Work(
                number,
                artist=f"Painter {chr(ord('A') + number % 26)}",
                department=department,
                object_name=kind if number % 12 != 1 else f"{kind} fragment",
                classification=f"{kind}s",
                begin=-500 if department == 13 else 1500 + number % 300,
                end=-450 if department == 13 else 1500 + number % 300 + 5,
                public_domain=number % 10 != 0,
                pictured=number % 10 != 0 and number % 15 != 0,
                missing="withdrawn" if number % 50 == 7 else "",
            )
        )
    return works


def _hit(work: Work, asked: dict[str, str]) -> bool:
    title_only = asked.get("title") == "true"
    there = work.name if title_only else f"{work.name} {work.artist} {work.object_name} {work.medium}"
    media = asked.get("medium", "").split("|")
    return (
        all(word in there.lower() for word in asked["q"].lower().split())
        and int(asked.get("departmentId", work.department)) == work.department
        and any(medium in f"{work.medium} {work.classification}" for medium in media)
        and int(asked.get("dateBegin", work.end)) <= work.end
        and int(asked.get("dateEnd", work.begin)) >= work.begin
        and (asked.get("isHighlight") != "true" or work.highlight)
    )  # hasImages is believed to be true of everything


def _record(work: Work, host: str) -> dict[str, Any]:
    shown = work.public_domain and work.pictured
    address = f"{host}/CRDImages/ep/{{}}/DP{work.number}-{{}}.jpg"
    return {
        "objectID": work.number,
        "isHighlight": work.highlight,
        "accessionNumber": f"19.{work.number}",
        "isPublicDomain": work.public_domain,
        "primaryImage": address.format("original", 1) if shown else "",
        "primaryImageSmall": address.format("web-large", 1) if shown else "",
        "additionalImages": [address.format("original", place + 2) for place in range(work.more)] if shown else [],
        "constituents": None,
        "department": NAMES_OF_RECORDS.get(work.department, DEPARTMENTS[work.department]),
        "objectName": work.object_name,
        "title": work.name,
        "culture": "",
        "period": None,
        "artistDisplayName": work.artist,
        "artistNationality": "Dutch",
        "objectDate": f"ca. {work.begin}",
        "objectBeginDate": work.begin,
        "objectEndDate": work.end,
        "medium": work.medium,
        "dimensions": "10 x 12 in.",
        "classification": work.classification,
        "rightsAndReproduction": "" if work.public_domain else "© 2024 Artists Rights Society (ARS), New York",
        "objectURL": f"https://www.metmuseum.org/art/collection/search/{work.number}",
        "tags": None,
        "GalleryNumber": "",
        "metadataDate": "2026-09-01T04:54:00.000Z",
        **dict(work.record),
    }
