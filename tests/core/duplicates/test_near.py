import numpy as np
import pytest

from core.duplicates.near import alike_within, find_similar, pairs_by_features, pairs_by_hash
from core.duplicates.verdicts import DIFFERENT, SAME, Verdicts
from core.errors import ConfigError


def pictures(search, **asked) -> list[tuple[str, ...]]:
    return [group.pictures for group in search.groups(**asked)]


NAMES = ["c", "a", "b", "z"]
HASHES = ["00000000000000ff", "00000000000000ff", "000000000000000f", "ffffffffffffffff"]  # c = a, b 4 bits away


def test_pictures_that_look_alike_share_a_group_at_the_radius_asked_for():
    search = find_similar(NAMES, HASHES, radius=8)
    assert pictures(search) == [("a", "b", "c")]
    assert pictures(search, radius=3) == [("a", "c")]
    assert [(cut.groups, cut.pictures) for cut in search.cuts([3, 4])] == [(1, 2), (1, 3)]


def test_a_pair_judged_different_never_shares_a_group_again():
    verdicts = Verdicts()
    verdicts.judge("c", "a", DIFFERENT)
    search = find_similar(NAMES, HASHES, radius=8, verdicts=verdicts)
    assert pictures(search) == [("a", "b")]  # b goes with one of them only
    assert [(cut.groups, cut.pictures) for cut in search.cuts([0, 8])] == [(0, 0), (1, 2)]


def test_groups_of_which_every_pair_was_judged_do_not_come_back_until_a_picture_joins():
    verdicts = Verdicts()
    for pair in ("ab", "ac", "bc"):
        verdicts.judge(*pair, SAME)
    search = find_similar(NAMES, HASHES, radius=8, verdicts=verdicts)
    assert pictures(search) == []
    assert pictures(search, settled=True) == [("a", "b", "c")]
    joined = find_similar([*NAMES, "d"], [*HASHES, HASHES[0]], radius=8, verdicts=verdicts)
    assert [(group.pictures, group.judged_same) for group in joined.groups()] == [(("a", "b", "c", "d"), 3)]


def test_thousands_of_equal_hashes_are_one_group_at_once():
    names = [f"{number:05d}" for number in range(20_000)]
    search = find_similar(names, ["8000000000000000"] * len(names))
    assert [len(group) for group in pictures(search)] == [20_000]
    assert search.cuts([0])[0].redundant == 19_999


def test_plain_pictures_whose_hashes_tell_nothing_are_left_out():
    search = find_similar(NAMES, HASHES, radius=8, deviations=[30.0, 1.0, 30.0, 30.0])
    assert pictures(search) == [("b", "c")]


def test_a_second_look_can_part_what_only_the_hash_takes_for_alike():
    colours = np.array([0, 9, 0, 0])  # of c, a, b, z
    search = find_similar(NAMES, HASHES, radius=8, confirm=lambda one, other: colours[one] == colours[other])
    assert pictures(search) == [("b", "c")]


def test_the_second_look_may_be_by_features():
    matrix = np.array([[0.0], [5.0], [0.4], [0.0]], np.float32)  # of c, a, b, z
    assert pictures(find_similar(NAMES, HASHES, radius=8, confirm=alike_within(matrix, 0.5))) == [("b", "c")]


def test_pictures_are_grouped_by_features_too_with_the_same_verdicts():
    matrix = np.array([[0.0], [0.3], [0.1], [9.0]], np.float32)  # of c, a, b, z
    found = pairs_by_features(NAMES, matrix, distance=0.5)
    search = found.grouped(Verdicts())
    assert pictures(search) == [("a", "b", "c")]
    assert pictures(search, radius=0.15) == [("b", "c")]
    assert [cut.groups for cut in search.cuts()] == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    verdicts = Verdicts()
    verdicts.judge("b", "c", DIFFERENT)
    assert pictures(found.grouped(verdicts)) == [("a", "b")]


def test_the_order_of_the_pictures_makes_no_difference():
    generator = np.random.default_rng(0)
    names = [f"{number:03d}" for number in range(200)]
    hashes = [f"{value:016x}" for value in generator.integers(0, 2**12, 200)]
    order = generator.permutation(200)
    shuffled = find_similar([names[place] for place in order], [hashes[place] for place in order], radius=3)
    assert pictures(shuffled) == pictures(find_similar(names, hashes, radius=3)) != []


def test_verdicts_come_back_from_json_in_either_order_of_the_pair():
    verdicts = Verdicts()
    verdicts.judge("b", "a", SAME)
    verdicts.judge("a", "b", DIFFERENT)
    verdicts.judge("c", "a", SAME)
    again = Verdicts.from_json(verdicts.to_json())
    assert again.get("b", "a") == again.get("a", "b") == DIFFERENT
    assert list(again) == [("a", "b", DIFFERENT), ("a", "c", SAME)]
    again.forget("a", "b")
    assert again.get("a", "b") is None


@pytest.mark.parametrize(
    "damaged", [[], {"pairs": 3}, {"pairs": [["a", "b"]]}, {"pairs": [["a", "b", "maybe"]]}, {"x": 1}]
)
def test_damaged_verdicts_are_refused(damaged):
    with pytest.raises(ConfigError):
        Verdicts.from_json(damaged)


def test_a_picture_cannot_be_judged_against_itself():
    with pytest.raises(ConfigError, match="two pictures"):
        Verdicts().judge("a", "a", SAME)


def test_the_keeper_called_the_same_as_each_of_the_others_settles_the_whole_group():
    verdicts = Verdicts()
    verdicts.judge("b", "a", SAME)
    verdicts.judge("b", "c", SAME)
    assert verdicts.settled(["a", "b", "c"])
    assert not verdicts.settled(["a", "b", "c", "d"])
    verdicts.judge("d", "a", DIFFERENT)  # so it is none of those that are the same as a
    assert verdicts.settled(["a", "b", "c", "d"])
    verdicts.forget("b", "c")
    assert not verdicts.settled(["a", "b", "c"])


def test_two_differences_do_not_settle_the_third_pair():
    verdicts = Verdicts()
    verdicts.judge("a", "b", DIFFERENT)
    verdicts.judge("b", "c", DIFFERENT)
    assert not verdicts.settled(["a", "b", "c"])


def test_pictures_that_were_judged_against_each_other_are_listed_together():
    verdicts = Verdicts()
    verdicts.judge("b", "a", SAME)
    verdicts.judge("b", "c", DIFFERENT)
    verdicts.judge("x", "y", DIFFERENT)
    verdicts.judge("p", "q", SAME)
    verdicts.forget("p", "q")
    assert verdicts.groups() == [("a", "b", "c"), ("x", "y")]


def test_groups_are_made_again_for_other_verdicts_and_fewer_pictures_as_a_new_search_would():
    generator = np.random.default_rng(3)
    names = [f"{number:03d}" for number in range(120)]
    hashes = [f"{value:016x}" for value in generator.integers(0, 2**10, 120)]
    found = pairs_by_hash(names, hashes, radius=3)
    before = found.grouped(Verdicts()).groups()
    verdicts = Verdicts()
    for group in before[::2]:
        verdicts.judge(group.pictures[0], group.pictures[1], DIFFERENT)
    assert found.grouped(verdicts).groups() == find_similar(names, hashes, radius=3, verdicts=verdicts).groups()
    kept = names[::2]
    fewer = [place for place, name in enumerate(names) if name in kept]
    assert (
        found.grouped(verdicts, set(kept)).groups()
        == find_similar(kept, [hashes[place] for place in fewer], radius=3, verdicts=verdicts).groups()
    )
