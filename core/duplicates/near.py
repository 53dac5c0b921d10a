"""Near duplicates of a list of pictures, by perceptual hash or by features: search, verdicts and groups together."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.duplicates.groups import Cut, Group, Merge, Order, arranged, cut, cuts, merges
from core.duplicates.hashes import MAX_RADIUS, Progress, hash_values, near_hashes
from core.duplicates.pairs import NearPairs, ordered
from core.duplicates.vectors import near_vectors, row_distances
from core.duplicates.verdicts import Verdicts

# Bits; nearly every distance is even, since the median leaves 32 of the 64 bits set. By benchmarks/duplicates.py:
DEFAULT_RADIUS = 6  # where nothing confirms: finds nine of ten scaled or compressed copies, next to nothing else
CONFIRMED_RADIUS = 10  # where features do: finds nearly all of those, and most that lost a fiftieth of each border
# A perceptual hash is the signs of a picture's coarsest waves. A nearly plain picture has none: its hash is noise of
# the compression, and equal for pictures that have nothing in common.
PLAIN_BELOW = 4.0  # of the measure `deviation`, 8-bit steps

Confirm = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


@dataclass(frozen=True)
class SimilarPictures:
    """Pictures that look alike: similar, not duplicates, until a person or their pixels say so."""

    pictures: tuple[str, ...]  # sha256, ascending; two at least
    diameter: float  # the largest distance of two of them
    judged_same: int  # pairs of them that a person called the same
    settled: bool  # every pair was judged, or follows from what was


def alike_within(matrix: NDArray[np.floating], distance: float) -> Confirm:
    """A second look by features: pairs whose vectors are not farther apart than `distance`.

    With the descriptor of core.features, half of what lies between unrelated pictures parts the same composition in
    other colours from the same picture in other files, even at hash radii of 10 and 12.

    Args:
        matrix: (N, D), row i of the picture `names[i]`.
    """
    return lambda first, second: row_distances(matrix, matrix, first, second) <= distance


class SimilarSearch:
    """What a search found, to be cut at any radius up to its own without searching again."""

    def __init__(
        self,
        names: Sequence[str],
        nodes: Mapping[int, Sequence[int]],
        sizes: NDArray[np.int64],
        tree: Sequence[Merge],
        radius: float,
        verdicts: Verdicts,
    ) -> None:
        """nodes: of those that may stand in a group, the places in names; pictures with one hash are one node. sizes:
        (nodes,) pictures of every node."""
        self._names = names
        self._nodes = nodes
        self._sizes = sizes
        self._tree = tree
        self._verdicts = verdicts
        self.radius = radius

    def groups(
        self, radius: float | None = None, *, order: Order = "smallest", settled: bool = False
    ) -> list[SimilarPictures]:
        """Complete-link groups.

        Args:
            radius: at most the search's own, which is the default.
            settled: also those of which a person has judged every pair.
        """
        nodes = cut(self._tree, self.radius if radius is None else radius)
        joined = {node for group in nodes for node in group.members}
        alone = np.flatnonzero(self._sizes > 1).tolist()
        nodes += [Group((node,), 0.0) for node in alone if node not in joined]
        whole = [
            Group(tuple(sorted(place for node in group.members for place in self._nodes[node])), group.diameter)
            for group in nodes
        ]
        found = (self._described(group) for group in arranged(whole, order))
        return [group for group in found if settled or not group.settled]

    def cuts(self, radii: Sequence[float] | None = None) -> list[Cut]:
        """Counts at each radius, settled groups included.

        Args:
            radii: by default every number of bits up to the search's own radius; where it is below one, as with
                features, tenths of it.
        """
        whole = range(int(self.radius) + 1) if self.radius >= 1 else [self.radius * step / 10 for step in range(1, 11)]
        asked = whole if radii is None else radii
        return cuts(self._tree, asked, self._sizes)

    def _described(self, group: Group) -> SimilarPictures:
        pictures = tuple(self._names[place] for place in group.members)
        same = self._verdicts.judged_same(pictures)
        return SimilarPictures(pictures, group.diameter, same, self._verdicts.settled(pictures))


@dataclass(frozen=True)
class FoundPairs:
    """The near pairs of a search, of which groups are made again at little cost when verdicts change or pictures go."""

    names: Sequence[str]  # sha256, ascending
    node_of: NDArray[np.int64]  # (N,) of each picture; those that share one are alike in what was compared
    pairs: NearPairs  # of nodes
    radius: float

    def grouped(self, verdicts: Verdicts, kept: Collection[str] | None = None) -> SimilarSearch:
        """Complete-link groups.

        Args:
            verdicts: pairs judged different stay apart.
            kept: the pictures that take part; all where None.
        """
        takes_part = np.ones(len(self.names), np.bool_)
        if kept is not None:
            takes_part = np.fromiter((name in kept for name in self.names), np.bool_, len(self.names))
        apart = [
            (one, other)
            for one, other in ((self._row(a), self._row(b)) for a, b in verdicts.different())
            if one is not None and other is not None and takes_part[one] and takes_part[other]
        ]
        alone = {row: self.pairs.count + place for place, row in enumerate(sorted({r for pair in apart for r in pair}))}
        takes_part[list(alone)] = False  # each is a node by itself, behind the others
        rows = np.flatnonzero(takes_part)
        of_rows = self.node_of[rows]
        sizes = np.concatenate((np.bincount(of_rows, minlength=self.pairs.count), np.ones(len(alone), np.int64)))
        split: dict[int, list[int]] = defaultdict(list)  # node -> those that stand for a picture of it each
        for row, node in alone.items():
            split[int(self.node_of[row])].append(node)
        pairs = self._of_nodes(sizes, split)
        tree = merges(pairs, [(alone[one], alone[other]) for one, other in apart])
        grouped = sizes > 1
        grouped[pairs.first] = grouped[pairs.second] = True
        rows, of_rows = rows[grouped[of_rows]], of_rows[grouped[of_rows]]
        order = np.argsort(of_rows, kind="stable")
        found, begins = np.unique(of_rows[order], return_index=True)
        parts = np.split(rows[order], begins[1:])
        nodes = {node: part.tolist() for node, part in zip(found.tolist(), parts, strict=False)}
        nodes |= {node: [row] for row, node in alone.items()}
        return SimilarSearch(self.names, nodes, sizes, tree, self.radius, verdicts)

    def _row(self, name: str) -> int | None:
        place = bisect_left(self.names, name)
        return place if place < len(self.names) and self.names[place] == name else None

    def _of_nodes(self, sizes: NDArray[np.int64], split: Mapping[int, Sequence[int]]) -> NearPairs:
        """The pairs of the nodes that have pictures, and of those that were split off."""
        filled = sizes[: self.pairs.count] > 0
        stays = filled[self.pairs.first] & filled[self.pairs.second]
        columns = [self.pairs.first[stays], self.pairs.second[stays], self.pairs.distance[stays]]
        if split:

            def standing_for(node: int) -> list[int]:
                return [*([node] if filled[node] else []), *split.get(node, ())]

            is_split = np.zeros(self.pairs.count, np.bool_)
            is_split[list(split)] = True
            found = [(one, other, 0.0) for node in split for one, other in combinations(standing_for(node), 2)]
            for row in np.flatnonzero(is_split[self.pairs.first] | is_split[self.pairs.second]).tolist():
                one, other = int(self.pairs.first[row]), int(self.pairs.second[row])
                found += [
                    (left, right, float(self.pairs.distance[row]))
                    for left in standing_for(one)
                    for right in standing_for(other)
                    if left in split.get(one, ()) or right in split.get(other, ())
                ]
            more = np.array(found, dtype=np.float64).reshape(-1, 3).T
            columns = [np.concatenate((column, extra)) for column, extra in zip(columns, more, strict=True)]
        first, second, distance = columns
        return ordered(len(sizes), self.radius, first.astype(np.int64), second.astype(np.int64), distance)


def find_similar(
    names: Sequence[str],
    hashes: Sequence[str],
    *,
    radius: int = MAX_RADIUS,
    verdicts: Verdicts | None = None,
    deviations: Sequence[float] | None = None,
    confirm: Confirm | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> SimilarSearch:
    """Search pictures whose hashes differ in at most `radius` bits. See `pairs_by_hash`.

    Args:
        verdicts: pairs judged different stay apart.
    Raises: TooManyPairsError.
    """
    found = pairs_by_hash(
        names, hashes, radius=radius, deviations=deviations, confirm=confirm, threads=threads, progress=progress
    )
    return found.grouped(Verdicts() if verdicts is None else verdicts)


def pairs_by_hash(
    names: Sequence[str],
    hashes: Sequence[str],
    *,
    radius: int = MAX_RADIUS,
    deviations: Sequence[float] | None = None,
    confirm: Confirm | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> FoundPairs:
    """Pictures whose hashes differ in at most `radius` bits. The order of the pictures makes no difference.

    Args:
        names: sha256 of each picture, each once.
        hashes: 16 hexadecimal digits each.
        deviations: the measure of each; pictures below PLAIN_BELOW are left out, because their hashes tell nothing.
        confirm: a second look at near pairs (their places in `names`), as by colour: which of them stay. A hash sees
            no colours.
        progress: what it raises ends the search.
    Raises: TooManyPairsError.
    """
    values = hash_values(hashes)
    telling = [place for place in range(len(names)) if deviations is None or deviations[place] >= PLAIN_BELOW]
    telling.sort(key=lambda place: names[place])
    sorted_names, own = [names[place] for place in telling], values[telling]
    if confirm is not None:
        pairs = near_hashes(own, radius, threads=threads, progress=progress)
        original = np.asarray(telling, dtype=np.int64)
        pairs = pairs.confirmed(confirm(original[pairs.first], original[pairs.second]))
        return FoundPairs(sorted_names, np.arange(len(own)), pairs, radius)
    distinct, node_of = np.unique(own, return_inverse=True)
    pairs = near_hashes(distinct, radius, threads=threads, progress=progress)
    return FoundPairs(sorted_names, node_of.astype(np.int64), pairs, radius)


def pairs_by_features(
    names: Sequence[str], matrix: NDArray[np.floating], *, distance: float, progress: Progress | None = None
) -> FoundPairs:
    """By vectors not farther apart than `distance`: it finds crops and other exposures, and more pictures that are
    merely alike.

    Args:
        matrix: (N, D), row i of the picture `names[i]`; may be mapped from a file.
    Raises: TooManyPairsError.
    """
    sorted_names = sorted(names)
    place_of = {name: row for row, name in enumerate(sorted_names)}
    place = np.array([place_of[name] for name in names], dtype=np.int64)
    found = near_vectors(matrix, distance, progress=progress)
    pairs = ordered(found.count, distance, place[found.first], place[found.second], found.distance)
    return FoundPairs(sorted_names, np.arange(len(names)), pairs, distance)
