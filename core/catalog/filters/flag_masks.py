"""Which pictures an issue of quality flags, over columns: the same as core.catalog.filters.flags finds in tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.arrays.columns import Columns
from core.catalog.filters.sql import issues_asked
from core.catalog.filters.tree import Comparison
from core.quality.issues import ISSUES, flag, size_scores

if TYPE_CHECKING:
    from core.catalog.judging import QualitySettings

Mask = NDArray[np.bool_]
_FIELDS = {"aspect": "proportion"}  # the measure's name in the filter language, where it is another


class FlagMasks:
    """What is flagged by the settings of each collection at one moment.

    Args:
        images: by the number of an artwork: that of its picture.
        settings: of the collections for which people set anything.
        fine: gives (issue, number of a picture) of what people called fine by now.
    """

    def __init__(
        self,
        columns: Columns,
        images: NDArray[np.int32],
        settings: "Mapping[str, QualitySettings]",
        fine: Callable[[], Sequence[tuple[str, int]]],
    ) -> None:
        self._columns = columns
        self._images = images
        self._settings = settings
        self._fine = fine
        self._flagged: dict[str, Mask] | None = None

    def prepare(self) -> dict[str, Mask]:
        """Issue -> what it flags, by the number of a picture."""
        if self._flagged is None:
            self._flagged = self._all()
        return self._flagged

    def of(self, part: Comparison) -> Mask:
        """By the number of a picture: what a comparison of the field "flag" asks for."""
        flagged = self.prepare()
        nothing = np.zeros(int(self._images.max(initial=0)) + 1, np.bool_)
        fine = self._fine()
        telling = [_without(flagged[issue.name], issue.name, fine) for issue in issues_asked(part)]
        found = reduce(np.logical_or, telling, nothing)
        return ~found if part.operator == "unknown" else found

    def counts(self, chosen: Mask) -> list[tuple[str, int]]:
        """(issue, how many of the chosen pictures it flags), in the order of ISSUES. chosen: by the number of one."""
        fine = self._fine()
        found = []
        for name, flagged in self.prepare().items():
            size = min(flagged.size, chosen.size)
            found.append((name, int(np.count_nonzero(_without(flagged, name, fine)[:size] & chosen[:size]))))
        return found

    def _all(self) -> dict[str, Mask]:
        size = int(self._images.max(initial=0)) + 1
        flagged = {issue.name: np.zeros(size, np.bool_) for issue in ISSUES}
        for collection, pictures in self._collections(size):
            values = {issue.measure: self._values(issue.measure, pictures) for issue in ISSUES}
            own = self._settings.get(collection)
            found = flag(values, own.thresholds, normal=own.normal) if own else flag(values)
            for name, flags in found.of.items():
                if name not in found.normal:
                    flagged[name][pictures[flags]] = True
        return flagged

    def _collections(self, size: int) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Each with the numbers of its pictures."""
        postings = self._columns.postings("collection")
        for place, name in enumerate(postings.names.to_pylist()):
            artworks = postings.numbers[postings.starts[place] : postings.starts[place + 1]]
            members = np.zeros(size, np.bool_)
            members[self._images[artworks[artworks < self._images.size]]] = True
            members[0] = False
            yield name, np.flatnonzero(members)

    def _values(self, measure: str, pictures: NDArray[np.intp]) -> NDArray[np.float64]:
        if measure == "size_score":
            return size_scores(*(self._values(side, pictures) for side in ("width", "height")))
        values = self._columns.numbers(_FIELDS.get(measure, measure))
        found = np.full(pictures.size, np.nan)
        inside = pictures < values.size
        found[inside] = values[pictures[inside]]
        return found


def _without(flagged: Mask, issue: str, fine: Sequence[tuple[str, int]]) -> Mask:
    """But for the pictures that somebody called fine as to the issue."""
    numbers = [number for name, number in fine if name == issue and number < flagged.size]
    if not numbers:
        return flagged
    found = flagged.copy()
    found[numbers] = False
    return found
