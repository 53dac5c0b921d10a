"""In which order a training sees its pictures: a pure function of the seed, so that "where were we" is one number."""

import numpy as np
from numpy.typing import NDArray


class DataOrder:
    """An endless sequence of passes over `count` pictures, each pass shuffled anew from (seed, pass).

    Batches run on across the border of two passes, so every batch is full and every picture is seen equally often.
    """

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self._pass_number, self._pass = -1, np.empty(0, np.int64)

    def rows(self, start: int, length: int) -> NDArray[np.int64]:
        """Positions (below `count`) of the pictures number `start` to `start + length` of the sequence."""
        pieces = []
        while length > 0:
            pass_number, offset = divmod(start, self.count)
            piece = self._shuffled(pass_number)[offset : offset + length]
            pieces.append(piece)
            start, length = start + len(piece), length - len(piece)
        return np.concatenate(pieces)

    def _shuffled(self, pass_number: int) -> NDArray[np.int64]:
        if pass_number != self._pass_number:
            self._pass = np.random.default_rng((self.seed, pass_number)).permutation(self.count)
            self._pass_number = pass_number
        return self._pass
