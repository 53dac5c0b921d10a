"""Ledgers become rows: once, whole, whatever state the files are in."""

import json
import threading
import time

import pytest

from core.catalog.catalog import Catalog
from core.catalog.ingest import IngestClock, ingest_pending
from core.catalog.selection import Selection
from tests.core.catalog.ledgers import Jobs, sha


def test_ledger_rows_become_pictures_with_all_that_is_known(catalog: Catalog, jobs: Jobs) -> None:
    row = jobs.stored(
        "sea.jpg",
        7,
        title="Sea",
        artist="Ada",
        date="c. 1960",
        tags=["blue", "wave"],
        licence="CC0",
        metadata={"room": 3},
        width=640,
        height=480,
    )
    jobs.collect("seas", [row])
    report = jobs.ingest(catalog)
    assert (report.stored, report.new_images, report.new_artworks) == (1, 1, 1)
    picture = catalog.picture(sha(7))
    assert (picture.width, picture.height, picture.bytes, picture.suffix) == (640, 480, 1007, "jpg")
    assert picture.phash == "f" * 15 + "7"  # beyond the range of a signed 64-bit number
    assert picture.measures == pytest.approx({"brightness": 0.7, "deviation": 20.0})
    assert picture.palette == ("#102030", "#405060")
    artwork = picture.artworks[0]
    assert artwork.id == "folder:seas/sea.jpg"
    assert (artwork.title, artwork.artist, artwork.date, artwork.tags) == ("Sea", "Ada", "c. 1960", ("blue", "wave"))
    assert artwork.metadata == {"room": 3}
    assert picture.collections == ("seas",)


def test_taking_in_again_adds_nothing(catalog: Catalog, jobs: Jobs) -> None:
    rows = [jobs.stored("a.jpg", 1), jobs.stored("b.jpg", 2)]
    jobs.collect("seas", rows)
    jobs.ingest(catalog)
    assert jobs.ingest(catalog).jobs == 0
    jobs.collect("seas", rows)  # the same folder, imported a second time
    report = jobs.ingest(catalog)
    assert (report.stored, report.new_images, report.new_artworks) == (2, 0, 0)
    assert (catalog.count(), catalog.summary().artworks) == (2, 2)
    assert len(catalog.picture(sha(1)).artworks[0].memberships) == 1


def test_the_same_picture_in_two_collections_is_one_image_with_two_memberships(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("x.jpg", 1)])
    jobs.collect("best", [jobs.stored("y.jpg", 1)])
    jobs.ingest(catalog)
    assert catalog.count() == 1
    assert catalog.picture(sha(1)).collections == ("seas", "best")
    assert [info.pictures for info in catalog.collections()] == [1, 1]


def test_an_artwork_with_a_page_on_the_web_is_one_artwork_in_every_collection(catalog: Catalog, jobs: Jobs) -> None:
    row = jobs.stored("436535", 1, source="museum", page_url="https://museum.example/436535")
    jobs.collect("seas", [row])
    jobs.collect("best", [row])
    jobs.ingest(catalog)
    assert catalog.summary().artworks == 1
    assert catalog.picture(sha(1)).artworks[0].id == "museum:436535"
    assert set(catalog.picture(sha(1)).collections) == {"seas", "best"}


def test_equal_file_names_in_two_collections_are_two_artworks(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("0.jpg", 1, artist="Ada")])
    jobs.collect("hills", [jobs.stored("0.jpg", 2, artist="Bo")])
    jobs.ingest(catalog)
    assert catalog.count() == 2
    assert catalog.artists() == [("Ada", 1), ("Bo", 1)]


def test_two_files_with_the_same_bytes_are_one_picture(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1), jobs.stored("copy of a.jpg", 1)])
    report = jobs.ingest(catalog)
    assert (report.new_images, report.new_artworks) == (1, 2)
    assert len(catalog.page()) == catalog.count() == 1
    assert catalog.page()[0].artwork_id == "folder:seas/a.jpg"  # the first that showed it


def test_pictures_keep_the_order_of_the_ledger(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(50)])
    jobs.ingest(catalog)
    assert [tile.sha256 for tile in catalog.page(sort="oldest")] == [sha(number) for number in range(50)]


def test_a_line_still_being_written_waits_for_its_end(catalog: Catalog, jobs: Jobs) -> None:
    ledger = jobs.collect("seas", [jobs.stored("a.jpg", 1)])
    whole = (json.dumps(jobs.stored("b.jpg", 2)) + "\n").encode()
    with ledger.path.open("ab") as handle:
        handle.write(whole[:100])
    assert jobs.ingest(catalog).new_images == 1
    with ledger.path.open("ab") as handle:
        handle.write(whole[100:])
    assert jobs.ingest(catalog).new_images == 1
    assert catalog.summary().refused == 0


@pytest.mark.parametrize(
    "line",
    [
        b'{"source": "folder", "sour\n',
        b"[1, 2]\n",
        b'{"source": "folder", "source_id": "x", "state": "melted"}\n',
        b'{"source": "a", "source_id": "b", "state": "stored", "sha256": "../../etc", "facts": {"suffix": "jpg"}}\n',
        b"\xff\xfe\x00\n",
    ],
)
def test_a_damaged_line_is_listed_and_stops_nothing(catalog: Catalog, jobs: Jobs, line: bytes) -> None:
    ledger = jobs.collect("seas", [jobs.stored("a.jpg", 1)])
    with ledger.path.open("ab") as handle:
        handle.write(line)
    ledger.append(jobs.stored("b.jpg", 2))
    report = jobs.ingest(catalog)
    assert (report.new_images, report.damaged) == (2, 1)
    assert [refusal.reason for refusal in catalog.refusals("seas")] == ["damaged_ledger_line"]
    assert jobs.ingest(catalog).jobs == 0


