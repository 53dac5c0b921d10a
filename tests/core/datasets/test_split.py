import pytest

from core.datasets.split import join_groups, split_groups


def names(count: int) -> list[str]:
    return [f"group {number}" for number in range(count)]


def test_a_group_never_straddles_the_split():
    groups = [f"group {number % 37}" for number in range(500)]
    split = split_groups(groups, 0.2, seed=1)
    assert all(len({side for side, own in zip(split, groups, strict=True) if own == group}) == 1 for group in groups)


@pytest.mark.parametrize("count", [2, 3, 5, 10, 20, 50, 200, 1000])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_share_is_met_as_nearly_as_whole_pictures_allow(count, share):
    for seed in range(10):
        held_out = split_groups(names(count), share, seed).count("test")
        assert abs(held_out - share * count) <= max(1.0, 0.1 * share * count)
        assert 1 <= held_out < count


def test_both_sides_get_something_even_of_two_lopsided_groups():
    split = split_groups(["large"] * 99 + ["small"], 0.1, seed=0)
    assert split.count("test") == 1
    split = split_groups(["a"] * 50 + ["b"] * 50, 0.1, seed=0)
    assert split.count("test") == 50


def test_one_group_or_a_share_of_nothing_holds_nothing_out():
    assert split_groups(["one"] * 10, 0.1, seed=0) == ["train"] * 10
    assert split_groups(names(10), 0.0, seed=0) == ["train"] * 10
    assert split_groups([], 0.1, seed=0) == []


def test_adding_pictures_to_a_large_set_moves_none_of_those_that_were_there():
    before = split_groups(names(1000), 0.1, seed=34)  # a draw of 103, so nothing has to be moved
    assert before.count("test") == 103
    assert split_groups(names(1040), 0.1, seed=34)[:1000] == before


def test_adding_pictures_moves_almost_none_of_those_that_were_there():
    before = dict(zip(names(400), split_groups(names(400), 0.1, seed=3), strict=True))
    after = dict(zip(names(440), split_groups(names(440), 0.1, seed=3), strict=True))
    assert sum(after[name] != side for name, side in before.items()) <= 4


def test_the_order_of_the_pictures_does_not_matter_but_the_seed_does():
    groups = names(100)
    first = dict(zip(groups, split_groups(groups, 0.1, seed=0), strict=True))
    backwards = dict(zip(groups[::-1], split_groups(groups[::-1], 0.1, seed=0), strict=True))
    other_seed = dict(zip(groups, split_groups(groups, 0.1, seed=1), strict=True))
    assert first == backwards
    assert first != other_seed


def test_pictures_that_share_a_label_are_joined_through_any_number_of_others():
    pictures = ["d", "c", "b", "a", "e"]
    labels = [["artwork 1"], ["artwork 1", "artwork 2"], ["artwork 2", "artwork 3"], ["artwork 3"], ["artwork 4"]]
    assert join_groups(pictures, labels) == ["a", "a", "a", "a", "e"]
    assert join_groups(pictures[::-1], labels[::-1]) == ["e", "a", "a", "a", "a"]
