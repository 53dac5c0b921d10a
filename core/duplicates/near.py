"""Near duplicates of a list of pictures, by perceptual hash or by features: search, verdicts and groups together."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.duplicates.groups import Cut, Group, Merge, Order, arranged, cut, cuts, merges
from core.duplicates.hashes import MAX_RADIUS, Progress, hash_values, near_hashes
from core.duplicates.pairs import NearPairs, ordered
from core.duplicates.vectors import near_vectors, row_distances
from core.duplicates.verdicts import SAME, Verdicts

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
    settled: bool  # every pair was judged


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
        nodes: Sequence[Sequence[int]],
        tree: Sequence[Merge],
        radius: float,
        verdicts: Verdicts,
    ) -> None:
        self._names = names
        self._nodes = nodes  # places in names; those with one hash are one node
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
        alone = set(range(len(self._nodes))).difference(*(group.members for group in nodes))
        nodes += [Group((node,), 0.0) for node in alone if len(self._nodes[node]) > 1]
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
        return cuts(self._tree, asked, [len(node) for node in self._nodes])

    def _described(self, group: Group) -> SimilarPictures:
        pictures = tuple(self._names[place] for place in group.members)
        same, settled = 0, True
        # thousands of equal pictures have millions of pairs: verdicts are few, and the first that is missing decides
        if len(pictures) * (len(pictures) - 1) // 2 > len(self._verdicts):
            settled = False
            inside = set(pictures)
            same = sum(verdict == SAME and {one, other} <= inside for one, other, verdict in self._verdicts)
        else:
            given = [self._verdicts.get(one, other) for one, other in combinations(pictures, 2)]
            same, settled = given.count(SAME), None not in given
        return SimilarPictures(pictures, group.diameter, same, settled)


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
    """Search pictures whose hashes differ in at most `radius` bits. The order of the pictures makes no difference.

    Args:
        names: sha256 of each picture, each once.
        hashes: 16 hexadecimal digits each.
        verdicts: pairs judged different stay apart.
        deviations: the measure of each; pictures below PLAIN_BELOW are left out, because their hashes tell nothing.
        confirm: a second look at near pairs (their places in `names`), as by colour: which of them stay. A hash sees
            no colours.
    Raises: TooManyPairsError.
    """
    verdicts = Verdicts() if verdicts is None else verdicts
    values = hash_values(hashes)
    telling = [place for place in range(len(names)) if deviations is None or deviations[place] >= PLAIN_BELOW]
    telling.sort(key=lambda place: names[place])
    sorted_names = [names[place] for place in telling]
    place_of = {name: row for row, name in enumerate(sorted_names)}
    apart = [(place_of[a], place_of[b]) for a, b in verdicts.different() if a in place_of and b in place_of]
    own = values[telling]
    if confirm is not None:
        pairs = near_hashes(own, radius, threads=threads, progress=progress)
        original = np.asarray(telling, dtype=np.int64)
        pairs = pairs.confirmed(confirm(original[pairs.first], original[pairs.second]))
        nodes: list[list[int]] = [[row] for row in range(len(own))]
        return SimilarSearch(sorted_names, nodes, merges(pairs, apart), radius, verdicts)
    nodes, pairs = _collapsed(own, radius, {row for pair in apart for row in pair}, threads, progress)
    node_of = {row: node for node, rows in enumerate(nodes) for row in rows}
    tree = merges(pairs, [(node_of[one], node_of[other]) for one, other in apart])
    return SimilarSearch(sorted_names, nodes, tree, radius, verdicts)


def find_similar_by_features(
    names: Sequence[str],
    matrix: NDArray[np.floating],
    *,
    distance: float,
    verdicts: Verdicts | None = None,
    progress: Progress | None = None,
) -> SimilarSearch:
    """As find_similar, by vectors not farther apart than `distance`: it finds crops and other exposures, and more
    pictures that are merely alike.

    Args:
        matrix: (N, D), row i of the picture `names[i]`; may be mapped from a file.
    Raises: TooManyPairsError.
    """
    verdicts = Verdicts() if verdicts is None else verdicts
    sorted_names = sorted(names)
    place_of = {name: row for row, name in enumerate(sorted_names)}
    place = np.array([place_of[name] for name in names], dtype=np.int64)
    found = near_vectors(matrix, distance, progress=progress)
    pairs = ordered(found.count, distance, place[found.first], place[found.second], found.distance)
    apart = [(place_of[a], place_of[b]) for a, b in verdicts.different() if a in place_of and b in place_of]
    nodes = [[row] for row in range(len(names))]
    return SimilarSearch(sorted_names, nodes, merges(pairs, apart), distance, verdicts)


def _collapsed(
    values: NDArray[np.uint64], radius: int, singled_out: set[int], threads: int, progress: Progress | None
) -> tuple[list[list[int]], NearPairs]:
    """Nodes of equal hashes, and the near pairs of nodes; a picture that must stay apart from another is one alone."""
    distinct, of = np.unique(values, return_inverse=True)
    rows_of: list[list[int]] = [[] for _ in distinct]
    alone: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(of.tolist()):
        (alone[label] if row in singled_out else rows_of[label]).append(row)
    pairs = near_hashes(distinct, radius, threads=threads, progress=progress)
    if not alone:
        return rows_of, pairs
    nodes: list[list[int]] = []
    nodes_of: list[list[int]] = []
    for label, rows in enumerate(rows_of):
        own = [rows] if rows else []
        own += [[row] for row in alone[label]]
        nodes_of.append(list(range(len(nodes), len(nodes) + len(own))))
        nodes += own
    found = [(one, other, 0.0) for label in alone for one, other in combinations(nodes_of[label], 2)]
    for first, second, distance in zip(
        pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist(), strict=True
    ):
        found += [(one, other, distance) for one in nodes_of[first] for other in nodes_of[second]]
    columns = np.array(found, dtype=np.float64).reshape(-1, 3).T
    return nodes, ordered(len(nodes), radius, columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2])
