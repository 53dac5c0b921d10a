"""Leaving pictures out and taking them back: all or nothing, with a reason, in the log, undoable."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.curation import UnknownPicturesError
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from tests.core.catalog.ledgers import Jobs, sha


def test_an_excluded_picture_leaves_the_gallery_and_stays_in_the_catalog(filled: Catalog) -> None:
    act = filled.exclude([sha(1), sha(2)], "  poor   scan ")
    assert (act.pictures, act.reason) == (2, "poor scan")
    assert filled.count() == 4
    assert filled.count(Selection(excluded="excluded")) == 2
    assert filled.count(Selection(excluded="all")) == 6
    assert filled.picture(sha(1)).excluded == "poor scan"
    assert filled.excluded_reasons() == [("poor scan", 2)]
    assert [info.kept for info in filled.collections()] == [3, 1]


def test_restoring_brings_back_the_excluded_ones_only(filled: Catalog) -> None:
    filled.exclude([sha(1)], "poor scan")
    assert filled.restore([sha(1), sha(2)]).pictures == 1
    assert filled.count() == 6


def test_one_unknown_picture_and_none_is_excluded(filled: Catalog) -> None:
    with pytest.raises(UnknownPicturesError, match="1 of 2 pictures are not in the catalog"):
        filled.exclude([sha(1), sha("nobody")], "poor scan")
    assert filled.count(Selection(excluded="excluded")) == 0
    assert filled.read("SELECT count(*) FROM curation_log") == [(0,)]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_needed_and_has_a_limit(filled: Catalog, reason: str) -> None:
    with pytest.raises(ConfigError, match="reason"):
        filled.exclude([sha(1)], reason)
    assert filled.count() == 6


def test_a_whole_selection_is_excluded_at_once(filled: Catalog) -> None:
    assert filled.exclude(Selection(artists=("Bo",)), "wrong painter").pictures == 2
    assert {tile.artist for tile in filled.page()} == {"Ada", "Hermès", ""}


def test_an_excluded_picture_keeps_its_first_reason(filled: Catalog) -> None:
    filled.exclude([sha(1)], "watermark")
    act = filled.exclude(Selection(excluded="all"), "not needed")
    assert act.pictures == 5
    assert filled.picture(sha(1)).excluded == "watermark"


def test_a_picture_excluded_once_stays_excluded_when_it_comes_again(filled: Catalog, jobs: Jobs) -> None:
    filled.exclude([sha(1)], "watermark")
    jobs.collect("more", [jobs.stored("other name.jpg", 1)])
    jobs.ingest(filled)
    assert filled.picture(sha(1)).excluded == "watermark"
    assert filled.count(Selection(collections=("more",))) == 0


def test_every_act_is_in_the_history_of_its_pictures(filled: Catalog) -> None:
    filled.exclude([sha(1), sha(2)], "watermark", who="Ada")
    filled.restore([sha(1)])
    history = filled.picture(sha(1)).history
    assert [(entry.act, entry.reason, entry.who, entry.pictures) for entry in history] == [
        ("restore", "", "owner", 1),
        ("exclude", "watermark", "Ada", 2),
    ]
    assert [entry.act for entry in filled.picture(sha(2)).history] == ["exclude"]


def test_an_act_that_changes_nothing_is_not_logged(filled: Catalog) -> None:
    assert filled.restore([sha(1)]).number == 0
    assert filled.exclude([], "watermark").number == 0
    assert filled.read("SELECT count(*) FROM curation_log") == [(0,)]


def test_undoing_an_exclusion_restores_what_it_excluded(filled: Catalog) -> None:
    filled.exclude([sha(1)], "watermark")
    act = filled.exclude(Selection(excluded="all"), "too dark")
    assert filled.undo(act.number).pictures == 5
    assert filled.excluded_reasons() == [("watermark", 1)]


def test_undoing_a_restoration_brings_every_reason_back(filled: Catalog) -> None:
    filled.exclude([sha(1)], "watermark")
    filled.exclude([sha(2)], "too dark")
    act = filled.restore(Selection(excluded="all"))
    assert filled.undo(act.number).pictures == 2
    assert filled.picture(sha(1)).excluded == "watermark"
    assert filled.picture(sha(2)).excluded == "too dark"
    assert filled.picture(sha(1)).history[0].act == "undo"


def test_undo_leaves_alone_what_was_decided_since(filled: Catalog) -> None:
    first = filled.exclude([sha(1), sha(2)], "watermark")
    filled.restore([sha(1)])
    filled.exclude([sha(1)], "too dark")
    assert filled.undo(first.number).pictures == 1
    assert filled.picture(sha(1)).excluded == "too dark"
    assert filled.picture(sha(2)).excluded is None


def test_undoing_what_never_happened_is_refused(filled: Catalog) -> None:
    with pytest.raises(NotFoundError):
        filled.undo(99)


def test_a_verdict_waits_for_a_picture_that_was_replaced_and_comes_back(catalog: Catalog, jobs: Jobs) -> None:
    jobs.collect("seas", [jobs.stored("a.jpg", 1), jobs.stored("b.jpg", 2)])
    jobs.ingest(catalog)
    catalog.exclude([sha(2)], "watermark")
    jobs.collect("seas", [jobs.stored("b.jpg", 3)])
    jobs.ingest(catalog)
    jobs.collect("seas", [jobs.stored("c.jpg", 4)])  # takes a number that was free again
    jobs.ingest(catalog)
    assert catalog.count() == 3
    assert catalog.excluded_reasons() == []
    jobs.collect("hills", [jobs.stored("b.jpg", 2)])
    jobs.ingest(catalog)
    assert catalog.picture(sha(2)).excluded == "watermark"
    assert catalog.count() == 3


def test_what_a_filter_finds_can_be_excluded_and_taken_back(filled: Catalog) -> None:
    assert filled.exclude(Selection(where="width > 700 or artist is unknown"), "odd shape").pictures == 2
    assert {tile.sha256 for tile in filled.page(Selection(excluded="excluded"))} == {sha(4), sha(5)}
    assert filled.restore(Selection(where='reason = "odd shape" and width > 700', excluded="all")).pictures == 1
    assert filled.count() == 5
