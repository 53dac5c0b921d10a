"""A study's votes as arrays: one row for each judgement that counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.studies.journal import Vote
from core.studies.kinds import LEFT, NO_DIFFERENCE
from core.studies.statistics.intervals import RaterBootstrap
from core.studies.study import Study


@dataclass(frozen=True)
class Judgements:
    """Votes about conditions that compete; those of practice, attention items and repeats are not among them.

    Raters, conditions and trials are numbers: places in `rater_ids`, `study.conditions` and `trial_ids`.
    """

    study: Study
    votes: tuple[Vote, ...]

    @cached_property
    def rater_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(vote.rater for vote in self.votes))

    @cached_property
    def trial_ids(self) -> tuple[str, ...]:
        return self.study.main_trials

    @cached_property
    def raters(self) -> NDArray[np.int_]:
        places = {rater: index for index, rater in enumerate(self.rater_ids)}
        return np.array([places[vote.rater] for vote in self.votes], dtype=int)

    @cached_property
    def trials(self) -> NDArray[np.int_]:
        places = {trial: index for index, trial in enumerate(self.trial_ids)}
        return np.array([places[vote.item] for vote in self.votes], dtype=int)

    @cached_property
    def conditions(self) -> NDArray[np.int_]:
        """Of the picture that is judged; of preferences, of the one on the left."""
        return self._conditions_of([self.judged_item(vote) for vote in self.votes])

    @cached_property
    def opponents(self) -> NDArray[np.int_]:
        """Of preferences: the condition on the right."""
        return self._conditions_of([vote.shown[-1] for vote in self.votes])

    @cached_property
    def answers(self) -> NDArray[np.float64]:
        return np.array([vote.answer for vote in self.votes], dtype=float)

    @cached_property
    def left_won(self) -> NDArray[np.float64]:
        """Of preferences: 1, 0, or 0.5 for no difference."""
        return np.where(self.answers == NO_DIFFERENCE, 0.5, (self.answers == LEFT).astype(float))

    @cached_property
    def oriented(self) -> NDArray[np.float64]:
        """Answers that mean the same whoever gives them: of preferences, 1 or -1 by the picture that was preferred,
        whichever side it was on; else the answer itself.

        Which picture of a pair is 1 goes by their names, which are random: by condition it would be nearly always the
        same answer, and leave nothing for raters to agree about.
        """
        if self.study.design.scale.measure != "preference":
            return self.answers
        first_on_left = np.array([vote.shown[0] == min(vote.shown) for vote in self.votes], dtype=bool)
        preferred = 2 * self.left_won - 1
        return np.where(first_on_left, preferred, -preferred)

    @cached_property
    def bootstrap(self) -> RaterBootstrap:
        return RaterBootstrap(len(self.rater_ids))

    @property
    def shape(self) -> tuple[int, int]:
        """(raters, conditions)."""
        return len(self.rater_ids), len(self.study.conditions)

    def sums(self, values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """(raters, conditions): the sum of values, one for each judgement, or how many judgements there are."""
        raters, conditions = self.shape
        cells = self.raters * conditions + self.conditions
        return (
            np.bincount(cells, weights=values, minlength=raters * conditions).reshape(raters, conditions).astype(float)
        )

    def table(self) -> NDArray[np.float64]:
        """(raters, trials): oriented answers, NaN where not judged."""
        found = np.full((len(self.rater_ids), len(self.trial_ids)), np.nan)
        found[self.raters, self.trials] = self.oriented
        return found

    def judged_item(self, vote: Vote) -> str:
        if self.study.design.scale.measure == "preference":
            return vote.shown[0]
        return self.study.trials[vote.item].items[0]

    def of(self, raters: set[str]) -> "Judgements":
        """Those of some raters alone."""
        return Judgements(self.study, tuple(vote for vote in self.votes if vote.rater in raters))

    def _conditions_of(self, items: Sequence[str]) -> NDArray[np.int_]:
        places = {condition.id: index for index, condition in enumerate(self.study.conditions)}
        known = {item.id: places.get(item.condition, -1) for item in self.study.items.values()}
        return np.array([known[item] for item in items], dtype=int)
