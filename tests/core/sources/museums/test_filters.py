"""Filters: from what forms and command lines give to checked values."""

from typing import Any

import pytest

from core.errors import ConfigError
from core.sources.museums.filters import Filter, FilterKind, Years, read_query, read_years, told
from core.sources.museums.registry import MUSEUMS, filters

FILTERS = {
    "kind": Filter("Kind", FilterKind.CHOICE, choices={"p": "Painting", "v": "Vase"}),
    "place": Filter("Place", FilterKind.CHOICE, choices={"Japan": "Japan"}, open=True, many=True),
    "least": Filter("At least", FilterKind.INT),
    "free": Filter("Free", FilterKind.BOOL, default=True),
    "made": Filter("Made", FilterKind.YEARS),
}


def read(**query: Any) -> dict[str, Any]:
    return read_query("A museum", query, FILTERS)


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("1600-1700", 1600, 1700),
        ("1600 to 1700", 1600, 1700),
        ("1600..", 1600, None),
        ("1600-", 1600, None),
        ("..1700", None, 1700),
        ("1650", 1650, 1650),
        (1650, 1650, 1650),
        ("-500", -500, -500),
        ("-500 to -300", -500, -300),
        ("-500--300", -500, -300),
        ("500 BC - 300 bce", -500, -300),
        ([1600, "1700"], 1600, 1700),
        ((None, 1700), None, 1700),
    ],
)
def test_years_are_read_as_people_write_them(given: Any, first: int | None, last: int | None) -> None:
    assert read_years("made", given) == Years(first, last)


@pytest.mark.parametrize("given", ["", "..", "-", "baroque", "1700-1600", True, [1600], "1600-1700-1800"])
def test_what_are_no_years_is_told(given: Any) -> None:
    with pytest.raises(ConfigError, match="range of years such as"):
        read_years("made", given)


def test_a_work_meets_years_that_it_may_have_been_made_in() -> None:
    years = Years(1600, 1700)
    assert years.meets(1690, 1710)
    assert years.meets(None, 1600)
    assert not years.meets(1701, 1710)
    assert not years.meets(None, None)
    assert Years(None, 1700).meets(-500, -400)


def test_text_of_a_command_line_becomes_values() -> None:
    assert read(text=" a  vase ", kind="vase", place="japan|Korea|Japan", least="12", free="No", made="1600") == {
        "text": "a vase",
        "kind": "v",
        "place": ("Japan", "Korea"),
        "least": 12,
        "free": False,
        "made": Years(1600, 1600),
    }


def test_values_of_a_form_are_taken_as_they_are() -> None:
    assert read(kind="p", place=["Japan"], least=12, free=False) == {
        "text": "",
        "kind": "p",
        "place": ("Japan",),
        "least": 12,
        "free": False,
    }


def test_empty_values_are_not_set_and_defaults_hold() -> None:
    assert read(kind="", place=[], least=None, made="") == {"text": "", "free": True}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"kind": "Bowl"}, r"kind must be one of p \(Painting\), v \(Vase\); got 'Bowl'"),
        ({"free": "maybe"}, "free must be true or false"),
        ({"least": "many"}, "least must be a whole number"),
        ({"least": True}, "least must be a whole number"),
        ({"text": 5}, "text must be text"),
        ({"colour": "red"}, "A museum knows no filter 'colour'. There are: kind, place, least, free, made"),
    ],
)
def test_a_wrong_value_is_told_with_what_may_be(query: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(**query)


def test_a_query_is_told_without_what_goes_without_saying() -> None:
    assert told(read(text="vase", place="Japan|Korea", made="1600..1700"), FILTERS) == (
        "“vase”, place Japan or Korea, made 1600 to 1700"
    )
    assert told(read(), FILTERS) == "this query"


def test_every_museum_of_words_and_filters_lists_them() -> None:
    for name in set(MUSEUMS) - {"wikiart"}:
        assert filters(name), name
