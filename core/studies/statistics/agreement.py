"""How far raters agree: with one another, and with themselves.

On taste people differ, so that low agreement is a finding and not a failure of a study.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.studies.statistics.intervals import LEVEL, Interval, wilson

Level = Literal["nominal", "ordinal"]
_FEWEST_IN_BLOCK = 2  # raters and pictures
_BOOTSTRAP_ROUNDS = 1000


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha: 1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement."""

    value: float
    level: Level
    interval: Interval | None  # pictures resampled: a rater drawn twice would agree with themselves
    raters: int
    items: int  # with two answers or more: others say nothing

    @property
    def words(self) -> str:
        """Krippendorff's own reading, without the verdict."""
        if self.value >= 0.8:
            return "good agreement"
        if self.value >= 0.667:
            return "tentative agreement"
        return "low agreement" if self.value > 0.2 else "hardly more agreement than chance gives"


@dataclass(frozen=True)
class IntraclassCorrelation:
    """Of raters who all judged the same pictures (Shrout & Fleiss, Psychological Bulletin 86, 1979)."""

    single: float  # ICC(2,1): how reliable one rater's answer is
    single_interval: Interval
    average: float  # ICC(2,k): how reliable the mean of these raters is
    average_interval: Interval
    raters: int
    items: int

    @property
    def words(self) -> str:
        """Koo & Li, Journal of Chiropractic Medicine 15, 2016, of the single rater."""
        for bound, word in ((0.9, "excellent"), (0.75, "good"), (0.5, "moderate")):
            if self.single >= bound:
                return word
        return "poor"


@dataclass(frozen=True)
class SelfAgreement:
    """Pictures that a rater judged twice without knowing."""

    pairs: int
    same: int
    interval: Interval | None  # of the share that is the same
    mean_difference: float  # of the answers, absolute

    @property
    def share(self) -> float:
        return self.same / self.pairs


def krippendorff_alpha(answers: NDArray[np.float64], level: Level, *, seed: int = 0) -> Alpha | None:
    """answers: (raters, items), NaN where not judged. None where no two raters judged the same picture, or all
    answers are one and the same, so that there is nothing to agree about."""
    import krippendorff

    counts, values = _value_counts(answers)
    counts = counts[counts.sum(1) >= 2]
    if len(counts) == 0 or (counts.sum(0) > 0).sum() < 2:
        return None
    value = krippendorff.alpha(value_counts=counts, value_domain=values, level_of_measurement=level)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=_BOOTSTRAP_ROUNDS)
    replicates = _alphas(drawn.astype(float), counts.astype(float), level)
    replicates = replicates[np.isfinite(replicates)]
    interval = None
    if len(counts) >= 5 and len(replicates):
        low, high = np.quantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        interval = Interval(float(low), float(high), "bootstrap over pictures")
    raters = int((~np.isnan(answers)).any(1).sum())
    return Alpha(float(value), level, interval, raters, len(counts))


