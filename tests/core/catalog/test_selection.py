"""A selection is JSON, a WHERE clause, and never more than was meant."""

import json

import pytest

from core.catalog.arrays.shelf import SORTS
from core.catalog.catalog import Catalog
from core.catalog.filters.tree import written
from core.catalog.picture import PictureRef
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from tests.core.catalog.ledgers import Jobs, sha

HOSTILE = [
    "'; DROP TABLE images; --",
    '"',
    "\\",
    "%",
    "_",
    "' OR 1=1 --",
    "\ud800",
    "); --",
    "?",
    "$1",
    "a" * 10_000,
]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), {1, 2, 3, 4, 5, 6}),
        (Selection(collections=("hills",)), {4, 5, 6}),
        (Selection(collections=("hills", "seas")), {1, 2, 3, 4, 5, 6}),
        (Selection(collections=("nowhere",)), set()),
        (Selection(artists=("Bo",)), {3, 6}),
        (Selection(artists=("",)), {4}),
        (Selection(collections=("seas",), artists=("Bo",)), {3}),
        (Selection(licences=("CC0",)), {1, 6}),
        (Selection(licences=("", "In copyright")), {2, 3, 4, 5}),
        (Selection(licences=("CC0",), artists=("Bo",)), {6}),
        (Selection(min_side=240), {1, 2, 3, 6}),
        (Selection(max_side=400), {1, 2, 4, 6}),
        (Selection(min_side=300, max_side=400), {1, 2}),
        (Selection(orientation="portrait"), {2, 4}),
        (Selection(orientation="landscape"), {1, 5, 6}),
        (Selection(orientation="square"), {3}),
        (Selection(synthetic=True), {5}),
        (Selection(synthetic=False), {1, 2, 3, 4, 6}),
        (Selection(text="SEA"), {1, 2}),
        (Selection(text="sea rough"), {2}),
        (Selection(text="boats"), {3}),
        (Selection(text="hermes ete"), {5}),
        (Selection(text="tate 7"), {6}),
        (Selection(text="a.jpg"), {1, 4}),
        (Selection(text="100%"), {4}),
        (Selection(text="l_s"), {4}),
        (Selection(excluded="excluded"), set()),
        (Selection(where="artist = Ada or width > 700"), {1, 2, 5}),
        (Selection(where="artist = Ada", text="rough"), {2}),
        (Selection(where="artist = Ada or artist = Bo", collections=("hills",), max_side=400), {6}),
    ],
    ids=lambda value: str(value.to_json()) if isinstance(value, Selection) else "",
)
def test_each_filter_finds_its_pictures(library: Catalog, selection: Selection, expected: set[int]) -> None:
    hashes = {sha(number) for number in expected}
    assert {tile.sha256 for tile in library.page(selection)} == hashes
    assert {picture.sha256 for picture in library.pictures_for(selection)} == hashes
    assert library.count(selection) == len(expected)
    assert sum(number for _, number in library.artists(selection)) == len(expected)
    assert sum(number for _, number in library.licences(selection)) == len(expected)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_are_only_values(library: Catalog, text: str) -> None:
    value = written(text[:2000])
    said = Selection(where=f"artist = {value} or title ~ {value} or {value}")
    for selection in (Selection(text=text), Selection(artists=(text,)), Selection(collections=(text,)), said):
        assert library.count(selection) <= 1
        library.page(selection)
        library.artists(selection)
    assert library.count() == 6


def test_a_selection_survives_json() -> None:
    selection = Selection(
        collections=("a", "b"),
        artists=("",),
        min_side=64,
        max_side=2000,
        orientation="square",
        excluded="all",
        text="x",
        where=' year > 1900 and artist != "O\\"Keeffe" ',
    )
    assert Selection.from_json(json.loads(json.dumps(selection.to_json()))) == selection
    assert Selection().to_json() == {}
    assert Selection(synthetic=False).to_json() == {"synthetic": False}


@pytest.mark.parametrize(
    "value",
    [
        {"colour": "red"},
        {"excluded": "maybe"},
        {"orientation": "round"},
        {"min_side": -1},
        {"min_side": "64"},
        {"max_side": 1.5},
        {"collections": "seas"},
        {"artists": [1]},
        {"synthetic": "no"},
        {"text": None},
        {"where": None},
        {"where": "artist ="},
        {"where": "colour = red"},
    ],
)
def test_a_filter_that_cannot_be_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Selection.from_json(value)


