"""Cleveland Museum of Art: one paged list has licence, sizes and addresses of everything. No key."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from core.sources import licences
from core.sources.artwork import Artwork, ItemError, SourceError
from core.sources.museum import Extent, Offer
from core.sources.museums.filters import Filter, FilterKind, Years, read_query, told
from core.sources.museums.hosts import Hosts
from core.sources.museums.listed import ListedOffer, settled
from core.sources.museums.records import facts, record, rows, text, whole
from core.sources.web.policy import HostPolicy

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

_LIST = "https://openaccess-api.clevelandart.org/api/artworks/"
_POLICIES = {
    # None published; a collector of Creative Commons works waits 5 s after each page of 1,000.
    "openaccess-api.clevelandart.org": HostPolicy(requests_per_second=0.5, burst=2, concurrency=1),
    "openaccess-cdn.clevelandart.org": HostPolicy(requests_per_second=4.0, burst=4, concurrency=4),
}
_STAND_IN = HostPolicy(requests_per_second=4.0, burst=4, concurrency=4)

FIRST_PAGE = 100  # rows: enough for a plan and a small collection
PAGE = 1_000  # rows, the most that the museum gives; a row has about 5 kB

# "print" is sharper than anything trains on, and ten times the bytes; "full" is a TIFF of 50 to 400 MB.
_SIZES = {"web": "Web, about 1,200 pixels", "print": "Print, about 3,400 pixels", "full": "Full, TIFF, very large"}
_RENDITIONS = {"web": ("web", "print"), "print": ("print", "web"), "full": ("full", "print", "web")}


# fmt: off
_TYPES = (
    "Painting", "Drawing", "Print", "Photograph", "Sculpture", "Ceramic", "Textile", "Manuscript", "Miniature",
    "Book Binding", "Bound Volume", "Calligraphy", "Enamel", "Furniture and woodwork", "Glass", "Ivory", "Jade",
    "Jewelry", "Lacquer", "Mask", "Metalwork", "Mosaic", "Netsuke", "Portfolio", "Portrait Miniature", "Silver",
    "Stone", "Tapestry",
)
# fmt: on


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


FILTERS = {
    "type": Filter(
        "Type",
        FilterKind.CHOICE,
        "As the museum calls it. Painting includes folios of palm leaf.",
        choices=_same(*_TYPES),
        open=True,
    ),
    "department": Filter(
        "Department",
        FilterKind.CHOICE,
        "The department that keeps the work.",
        choices=_same(
            "African Art",
            "American Painting and Sculpture",
            "Chinese Art",
            "Contemporary Art",
            "Decorative Art and Design",
            "Drawings",
            "Egyptian and Ancient Near Eastern Art",
            "European Painting and Sculpture",
            "Greek and Roman Art",
            "Indian and South East Asian Art",
            "Islamic Art",
            "Japanese Art",
            "Korean Art",
            "Medieval Art",
            "Modern European Painting and Sculpture",
            "Art of the Americas",
            "Oceania",
            "Performing Arts, Music, & Film",
            "Photography",
            "Prints",
            "Textiles",
        ),
        open=True,
    ),
    "artists": Filter("Artist", FilterKind.TEXT, "A name, or a part of it."),
    "title": Filter("Title", FilterKind.TEXT, "Words of the title."),
    "created": Filter("Made", FilterKind.YEARS, "Years between which the work was made, such as 1600-1700."),
    "cc0": Filter("CC0 only", FilterKind.BOOL, "Only works that anyone may use for anything.", default=True),
    "size": Filter("Picture", FilterKind.CHOICE, "Which file of each work to fetch.", choices=_SIZES, default="web"),
}
# Filters whose outcome each row is checked against, because a server that does not know one passes it over.
_CHECKED = ("type", "department")


class Cleveland:
    """A query to the museum, see core.sources.museum.Museum.

    Args:
        query: "text" and any of FILTERS.
        base_url: another server in place of the museum's.
    Raises: ConfigError.
    """

    name = "cleveland"
    title = "Cleveland Museum of Art"

    def __init__(self, query: Mapping[str, Any], base_url: str = "") -> None:
        self.query = read_query(self.title, query, FILTERS)
        self._hosts = Hosts(_POLICIES, base_url=base_url, together=_STAND_IN)

    @property
    def policies(self) -> Mapping[str, HostPolicy]:
        return self._hosts.policies

    def extent(self, web: "WebClient", limit: int | None) -> Extent:
        total, found = self._page(web, 0, FIRST_PAGE)
        self._needs_some(total)
        wanted = total if limit is None else min(limit, total)
        offers = [self._offer(row) for row in found]
        notes = []
        if self.query["size"] == "full":
            notes.append("Full files are TIFF with 50 to 400 MB each; those beyond the lab's limits come as print.")
        if not self.query["cc0"]:
            notes.append("Works that are not CC0 are listed too, and taken only if other licences are allowed.")
        return Extent(
            artworks=total,
            exact=all(offer.renditions and not offer.needs_detail for offer in offers),
            listing_requests=1 + max(0, math.ceil((wanted - len(found)) / PAGE)),
            details_share=0.0,
            notes=tuple(notes),
        )

    def offers(self, web: "WebClient") -> Iterator[Offer]:
        seen: set[str] = set()
        skip = 0
        while True:
            total, found = self._page(web, skip, PAGE if skip else FIRST_PAGE)
            if not skip:
                self._needs_some(total)
            fresh = [offer for offer in map(self._offer, found) if offer.artwork.source_id]
            fresh = list({offer.key: offer for offer in fresh if offer.key not in seen}.values())
            seen.update(offer.key for offer in fresh)
            yield from fresh
            skip += len(found)  # not what was asked for: a server may give fewer at a time
            if not fresh or skip >= total:
                return

    def complete(self, web: "WebClient", offer: Offer) -> Offer:
        return settled(offer)

    def _page(self, web: "WebClient", skip: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """How many there are in all, and these rows. Raises: ItemError."""
        answer = web.json(self._hosts.at(f"{_LIST}?{self._parameters(skip, limit)}"))
        total = whole(record(record(answer).get("info")).get("total"))
        found = record(answer).get("data")
        if total is None or not isinstance(found, list):
            raise ItemError("bad_answer", f"{self.title}'s list has no total or no data.", final=False)
        return total, rows(found)

    def _parameters(self, skip: int, limit: int) -> str:
        years: Years = self.query.get("created", Years())
        wanted: dict[str, Any] = {
            "q": self.query["text"],
            **{name: self.query.get(name) for name in ("type", "department", "artists", "title")},
            "created_after": years.first,
            "created_before": years.last,
            # Not cc=1, which is no licence filter.
            "cc0": 1 if self.query["cc0"] else None,
            "has_image": 1,
            "skip": skip,
            "limit": limit,
        }
        return urlencode({name: value for name, value in wanted.items() if value not in (None, "")})

    def _needs_some(self, total: int) -> None:
        if total < 1:
            raise SourceError(
                f"{self.title} finds nothing for {told(self.query, FILTERS)}. Use other words, or take a filter away."
            )

    def _offer(self, row: dict[str, Any]) -> Offer:
        images = record(row.get("images"))
        sizes = [record(images.get(name)) for name in _RENDITIONS[self.query["size"]]]
        present = [size for size in sizes if text(size.get("url"))]
        refused_for, refusal = self._refusal(row)
        return ListedOffer(
            artwork=_artwork(row, source=self.name, image_url=text(present[0].get("url")) if present else ""),
            renditions=tuple(self._hosts.at(text(size.get("url"))) for size in present),
            preview_url=self._hosts.at(text(record(images.get("web")).get("url"))),
            bytes=whole(present[0].get("filesize")) if present else None,
            needs_detail=bool(refused_for),
            refused_for=refused_for,
            refusal=refusal,
        )

    def _refusal(self, row: dict[str, Any]) -> tuple[str, str]:
        """Why a row is not what was asked for: the reason, and a sentence; empty if it is."""
        licence = licences.normal(text(row.get("share_license_status")))
        if self.query["cc0"] and licence != licences.CC0:
            said = f"its record says {licence!r}" if licence else "its record does not say so"
            return "licence", f"The museum lists this work among those under CC0, but {said}."
        for name in _CHECKED:
            wanted, found = self.query.get(name), text(row.get(name))
            if wanted and found and found.casefold() != wanted.casefold():
                return "not_matching", f"Its {name} is {found}, not {wanted}."
        years: Years | None = self.query.get("created")
        made = (whole(row.get("creation_date_earliest")), whole(row.get("creation_date_latest")))
        if years is not None and not years.meets(*made):
            return "not_matching", f"It was made {_span(*made) or 'nobody says when'}, not {years}."
        return "", ""


def _artwork(row: dict[str, Any], *, source: str, image_url: str) -> Artwork:
    creators = [words for creator in rows(row.get("creators")) if (words := text(creator.get("description")))]
    made = (whole(row.get("creation_date_earliest")), whole(row.get("creation_date_latest")))
    return Artwork(
        source=source,
        source_id=text(row.get("id")) or text(row.get("accession_number")),
        title=text(row.get("title")),
        artist=_name(creators[0]) if creators else "",
        date=text(row.get("creation_date")) or _span(*made),
        tags=tuple(filter(None, [text(row.get("type"))])),
        licence=licences.normal(text(row.get("share_license_status"))),
        page_url=text(row.get("url")),
        image_url=image_url,
        metadata=facts(
            [
                ("accession_number", row.get("accession_number")),
                ("creators", creators),
                *((name, row.get(name)) for name in ("type", "technique", "culture", "department", "collection")),
                ("made_from", made[0]),
                ("made_to", made[1]),
            ]
        ),
    )


def _name(description: str) -> str:
    """ "Claude Monet (French, 1840–1926)" -> "Claude Monet": one artist has one name, whatever the record adds."""
    return re.sub(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$", "", description) or description


def _span(earliest: int | None, latest: int | None) -> str:
    return "–".join(dict.fromkeys(str(year) for year in (earliest, latest) if year is not None))
