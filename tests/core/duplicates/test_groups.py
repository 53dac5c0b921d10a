from itertools import combinations

import numpy as np
import pytest

from core.duplicates import groups as grouping
from core.duplicates.groups import arranged, cut, cuts, groups, merges
from core.duplicates.pairs import NearPairs, ordered


def on_a_line(positions: list[float], radius: float) -> NearPairs:
    """Pictures whose distance is that of numbers on a line."""
    rows = [
        (first, second, abs(positions[first] - positions[second]))
        for first, second in combinations(range(len(positions)), 2)
        if abs(positions[first] - positions[second]) <= radius
    ]
    columns = np.array(rows, dtype=float).reshape(-1, 3).T
    return ordered(len(positions), radius, columns[0].astype(int), columns[1].astype(int), columns[2])


def members(found) -> list[tuple[int, ...]]:
    return [group.members for group in found]


def random_pairs(count: int, radius: float, seed: int) -> NearPairs:
    return on_a_line(np.random.default_rng(seed).uniform(0, 30, count).round(1).tolist(), radius)


def test_a_chain_of_likenesses_does_not_become_one_group():
    found = groups(on_a_line([0, 1, 2.1, 3, 4.1], radius=1.5), order="nearest")
    assert members(found) == [(2, 3), (0, 1)]  # the nearest merge first, and 4 is left alone


@pytest.mark.parametrize("dense", [0, 10_000], ids=["sparse", "dense"])
@pytest.mark.parametrize("seed", range(5))
def test_every_pair_of_a_group_is_within_the_radius_and_no_two_groups_could_be_one(seed, dense, monkeypatch):
    monkeypatch.setattr(grouping, "_DENSE", dense)
    pairs = random_pairs(60, 2.0, seed)
    near = {(int(a), int(b)): float(d) for a, b, d in zip(pairs.first, pairs.second, pairs.distance, strict=True)}
    found = groups(pairs)
    assert found
    for group in found:
        assert group.diameter == pytest.approx(max(near[pair] for pair in combinations(group.members, 2)))
    everybody = [*members(found), *((place,) for place in set(range(60)).difference(*members(found)))]
    for one, other in combinations(everybody, 2):
        assert any((min(a, b), max(a, b)) not in near for a in one for b in other)


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_of_merging_agree_where_no_two_distances_are_equal(seed, monkeypatch):
    generator = np.random.default_rng(seed)
    first, second = np.array(list(combinations(range(40), 2))).T
    distance = generator.permutation(len(first)).astype(float)
    near = distance < 500
    pairs = ordered(40, 500, first[near], second[near], distance[near])
    dense = groups(pairs)
    monkeypatch.setattr(grouping, "_DENSE", 2)
    assert groups(pairs) == dense
    assert max(len(group.members) for group in dense) > 2


def test_each_cut_of_the_tree_is_the_grouping_at_that_radius():
    pairs = random_pairs(50, 3.0, 1)
    tree = merges(pairs)
    for radius in (0.0, 0.4, 1.0, 2.0, 3.0):
        at_once = cut(merges(pairs.within(radius)), radius)
        assert [len(group.members) for group in cut(tree, radius)] == [len(group.members) for group in at_once]
        assert all(group.diameter <= radius for group in cut(tree, radius))


def test_pictures_judged_different_never_share_a_group():
    pairs = on_a_line([0, 0, 0], radius=1)
    assert members(groups(pairs)) == [(0, 1, 2)]
    found = groups(pairs, apart=[(2, 0)])
    assert len(found) == 1
    assert not {0, 2} <= set(found[0].members)


def test_small_groups_come_first_and_other_orders_are_offered():
    found = groups(on_a_line([0, 0.5, 1, 10, 10.9, 20, 20.1], radius=1))
    assert members(found) == [(5, 6), (3, 4), (0, 1, 2)]
    assert members(arranged(found, "largest")) == [(0, 1, 2), (5, 6), (3, 4)]
    assert members(arranged(found, "nearest")) == [(5, 6), (3, 4), (0, 1, 2)]


def test_the_table_counts_groups_at_each_cut_with_copies_behind_a_place():
    tree = merges(on_a_line([0, 1, 5, 7, 50], radius=2))
    plain = cuts(tree, [0, 1, 2])
    assert [(row.groups, row.pictures, row.redundant, row.largest) for row in plain] == [
        (0, 0, 0, 0),
        (1, 2, 1, 2),
        (2, 4, 2, 2),
    ]
    copied = cuts(tree, [0, 1, 2], copies=[1, 3, 1, 1, 10])
    assert [(row.groups, row.pictures, row.largest) for row in copied] == [(2, 13, 10), (2, 14, 10), (3, 16, 10)]


def test_the_same_pairs_give_the_same_groups_whatever_order_they_were_found_in():
    pairs = random_pairs(60, 3.0, 3)
    shuffled = np.random.default_rng(0).permutation(len(pairs))
    again = ordered(60, 3.0, pairs.second[shuffled], pairs.first[shuffled], pairs.distance[shuffled])
    assert groups(again) == groups(pairs)


@pytest.mark.parametrize("seed", range(3))
def test_the_table_agrees_with_the_groups_of_every_cut(seed):
    tree = merges(random_pairs(60, 3.0, seed))
    for row in cuts(tree, [3.0, 0.0, 1.5]):
        sizes = [len(group.members) for group in cut(tree, row.radius)]
        assert (row.groups, row.pictures, row.largest) == (len(sizes), sum(sizes), max(sizes, default=0))
