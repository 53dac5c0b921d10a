"""Groups of look-alikes are settled in one act, which one undo takes back."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.curation import UnknownPicturesError
from core.catalog.look_alikes.keeping import candidates
from core.catalog.look_alikes.settling import Decision
from core.catalog.selection import Selection
from core.duplicates.keeper import merge_metadata
from core.errors import ConfigError
from tests.core.catalog.ledgers import sha

ONE, TWO, THREE, FOUR = sha(1), sha(2), sha(3), sha(4)


def excluded(catalog: Catalog) -> dict[str, str]:
    return dict(catalog.read("SELECT sha256, reason FROM exclusions"))


def test_the_others_are_left_out_for_the_one_that_stays_and_the_group_is_settled(filled: Catalog) -> None:
    act = filled.keep_one([Decision((ONE, TWO, THREE), kept=(TWO,))], "exact")
    assert (act.act, act.pictures, act.reason) == ("keep_one", 2, f"duplicate of {TWO[:12]}")
    assert excluded(filled) == {ONE: f"duplicate of {TWO[:12]}", THREE: f"duplicate of {TWO[:12]}"}
    assert filled.verdicts().settled([ONE, TWO, THREE])
    assert filled.acts()[0].can_be_undone
    assert [entry.act for entry in filled.picture(ONE).history] == ["keep_one"]


def test_one_undo_takes_everything_back_that_nobody_changed_since(filled: Catalog) -> None:
    act = filled.keep_one([Decision((ONE, TWO, THREE), kept=(TWO,))], "similar")
    filled.restore([THREE])
    filled.judge([(ONE, TWO, "different")])
    later = filled.keep_all([[TWO, THREE]])
    assert filled.undo(act.number).pictures == 1
    assert excluded(filled) == {}
    assert filled.verdicts().get(TWO, THREE) == "different"  # the later word
    assert filled.undo(later.number).act == "undo"
    assert filled.verdicts().get(TWO, THREE) == "same"  # as the first act had left it
    assert filled.undo(act.number).number == 0 or filled.verdicts().get(TWO, THREE) is None


def test_an_excluded_picture_that_is_chosen_to_stay_comes_back(filled: Catalog) -> None:
    filled.exclude([TWO], "poor scan")
    act = filled.keep_one([Decision((ONE, TWO), kept=(TWO,))], "exact")
    assert excluded(filled) == {ONE: f"duplicate of {TWO[:12]}"}
    filled.undo(act.number)
    assert excluded(filled) == {TWO: "poor scan"}


def test_what_the_keeper_lacks_is_noted_with_it_and_the_sources_keep_their_words(filled: Catalog) -> None:
    before = filled.picture(FOUR).artworks
    merged = merge_metadata(candidates(filled, [FOUR, THREE]), FOUR)
    act = filled.keep_one([Decision((FOUR, THREE), kept=(FOUR,), merged=merged)], "similar")
    assert [(fact.field, fact.value, fact.told_by) for fact in filled.taken_over(FOUR)] == [
        ("artist", "Bo", THREE),
        ("tag", "boats", THREE),
    ]
    assert filled.picture(FOUR).tags == ("boats",)
    assert filled.picture(FOUR).artworks == before
    filled.undo(act.number)
    assert (filled.taken_over(FOUR), filled.picture(FOUR).tags) == ((), ())


def test_what_was_taken_over_goes_when_the_verdict_is_forgotten_and_comes_back_with_its_undo(filled: Catalog) -> None:
    merged = merge_metadata(candidates(filled, [FOUR, THREE]), FOUR)
    filled.keep_one([Decision((FOUR, THREE), kept=(FOUR,), merged=merged)], "similar")
    noted = filled.taken_over(FOUR)
    again = filled.ask_again([(FOUR, THREE)])
    assert (filled.taken_over(FOUR), filled.picture(FOUR).tags) == ((), ())
    filled.undo(again.number)
    assert (filled.taken_over(FOUR), filled.picture(FOUR).tags) == (noted, ("boats",))


def test_what_was_taken_over_before_is_not_taken_over_twice(filled: Catalog) -> None:
    merged = merge_metadata(candidates(filled, [FOUR, THREE]), FOUR)
    decision = Decision((FOUR, THREE), kept=(FOUR,), merged=merged)
    filled.keep_one([decision], "similar")
    noted = filled.taken_over(FOUR)
    filled.undo(filled.keep_one([decision], "similar").number)
    assert filled.taken_over(FOUR) == noted


def test_a_tag_that_the_keeper_had_before_outlasts_the_undo(filled: Catalog) -> None:
    filled.tag([FOUR], "boats")
    merged = merge_metadata(candidates(filled, [FOUR, THREE]), FOUR)
    act = filled.keep_one([Decision((FOUR, THREE), kept=(FOUR,), merged=merged)], "similar")
    filled.undo(act.number)
    assert filled.picture(FOUR).tags == ("boats",)


def test_pictures_called_different_stay_and_are_not_asked_about_again(filled: Catalog) -> None:
    act = filled.keep_all([[ONE, TWO, THREE]])
    assert excluded(filled) == {}
    assert len(filled.verdicts()) == 3
    filled.undo(act.number)
    assert len(filled.verdicts()) == 0
    with pytest.raises(ConfigError, match="2 to 64"):
        filled.keep_all([[f"{number:064x}" for number in range(65)]])


def test_asking_again_forgets_the_verdict_and_brings_back_what_was_left_out_for_it(filled: Catalog) -> None:
    filled.exclude([FOUR], "poor scan")
    filled.keep_one([Decision((ONE, TWO, FOUR), kept=(TWO,))], "exact")
    act = filled.ask_again([[ONE, TWO, FOUR]])
    assert (act.act, act.pictures) == ("ask_again", 1)
    assert excluded(filled) == {FOUR: "poor scan"}
    assert len(filled.verdicts()) == 0
    filled.undo(act.number)
    assert ONE in excluded(filled)
    assert filled.verdicts().settled([ONE, TWO, FOUR])
    assert filled.ask_again([[THREE]]).number == 0


def test_many_groups_are_one_act_with_a_snapshot_before_it(filled: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.catalog.snapshots.FROM_PICTURES", 1)
    act = filled.keep_one([Decision((ONE, TWO), kept=(ONE,)), Decision((THREE, FOUR), kept=(FOUR,))], "exact")
    assert (act.pictures, act.reason) == (2, "2 groups of exact pictures")
    assert len(filled.snapshots()) == 1
    assert filled.undo(act.number).pictures == 2
    assert excluded(filled) == {}


def test_a_decision_that_cannot_be_changes_nothing(filled: Catalog) -> None:
    with pytest.raises(ConfigError):
        Decision((ONE,), kept=(ONE,))
    with pytest.raises(ConfigError):
        Decision((ONE, TWO), kept=(THREE,))
    with pytest.raises(UnknownPicturesError):
        filled.keep_one([Decision((ONE, TWO), (ONE,)), Decision((THREE, sha(99)), (THREE,))], "exact")
    with pytest.raises(ConfigError, match="to stay in one group"):
        filled.keep_one([Decision((ONE, TWO), (ONE,)), Decision((THREE, ONE), (THREE,))], "exact")
    assert excluded(filled) == {}
    assert len(filled.verdicts()) == 0


def test_pictures_with_equal_pixels_among_the_kept_are_found_by_a_filter(filled: Catalog) -> None:
    with filled.transaction() as cursor:
        cursor.execute(
            "INSERT INTO picture_measures (sha256, image_number, pixels) "
            "SELECT sha256, number, CASE WHEN number <= 3 THEN 'a' ELSE sha256 END FROM images"
        )

    def found(where: str, excluded: str = "kept") -> int:
        return filled.count(Selection(where=where, excluded=excluded))

    assert (found("duplicate = exact"), found("duplicate is known"), found("not duplicate is known")) == (3, 3, 3)
    assert filled.facets(fields=("duplicate",)) == {"duplicate": [("exact", 3)]}
    filled.keep_all([[ONE, TWO]])
    assert found("duplicate = exact") == 3  # each has the third one still
    first = filled.keep_one([Decision((ONE, THREE), kept=(ONE,))], "exact")
    assert found("duplicate = exact") == 0
    assert found("duplicate = exact", "all") == 1  # the excluded one has equals that are kept
    filled.undo(first.number)
    assert found("duplicate = exact") == 3
