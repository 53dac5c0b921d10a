"""Studies whose truth is known: raters answer by a rule, through the same functions as people do."""

from collections.abc import Callable

import numpy as np

from core.studies.clock import now_seconds
from core.studies.clock import simulated as clock_at
from core.studies.journal import VoteJournal, event
from core.studies.kinds import LEFT, NO_DIFFERENCE, RIGHT
from core.studies.study import Study
from core.studies.voting import Showing, ballot, cast, join

SHOWN = "2026-11-21T10:00:00.000Z"
Answer = Callable[[Study, Showing], int]


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


def write_votes(study: Study, chances: dict[str, float], *, raters: int, spread: float, seed: int) -> None:
    """A whole detection study at once, straight into the journal: `chances` of each condition to be taken for real,
    raters leaning by `spread` (log odds). For simulations of many studies: a vote by hand takes a hundred times as
    long.
    """
    generator = np.random.default_rng(seed)
    journal = VoteJournal(study.path)
    # the names of trials are random; the simulation is to be the same every time
    order = sorted(study.main_trials, key=lambda i: (study.items[i].condition, study.items[i].provenance["index"]))
    events = []
    for number in range(raters):
        rater = f"r{number:015d}"
        events.append(event("joined", rater, language="en", via="open", plan=list(study.main_trials)))
        lean = generator.normal(0, spread)
        for trial in order:
            odds = np.log(chances[study.items[trial].condition] / (1 - chances[study.items[trial].condition])) + lean
            answer = int(generator.random() < 1 / (1 + np.exp(-odds)))
            values = {"vote": f"{number}-{trial}", "item": trial, "presentation": "p", "answer": answer}
            events.append(event("vote", rater, **values, response_ms=1500, shown_at=SHOWN, role="main"))
    with journal.locked() as writer:
        writer.append(events)
