"""Complete-link groups: every picture of a group is near every other one, so that no chain of likenesses grows.

The tree of merges is made once, for the widest radius; each cut of it is the grouping at a smaller one. That is what
makes a table of "groups at each cut" as cheap as one grouping.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.duplicates.pairs import NearPairs

Order = Literal["smallest", "largest", "nearest"]
_DENSE = 2048  # pictures of a cluster up to which scipy's dense linkage serves: 17 MB


@dataclass(frozen=True)
class Group:
    """Pictures that are all within the radius of each other."""

    members: tuple[int, ...]  # places in the list that was searched, ascending; two at least
    diameter: float  # the largest distance of two of them


@dataclass(frozen=True)
class Merge:
    """Two groups that became one: of everything that `one` and `other` belong to by then."""

    one: int
    other: int
    height: float  # the largest distance in the merged group


@dataclass(frozen=True)
class Cut:
    """What a radius would give, for choosing one before acting."""

    radius: float
    groups: int
    pictures: int  # in groups
    redundant: int  # pictures - groups: what would go if one of each group stayed
    largest: int  # pictures of the largest group


def merges(pairs: NearPairs, apart: Iterable[tuple[int, int]] = ()) -> list[Merge]:
    """The complete-link tree up to the pairs' radius, by height; the same for the same input.

    Args:
        apart: pairs that must never share a group, whatever their distance.
    """
    kept = _allowed(pairs, apart)
    found: list[Merge] = []
    for nodes, edges in _components(kept):
        first, second, distance = kept.first[edges], kept.second[edges], kept.distance[edges]
        if len(nodes) == 2:
            found.append(Merge(int(nodes[0]), int(nodes[1]), float(distance[0])))
        elif len(nodes) <= _DENSE:
            found += _dense_merges(nodes, first, second, distance)
        else:
            found += _sparse_merges(first, second, distance)
    return sorted(found, key=lambda merge: (merge.height, merge.one, merge.other))


def cut(tree: Sequence[Merge], radius: float) -> list[Group]:
    """The groups within a radius, by their first member."""
    forest = _Forest()
    height: dict[int, float] = {}
    for merge in tree:
        if merge.height > radius:
            break
        low, _ = forest.join(merge.one, merge.other)
        height[low] = merge.height
    members: dict[int, list[int]] = defaultdict(list)
    for place in forest.places():
        members[forest.root(place)].append(place)
    return [Group(tuple(sorted(of)), height[first]) for first, of in sorted(members.items())]


def groups(pairs: NearPairs, apart: Iterable[tuple[int, int]] = (), *, order: Order = "smallest") -> list[Group]:
    """Complete-link groups at the pairs' own radius."""
    return arranged(cut(merges(pairs, apart), pairs.radius), order)


def arranged(found: Iterable[Group], order: Order) -> list[Group]:
    """Smallest groups first (they are judged fastest), largest, or those whose pictures are nearest to each other."""
    keys = {
        "smallest": lambda group: (len(group.members), group.diameter, group.members),
        "largest": lambda group: (-len(group.members), group.diameter, group.members),
        "nearest": lambda group: (group.diameter, len(group.members), group.members),
    }
    return sorted(found, key=keys[order])


def cuts(
    tree: Sequence[Merge], radii: Iterable[float], copies: Sequence[int] | NDArray[np.int64] | None = None
) -> list[Cut]:
    """Counts at each radius.

    Args:
        copies: how many pictures stand behind each place, where equal ones were searched as one. A place with several
            is a group by itself.
    """
    behind = np.ones(0, np.int64) if copies is None else np.asarray(copies, dtype=np.int64)
    several = behind[behind > 1]
    found, pictures, largest = len(several), int(several.sum()), int(several.max(initial=0))
    forest = _Forest()
    size: dict[int, int] = {}
    table: dict[float, Cut] = {}
    asked = list(radii)
    merged = 0
    for radius in sorted(set(asked)):
        while merged < len(tree) and tree[merged].height <= radius:
            low, high = forest.join(tree[merged].one, tree[merged].other)
            both = [size.get(place) or (int(behind[place]) if copies is not None else 1) for place in (low, high)]
            size[low] = sum(both)
            pictures += both.count(1)
            found += 1 - sum(each > 1 for each in both)
            largest = max(largest, size[low])
            merged += 1
        table[radius] = Cut(radius, found, pictures, pictures - found, largest)
    return [table[radius] for radius in asked]


