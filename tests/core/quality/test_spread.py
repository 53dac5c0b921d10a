"""What a slider is drawn from: bars, and how many pictures each of its steps flags."""

import numpy as np

from core.quality.issues import find_issue
from core.quality.spread import BARS, STEPS, spread


def test_each_step_counts_what_a_threshold_there_flags() -> None:
    generator = np.random.default_rng(0)
    kept, excluded = generator.random(500), generator.random(20)
    for name in ("dark", "near_solid"):  # one flags below, the other above
        issue = find_issue(name)
        found = spread(issue, kept, excluded, 0.5)
        cuts = np.linspace(found.lowest, found.highest, STEPS + 1)
        assert found.here == int(issue.flags(kept, 0.5).sum())
        assert found.flagged == tuple(int(issue.flags(kept, cut).sum()) for cut in cuts)
        assert (sum(found.counts), sum(found.excluded), len(found.counts), found.measured) == (500, 20, BARS, 500)


def test_thresholds_beyond_all_pictures_lie_within_the_range() -> None:
    found = spread(find_issue("dark"), np.array([0.8, 0.9]), np.array([]), 0.1)
    assert (found.lowest, found.highest) == (0.1, 0.9)
    assert found.flagged[0] == 0


def test_pictures_that_are_all_the_same_still_have_a_range() -> None:
    found = spread(find_issue("dark"), np.full(3, 0.32), np.array([]), 0.32)
    assert found.lowest < 0.32 < found.highest
    assert (found.flagged[0], found.flagged[-1]) == (0, 3)
