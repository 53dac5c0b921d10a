"""A stand-in for the Art Institute of Chicago: its search, its list, its IIIF server, and what it does badly.

python -m tests.standins artic --port 9000
"""

import re
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.standins.pictures import picture_answer, root
from tests.standins.server import Answer, Request, as_json

LIST = "/api/v1/artworks"
SEARCH = f"{LIST}/search"
IIIF = "/iiif/2"
MOST_ROWS = 100
WINDOW = 10_000
WIDTHS = (200, 400, 600, 843, 1686)
SHAPE = 0.8  # height by width


@dataclass(frozen=True)
class Work:
    number: int
    title: str = ""
    artist: str | None = "Katsushika Hokusai"
    type: str = "Print"
    department: str = "Arts of Asia"
    styles: tuple[str, ...] = ("ukiyo-e",)
    place: str | None = "Japan"
    start: int | None = 1830
    end: int | None = 1833
    public_domain: bool = True
    pictured: bool = True  # False: image_id is null
    stale: bool = False  # the picture server does not know its image_id any more
    widths: tuple[int, ...] = WIDTHS  # that the picture server gives
    row: tuple[tuple[str, Any], ...] = ()  # fields of the row in place of the usual ones

    @property
    def name(self) -> str:
        return self.title or f"Landscape No. {self.number}"

    @property
    def image_id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, str(self.number)))


@dataclass
class ArticSite:
    """What the stand-in shows, and how it behaves. `answer` goes into a StandIn."""

    works: Sequence[Work]
    iiif_url: str = ""  # that its answers name; empty: its own
    deaf: bool = False  # passes the filters over
    repeats_first: bool = False  # every page begins with the first work
    claimed: int | None = None  # the total that searches claim
    faults: dict[str, list[Answer]] = field(default_factory=dict)  # path -> answers given before the usual ones

    def __post_init__(self) -> None:
        self._by_image = {work.image_id: work for work in self.works if work.pictured and not work.stale}
        self._searches: dict[frozenset[tuple[str, str]], list[Work]] = {}  # asked again for every page
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /search\n", "text/plain")
        if request.headers.get("referer", "").startswith("http://localhost"):
            return Answer(403, b"Forbidden", "text/plain")
        with self._lock:
            if planned := self.faults.get(request.path):
                return planned.pop(0)
        if request.path == SEARCH:
            return self._rows(request, self._found(request), WINDOW)
        if request.path == LIST:
            return self._rows(request, self.works, None)
        return self._picture(request.path)

    def _found(self, request: Request) -> list[Work]:
        key = frozenset(pair for pair in request.query if pair[0] not in ("page", "limit", "fields"))
        with self._lock:
            if key not in self._searches:
                self._searches[key] = [work for work in self.works if self.deaf or _wanted(work, request)]
            return self._searches[key]

    def _rows(self, request: Request, works: Sequence[Work], window: int | None) -> Answer:
        page, limit = int(request.param("page", "1")), int(request.param("limit", "12"))
        if limit > MOST_ROWS or (window is not None and page * limit > window):
            return as_json({"status": 403, "error": "Invalid limit", "detail": "You have requested too much."}, 403)
        shown = list(works[(page - 1) * limit : page * limit])
        if self.repeats_first and page > 1 and shown:
            shown[0] = works[0]
        total = len(works) if self.claimed is None or request.path == LIST else self.claimed
        fields = request.param("fields").split(",")
        return as_json(
            {
                "pagination": {
                    "total": total,
                    "limit": limit,
                    "offset": (page - 1) * limit,
                    "total_pages": -(-total // limit),
                    "current_page": page,
                },
                "data": [{name: value for name, value in _row(work).items() if name in fields} for work in shown],
                "info": {"license_text": "The `description` field is CC-BY. All other data is CC0.", "version": "1.13"},
                "config": {"iiif_url": self.iiif_url or root(request) + IIIF, "website_url": "http://www.artic.edu"},
            }
        )

    def _picture(self, path: str) -> Answer:
        found = re.fullmatch(rf"{IIIF}/([0-9a-f-]{{36}})/full/(\d+),/0/default\.jpg", path)
        work = self._by_image.get(found[1]) if found else None
        if work is None or found is None:
            return Answer(404, b"404 Not Found", "text/plain")
        width = int(found[2])
        if width not in work.widths or (width > 843 and not work.public_domain):
            return Answer(404, b"404 Not Found", "text/plain")
        return picture_answer(
            work.number, width // 2, round(width * SHAPE) // 2
        )  # half as large, so that tests are quick


def catalogue(count: int, *, first: int = 1) -> list[Work]:
    """Works of invented artists; the same for the same arguments."""
    works = []
    for number in range(first, first + count):
        year = 1700 + number % 250
        works.append(
            Work(
                number,
                artist=f"Painter {chr(ord('A') + number % 26)}",
                type=("Painting", "Print")[number % 2],
                start=year,
                end=year + 3,
                public_domain=number % 5 != 0,
                pictured=number % 11 != 0,
                stale=number % 23 == 0,
            )
        )
    return works


def _wanted(work: Work, request: Request) -> bool:
    """Understands the clauses term, match_phrase and range, alone or in a bool query."""
    row = _row(work)
    words = request.param("q").lower().split()
    if not all(word in f"{work.name} {work.artist} {work.type}".lower() for word in words):
        return False
    for name, value in request.query:
        clause = re.fullmatch(
            r"query(?:\[bool\]\[must\]\[\d+\])?\[(term|match_phrase|range)\]\[(\w+)\](?:\[(\w+)\])?", name
        )
        if clause is None:
            continue
        kind, field_name, bound = clause.groups()
        found = row[field_name]
        if kind == "term" and str(found).lower() != value:
            return False
        if kind == "match_phrase" and value.lower() not in str(found).lower():
            return False
        if kind == "range" and (found is None or (found < int(value) if bound == "gte" else found > int(value))):
            return False
    return True


def _row(work: Work) -> dict[str, Any]:
    return {
        "id": work.number,
        "title": work.name,
        "image_id": work.image_id if work.pictured else None,
        "alt_image_ids": [],
        "is_public_domain": work.public_domain,
        "copyright_notice": None if work.public_domain else "© 2024 Estate of the artist",
        "artist_title": work.artist,
        "artist_display": f"{work.artist}\nJapanese, 1760-1849" if work.artist else None,
        "date_start": work.start,
        "date_end": work.end,
        "date_display": f"{work.start}/{str(work.end)[-2:]}" if work.start else None,
        "style_title": work.styles[0] if work.styles else None,
        "style_titles": list(work.styles),
        "subject_titles": ["waves"],
        "artwork_type_title": work.type,
        "classification_title": "woodblock print",
        "department_title": work.department,
        "place_of_origin": work.place,
        "medium_display": "Color woodblock print; oban",
        "credit_line": "Clarence Buckingham Collection",
        "main_reference_number": f"1925.{work.number}",
        "description": "<p>Words under CC BY.</p>",
        "thumbnail": {"lqip": "data:image/gif;base64,R0lGODlhBQAFAPQAAA==", "width": 3000, "height": 2400},
        "color": {"h": 27, "s": 60, "l": 61},
        **dict(work.row),
    }
