"""Scores from preferences: Bradley and Terry's model (Biometrika 39, 1952), with ties and a side.

    P(the left one, i, is preferred to the right one, j) = 1 / (1 + exp(-(s_i - s_j + side)))

A tie counts as half a win of each. `side` takes in that people may prefer what is on the left, whatever it is: without
it, sides that are not quite balanced would pass into the scores. A small ridge on the scores keeps them finite where
somebody always wins, and where the graph of who met whom falls apart.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.studies.statistics.intervals import Interval, RaterBootstrap

RIDGE = 0.01  # of the squared scores, in nats
ELO_CENTRE = 1000.0  # the mean of all conditions
ELO_PER_NAT = 400 / math.log(10)  # base 10, scale 400: 400 points are odds of 10 to 1
_MOST_ROUNDS = 60
_PRECISION = 1e-8
_LONGEST_STEP = 1.0  # of any log odds; Newton's steps up to this length always improve a logistic likelihood


@dataclass(frozen=True)
class Fit:
    """Many fits at once; the first axis is one per set of comparisons."""

    scores: NDArray[np.float64]  # (B, K), in nats, mean 0
    side: NDArray[np.float64]  # (B,), in nats; above 0: the left is preferred


@dataclass(frozen=True)
class Ranked:
    """One condition in a ranking."""

    elo: float
    interval: Interval | None
    rank: int  # 1 + how many have a higher score
    rank_bound: int  # 1 + how many are better for certain: their lower bound is above this one's upper bound
    comparisons: int
    win_rate: float | None  # of its comparisons, ties as half; None without any


@dataclass(frozen=True)
class Ranking:
    conditions: tuple[Ranked, ...]
    wins: NDArray[np.float64]  # (K, K): how often the row was preferred to the column, ties as half
    counts: NDArray[np.float64]  # (K, K): how often they met, symmetric
    ties: int
    left_rate: float | None  # how often the left one was preferred, ties as half
    left_elo: float  # the advantage of being on the left
    left_interval: Interval | None
    connected: bool  # whether the comparisons join all conditions; if not, scores across the gap mean nothing
    replicates: NDArray[np.float64]  # (rounds, K): Elo scores in each round of the bootstrap; no rows for one rater

    @property
    def win_rates(self) -> NDArray[np.float64]:
        """(K, K); NaN where two never met."""
        return np.divide(self.wins, self.counts, out=np.full_like(self.wins, np.nan), where=self.counts > 0)


def tally(
    left: ArrayLike, right: ArrayLike, outcome: ArrayLike, raters: ArrayLike, *, conditions: int, number_of_raters: int
) -> NDArray[np.float64]:
    """Votes as counts per rater.

    Args:
        left, right: the number of the condition on each side.
        outcome: 1 where the left was preferred, 0 where the right was, 0.5 for no difference.
        raters: the number of the rater.
    Returns: (raters, 2, K, K): [r, 0, i, j] how often i on the left beat j, [r, 1, i, j] how often i on the left lost.
    """
    shape = (number_of_raters, conditions, conditions)
    who, i, j = np.asarray(raters, dtype=int), np.asarray(left, dtype=int), np.asarray(right, dtype=int)
    cells = np.ravel_multi_index((who, i, j), shape)
    won = np.asarray(outcome, dtype=float)
    size = math.prod(shape)
    wins = np.bincount(cells, weights=won, minlength=size).reshape(shape)
    losses = np.bincount(cells, weights=1 - won, minlength=size).reshape(shape)
    return np.stack([wins, losses], axis=1)


def fit(tallies: NDArray[np.float64], *, ridge: float = RIDGE, with_side: bool = True) -> Fit:
    """Maximum a-posteriori scores for each of B sets of comparisons, by Newton's method on all of them at once.

    Args:
        tallies: (B, 2, K, K), wins and losses of the left one, as `tally` counts them, summed over raters.
        with_side: False for comparisons in which neither side comes first.
    """
    wins, losses = tallies[:, 0], tallies[:, 1]
    met = wins + losses  # (B, K, K)
    sets, number = met.shape[:2]
    scores = np.zeros((sets, number))
    side = np.zeros(sets)
    size = number + with_side
    ridges = np.full(size, 2 * ridge)
    diagonal = np.arange(number)
    for _ in range(_MOST_ROUNDS):
        odds = scores[:, :, None] - scores[:, None, :] + side[:, None, None]
        likely = 1 / (1 + np.exp(-odds))
        missed = wins - met * likely  # what the model leaves unexplained, by pair
        curved = met * likely * (1 - likely)
        gradient = np.zeros((sets, size))
        gradient[:, :number] = missed.sum(2) - missed.sum(1) - 2 * ridge * scores
        curvature = np.zeros((sets, size, size))
        curvature[:, :number, :number] = -(curved + curved.transpose(0, 2, 1))
        # a condition against itself is no comparison of scores: what it adds off the diagonal, it adds on it too
        curvature[:, diagonal, diagonal] += curved.sum(2) + curved.sum(1)
        if with_side:
            gradient[:, number] = missed.sum((1, 2)) - 2 * ridge * side
            curvature[:, :number, number] = curvature[:, number, :number] = curved.sum(2) - curved.sum(1)
            curvature[:, number, number] = curved.sum((1, 2))
        curvature += np.diag(ridges)
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        reach = step[:, :number].max(1) - step[:, :number].min(1)
        if with_side:
            reach = reach + np.abs(step[:, number])
        step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(reach, 1e-12))[:, None]
        scores += step[:, :number]
        if with_side:
            side += step[:, number]
        if np.abs(step).max(initial=0) < _PRECISION:
            break
    return Fit(scores - scores.mean(1, keepdims=True), side)


def rank(tallies: NDArray[np.float64], bootstrap: RaterBootstrap, *, ties: int = 0, ridge: float = RIDGE) -> Ranking:
    """The ranking that raters' comparisons make, with intervals by resampling raters.

    Args:
        tallies: (raters, 2, K, K), as `tally` returns.
        ties: how many of the votes said no difference, for the report.
    """
    whole = tallies.sum(0)
    number = whole.shape[1]
    best = fit(whole[None], ridge=ridge)
    elos = ELO_CENTRE + ELO_PER_NAT * best.scores[0]
    intervals: list[Interval | None] = [None] * number
    left_interval = None
    drawn = np.zeros((0, number))
    if bootstrap.raters >= 2:
        replicates = fit(bootstrap.totals(tallies), ridge=ridge)
        drawn = ELO_CENTRE + ELO_PER_NAT * replicates.scores
        intervals = [bootstrap.interval(drawn[:, index]) for index in range(number)]
        left_interval = bootstrap.interval(ELO_PER_NAT * replicates.side)
    wins = whole[0] + whole[1].T
    counts = wins + wins.T
    off = ~np.eye(number, dtype=bool)
    wins, counts = wins * off, counts * off
    met, left_wins = float(whole.sum()), float(whole[0].sum())
    conditions = tuple(
        Ranked(
            elo=float(elos[index]),
            interval=intervals[index],
            rank=1 + int((elos > elos[index] + 1e-9).sum()),
            rank_bound=1 + _better_for_certain(index, intervals),
            comparisons=round(float(counts[index].sum())),
            win_rate=float(wins[index].sum() / counts[index].sum()) if counts[index].sum() else None,
        )
        for index in range(number)
    )
    return Ranking(
        conditions=conditions,
        wins=wins,
        counts=counts,
        ties=ties,
        left_rate=left_wins / met if met else None,
        left_elo=float(ELO_PER_NAT * best.side[0]),
        left_interval=left_interval,
        connected=_is_connected(counts),
        replicates=drawn,
    )


def expected_win_rate(elo_a: float, elo_b: float) -> float:
    """How often a is preferred to b: 1 / (1 + 10^((R_b - R_a) / 400))."""
    return float(1 / (1 + 10 ** ((elo_b - elo_a) / 400)))


def _better_for_certain(index: int, intervals: list[Interval | None]) -> int:
    own = intervals[index]
    if own is None:
        return 0
    return sum(other is not None and other.low > own.high for other in intervals)


def _is_connected(counts: NDArray[np.float64]) -> bool:
    """Whether whoever met whom joins all conditions."""
    reached, frontier = {0}, [0]
    while frontier:
        for other in np.flatnonzero(counts[frontier.pop()] > 0):
            if int(other) not in reached:
                reached.add(int(other))
                frontier.append(int(other))
    return len(reached) == len(counts)
