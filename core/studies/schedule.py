"""What a rater sees, and when.

At joining, a rater is given their trials: those which the fewest have judged or are about to. Counts therefore never
differ by more than one as long as everybody finishes, however many raters there are at once; trials of somebody who has
gone away become free for others. Among their own trials the least judged comes first, in a random order of their own.
"""

import hashlib
import random
import secrets
from collections import Counter
from collections.abc import Collection, Sequence

from core.studies.clock import now_seconds
from core.studies.journal import RaterState, Role, Tallies, is_live
from core.studies.pairing import least_certain_trial
from core.studies.study import Study
from core.studies.trials import Trial

AWAY_SECONDS = 1200  # without a sign of life for so long, a rater's unanswered trials are free for others


def slots(study: Study, rater_id: str) -> tuple[Role, ...]:
    """The roles of everything a rater sees, in order: practice, then trials that count with attention items and repeats
    among them. Random, but the same whenever it is asked for."""
    rng = _random_of(study, rater_id, "slots")
    design = study.design
    body: list[Role] = ["main"] * study.total_per_rater
    for _ in range(min(design.attention, len(study.trials_of("attention")))):
        body.insert(rng.randint(min(1, len(body)), len(body)), "attention")
    repeats = min(design.repeats, study.total_per_rater)
    for _ in range(repeats):
        # Late, so that what is repeated lies well back, and never before there is something to repeat.
        body.insert(rng.randint(max(1, len(body) // 2 + repeats // 2), len(body)), "repeat")
    practice: list[Role] = ["practice"] * min(design.practice, len(study.trials_of("practice")))
    return tuple(practice + body)


def choose_plan(study: Study, rater_id: str, tallies: Tallies, *, now: float) -> tuple[str, ...] | None:
    """The trials that a new rater is to judge, or None where each next one depends on the answers before it.

    Call it while the journal is locked, and write the rater down before unlocking.

    Args:
        now: seconds since the epoch.
    """
    if study.design.pairing == "adaptive":
        return None
    loads = _loads(study, tallies, now)
    rng = _random_of(study, rater_id, "plan")
    arm = min(study.arms, key=lambda trials: (sum(loads[trial] for trial in trials) / len(trials), rng.random()))
    wanted = min(study.total_per_rater, len(arm))
    if wanted == len(arm):
        return arm
    left = {trial: (loads[trial], rng.random()) for trial in arm}
    chosen: list[str] = []
    groups: Counter[tuple[str, ...]] = Counter()
    while len(chosen) < wanted:  # the least judged; among equals, of the conditions this rater has least of
        best = min(left, key=lambda trial: (left[trial][0], groups[_group(study, trial)], left[trial][1]))
        del left[best]
        chosen.append(best)
        groups[_group(study, best)] += 1
    return tuple(chosen)


def rater_order(study: Study, rater_id: str, trials: Collection[str] | None = None) -> list[str]:
    """Trials (all that count, if not told) in the order of this rater: random, but the same whenever asked for."""
    order = sorted(study.main_trials if trials is None else trials)
    _random_of(study, rater_id, "order").shuffle(order)
    return order


def next_trial(
    study: Study, rater_id: str, tallies: Tallies, *, besides: Sequence[str] = (), now: float | None = None
) -> tuple[str, Role] | None:
    """The trial to hand to a rater, and as what; None when there is none left for them.

    Call it while the journal is locked, and write the assignment before unlocking.

    Args:
        besides: keys already handed to this rater and not yet answered.
        now: seconds since the epoch; for tests.
    """
    state = tallies.raters.get(rater_id) or RaterState("")
    place = len(set(state.votes) | set(besides))
    order = slots(study, rater_id)
    if place >= len(order):
        return None
    role = order[place]
    taken = {*state.votes, *besides}
    if role == "repeat":
        return _to_repeat(study, rater_id, state, taken)
    if role != "main":
        return next(
            (trial, role) for trial in rater_order(study, rater_id, study.trials_of(role)) if trial not in taken
        )
    if study.design.pairing == "adaptive":
        trial = least_certain_trial(study, tallies, taken, _random_of(study, rater_id, str(place)))
        return (trial, role) if trial else None
    best, fewest = "", 0
    seconds = now_seconds() if now is None else now
    own = Counter(entry.item for entry in state.pending if is_live(entry, now=seconds))
    for trial in rater_order(study, rater_id, state.plan):
        judged = tallies.judged.get(trial, 0)
        if trial in taken or (best and judged >= fewest):  # who has it on screen would only add to that
            continue
        judged += tallies.claimed(trial, now=seconds) - own[trial]
        if not best or judged < fewest:
            best, fewest = trial, judged
    return (best, role) if best else None


def on_screen(trial: Trial, role: Role, tallies: Tallies, state: RaterState) -> tuple[str, ...]:
    """The pictures of a trial from left to right: each as often on the left as the other; a repeat the other way
    round than the first time."""
    if len(trial.items) == 1:
        return trial.items
    first, second = trial.items
    if role == "repeat":
        before = state.votes[trial.id].shown
        return before[::-1]
    counts = tallies.on_left[trial.id, first], tallies.on_left[trial.id, second]
    swap = counts[0] > counts[1] if counts[0] != counts[1] else bool(secrets.randbits(1))
    return (second, first) if swap else (first, second)


def _to_repeat(study: Study, rater_id: str, state: RaterState, taken: Collection[str]) -> tuple[str, Role] | None:
    """Of what this rater judged, in the first half where possible: something they no longer have before them."""
    judged = [vote.item for vote in state.votes.values() if vote.role == "main" and f"{vote.item}+repeat" not in taken]
    if not judged:
        return None
    return _random_of(study, rater_id, f"repeat {len(judged)}").choice(judged[: max(1, len(judged) // 2)]), "repeat"


def _loads(study: Study, tallies: Tallies, now: float) -> Counter[str]:
    """How often each trial has been judged, or is going to be by those who have not gone away."""
    loads: Counter[str] = Counter({trial: tallies.judged.get(trial, 0) for trial in study.main_trials})
    for state in tallies.raters.values():
        if state.plan is not None and now - state.active < AWAY_SECONDS:
            loads.update(trial for trial in state.plan if trial not in state.votes)
    return loads


def _group(study: Study, trial: str) -> tuple[str, ...]:
    return tuple(study.items[item].condition for item in study.trials[trial].items)


def _random_of(study: Study, rater_id: str, what: str) -> random.Random:
    return random.Random(hashlib.sha256(f"{study.id}|{rater_id}|{what}".encode()).digest())
