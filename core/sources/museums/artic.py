"""Art Institute of Chicago: a search that describes works completely, and pictures by IIIF. No key."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from core.sources import licences
from core.sources.artwork import Artwork, ItemError, SourceError
from core.sources.museum import Extent, Offer
from core.sources.museums.filters import Filter, FilterKind, Years, read_query, told
from core.sources.museums.hosts import Hosts
from core.sources.museums.listed import ListedOffer, settled
from core.sources.museums.records import facts, record, rows, text, texts, whole
from core.sources.web.policy import HostPolicy

if TYPE_CHECKING:
    from core.sources.web.client import WebClient

_API = "https://api.artic.edu/api/v1/artworks"
# The museum's words: 60 requests a minute; whoever takes many, one a second from a single thread, with a contact in a
# header of its own. The address of the picture server comes with every answer; this one it has had for years.
_POLICY = HostPolicy(requests_per_second=1.0, burst=1, concurrency=1, agent_header="AIC-User-Agent")
_POLICIES = {"api.artic.edu": _POLICY, "www.artic.edu": _POLICY}
_STAND_IN = HostPolicy(requests_per_second=2.0, burst=2, concurrency=2, agent_header="AIC-User-Agent")

PAGE = 100  # rows, the most that a page has
WINDOW = 10_000  # rows, the most that the pages of a search reach

_SIZES = {"843": "843 pixels wide", "1686": "1,686 pixels wide, of works in the public domain"}
_SMALLER = (600, 400, 200)  # pixels of width, asked for where a larger one is missing
_FIELDS = {
    "type": "artwork_type_title",
    "department": "department_title",
    "artist": "artist_title",
    "style": "style_titles",
    "place": "place_of_origin",
}  # filter -> the field that it searches and that rows are checked by
_ASKED_FOR = (
    "id",
    "title",
    "image_id",
    "is_public_domain",
    "copyright_notice",
    "artist_title",
    "artist_display",
    "date_start",
    "date_end",
    "date_display",
    "style_titles",
    "subject_titles",
    "artwork_type_title",
    "classification_title",
    "department_title",
    "place_of_origin",
    "medium_display",
    "credit_line",
    "main_reference_number",
)

FILTERS = {
    "type": Filter(
        "Type",
        FilterKind.CHOICE,
        "As the museum calls it.",
        choices={
            name: name
            for name in (
                "Painting",
                "Print",
                "Photograph",
                "Drawing and Watercolor",
                "Sculpture",
                "Textile",
                "Ceramics",
                "Vessel",
                "Furniture",
                "Book",
                "Miniature room",
            )
        },
        open=True,
    ),
    "department": Filter(
        "Department",
        FilterKind.CHOICE,
        "The department that keeps the work.",
        choices={
            name: name
            for name in (
                "Painting and Sculpture of Europe",
                "Prints and Drawings",
                "Arts of Asia",
                "Photography and Media",
                "Arts of the Americas",
                "Modern Art",
                "Contemporary Art",
                "Textiles",
                "Arts of Greece, Rome, and Byzantium",
                "Arts of Africa",
                "Applied Arts of Europe",
                "Architecture and Design",
            )
        },
        open=True,
    ),
    "artist": Filter("Artist", FilterKind.TEXT, "Words of a name."),
    "style": Filter("Style", FilterKind.TEXT, "A style as the museum calls it, such as Impressionism or ukiyo-e."),
    "place": Filter("Place", FilterKind.TEXT, "Where it is from, such as Japan or France."),
    "created": Filter("Made", FilterKind.YEARS, "Years between which the work was made, such as 1600-1700."),
    "public_domain": Filter(
        "Public domain only", FilterKind.BOOL, "The museum gives large pictures of these only.", default=True
    ),
    "size": Filter("Picture", FilterKind.CHOICE, "The width to ask for.", choices=_SIZES, default="843"),
}


class ArtInstitute:
    """A query to the museum, see core.sources.museum.Museum.

    Args:
        query: "text" and any of FILTERS.
        base_url: another server in place of the museum's.
    Raises: ConfigError.
    """

    name = "artic"
    title = "Art Institute of Chicago"

    def __init__(self, query: Mapping[str, Any], base_url: str = "") -> None:
        self.query = read_query(self.title, query, FILTERS)
        self._hosts = Hosts(_POLICIES, base_url=base_url, together=_STAND_IN)

    @property
    def policies(self) -> Mapping[str, HostPolicy]:
        return self._hosts.policies

    def extent(self, web: "WebClient", limit: int | None) -> Extent:
        total, offers = self._page(web, 1)
        self._needs_some(total)
        wanted = total if limit is None else min(limit, total)
        requests = math.ceil(min(wanted, WINDOW) / PAGE)
        notes = [
            "The museum's picture server often asks for a check that only a browser can pass. The collection then "
            "pauses, tries again, and can be resumed later."
        ]
        if wanted > WINDOW:
            everything = self._listed_total(web)
            requests += math.ceil(everything / PAGE)
            notes.append(
                f"A search shows no more than {WINDOW:,} works. Behind those, the list of all {everything:,} works is "
                "gone through for the others, and the words have to stand in the fields that lists have."
                if self.query["text"]
                else f"A search shows no more than {WINDOW:,} works. Behind those, the list of all {everything:,} "
                "works is gone through for the others."
            )
        return Extent(
            artworks=total,
            exact=wanted <= WINDOW and all(offer.renditions and not offer.needs_detail for offer in offers),
            listing_requests=requests,
            details_share=0.0,
            notes=tuple(notes),
        )

    def offers(self, web: "WebClient") -> Iterator[Offer]:
        total, offers = self._page(web, 1)
        self._needs_some(total)
        seen: set[str] = set()
        for number in range(1, WINDOW // PAGE + 1):
            if number > 1:
                _, offers = self._page(web, number)
            yield from _new(offers, seen)
            if not offers or number * PAGE >= total:
                break
        if total > WINDOW:
            for found in self._listed(web):
                yield from _new([offer for offer in found if not offer.refused_for], seen)

    def complete(self, web: "WebClient", offer: Offer) -> Offer:
        return settled(offer)

    def _page(self, web: "WebClient", number: int) -> tuple[int, list[ListedOffer]]:
        """How many works a search finds in all, and those of a page. Raises: ItemError."""
        parameters = [*_bracketed("query", self._clauses()), ("fields", ",".join(_ASKED_FOR))]
        parameters += [("page", str(number)), ("limit", str(PAGE))]
        if self.query["text"]:
            parameters.insert(0, ("q", self.query["text"]))
        return self._offers_at(web, f"{_API}/search?{_encoded(parameters)}")

    def _listed(self, web: "WebClient") -> Iterator[list[ListedOffer]]:
        """All works of the museum, page by page; the list has no end at 10,000."""
        number, total = 0, 1
        while number * PAGE < total:
            number += 1
            total, offers = self._offers_at(web, self._list_address(number), listed=True)
            if not offers:
                return
            yield offers

    def _listed_total(self, web: "WebClient") -> int:
        return self._offers_at(web, self._list_address(1), listed=True)[0]

    def _list_address(self, number: int) -> str:
        return f"{_API}?{_encoded([('fields', ','.join(_ASKED_FOR)), ('page', str(number)), ('limit', str(PAGE))])}"

    def _offers_at(self, web: "WebClient", address: str, *, listed: bool = False) -> tuple[int, list[ListedOffer]]:
        answer = record(web.json(self._hosts.at(address)))
        total = whole(record(answer.get("pagination")).get("total"))
        pictures = text(record(answer.get("config")).get("iiif_url")).rstrip("/")
        if total is None or not isinstance(answer.get("data"), list) or not pictures:
            raise ItemError(
                "bad_answer", f"{self.title} gives no total, no works, or no address of its pictures.", final=False
            )
        return total, [self._offer(row, pictures, listed=listed) for row in rows(answer["data"]) if text(row.get("id"))]

    def _clauses(self) -> dict[str, Any]:
        """The query besides the words, in the language of Elasticsearch."""
        clauses: list[dict[str, Any]] = []
        if self.query["public_domain"]:
            clauses.append({"term": {"is_public_domain": "true"}})
        clauses += [
            {"match_phrase": {field: self.query[name]}} for name, field in _FIELDS.items() if name in self.query
        ]
        years: Years = self.query.get("created", Years())
        if years.first is not None:
            clauses.append({"range": {"date_end": {"gte": str(years.first)}}})
        if years.last is not None:
            clauses.append({"range": {"date_start": {"lte": str(years.last)}}})
        return clauses[0] if len(clauses) == 1 else {"bool": {"must": clauses}} if clauses else {}

    def _offer(self, row: dict[str, Any], pictures: str, *, listed: bool) -> ListedOffer:
        image_id = text(row.get("image_id"))
        width = int(self.query["size"]) if row.get("is_public_domain") is True else 843
        widths = (*dict.fromkeys((width, 843)), *_SMALLER) if image_id else ()
        addresses = [f"{pictures}/{image_id}/full/{pixels},/0/default.jpg" for pixels in widths]
        refused_for, refusal = self._refusal(row, listed=listed)
        return ListedOffer(
            artwork=_artwork(row, source=self.name, image_url=addresses[0] if addresses else ""),
            renditions=tuple(self._hosts.at(address) for address in addresses),
            preview_url=self._hosts.at(addresses[-1]) if addresses else "",
            needs_detail=bool(refused_for),
            refused_for=refused_for,
            refusal=refusal,
        )

    def _refusal(self, row: dict[str, Any], *, listed: bool) -> tuple[str, str]:
        """Why a row is not what was asked for: the reason, and a sentence; empty if it is.

        Args:
            listed: it comes from the list of all works: what it does not say, it does not have.
        """
        if self.query["public_domain"] and row.get("is_public_domain") is not True:
            return "licence", "The museum does not say that this work is in the public domain."
        for name, field in _FIELDS.items():
            wanted, found = self.query.get(name, ""), " / ".join(texts(row.get(field)))
            if wanted and (found or listed) and not _has_words(wanted, found):
                return "not_matching", f"Its {name} is {found or 'not stated'}, not {wanted}."
        years: Years | None = self.query.get("created")
        if years is not None and not years.meets(whole(row.get("date_start")), whole(row.get("date_end"))):
            return "not_matching", f"It was made {text(row.get('date_display')) or 'nobody says when'}, not {years}."
        if listed and not _has_words(
            self.query["text"], " / ".join(word for value in row.values() for word in texts(value))
        ):
            return "not_matching", f"Its record does not have the words “{self.query['text']}”."
        return "", ""

    def _needs_some(self, total: int) -> None:
        if total < 1:
            raise SourceError(
                f"{self.title} finds nothing for {told(self.query, FILTERS)}. Use other words, or take a filter away."
            )


def _artwork(row: dict[str, Any], *, source: str, image_url: str) -> Artwork:
    """What a row says; its description is left out, which is CC BY where all else is free."""
    is_public_domain = row.get("is_public_domain")
    rights = licences.normal(text(row.get("copyright_notice")))
    kinds = texts([row.get("artwork_type_title"), row.get("classification_title")])
    years = (text(row.get("date_start")), text(row.get("date_end")))
    return Artwork(
        source=source,
        source_id=text(row.get("id")),
        title=text(row.get("title")),
        artist=text(row.get("artist_title")),
        date=text(row.get("date_display")) or "–".join(dict.fromkeys(filter(None, years))),
        style=", ".join(texts(row.get("style_titles"))),
        tags=tuple(dict.fromkeys((*kinds, *texts(row.get("subject_titles"))))),
        licence=licences.PUBLIC_DOMAIN
        if is_public_domain is True
        else rights or (licences.IN_COPYRIGHT if is_public_domain is False else licences.UNKNOWN),
        page_url=f"https://www.artic.edu/artworks/{text(row.get('id'))}",
        image_url=image_url,
        metadata=facts(
            [
                ("reference", row.get("main_reference_number")),
                ("artist", row.get("artist_display")),
                ("medium", row.get("medium_display")),
                ("department", row.get("department_title")),
                ("place", row.get("place_of_origin")),
                ("credit_line", row.get("credit_line")),
                ("made_from", row.get("date_start")),
                ("made_to", row.get("date_end")),
            ]
        ),
    )


def _new(offers: list[ListedOffer], seen: set[str]) -> Iterator[ListedOffer]:
    for offer in offers:
        if offer.key not in seen:
            seen.add(offer.key)
            yield offer


def _has_words(words: str, there: str) -> bool:
    return all(word in there.casefold() for word in words.casefold().split())


def _bracketed(name: str, value: Any) -> list[tuple[str, str]]:
    """A nested value as the parameters of an address: query[term][is_public_domain]=true."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _bracketed(f"{name}[{key}]", inner)]
    if isinstance(value, list):
        return [pair for place, inner in enumerate(value) for pair in _bracketed(f"{name}[{place}]", inner)]
    return [(name, value)]


def _encoded(parameters: list[tuple[str, str]]) -> str:
    return urlencode(parameters, quote_via=quote, safe="[],")
