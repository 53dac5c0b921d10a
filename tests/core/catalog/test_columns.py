"""Filters over columns find what SQL finds, whatever is asked."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.catalog.arrays import preparing
from core.catalog.catalog import Catalog
from core.catalog.filters.fields import FIELDS, Field
from core.catalog.filters.tree import written
from core.catalog.judging import QualitySettings
from core.catalog.ledger import MEASURES
from core.catalog.selection import Selection
from core.quality.issues import ISSUES
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha

_PICTURES = 120
_FILTERS = 150
_ARTISTS = ("", "Ada", "Bo", "Hermès", "straße", "Ada Bo", 'O"Neil')
_STYLES = ("", "Minimalism", "Color Field Painting", "été")
_WORDS = ("sea", "wave", "Été", "100%", "hill_side", "17", "ﬁre", "sea-wave", "SEA")
_DATES = ("", "1890", "c. 1795", "between 1830 and 1835", "12 May 1999", "99")
_COLLECTIONS = ("seas", "hills", "Été")


def _record(chance: random.Random, jobs: Jobs, number: int) -> dict[str, object]:
    row = jobs.stored(
        f"{number}.jpg",
        picture=number % 100,  # some pictures are shown by several artworks
        width=chance.choice((100, 320, 640)),
        height=chance.choice((99, 320, 1000)),
        title=" ".join(chance.choices(_WORDS, k=chance.randrange(4))),
        artist=chance.choice(_ARTISTS),
        style=chance.choice(_STYLES),
        date=chance.choice(_DATES),
        licence=chance.choice(("", "CC0", "In copyright")),
        tags=chance.sample(("boats", "Été", "sea", "x"), chance.randrange(3)),
        metadata=chance.choice(({}, {"room": {"no": number}})),
        synthetic=chance.random() < 0.3,
        page_url=chance.choice(("", f"https://example.org/{number}")),
    )
    row["facts"]["format"] = chance.choice(("JPEG", "PNG"))
    row["facts"]["measures"] = {name: round(chance.random(), 2) for name in MEASURES if chance.random() < 0.8}
    return row


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Pictures of every kind, with decisions about some, and all columns made."""
    workspace, chance = Workspace(tmp_path_factory.mktemp("varied")).create(), random.Random(7)
    jobs = Jobs(workspace)
    for place, collection in enumerate(_COLLECTIONS):
        jobs.collect(collection, [_record(chance, jobs, 40 * place + number) for number in range(_PICTURES // 2)])
    with Catalog(workspace.catalog) as catalog:
        jobs.ingest(catalog)
        catalog.exclude([sha(number) for number in range(0, 30, 3)], "torn")
        catalog.tag([sha(number) for number in range(0, 40, 4)], "Été")
        catalog.tag([sha(number) for number in range(5, 9)], "mine")
        catalog.set_quality("seas", QualitySettings({"dark": 0.6, "blurry": 0.4}, ("no_colours",)))
        catalog.dismiss([sha(number) for number in range(0, 50, 5)], "blurry")
        assert catalog._database.shelf.columns.prepare()
        yield catalog


def by_sql(catalog: Catalog, selection: Selection) -> set[str]:
    sql, values = selection.condition()
    return {row[0] for row in catalog.read(f"SELECT i.sha256 FROM images i WHERE {sql}", values)}


def by_columns(catalog: Catalog, selection: Selection) -> set[str]:
    return {tile.sha256 for tile in catalog.page(selection, limit=1000)}


def _value(chance: random.Random, field: Field) -> str:
    if field.kind == "number":
        return chance.choice(("0.5", "0.05", "1", "100", "320", "1890", "1795", "40", "1020"))
    if field.kind == "time":
        return written(chance.choice(("2026-11-21 10:00", "2026-11-20", "2027-01-01")))
    every = (*_ARTISTS, *_STYLES, *_WORDS, *_COLLECTIONS, "boats", "mine", "torn", "CC0", "PNG", "portrait", "folder")
    return written(chance.choice((*every, sha(3), sha(4)[:5], "dark", "blurry", "odd_size", "a", "sea wave", "12 may")))


def _comparison(chance: random.Random) -> str:
    field = chance.choice(list(FIELDS.values()))
    if field.kind == "flag":
        return field.name
    if chance.random() < 0.15:
        return f"{field.name} is {chance.choice(('known', 'unknown', 'not known'))}"
    if chance.random() < 0.2:
        return f"{field.name} in ({_value(chance, field)}, {_value(chance, field)})"
    if field.kind in ("number", "time"):
        if chance.random() < 0.2:
            return f"{field.name} between {_value(chance, field)} and {_value(chance, field)}"
        return f"{field.name} {chance.choice(('=', '!=', '<', '<=', '>', '>='))} {_value(chance, field)}"
    return f"{field.name} {chance.choice(('=', '!=', '~', '!~'))} {_value(chance, field)}"


def _filter(chance: random.Random, depth: int = 0) -> str:
    if depth < 3 and chance.random() < 0.5:
        word = chance.choice((" and ", " and ", " or "))
        return "(" + word.join(_filter(chance, depth + 1) for _ in range(chance.randrange(2, 4))) + ")"
    if chance.random() < 0.15:
        return f"not {_filter(chance, depth + 1)}"
    return written(chance.choice(_WORDS)) if chance.random() < 0.1 else _comparison(chance)


def test_every_filter_finds_over_columns_what_it_finds_in_sql(varied: Catalog) -> None:
    chance = random.Random(11)
    found = 0
    for _ in range(_FILTERS):
        selection = Selection(where=_filter(chance), excluded=chance.choice(("kept", "all", "excluded")))
        by_table = by_sql(varied, selection)
        assert by_columns(varied, selection) == by_table, selection.where
        found += 0 < len(by_table) < 90
    assert found > _FILTERS // 4  # the filters are about something


@pytest.mark.parametrize(
    "selection",
    [
        Selection(artists=("Ada", ""), licences=("CC0",)),
        Selection(collections=("seas", "Été"), text="SEA 1"),
        Selection(min_side=200, max_side=700, synthetic=False),
        Selection(orientation="portrait", synthetic=True, where="artist = Ada or width = 100"),
        Selection(artists=("Ada",), where='artist = Bo and title ~ "sea wave"', excluded="all"),
        Selection(text="   "),
    ],
)
def test_every_part_of_a_selection_means_the_same_over_columns(varied: Catalog, selection: Selection) -> None:
    assert by_columns(varied, selection) == by_sql(varied, selection)


@pytest.mark.parametrize(
    "where",
    [
        *(f"width {operator} 320" for operator in ("=", "!=", "<", "<=", ">", ">=")),
        "width between 320 and 640",
        "year between 1795 and 1830",
        'added between "2026-11-21 10:00" and "2026-11-21 10:00"',
        "shorter in (99, 320)",
        "brightness is unknown",
    ],
)
def test_what_stands_on_the_edge_of_a_range_is_on_the_same_side(varied: Catalog, where: str) -> None:
    selection = Selection(where=where, excluded="all")
    assert by_columns(varied, selection) == by_sql(varied, selection) != set()


@pytest.mark.parametrize("where", ["artist = Ada", "style = Minimalism and collection = seas", "sea", "width > 99"])
def test_the_artwork_that_fits_is_the_one_shown(varied: Catalog, where: str) -> None:
    shelf = varied._database.shelf
    selection = Selection(where=where, excluded="all")
    over_columns = shelf.shown(selection).tolist()
    for kept in (shelf._matches, shelf._found):
        kept._values.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(shelf.columns), "are_ready", property(lambda self: False))
        assert shelf.shown(selection).tolist() == over_columns


def test_counts_are_the_same_over_columns(varied: Catalog) -> None:
    narrowed = Selection(collections=("seas", "Été"), where="width > 99")
    over_columns = (varied.collections(), varied.artists(narrowed), varied.licences(narrowed), varied.summary())
    varied.untag([sha(99)], "mine")  # nothing is remembered any more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(varied._database.shelf.columns), "are_ready", property(lambda self: False))
        in_sql = (varied.collections(), varied.artists(narrowed), varied.licences(narrowed), varied.summary())
    assert over_columns == in_sql
    assert [artist for artist, _ in over_columns[1]][-1] == ""


def test_what_people_decide_afterwards_is_seen_at_once(varied: Catalog) -> None:
    for field, name in (("my_tag", "late"), ("tag", "late"), ("reason", "late"), ("excluded", "yes")):
        selection = Selection(where=f"{field} = {name}", excluded="all")
        before = by_columns(varied, selection)
        act = varied.tag([sha(50)], name) if "tag" in field else varied.exclude([sha(50)], "late")
        assert by_columns(varied, selection) == before | {sha(50)}
        varied.undo(act.number)
        assert by_columns(varied, selection) == before


def test_a_threshold_set_later_flags_others(varied: Catalog) -> None:
    selection = Selection(where="flag = dark", excluded="all")
    assert by_columns(varied, selection) == by_sql(varied, selection)
    before = varied.quality_settings("hills")
    varied.set_quality("hills", replace(before, thresholds={**before.thresholds, "dark": 0.45}))
    assert by_columns(varied, selection) == by_sql(varied, selection) != set()


def test_all_issues_are_flagged_alike(varied: Catalog) -> None:
    for issue in ISSUES:
        selection = Selection(where=f"flag = {issue.name}", excluded="all")
        assert by_columns(varied, selection) == by_sql(varied, selection), issue.name


def test_what_comes_in_later_is_found_by_sql_until_the_columns_are_made_again(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1, artist="Ada")])
    jobs.ingest(catalog)
    columns = catalog._database.shelf.columns
    assert columns.prepare()
    jobs.collect("more", [jobs.stored("b.jpg", 2, artist="Ada")])
    jobs.ingest(catalog)
    assert not columns.are_ready
    assert by_columns(catalog, Selection(artists=("Ada",))) == {sha(1), sha(2)}
    assert columns.prepare()
    assert by_columns(catalog, Selection(artists=("Ada",), excluded="all")) == {sha(1), sha(2)}


def test_a_large_catalog_prepares_itself_and_closes_without_waiting_for_all_of_it(
    workspace: Workspace, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "FROM_PICTURES", 1)
    monkeypatch.setattr(preparing, "_FIRST_SECONDS", 0.0)
    jobs.collect("seas", [jobs.stored("a.jpg", 1, artist="Ada")])
    with Catalog(workspace.catalog) as opened:
        opened.prepare_in_background()  # nothing is there yet
        assert opened._database.preparing._thread is None
        jobs.ingest(opened)
        opened.prepare_in_background()
        opened._database.preparing._thread.join(20)
        assert opened._database.shelf.columns.are_ready
        assert by_columns(opened, Selection(artists=("Ada",), text="ada")) == {sha(1)}
        jobs.collect("more", [jobs.stored("b.jpg", 2)])
        jobs.ingest(opened)
        opened.prepare_in_background()  # waits until it has been quiet for a while
        waiting = opened._database.preparing._thread
    assert not waiting.is_alive()
