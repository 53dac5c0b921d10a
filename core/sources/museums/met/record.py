"""A record of the Met: what it says of a work, its rights and its pictures. Every field may be missing or null."""

from collections.abc import Mapping
from typing import Any

from core.sources import licences
from core.sources.artwork import Artwork, ItemError
from core.sources.museums.records import facts, rows, text, texts

_FACTS = {
    "object_name": "objectName",
    "classification": "classification",
    "medium": "medium",
    "culture": "culture",
    "period": "period",
    "dynasty": "dynasty",
    "department": "department",
    "dimensions": "dimensions",
    "country": "country",
    "city": "city",
    "artist_nationality": "artistNationality",
    "artist_begin": "artistBeginDate",
    "artist_end": "artistEndDate",
    "artist_role": "artistRole",
    "made_from": "objectBeginDate",
    "made_to": "objectEndDate",
    "accession_number": "accessionNumber",
    "credit_line": "creditLine",
    "rights": "rightsAndReproduction",
    "wikidata": "objectWikidata_URL",
}  # our name -> the museum's


def artwork_of(work: Mapping[str, Any], artwork: Artwork) -> Artwork:
    """The artwork with what its record says."""
    people = [words for person in rows(work.get("constituents")) if (words := text(person.get("name")))]
    pictures = pictures_of(work)
    return Artwork(
        source=artwork.source,
        source_id=artwork.source_id,
        title=text(work.get("title")) or text(work.get("objectName")),
        artist=text(work.get("artistDisplayName")) or (people[0] if people else ""),
        date=text(work.get("objectDate")),
        tags=tuple(dict.fromkeys(words for tag in rows(work.get("tags")) if (words := text(tag.get("term"))))),
        licence=_licence(work),
        page_url=text(work.get("objectURL")) or artwork.page_url,
        image_url=pictures[0] if pictures else "",
        metadata=facts([*((ours, work.get(theirs)) for ours, theirs in _FACTS.items()), ("people", people)]),
    )


def pictures_of(work: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses of its pictures, the primary one first."""
    primary = text(work.get("primaryImage"))
    return (primary, *texts(work.get("additionalImages"))) if primary else ()


def small(address: str) -> str:
    """The smaller rendition of a picture; "" if its address is not of the usual form."""
    return address.replace("/original/", "/web-large/", 1) if "/original/" in address else ""


def no_picture(work: Mapping[str, Any], artwork: Artwork) -> ItemError:
    """Why there is none, although a search may have said so."""
    if work.get("isPublicDomain") is True:
        return ItemError(
            "no_picture", "The museum's record of this work names no picture.", final=True, artwork=artwork
        )
    rights = text(work.get("rightsAndReproduction"))
    told = f": {rights}" if rights else ""
    return ItemError(
        "no_picture",
        f"The museum gives no picture, because the work is not in the public domain{told}.",
        final=True,
        artwork=artwork,
    )


def missing(error: ItemError) -> ItemError:
    """What a 404 says: a record that never was, or one that is no more."""
    if "Not a valid object" in str(error):
        return ItemError(
            "gone",
            "The museum has withdrawn this record, or it is of a loan that has ended.",
            final=True,
            attempts=error.attempts,
            status=error.status,
        )
    return ItemError(
        "not_found",
        "The museum has no object with this id.",
        final=True,
        attempts=error.attempts,
        status=error.status,
    )


def _licence(work: Mapping[str, Any]) -> str:
    """What the museum says is in the public domain it gives away under CC0, pictures included."""
    is_public_domain = work.get("isPublicDomain")
    if is_public_domain is True:
        return licences.CC0
    rights = licences.normal(text(work.get("rightsAndReproduction")))
    if rights and not licences.is_free(rights):
        return rights
    return licences.IN_COPYRIGHT if is_public_domain is False else licences.UNKNOWN
