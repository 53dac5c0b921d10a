"""What people prefer among the trials of a sweep: votes on pairs of sample grids, and what to ask next.

votes.jsonl: {"left": 3, "right": 5, "better": 3 | 5 | null, "at": ...}; null: no difference. Votes are on the finished
trials of any sweep; with the method "preference" they are what the search learns from.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError, ConfigError
from core.files import JsonLines
from core.jobs import locks
from core.sweeps.spec import SweepSpec
from core.sweeps.trials import Trial, TrialState

VOTES_PER_TRIAL = 2  # comparisons that each finished trial needs before the search takes its next step
_RIDGE = 0.1  # of the squared strengths: a trial that won its only comparison is not taken to be invincible
_LOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Vote:
    left: int  # numbers of trials
    right: int
    better: int | None  # one of the two; None: no difference
    at: float  # seconds since 1970


class VoteFile:
    def __init__(self, folder: Path) -> None:
        self._lines = JsonLines(folder / "votes.jsonl")
        self._lock_path = folder / "votes.lock"

    def votes(self) -> list[Vote]:
        return [
            Vote(int(row["left"]), int(row["right"]), row.get("better"), float(row["at"])) for row in self._lines.rows()
        ]

    def add(self, left: int, right: int, better: int | None) -> None:
        """Raises ConfigError for what is no vote on this pair; AtelierError if the file is held for too long."""
        if left == right or better not in (left, right, None):
            raise ConfigError(f"A vote says which of two trials is better; got {better!r} of {left} and {right}.")
        lock = locks.take(self._lock_path, timeout_seconds=_LOCK_SECONDS)
        if lock is None:
            raise AtelierError("Another page is writing votes of this sweep. Try again.")
        try:
            self._lines.append({"left": left, "right": right, "better": better, "at": time.time()}, durable=True)
        finally:
            lock.release()


def strengths(trials: Sequence[int], votes: Sequence[Vote]) -> dict[int, float]:
    """Bradley-Terry scores of these trials, in nats with mean 0: more is better. A tie is half a win of each."""
    from core.studies.statistics.pairwise import fit, tally

    place = {number: index for index, number in enumerate(trials)}
    counted = [vote for vote in votes if vote.left in place and vote.right in place]
    if len(place) < 2:
        return dict.fromkeys(place, 0.0)
    counts = tally(
        [place[vote.left] for vote in counted],
        [place[vote.right] for vote in counted],
        [0.5 if vote.better is None else float(vote.better == vote.left) for vote in counted],
        [0] * len(counted),
        conditions=len(place),
        number_of_raters=1,
    )
    scores = fit(counts, ridge=_RIDGE, with_side=False).scores[0]
    return {number: float(scores[index]) for number, index in place.items()}


def comparable(trials: Sequence[Trial]) -> list[Trial]:
    """Those that have pictures to show."""
    return [trial for trial in trials if trial.state in (TrialState.DONE, TrialState.PRUNED) and trial.epoch]


def votes_missing(spec: SweepSpec, trials: Sequence[Trial], votes: Sequence[Vote]) -> int:
    """How many votes a sweep by preference waits for before it can choose its next point; 0: it can go on."""
    candidates = [trial.number for trial in comparable(trials)]
    finished = [trial for trial in trials if not trial.is_open]
    if not spec.by_people or len(trials) < spec.startup_trials or len(candidates) < 2 or len(finished) < len(trials):
        return 0
    met = _met(candidates, votes).sum(axis=1)
    wanted = min(VOTES_PER_TRIAL, len(candidates) - 1)
    return int(-(-np.maximum(0, wanted - met).sum() // 2))


def next_pair(trials: Sequence[Trial], votes: Sequence[Vote], *, seed: int = 0) -> tuple[int, int] | None:
    """The two trials to show next, sides at random; None while there are fewer than two.

    First whoever was compared least; among those the pair of which it is least certain who is better.
    """
    from core.studies.pairing import uncertainty

    candidates = [trial.number for trial in comparable(trials)]
    if len(candidates) < 2:
        return None
    met = _met(candidates, votes)
    wins = _wins(candidates, votes)
    doubt = uncertainty(wins, met)
    times = met.sum(axis=1)
    draw = random.Random(f"{seed}-{len(votes)}")
    pairs = [(first, second) for first in range(len(candidates)) for second in range(first)]

    def urgency(pair: tuple[int, int]) -> tuple[float, float, float, float]:
        first, second = pair
        lacking = sum(max(0.0, VOTES_PER_TRIAL - float(times[one])) for one in pair)
        return lacking, -float(met[first, second]), float(doubt[first, second]), draw.random()

    left, right = max(pairs, key=urgency)
    if draw.random() < 0.5:
        left, right = right, left
    return candidates[left], candidates[right]


def scores_to_learn_from(trials: Sequence[Trial], votes: Sequence[Vote]) -> dict[int, float]:
    """The strengths as a search wants them: less is better."""
    found: Mapping[int, float] = strengths([trial.number for trial in comparable(trials)], votes)
    return {number: -score for number, score in found.items()}


def _met(candidates: Sequence[int], votes: Sequence[Vote]) -> NDArray[np.float64]:
    place = {number: index for index, number in enumerate(candidates)}
    met = np.zeros((len(place), len(place)))
    for vote in votes:
        if vote.left in place and vote.right in place:
            met[place[vote.left], place[vote.right]] += 1
            met[place[vote.right], place[vote.left]] += 1
    return met


def _wins(candidates: Sequence[int], votes: Sequence[Vote]) -> NDArray[np.float64]:
    place = {number: index for index, number in enumerate(candidates)}
    wins = np.zeros((len(place), len(place)))
    for vote in votes:
        if vote.left in place and vote.right in place:
            left, right = place[vote.left], place[vote.right]
            share = 0.5 if vote.better is None else float(vote.better == vote.left)
            wins[left, right] += share
            wins[right, left] += 1 - share
    return wins
