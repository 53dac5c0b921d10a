"""The described pictures of a selection: how many are missing, and where the others stand in a store."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.selection import Selection
from core.features.store import FeatureStore

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


@dataclass(frozen=True)
class Described:
    """The pictures of a selection that a store describes, in the order of their numbers in the catalog."""

    numbers: NDArray[np.int32]
    rows: NDArray[np.int64]  # in the store
    missing: int  # pictures of the selection without a descriptor

    def __len__(self) -> int:
        return len(self.numbers)


def described_of(catalog: "Catalog", store: FeatureStore, selection: Selection) -> Described:
    numbers, rows = catalog.described(store)
    shown = catalog.shown(selection)
    inside = numbers < shown.size
    inside[inside] = shown[numbers[inside]] != 0
    found = numbers[inside]
    return Described(found, rows[inside], catalog.count(selection) - len(found))


def undescribed(catalog: "Catalog", store: FeatureStore, selection: Selection) -> int:
    """How many pictures of a selection a store does not describe."""
    return described_of(catalog, store, selection).missing
