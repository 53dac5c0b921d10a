"""How long a picture is shown: the adaptive exposure of HYPE_time (Zhou et al., "HYPE: a benchmark for human eye
perceptual evaluation of generative models", NeurIPS 2019, arXiv:1904.01121).

Three right answers in a row make the next picture 10 ms shorter, a wrong one makes it 30 ms longer, so that exposure
settles where people are right about three times in four.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import ConfigError


@dataclass(frozen=True)
class Staircase:
    """The rule, in milliseconds; the defaults are the paper's."""

    start_ms: int = 500
    shortest_ms: int = 100
    longest_ms: int = 1000
    down_ms: int = 10  # after `streak` right answers in a row
    up_ms: int = 30  # after a wrong answer
    streak: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.shortest_ms <= self.start_ms <= self.longest_ms:
            raise ConfigError(
                f"The exposure starts at {self.start_ms} ms within {self.shortest_ms} to {self.longest_ms} ms, which "
                "cannot be. The start must lie between the shortest and the longest, all above 0."
            )
        if min(self.down_ms, self.up_ms, self.streak) < 1:
            raise ConfigError("The steps of the exposure and the streak that shortens it must be at least 1.")

    def next_ms(self, answers: Iterable[bool]) -> int:
        """The exposure of the next picture. answers: right or wrong, in the order given."""
        exposure, row = self.start_ms, 0
        for right in answers:
            row = row + 1 if right else 0
            if not right:
                exposure = min(self.longest_ms, exposure + self.up_ms)
            elif row == self.streak:
                exposure, row = max(self.shortest_ms, exposure - self.down_ms), 0
        return exposure


def modal_ms(exposures: Iterable[int]) -> int | None:
    """A rater's score: the exposure they were given most often; of several, the shortest. None without any."""
    counts = Counter(exposures)
    return min(counts, key=lambda exposure: (-counts[exposure], exposure)) if counts else None
