"""Which two conditions to compare next, when the number of votes is fixed: those of which it is least certain which one
people prefer.

Strengths and their covariance come from a Bradley-Terry fit with a weak prior; the uncertainty of a pair is the
standard error of its predicted chance of winning, p(1 - p) times that of the difference (the delta method). Where one
side always wins, that chance is soon near 1 and its error small, however few votes it has; close calls get the votes.
"""

import random
from collections import Counter
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from core.studies.journal import Tallies
from core.studies.kinds import NO_DIFFERENCE, RIGHT
from core.studies.study import Study

_PRIOR = 0.5  # comparisons that every two conditions start with, half won by each: finite strengths from the start
_ROUNDS = 30


def least_certain_trial(study: Study, tallies: Tallies, taken: Collection[str], rng: random.Random) -> str | None:
    """The trial to show next to a rater who has seen `taken`; None if they have seen all."""
    names = [condition.id for condition in study.conditions]
    wins, asked = _counts(study, tallies, names)
    doubt = uncertainty(wins, asked)
    open_trials: dict[tuple[str, str], list[str]] = {}
    for trial in study.main_trials:
        if trial not in taken:
            first, second = (study.items[item].condition for item in study.trials[trial].items)
            open_trials.setdefault((first, second), []).append(trial)
    if not open_trials:
        return None
    place = {name: index for index, name in enumerate(names)}
    best = max(open_trials, key=lambda pair: (doubt[place[pair[0]], place[pair[1]]], rng.random()))
    claims = {trial: tallies.judged.get(trial, 0) + len(tallies.claims.get(trial, ())) for trial in open_trials[best]}
    return min(claims, key=lambda trial: (claims[trial], rng.random()))


def uncertainty(wins: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard error of each condition's chance of winning against each other, (K, K).

    Args:
        wins: (K, K), how often the row won against the column; a tie counts half for both.
        asked: (K, K), comparisons given or under way; symmetric.
    """
    number = len(wins)
    prior = _PRIOR / 2 * (1 - np.eye(number))
    won = wins + prior
    strength = np.ones(number)
    for _ in range(_ROUNDS):  # minorisation-maximisation: Hunter, Annals of Statistics 32, 2004
        games = won + won.T
        strength = won.sum(axis=1) / (games / (strength[:, None] + strength[None, :])).sum(axis=1)
        strength /= strength.mean()
    chance = strength[:, None] / (strength[:, None] + strength[None, :])
    single = chance * (1 - chance)
    weights = (asked + 2 * prior) * single
    fisher = np.diag(weights.sum(axis=1)) - weights
    covariance = np.linalg.pinv(fisher)
    spread = np.diag(covariance)
    variance = np.maximum(spread[:, None] + spread[None, :] - 2 * covariance, 0)
    error: NDArray[np.float64] = single * np.sqrt(variance)
    return error


def _counts(study: Study, tallies: Tallies, names: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    place = {name: index for index, name in enumerate(names)}
    results: Counter[tuple[int, int]] = Counter()
    wins, asked = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for vote in tallies.votes():
        if vote.role == "main":
            left, right = (place[study.items[item].condition] for item in vote.shown)
            if vote.answer == NO_DIFFERENCE:
                results[left, right] += 1
                results[right, left] += 1
            else:
                results[(right, left) if vote.answer == RIGHT else (left, right)] += 2
    for (winner, loser), halves in results.items():
        wins[winner, loser] = halves / 2
    asked += wins + wins.T
    for trial, claims in tallies.claims.items():
        if claims and study.trials[trial].role == "main":
            a, b = (place[study.items[item].condition] for item in study.trials[trial].items)
            asked[a, b] += len(claims)
            asked[b, a] += len(claims)
    return wins, asked
