"""A stand-in for the Cleveland Museum of Art: its paged list, its files in three sizes, and what it does badly.

python -m tests.standins cleveland --port 9000
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.standins.pictures import flat_picture, picture_answer, root
from tests.standins.server import Answer, Request, as_json

LIST = "/api/artworks/"
MOST_ROWS = 1_000
SIDES = {"web": (450, 360), "print": (900, 720), "full": (1000, 800)}  # pixels; small, so that tests are quick
SUFFIXES = {"web": "_web.jpg", "print": "_print.jpg", "full": "_full.tif"}


@dataclass(frozen=True)
class Work:
    number: int
    title: str = ""
    artist: str = "Claude Monet (French, 1840–1926)"  # "": no creators
    type: str = "Painting"
    department: str = "Modern European Painting and Sculpture"
    earliest: int = 1880
    latest: int = 1885
    licence: str = "CC0"
    without: tuple[str, ...] = ()  # files that the list names and the server does not have
    unlisted: tuple[str, ...] = ()  # files that the list does not name
    row: tuple[tuple[str, Any], ...] = ()  # fields of the row in place of the usual ones

    @property
    def name(self) -> str:
        return self.title or f"Landscape No. {self.number}"

    @property
    def accession(self) -> str:
        return f"1916.{self.number}"


@dataclass
class ClevelandSite:
    """What the stand-in shows, and how it behaves. `answer` goes into a StandIn."""

    works: Sequence[Work]
    most_rows: int = MOST_ROWS  # per page, whatever is asked for
    claimed: int | None = None  # the total that it claims
    deaf_to: frozenset[str] = frozenset()  # parameters that it passes over
    repeats_first: bool = False  # every page begins with the first work
    same_page: bool = False  # `skip` is passed over
    image_host: str = ""  # that its list names; empty: its own
    faults: dict[str, list[Answer]] = field(default_factory=dict)  # path -> answers given before the usual ones

    def __post_init__(self) -> None:
        self._by_accession = {work.accession: work for work in self.works}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /admin\n", "text/plain")
        with self._lock:
            if planned := self.faults.get(request.path):
                return planned.pop(0)
        if request.path == LIST:
            return self._list(request)
        return self._file(request.path)

    def _list(self, request: Request) -> Answer:
        asked = {name: value for name, value in request.query if name not in self.deaf_to}
        works = [work for work in self.works if _wanted(work, asked)]
        skip = 0 if self.same_page else int(asked.get("skip", "0"))
        limit = min(int(asked.get("limit", "100")), self.most_rows)
        shown = list(works[skip : skip + limit])
        if self.repeats_first and skip and shown:
            shown[0] = works[0]
        total = len(works) if self.claimed is None else self.claimed
        return as_json(
            {
                "info": {"total": total, "parameters": asked},
                "data": [_row(work, self.image_host or root(request)) for work in shown],
            }
        )

    def _file(self, path: str) -> Answer:
        accession, _, name = path.removeprefix("/").partition("/")
        work = self._by_accession.get(accession)
        size = next((size for size, suffix in SUFFIXES.items() if name == accession + suffix), None)
        if work is None or size is None or size in work.without:
            return Answer(404, b"<html><head><title>404 Not Found</title></head><body>Not Found</body></html>")
        return picture_answer(work.number, *SIDES[size], "TIFF" if size == "full" else "JPEG")


def catalogue(count: int, *, first: int = 1) -> list[Work]:
    """Works of invented artists; the same for the same arguments."""
    works = []
    for number in range(first, first + count):
        kind = ("Painting", "Print", "Drawing")[number % 3]
        artist = f"Painter {chr(ord('A') + number % 26)} (American, 18{number % 50 + 10}–19{number % 50 + 10})"
        year = 1850 + number % 70
        works.append(Work(number, artist=artist, type=kind, earliest=year, latest=year + 2))
    return works


def _wanted(work: Work, asked: dict[str, str]) -> bool:
    words = asked.get("q", "").lower().split()
    return (
        all(word in f"{work.name} {work.artist} {work.type}".lower() for word in words)
        and asked.get("type", work.type) == work.type
        and asked.get("department", work.department) == work.department
        and asked.get("artists", "").lower() in work.artist.lower()
        and asked.get("title", "").lower() in work.name.lower()
        and int(asked.get("created_after", work.latest)) <= work.latest
        and int(asked.get("created_before", work.earliest)) >= work.earliest
        and ("cc0" not in asked or work.licence == "CC0")
        and ("has_image" not in asked or len(work.unlisted) < len(SIDES))
    )


def _row(work: Work, host: str) -> dict[str, Any]:
    images = {
        size: {
            "url": f"{host}/{work.accession}/{work.accession}{SUFFIXES[size]}",
            # Numbers as text, as the museum gives them.
            "width": str(width),
            "height": str(height),
            "filesize": str(len(flat_picture(work.number, width, height)) if size == "web" else width * height),
        }
        for size, (width, height) in SIDES.items()
        if size not in work.unlisted
    }
    return {
        "id": 90_000 + work.number,
        "accession_number": work.accession,
        "share_license_status": work.licence,
        "title": work.name,
        "creation_date": f"c. {work.earliest}",
        "creation_date_earliest": work.earliest,
        "creation_date_latest": work.latest,
        "creators": [{"id": 7, "description": work.artist, "role": "artist"}] if work.artist else [],
        "culture": ["France, 19th century"],
        "technique": "oil on canvas",
        "department": work.department,
        "collection": "Mod Euro - Painting 1800-1960",
        "type": work.type,
        "url": f"https://clevelandart.org/art/{work.accession}",
        "images": images or None,
        **dict(work.row),
    }