def test_refused_items_are_counted_with_their_reasons(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect(
        "seas", [jobs.refused("x.jpg"), jobs.refused("y.jpg"), jobs.refused("z.txt", "not_a_picture", "Text.")]
    )
    jobs.ingest(catalog)
    assert catalog.refusal_counts("seas") == [("truncated", 2), ("not_a_picture", 1)]
    assert catalog.refusal_counts("hills") == []
    assert catalog.collections()[0].refused == 3
    assert {refusal.detail for refusal in catalog.refusals()} == {"It ends early.", "Text."}


def test_a_refused_item_that_succeeds_later_is_refused_no_more(catalog: Catalog, jobs: Jobs) -> None:
    ledger = jobs.collect("seas", [jobs.refused("x.jpg")])
    jobs.ingest(catalog)
    ledger.append(jobs.stored("x.jpg", 1))
    jobs.ingest(catalog)
    assert catalog.refusals() == []
    assert catalog.count() == 1


def test_what_the_source_now_says_replaces_what_it_said(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1, title="Sea", tags=["x"])])
    jobs.ingest(catalog)
    jobs.collect("seas", [jobs.stored("a.jpg", 1, title="Calm sea", tags=["x", "y"])])
    jobs.ingest(catalog)
    artwork = catalog.picture(sha(1)).artworks[0]
    assert (artwork.title, artwork.tags) == ("Calm sea", ("x", "y"))
    assert catalog.count(Selection(text="calm")) == 1


def test_a_file_that_changed_under_its_name_is_replaced_and_logged(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1), jobs.stored("b.jpg", 2)])
    jobs.ingest(catalog)
    jobs.collect("seas", [jobs.stored("a.jpg", 3)])
    jobs.ingest(catalog)
    assert {tile.sha256 for tile in catalog.page()} == {sha(2), sha(3)}
    assert catalog.count() == 2
    assert catalog.read("SELECT act, pictures FROM curation_log") == [("replace", 1)]


def test_jobs_of_other_kinds_are_left_alone(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1)], kind="build")
    assert jobs.ingest(catalog).jobs == 0
    assert catalog.count() == 0


def test_a_damaged_request_is_named_and_stops_no_other_job(catalog: Catalog, jobs: Jobs) -> None:
    broken = jobs.collect("seas", [jobs.stored("a.jpg", 1)])
    broken.path.with_name("job.json").write_text("{")
    jobs.collect("hills", [jobs.stored("b.jpg", 2)])
    report = jobs.ingest(catalog)
    assert report.unreadable_jobs == [broken.path.parent.name]
    assert report.new_images == 1


def test_out_of_time_it_stops_between_blocks_and_goes_on_later(
    catalog: Catalog, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.files.BLOCK_BYTES", 2000)
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(20)])
    first = ingest_pending(catalog, jobs.workspace, max_seconds=0)
    assert not first.complete
    assert 0 < first.stored < 20
    rest = ingest_pending(catalog, jobs.workspace)
    assert rest.complete
    assert first.stored + rest.stored == catalog.count() == 20


def test_threads_that_look_at_once_take_everything_in_once(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(100)])
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(jobs.ingest(catalog))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.stored for report in reports) == catalog.count() == 100


def test_the_clock_looks_no_more_often_than_it_should(catalog: Catalog, jobs: Jobs) -> None:
    clock = IngestClock(every_seconds=3600)
    assert clock.ingest_if_due(catalog, jobs.workspace) is not None
    assert clock.ingest_if_due(catalog, jobs.workspace) is None


def test_nobody_goes_on_before_a_look_under_way_has_ended(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(500)])
    clock = IngestClock(every_seconds=3600)
    counts: list[int] = []

    def visit() -> None:
        clock.ingest_if_due(catalog, jobs.workspace)
        counts.append(catalog.count())

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [500] * 4


def test_text_that_looks_like_sql_is_only_text(catalog: Catalog, jobs: Jobs) -> None:
    name = "'; DROP TABLE images; --.jpg"
    row = jobs.stored(name, 1, title="x' OR '1'='1", artist="\0Robert\udce9")
    ledger = jobs.collect("a\"b'c; --", [])
    ledger.path.write_text(json.dumps(row) + "\n")
    jobs.ingest(catalog)
    picture = catalog.picture(sha(1))
    assert picture.artworks[0].title == "x' OR '1'='1"
    assert picture.artworks[0].artist == "Robert?"
    assert picture.artworks[0].source_id == name
    assert picture.collections == ("a\"b'c; --",)
    assert catalog.count(Selection(collections=("a\"b'c; --",))) == 1


def test_half_surrogate_pairs_in_metadata_do_not_keep_the_rest_of_the_lab_out(catalog: Catalog, jobs: Jobs) -> None:
    """From file names that are no UTF-8, and from servers that escape half an emoji."""
    row = jobs.stored("1.jpg", 1, metadata={"file": "caf\udce9.jpg", "\ud83d": ["\ud83d"]})
    jobs.collect("odd", [row])
    jobs.collect("good", [jobs.stored("2.jpg", 2)])
    jobs.ingest(catalog)
    assert catalog.count(Selection()) == 2
    assert catalog.picture(sha(1)).artworks[0].metadata["file"] == "caf?.jpg"


def test_a_large_catalog_is_looked_at_less_often_while_a_collection_comes_in(
    catalog: Catalog, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.catalog.ingest._PICTURES_PER_SECOND", 1)
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(5)])
    clock = IngestClock(every_seconds=1000)
    assert clock.ingest_if_due(catalog, jobs.workspace) is not None
    assert clock._next > time.monotonic() + 4000