class _Forest:
    """Which places belong together, by joining them; a tree's root is its smallest place."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def root(self, place: int) -> int:
        while (above := self._above.get(place, place)) != place:
            self._above[place] = self._above.get(above, above)
            place = above
        return place

    def join(self, one: int, other: int) -> tuple[int, int]:
        """The two roots, the one that stays first."""
        low, high = sorted((self.root(one), self.root(other)))
        self._above[low] = self._above[high] = low
        return low, high

    def places(self) -> Iterable[int]:
        """All that were ever joined."""
        return list(self._above)


def _allowed(pairs: NearPairs, apart: Iterable[tuple[int, int]]) -> NearPairs:
    keys = {min(pair) * pairs.count + max(pair) for pair in apart}
    if not keys:
        return pairs
    of_pairs = pairs.first.astype(np.int64) * pairs.count + pairs.second
    return pairs.confirmed(~np.isin(of_pairs, np.fromiter(keys, np.int64, len(keys))))


def _components(pairs: NearPairs) -> Iterable[tuple[NDArray[np.int32], NDArray[np.int64]]]:
    """(places, rows of pairs) of every connected part."""
    if not len(pairs):
        return
    from scipy.sparse import coo_array  # a third of a second that only a search should pay
    from scipy.sparse.csgraph import connected_components

    places = np.unique(np.concatenate((pairs.first, pairs.second)))
    first, second = np.searchsorted(places, pairs.first), np.searchsorted(places, pairs.second)
    graph = coo_array((np.ones(len(pairs), np.int8), (first, second)), shape=(len(places), len(places)))
    _, labels = connected_components(graph, directed=False)
    edge_labels = labels[first]
    place_order, edge_order = np.argsort(labels, kind="stable"), np.argsort(edge_labels, kind="stable")
    place_ends = np.bincount(labels).cumsum()[:-1]
    edge_ends = np.bincount(edge_labels, minlength=len(place_ends) + 1).cumsum()[:-1]
    yield from zip(np.split(places[place_order], place_ends), np.split(edge_order, edge_ends), strict=True)


def _dense_merges(
    nodes: NDArray[np.int32], first: NDArray[np.int32], second: NDArray[np.int32], distance: NDArray[np.float32]
) -> list[Merge]:
    from scipy.cluster.hierarchy import linkage

    size = len(nodes)
    low, high = np.searchsorted(nodes, first), np.searchsorted(nodes, second)
    far = (
        2.0 * float(distance.max()) + 1.0
    )  # of pairs beyond the radius: they are merged last, and those merges dropped
    condensed = np.full(size * (size - 1) // 2, far)
    condensed[size * low - low * (low + 1) // 2 + high - low - 1] = distance
    member = nodes.tolist()  # of every cluster, one member; scipy numbers new clusters from `size` on
    found = []
    for left, right, height, _ in linkage(condensed, "complete").tolist():
        one, other = sorted((member[int(left)], member[int(right)]))
        member.append(one)
        if height < far:
            found.append(Merge(one, other, height))
    return found


def _sparse_merges(first: NDArray[np.int32], second: NDArray[np.int32], distance: NDArray[np.float32]) -> list[Merge]:
    """The same for a cluster whose full matrix would be too large: a chain at a loose radius.

    Each cluster keeps the others that it may still merge with, and the height of that merge. A merge leaves only what
    both had, so every pair is looked at a few times at most.
    """
    near: dict[int, dict[int, float]] = defaultdict(dict)
    waiting: list[tuple[float, int, int]] = []
    for one, other, apart in zip(first.tolist(), second.tolist(), distance.tolist(), strict=True):
        near[one][other] = near[other][one] = apart
        waiting.append((apart, one, other))
    heapq.heapify(waiting)
    found = []
    while waiting:
        height, one, other = heapq.heappop(waiting)
        if one not in near or near[one].get(other) != height:  # one of them was merged, or they grew apart since
            continue
        found.append(Merge(one, other, height))
        gone = near.pop(other)
        kept = near[one]
        del kept[other]
        for place in gone:
            if place != one:
                del near[place][other]
        for place in list(kept):
            if place not in gone:
                del kept[place], near[place][one]
            elif gone[place] > kept[place]:
                kept[place] = near[place][one] = gone[place]
                heapq.heappush(waiting, (gone[place], min(one, place), max(one, place)))
    return found