def test_a_selection_knows_whether_it_restricts() -> None:
    assert not Selection(excluded="all").is_filtered
    assert Selection(text="sea").is_filtered


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_shows_every_picture_once(library: Catalog, sort: str) -> None:
    pages = [library.page(sort=sort, offset=offset, limit=4) for offset in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 2, 0]
    assert {tile.sha256 for page in pages for tile in page} == {sha(number) for number in range(1, 7)}


@pytest.mark.parametrize(
    ("sort", "first"), [("newest", 6), ("oldest", 1), ("largest", 3), ("smallest", 4), ("darkest", 1), ("title", 4)]
)
def test_orders_put_the_right_picture_first(library: Catalog, sort: str, first: int) -> None:
    assert library.page(sort=sort)[0].sha256 == sha(first)


def test_by_artist_the_unknown_come_last(library: Catalog) -> None:
    assert [tile.artist for tile in library.page(sort="artist")] == ["Ada", "Ada", "Bo", "Bo", "Hermès", ""]


def test_a_tile_shows_the_artwork_that_fits_the_selection(filled: Catalog, jobs: Jobs) -> None:
    jobs.collect("copies", [jobs.stored("z.jpg", 1, artist="Zoe", title="After Ada")])
    jobs.ingest(filled)
    assert filled.page(Selection(collections=("copies",)))[0].title == "After Ada"
    assert filled.page(Selection(collections=("seas",)), sort="oldest")[0].title == "Calm sea"
    assert filled.pictures_for(Selection(artists=("Zoe",)))[0].artwork_id == "folder:copies/z.jpg"


def test_pictures_for_gives_each_picture_once_in_an_order_of_their_own(library: Catalog) -> None:
    pictures = library.pictures_for()
    assert [picture.sha256 for picture in pictures] == sorted(sha(number) for number in range(1, 7))
    expected = PictureRef(sha(1), "jpg", "folder:seas/a.jpg", "Ada", 400, 300, "Calm sea", False, collections=("seas",))
    assert expected in pictures


def test_a_picture_of_several_artworks_has_the_labels_of_all_of_them(filled: Catalog, jobs: Jobs) -> None:
    jobs.collect(
        "copies",
        [jobs.stored("z.jpg", 3, artist="Zoe", style="Realism", genre="marina", tags=["blue", "boats"])],
    )
    jobs.ingest(filled)
    picture = next(picture for picture in filled.pictures_for() if picture.sha256 == sha(3))
    assert (picture.artist, picture.style, picture.genre) == ("Bo", "Realism", "marina")
    assert (picture.tags, picture.collections) == (("blue", "boats"), ("copies", "seas"))
    (alone,) = filled.pictures_for(Selection(collections=("seas",), artists=("Bo",)))
    assert (alone.style, alone.tags, alone.collections) == ("", ("boats",), ("seas",))


@pytest.mark.parametrize("options", [{"sort": "random"}, {"offset": -1}, {"limit": -5}])
def test_a_page_that_cannot_be_is_refused(library: Catalog, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        library.page(**options)  # type: ignore[arg-type]


def test_licences_are_counted_and_the_most_frequent_comes_first(library: Catalog) -> None:
    assert library.licences() == [("", 3), ("CC0", 2), ("In copyright", 1)]
    assert library.licences(Selection(collections=("hills",))) == [("", 2), ("CC0", 1)]


def test_pictures_are_counted_by_their_source(library: Catalog) -> None:
    assert library.sources() == {"folder": 6}


def test_an_unknown_picture_is_not_found(library: Catalog) -> None:
    with pytest.raises(NotFoundError):
        library.picture("nobody")


def test_the_summary_counts_the_catalog(filled: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.refused("x.jpg")])
    jobs.ingest(filled)
    filled.exclude([sha(1)], "blurred")
    summary = filled.summary()
    assert (summary.pictures, summary.kept, summary.excluded, summary.artworks) == (6, 5, 1, 6)
    assert (summary.artists, summary.collections, summary.refused, summary.synthetic) == (3, 2, 1, 1)
    assert summary.bytes == sum(1000 + number for number in range(1, 7))