def complete_block(answers: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The largest block found of raters who all judged the same items, (raters, items); None if there is none.

    Raters enter from the one who judged most on; of all blocks on that way the one with most answers is taken.
    """
    judged = ~np.isnan(answers)
    remaining = list(np.argsort(-judged.sum(1), kind="stable"))
    if not remaining:
        return None
    chosen = [remaining.pop(0)]
    shared = judged[chosen[0]]
    best: tuple[int, list[int], NDArray[np.bool_]] | None = None
    while remaining and shared.sum() >= _FEWEST_IN_BLOCK:
        overlaps = (judged[remaining] & shared).sum(1)
        follower = remaining.pop(int(np.argmax(overlaps)))
        chosen.append(follower)
        shared = shared & judged[follower]
        size = len(chosen) * int(shared.sum())
        if shared.sum() >= _FEWEST_IN_BLOCK and (best is None or size > best[0]):
            best = (size, list(chosen), shared)
    return answers[best[1]][:, best[2]] if best else None


def intraclass_correlation(block: ArrayLike, level: float = LEVEL) -> IntraclassCorrelation | None:
    """ICC(2,1) and ICC(2,k), two-way random effects, absolute agreement, with McGraw & Wong's intervals (1996).

    block: (raters, items), complete. None where the items do not differ at all for any rater.
    """
    from scipy import stats

    table = np.asarray(block, dtype=float).T  # (n items, k raters)
    n, k = table.shape
    grand = table.mean()
    between_items = k * ((table.mean(1) - grand) ** 2).sum() / (n - 1)  # MSR
    between_raters = n * ((table.mean(0) - grand) ** 2).sum() / (k - 1)  # MSC
    residual = table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + grand
    error = (residual**2).sum() / ((n - 1) * (k - 1))  # MSE
    spread = between_items + (k - 1) * error + k * (between_raters - error) / n
    spread_of_means = between_items + (between_raters - error) / n
    if between_items + error < 1e-12 or spread <= 0 or spread_of_means <= 0:
        return None
    single = (between_items - error) / spread
    average = (between_items - error) / spread_of_means
    if error < 1e-12:
        low = high = single
    else:
        # the single rater's correlation sets how the two errors mix (McGraw & Wong, case 2A)
        a = k * single / (n * (1 - single))
        b = 1 + k * single * (n - 1) / (n * (1 - single))
        mixed = a * between_raters + b * error
        freedom = mixed**2 / ((a * between_raters) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
        upper = stats.f.ppf((1 + level) / 2, n - 1, freedom)
        lower = stats.f.ppf((1 + level) / 2, freedom, n - 1)
        rest = k * between_raters + (k * n - k - n) * error
        low = n * (between_items - upper * error) / (upper * rest + n * between_items)
        high = n * (lower * between_items - error) / (rest + n * lower * between_items)
    method = "F over a complete block"
    return IntraclassCorrelation(
        single=float(single),
        single_interval=Interval(float(low), float(high), method),
        average=float(average),
        average_interval=Interval(_of_means(low, k), _of_means(high, k), method),
        raters=k,
        items=n,
    )


def fleiss_kappa(block: ArrayLike) -> float | None:
    """Fleiss' kappa (Psychological Bulletin 76, 1971) of a complete block (raters, items); None where all answers are
    one and the same."""
    answers = np.asarray(block, dtype=float)
    counts, values = _value_counts(answers)  # (items, values)
    if len(values) < 2:
        return None
    raters = len(answers)
    observed = ((counts**2).sum(1) - raters) / (raters * (raters - 1))
    by_chance = float(((counts.sum(0) / counts.sum()) ** 2).sum())
    return float((observed.mean() - by_chance) / (1 - by_chance))


def self_agreement(first: ArrayLike, second: ArrayLike) -> SelfAgreement | None:
    """Answers to the same pictures by the same raters, first and second time. None without any."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if len(a) == 0:
        return None
    same = int((a == b).sum())
    return SelfAgreement(len(a), same, wilson(same, len(a)), float(np.abs(a - b).mean()))


def _of_means(single: float, raters: int) -> float:
    """Spearman and Brown: from one rater's reliability to that of the mean of several."""
    below = 1 + (raters - 1) * single
    return float(raters * single / below) if abs(below) > 1e-12 else float("nan")


def _value_counts(answers: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(items, values) how often each value was given to each item, and the values, lowest first."""
    values = np.unique(answers[~np.isnan(answers)])
    counts = (answers[:, :, None] == values[None, None, :]).sum(0)
    return counts, values


def _alphas(drawn: NDArray[np.float64], counts: NDArray[np.float64], level: Level) -> NDArray[np.float64]:
    """Alpha of many resamples at once.

    drawn: (B, items), how often each item counts; counts: (items, V), items with two answers at least.
    """
    size = counts.sum(1)
    # coincidences of each item: pairs of answers by different raters, each worth 1 / (n - 1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    pairs /= (size - 1)[:, None, None]
    observed = np.tensordot(drawn, pairs, axes=(1, 0))  # (B, V, V)
    margins = observed.sum(2)
    total = margins.sum(1)
    expected = margins[:, :, None] * margins[:, None, :]
    expected[:, diagonal, diagonal] -= margins
    expected /= np.maximum(total - 1, 1)[:, None, None]
    if level == "nominal":
        distance = np.broadcast_to(1 - np.eye(counts.shape[1]), observed.shape)
    else:
        # ordinal: (how many answers lie from one value to the other, counting half of each end) squared
        reached = np.cumsum(margins, axis=1) - margins / 2
        distance = (reached[:, :, None] - reached[:, None, :]) ** 2
    below = (expected * distance).sum((1, 2))
    above = (observed * distance).sum((1, 2))
    return 1 - np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
