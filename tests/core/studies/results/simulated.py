"""Studies whose truth is known: raters answer by a rule, through the same functions as people do."""

from collections.abc import Callable

import numpy as np

from core.studies.clock import now_seconds
from core.studies.clock import simulated as clock_at
from core.studies.conditions import Pictures
from core.studies.journal import Vote, VoteJournal
from core.studies.kinds import LEFT, NO_DIFFERENCE, RIGHT
from core.studies.study import Study
from core.studies.voting import Showing, ballot, cast, join
from tests.core.studies.conftest import DrawnPictures

SHOWN = "2026-11-21T10:00:00.000Z"
Answer = Callable[[Study, Showing], int]


class OfRun(DrawnPictures):
    """Drawn by the test, told as of an epoch of "run-a": the seed."""

    @property
    def epoch(self):
        return self.seed

    def to_json(self):
        return {"run_id": "run-a", "epoch": self.epoch, "count": self.count, "seed": 0}

    def draw(self, workspace, shape):
        made = super().draw(workspace, shape)
        provenance = [{"run": "run-a", "epoch": self.epoch, "seed": 0, "index": i} for i in range(self.count)]
        return Pictures(made.images, provenance)


def rate(
    study: Study,
    journal: VoteJournal,
    answer: Answer,
    *,
    response_ms: int | Callable[[int], int] = 1500,
    at_most: int | None = None,
    invitation: str = "",
    point: Callable[[Showing], tuple[float, float] | None] | None = None,
) -> str:
    """One rater judges until nothing is left, or `at_most` showings.

    Args:
        response_ms: the same for all, or by how many were answered before.
    """
    clock, given = now_seconds(), 0
    with clock_at(clock):
        rater = join(study, journal, invitation=invitation)
        now = ballot(study, journal, rater)
    while now.current and (at_most is None or given < at_most):
        showing = now.current
        took = response_ms if isinstance(response_ms, int) else response_ms(given)
        clock += took / 1000 + 0.01
        with clock_at(clock):
            now = cast(
                study,
                journal,
                rater,
                showing.presentation,
                answer(study, showing),
                response_ms=took,
                shown_at=SHOWN,
                point=point(showing) if point else None,
            )
        given += 1
    return rater


def by_condition(answers: dict[str, list[int]]) -> Answer:
    """Answers in turn, by the condition of the picture that is judged; others (attention items) get the lowest."""
    given: dict[str, int] = {}

    def answer(study: Study, showing: Showing) -> int:
        judged = next((i for place, i in enumerate(showing.items) if place != showing.marked), showing.items[0])
        condition = study.condition_of(judged).id
        if condition not in answers:
            return study.design.answers[0]
        given[condition] = given.get(condition, -1) + 1
        return answers[condition][given[condition] % len(answers[condition])]

    return answer


def preferring(order: list[str]) -> Answer:
    """Always the condition that comes first in `order`."""

    def answer(study: Study, showing: Showing) -> int:
        places = [
            order.index(study.condition_of(item).id) if study.condition_of(item).id in order else len(order)
            for item in showing.items
        ]
        if places[0] == places[1]:
            return NO_DIFFERENCE
        return LEFT if places[0] < places[1] else RIGHT

    return answer


def drawn_votes(study: Study, chances: dict[str, float], *, raters: int, spread: float, seed: int) -> list[Vote]:
    """A whole detection study at once, without a journal, for simulations of many: `chances` of each condition to be
    taken for real, raters leaning by `spread` (log odds)."""
    generator = np.random.default_rng(seed)
    # the names of trials are random; the simulation is to be the same every time
    order = sorted(study.main_trials, key=lambda i: (study.items[i].condition, study.items[i].provenance["index"]))
    rates = np.array([chances[study.items[trial].condition] for trial in order])
    odds = np.log(rates / (1 - rates)) + generator.normal(0, spread, raters)[:, None]
    said = generator.random(odds.shape) < 1 / (1 + np.exp(-odds))
    return [
        Vote(f"{rater}-{trial}", f"r{rater}", trial, "p", int(said[rater, place]), 1500, SHOWN, SHOWN, shown=(trial,))
        for rater in range(raters)
        for place, trial in enumerate(order)
    ]
