"""Tags that people give, and the timeline of what they did."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.curation import UnknownPicturesError
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from tests.core.catalog.ledgers import Jobs, sha


def tagged(catalog: Catalog, where: str) -> set[str]:
    return {tile.sha256 for tile in catalog.page(Selection(where=where, excluded="all"))}


def test_a_tag_is_found_beside_those_of_the_source(filled: Catalog) -> None:
    act = filled.tag([sha(1), sha(2)], "  boats ")
    assert (act.act, act.reason, act.pictures) == ("tag", "boats", 2)
    assert tagged(filled, "tag = boats") == {sha(1), sha(2), sha(3)}
    assert tagged(filled, "my_tag = boats") == {sha(1), sha(2)}
    assert tagged(filled, "source_tag = boats") == {sha(3)}
    assert tagged(filled, "tag ~ BOAT and not my_tag in (boats, ships)") == {sha(3)}
    assert tagged(filled, "my_tag is unknown") == {sha(3), sha(4), sha(5), sha(6)}
    assert filled.picture(sha(1)).tags == ("boats",)
    assert filled.given_tags() == [("boats", 2)]


def test_a_second_tag_of_the_same_name_changes_nothing(filled: Catalog) -> None:
    filled.tag([sha(1)], "boats")
    assert filled.tag([sha(1)], "boats").number == 0
    assert filled.tag([sha(1), sha(2)], "boats").pictures == 1


def test_a_tag_is_taken_away_from_what_has_it(filled: Catalog) -> None:
    filled.tag(Selection(artists=("Ada",)), "sea")
    assert filled.untag(Selection(excluded="all", where="width > 350"), "sea").pictures == 1
    assert tagged(filled, "my_tag = sea") == {sha(2)}


def test_tagging_and_untagging_are_undone_where_nobody_was_there_since(filled: Catalog) -> None:
    given = filled.tag([sha(1), sha(2), sha(3)], "sea")
    taken = filled.untag([sha(1)], "sea")
    assert filled.undo(given.number).pictures == 2
    assert tagged(filled, "my_tag = sea") == set()
    assert filled.undo(taken.number).pictures == 1
    assert tagged(filled, "my_tag = sea") == {sha(1)}


def test_acts_about_something_else_do_not_hinder_an_undo(filled: Catalog) -> None:
    left = filled.exclude([sha(1)], "torn")
    filled.tag([sha(1)], "sea")
    given = filled.tag([sha(1)], "blue")
    filled.untag([sha(1)], "sea")
    assert filled.undo(given.number).pictures == 1
    assert filled.undo(left.number).pictures == 1
    assert filled.count() == 6


def test_a_tag_waits_for_a_picture_that_was_replaced(filled: Catalog, jobs: Jobs) -> None:
    filled.tag([sha(1)], "sea")
    jobs.collect("seas", [jobs.stored("a.jpg", picture=9)])
    jobs.ingest(filled)
    assert tagged(filled, "my_tag = sea") == set()
    jobs.collect("seas", [jobs.stored("again.jpg", picture=1)])
    jobs.ingest(filled)
    assert tagged(filled, "my_tag = sea") == {sha(1)}


def test_pictures_for_datasets_have_both_kinds_of_tags(filled: Catalog) -> None:
    filled.tag([sha(3)], "blue")
    (picture,) = filled.pictures_for(Selection(where="my_tag = blue"))
    assert picture.tags == ("blue", "boats")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_tag_without_a_proper_name_is_refused(filled: Catalog, name: str) -> None:
    with pytest.raises(ConfigError):
        filled.tag([sha(1)], name)


def test_tagging_a_picture_that_is_not_here_tags_none(filled: Catalog) -> None:
    with pytest.raises(UnknownPicturesError):
        filled.tag([sha(1), sha(99)], "sea")
    assert filled.given_tags() == []


def test_the_timeline_tells_what_was_done_to_what_and_what_was_undone(filled: Catalog) -> None:
    selection = Selection(artists=("Ada",))
    excluded = filled.exclude(selection, "torn")
    filled.tag([sha(3)], "sea")
    undone = filled.undo(excluded.number)
    last, middle, first = filled.acts()
    assert (last.act, last.undid, last.number, last.can_be_undone) == ("undo", excluded.number, undone.number, False)
    assert (middle.act, middle.reason, middle.pictures, middle.can_be_undone) == ("tag", "sea", 1, True)
    assert (first.act, first.selection, first.is_undone) == ("exclude", selection.to_json(), True)
    assert [entry.number for entry in filled.acts(limit=1)] == [undone.number]


def test_a_selection_is_saved_renamed_replaced_and_forgotten(filled: Catalog) -> None:
    wide = Selection(where="aspect > 1.2", collections=("seas",))
    filled.save_selection(" wide  seas ", wide)
    assert filled.saved_selection("wide seas") == wide
    with pytest.raises(ConfigError):
        filled.save_selection("wide seas", Selection())
    filled.save_selection("wide seas", Selection(where="aspect > 2"), replace=True)
    filled.save_selection("all", Selection())
    with pytest.raises(ConfigError):
        filled.rename_selection("all", "wide seas")
    filled.rename_selection("wide seas", "panoramas")
    assert [(saved.name, saved.selection.where) for saved in filled.saved_selections()] == [
        ("all", ""),
        ("panoramas", "aspect > 2"),
    ]
    filled.delete_selection("all")
    for act in (lambda: filled.delete_selection("all"), lambda: filled.saved_selection("all")):
        with pytest.raises(NotFoundError):
            act()
