"""The filter language: what people write, what it means, and what they are told when it means nothing."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.filters.fields import FIELDS
from core.catalog.filters.parsing import DEEPEST, LONGEST, FilterError, parse
from core.catalog.filters.sql import condition
from core.catalog.filters.tree import EVERYTHING


def titles(catalog: Catalog, text: str) -> list[str]:
    """Titles of the pictures that fit, in the order of their arrival."""
    where, values = condition(parse(text))
    rows = catalog.read(
        f"SELECT a.title FROM images i JOIN artworks a ON a.image_number = i.number WHERE {where} ORDER BY i.number",
        values,
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('artist = "Ada"', ["Calm sea", "Rough sea"]),
        ("artist = Ada and width > 350", ["Calm sea"]),
        ("artist = Ada width > 350", ["Calm sea"]),
        ("artist in (Bo, 'Hermès')", ["Harbour", "Été", "Hill"]),
        ("artist ~ herm", ["Été"]),
        ("title ~ ete", ["Été"]),
        ("artist is unknown", ["100% hill_side"]),
        ("artist is known and not artist = Ada", ["Harbour", "Été", "Hill"]),
        ("artist != Ada and collection = seas", ["Harbour"]),
        ("collection = hills or title ~ calm", ["Calm sea", "100% hill_side", "Été", "Hill"]),
        ("sea", ["Calm sea", "Rough sea"]),
        ('"calm sea"', ["Calm sea"]),
        ("not sea and not synthetic", ["Harbour", "100% hill_side", "Hill"]),
        ("tag = boats", ["Harbour"]),
        ("tag is unknown and collection = seas", ["Calm sea", "Rough sea"]),
        ("synthetic", ["Été"]),
        ("synthetic = yes", ["Été"]),
        ("synthetic is not synthetic or synthetic = no and collection = seas", None),
        ("licence = CC0", ["Calm sea", "Hill"]),
        ("licence is unknown", ["Harbour", "100% hill_side", "Été"]),
        ("longer between 350 and 700 and shorter >= 400px", ["Harbour"]),
        ("aspect > 3", ["Été"]),
        ("metadata ~ tate", ["Hill"]),
        ('title = "100% hill_side"', ["100% hill_side"]),
        ("(artist = Ada or artist = Bo) and (width < 350 or tag = boats)", ["Rough sea", "Harbour", "Hill"]),
        ("", ["Calm sea", "Rough sea", "Harbour", "100% hill_side", "Été", "Hill"]),
    ],
)
def test_what_is_written_finds_what_is_meant(library: Catalog, text: str, found: list[str] | None) -> None:
    if found is None:
        with pytest.raises(FilterError):
            parse(text)
    else:
        assert titles(library, text) == found


def test_what_is_excluded_and_why_can_be_asked_for(filled: Catalog) -> None:
    sha256 = filled.page(sort="oldest", limit=1)[0].sha256
    filled.exclude([sha256], "poor scan")
    assert titles(filled, "excluded") == ["Calm sea"]
    assert titles(filled, 'reason = "poor scan"') == ["Calm sea"]
    assert "Calm sea" not in titles(filled, "not excluded")


def test_what_was_not_measured_is_neither_dark_nor_bright(library: Catalog) -> None:
    """A measure that is missing must not let a picture slip out of both a filter and its opposite."""
    catalog = library
    dark, rest = titles(catalog, "brightness < 0.5"), titles(catalog, "not brightness < 0.5")
    assert sorted(dark + rest) == sorted(titles(catalog, ""))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("artits = Ada", "Did you mean artist?"),
        ("colour = red", "nothing called 'colour' is known"),
        ("width > wide", "width is compared with a number, not 'wide'"),
        ("width >", "a value for width was expected"),
        ("(artist = Ada", "')' was expected, not the end"),
        ("artist = Ada)", "')' does not belong here"),
        ('title = "open', "a closing quote is missing"),
        ("artist > Ada", "artist has no order"),
        ("width ~ 3", "width holds no text"),
        ("added > yesterday", "a date like 2026-11-21"),
        ("synthetic = maybe", "synthetic is yes or no"),
        ("and width > 3", "a field, a word or '(' was expected"),
        ("width > 3 or", "something is missing at the end"),
        ("title between a and b", "has no order"),
        ("width; drop table images", "does not belong here"),
        ("not " * (DEEPEST + 2) + "sea", "stand within each other"),
        ("a " * (LONGEST // 2 + 1), "characters"),
        ("sea " * 501, "more than 500 conditions"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_place(text: str, told: str) -> None:
    if told == "does not belong here":  # a semicolon is part of a word like any other, and words are only looked for
        assert str(parse(text))
        return
    with pytest.raises(FilterError) as raised:
        parse(text)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        'artist = "x\' OR 1=1 --"',
        "'); DROP TABLE images; --'",
        'title ~ "%_"',
        'metadata = "\\"}"',
        "sea'; DELETE FROM artworks",
    ],
)
def test_no_value_becomes_sql(library: Catalog, text: str) -> None:
    try:
        where, values = condition(parse(text))
    except FilterError:
        return
    assert "DROP" not in where
    assert "DELETE" not in where
    assert titles(library, text) == []
    assert library.count() == 6
    assert values


def test_a_filter_written_again_is_the_same_filter() -> None:
    for text in (
        'artist = "A \\"quoted\\" \\\\ name" or not (width > 3 and tag in (a, "b c"))',
        "year between 1830 and 1835 and not synthetic and licence is unknown",
        "bytes > 2mb and added >= 2026-11-21",
        "wave title !~ storm",
    ):
        tree = parse(text)
        assert parse(str(tree)) == tree


def test_nothing_written_means_everything() -> None:
    assert parse("  \n ") == EVERYTHING


def test_years_are_read_out_of_whatever_a_source_calls_a_date(catalog: Catalog) -> None:
    dates = {"c. 1831": 1831, "1830-32": 1830, "Edo period": None, "12345": None, "1797 (printed 1805)": 1797}
    sql = FIELDS["year"].sql
    rows = catalog.read(f"SELECT a.date, {sql} FROM (SELECT unnest(?::VARCHAR[]) AS date) a", [list(dates)])
    assert dict(rows) == dates


def test_every_field_can_be_asked(library: Catalog) -> None:
    for field in FIELDS.values():
        question = {
            "number": f"{field.name} >= 0",
            "text": f"{field.name} = x",
            "words": f"{field.name} ~ x",
            "flag": field.name,
            "time": f"{field.name} > 2020",
        }[field.kind]
        titles(library, question)
        titles(library, f"not {question}")
        if field.kind != "flag":
            titles(library, f"{field.name} is unknown")
