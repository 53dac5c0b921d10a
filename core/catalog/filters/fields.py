"""What a filter can ask about: every field with its kind, what it is in SQL, and where it is known from."""

from dataclasses import dataclass
from typing import Literal

from core.catalog.ledger import MEASURES
from core.quality.measures import MEASURES as QUALITY_MEASURES

Kind = Literal["number", "text", "words", "flag", "time"]
# Of what a field tells: the picture itself, an artwork that shows it, a tag of such an artwork, a collection of one.
Level = Literal["image", "artwork", "tag", "collection"]

_YEAR = r"try_cast(regexp_extract(a.date, '(^|[^0-9])(1[0-9]{3}|20[0-9]{2})([^0-9]|$)', 2) AS INTEGER)"
_QUALITY = "(SELECT q.{} FROM picture_measures q WHERE q.image_number = i.number)"
_ORIENTATION = """CASE WHEN i.height > 1.05 * i.width THEN 'portrait' WHEN i.width > 1.05 * i.height THEN 'landscape'
    ELSE 'square' END"""  # as core.catalog.selection.ORIENTATIONS


@dataclass(frozen=True)
class Field:
    """One thing that can be asked."""

    name: str
    kind: Kind
    level: Level
    sql: str  # over `images i`, `artworks a` or `m.collection`
    about: str  # in a few words, for help
    curated: bool = False  # decided by people, not told by the source or measured


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("width", "number", "image", "i.width", "pixels"),
        Field("height", "number", "image", "i.height", "pixels"),
        Field("shorter", "number", "image", "least(i.width, i.height)", "pixels of the shorter side"),
        Field("longer", "number", "image", "greatest(i.width, i.height)", "pixels of the longer side"),
        Field("aspect", "number", "image", "i.width / i.height", "width by height: 1 is square, 2 is wide"),
        Field("proportion", "number", "image", "least(i.width, i.height) / greatest(i.width, i.height)", "1 is square"),
        Field("orientation", "text", "image", _ORIENTATION, "portrait, landscape, square (within 5 %)"),
        Field("pixels", "number", "image", "i.width::BIGINT * i.height", "width times height"),
        Field("bytes", "number", "image", "i.bytes", "of the file; 2mb and 300kb are understood"),
        Field("format", "text", "image", "i.format", "JPEG, PNG, ..."),
        Field("added", "time", "image", "i.added_at", "when it came into the catalog, 2026-11-21 or 2026-11-21 14:30"),
        *(Field(name, "number", "image", f"i.{name}", "measured; see core.image_measures") for name in MEASURES),
        *(
            Field(name, "number", "image", _QUALITY.format(name), "described pictures; see core.quality.measures")
            for name in QUALITY_MEASURES
        ),
        Field("flag", "text", "image", "", "an issue of quality, by the thresholds of its collection", curated=True),
        Field(
            "duplicate",
            "text",
            "image",
            "",
            "exact, similar: another picture that is kept has equal pixels, or looks alike by the last search for such",
            curated=True,
        ),
        Field("sha256", "text", "image", "i.sha256", "of the original bytes"),
        Field("picked", "text", "image", "", "a set that was picked on the Map, by its name", curated=True),
        Field(
            "excluded",
            "flag",
            "image",
            "i.number IN (SELECT image_number FROM exclusions)",
            "left out by somebody",
            True,
        ),
        Field(
            "reason",
            "text",
            "image",
            "coalesce((SELECT x.reason FROM exclusions x WHERE x.image_number = i.number), '')",
            "why it was excluded",
            curated=True,
        ),
        Field("title", "text", "artwork", "a.title", ""),
        Field("artist", "text", "artwork", "a.artist", ""),
        Field("date", "text", "artwork", "a.date", "as the source words it"),
        Field("year", "number", "artwork", _YEAR, "the first year that the date names, from 1000 to 2099"),
        Field("decade", "number", "artwork", f"{_YEAR} // 10 * 10", "the year's: 1890 is 1890 to 1899"),
        Field("style", "text", "artwork", "a.style", ""),
        Field("genre", "text", "artwork", "a.genre", ""),
        Field("licence", "text", "artwork", "a.licence", "unknown where not stated"),
        Field("source", "text", "artwork", "a.source", "wikiart, met, files, gallery, ..."),
        Field("page", "text", "artwork", "a.page_url", "its page on the web"),
        Field("metadata", "text", "artwork", "a.metadata", "whatever else the source told, as JSON"),
        Field("synthetic", "flag", "artwork", "a.synthetic", "drawn by a program"),
        Field("text", "words", "artwork", "a.search", "all that is told about it; the same as words without a field"),
        Field("tag", "text", "tag", "a.tags", "of the source, or given by people here", curated=True),
        Field("source_tag", "text", "tag", "a.tags", "of the source"),
        Field("my_tag", "text", "tag", "", "given by people here", curated=True),
        Field("collection", "text", "collection", "m.collection", ""),
    )
}
