"""Before an act on many pictures, all decisions are kept, and can be gone back to."""

from pathlib import Path

import pytest

from core.catalog import snapshots
from core.catalog.catalog import Catalog
from core.catalog.errors import CatalogError
from core.catalog.selection import Selection
from core.errors import NotFoundError
from tests.core.catalog.ledgers import sha


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "FROM_PICTURES", 2)


def test_an_act_on_many_can_be_gone_back_behind(filled: Catalog) -> None:
    filled.exclude([sha(1)], "torn")
    filled.tag([sha(2)], "sea")
    filled.save_selection("wide", Selection(where="aspect > 1"))
    filled.judge([(sha(1), sha(2), "same")])
    assert filled.snapshots() == []
    filled.exclude(Selection(), "not needed")
    filled.untag([sha(2)], "sea")
    filled.delete_selection("wide")
    (snapshot,) = filled.snapshots()
    assert (snapshot.before, snapshot.rows["exclusions"], snapshot.rows["picture_tags"]) == ("exclude", 1, 1)
    assert filled.go_back(snapshot.name).pictures == 5
    assert filled.count() == 5
    assert filled.picture(sha(1)).excluded == "torn"
    assert filled.picture(sha(2)).tags == ("sea",)
    assert filled.saved_selection("wide").where == "aspect > 1"
    assert [entry.act for entry in filled.acts(limit=1)] == ["return"]
    assert [made.before for made in filled.snapshots()] == ["return", "exclude"]


def test_only_the_last_ones_are_kept(filled: Catalog) -> None:
    for turn in range(snapshots.MOST_SNAPSHOTS + 2):
        filled.tag(Selection(), f"tag {turn}")
    assert len(filled.snapshots()) == snapshots.MOST_SNAPSHOTS


def test_the_oldest_one_can_be_gone_back_to(filled: Catalog) -> None:
    for turn in range(snapshots.MOST_SNAPSHOTS):
        filled.tag(Selection(), f"tag {turn}")
    filled.go_back(filled.snapshots()[-1].name)
    assert filled.given_tags() == []


def test_a_name_that_is_no_snapshot_makes_none(filled: Catalog) -> None:
    with pytest.raises(NotFoundError):
        filled.go_back("yesterday")
    assert filled.snapshots() == []


def test_a_damaged_snapshot_changes_nothing(filled: Catalog) -> None:
    filled.exclude(Selection(), "not needed")
    (snapshot,) = filled.snapshots()
    file: Path = filled.path.with_name("snapshots") / snapshot.name / "exclusions.parquet"
    file.write_bytes(b"torn")
    with pytest.raises(CatalogError):
        filled.go_back(snapshot.name)
    assert filled.count() == 0
    with pytest.raises(NotFoundError):
        filled.go_back("yesterday")
