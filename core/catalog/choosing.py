"""Choosing some pictures of many by what they look like: as different as possible, the strangest, the most typical.

    different   farthest-point sampling (Gonzalez, 1985): no picture of the selection is far from all that are chosen
    outliers    those farthest from their nearest neighbours, by the mean distance of three as FiftyOne weighs them
    typical     the middle pictures of as many groups as are asked for (k-means), the largest group first

Excluding broken pictures first pays: outliers are often those, and pictures as different as possible begin with them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.described import described_of
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from core.features.maps import drawn_by_hash
from core.features.search import Matrix, Progress, diverse_rows
from core.features.store import FeatureStore
from core.features.subsets import outlier_rows, typical_rows

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

MOST_COMPARED = 100_000  # of more pictures, as many drawn by their hashes: some seconds, and 108 MB
WAYS = {"different": "As different as possible", "outliers": "Outliers", "typical": "Most typical"}
MOST_CHOSEN = 5_000


@dataclass(frozen=True)
class Chosen:
    pictures: list[str]  # sha256, in the order in which they were chosen
    compared: int  # described pictures among which they were chosen
    described: int  # of the selection; more than were compared where that is a sample

    @property
    def words(self) -> str:
        """What to say where not all were compared; "" elsewhere."""
        if self.compared == self.described:
            return ""
        return f"among {self.compared:,} of {self.described:,} pictures, drawn at random"


def choose_pictures(
    catalog: "Catalog",
    store: FeatureStore,
    selection: Selection,
    count: int,
    *,
    way: str = "different",
    progress: Progress | None = None,
) -> Chosen:
    """At most `count` described pictures of a selection.

    Raises: NotFoundError for another way; ConfigError for a count below 1 or too large, or where nothing is described.
    """
    if way not in WAYS:
        raise NotFoundError("way to choose pictures", way, list(WAYS))
    if not 1 <= count <= MOST_CHOSEN:
        raise ConfigError(f"Between 1 and {MOST_CHOSEN:,} pictures can be chosen at once; got {count:,}.")
    described = described_of(catalog, store, selection)
    if not len(described):
        raise ConfigError(
            "None of these pictures is described, so they cannot be compared. Describe them first: "
            "python -m core catalog describe"
        )
    drawn = drawn_by_hash(store.digests(described.rows), MOST_COMPARED)
    rows = np.sort(described.rows[drawn])
    chosen = _chosen(_gathered(store.shards, rows), count, way, progress)
    return Chosen(store.names(rows[chosen]), len(rows), len(described))


def _chosen(matrix: Matrix, count: int, way: str, progress: Progress | None) -> NDArray[np.int64]:
    if way == "different":
        return diverse_rows(matrix, count, progress=progress)
    return outlier_rows(matrix, count) if way == "outliers" else typical_rows(matrix, count)


def _gathered(shards: list[NDArray[np.float16]], rows: NDArray[np.int64]) -> Matrix:
    """These rows of several arrays, which grow, as one."""
    found = np.empty((len(rows), shards[0].shape[1]), np.float32)
    begin = 0
    for shard in shards:
        first, last = np.searchsorted(rows, (begin, begin + len(shard)))
        found[first:last] = shard[rows[first:last] - begin]
        begin += len(shard)
    return found
