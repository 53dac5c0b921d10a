"""Which picture a rater sees next: the least judged first, in an order of their own within ties."""

import hashlib
import random
from collections.abc import Collection

from core.studies.journal import Tallies, live
from core.studies.study import Study


def rater_order(study: Study, rater_id: str) -> list[str]:
    """All items in the order of this rater: random, but the same whenever it is asked for."""
    seed = hashlib.sha256(f"{study.id}|{rater_id}".encode()).digest()
    order = sorted(study.items)
    random.Random(seed).shuffle(order)
    return order


def next_item(
    study: Study, rater_id: str, tallies: Tallies, *, besides: Collection[str] = (), now: float | None = None
) -> str | None:
    """The item to hand to a rater, or None when there is none left for them.

    An item counts as judged as often as it has standing votes, plus once for everybody who has it on screen, so that
    raters at the same time spread out. Call it while the journal is locked, and write the assignment before
    unlocking.

    Args:
        besides: items already handed to this rater and not yet answered.
        now: seconds since the epoch; for tests.
    """
    state = tallies.raters.get(rater_id)
    seen = {*besides, *(state.votes if state else ())}
    if len(seen) >= study.total_per_rater:
        return None
    best, fewest = None, None
    for item in rater_order(study, rater_id):
        if item in seen:
            continue
        claims = sum(live(claim, now=now) for claim in tallies.claims.get(item, ()) if claim.rater != rater_id)
        judged = tallies.judged.get(item, 0) + claims
        if fewest is None or judged < fewest:
            best, fewest = item, judged
    return best
