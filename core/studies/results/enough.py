"""Whether there are enough answers yet, by what was fixed when the study opened."""

from dataclasses import dataclass

from core.studies.clock import now_seconds
from core.studies.study import Study


@dataclass(frozen=True)
class Gauge:
    """How far a study is."""

    share: float  # of what the design asks for, 0 to 1: the least of its parts
    words: str
    is_enough: bool
    is_final: bool  # the stop rule fixed at opening is reached; before it, results are interim
    interim: str  # what to think of results now; "" once final


def gauge(study: Study, *, fewest_judgements: int, raters: int, finished: int, now: float | None = None) -> Gauge:
    """How far the answers go.

    Args:
        fewest_judgements: of the condition that has fewest.
        raters: who judged anything.
        finished: who judged everything that they were to see.
        now: seconds since the epoch.
    """
    design = study.design
    wanted = (
        (fewest_judgements, design.recommended_judgements, "judgements in the smallest condition"),
        (raters, design.recommended_raters, "raters"),
    )
    missing = [f"{have:,} of {need:,} {what}" for have, need, what in wanted if have < need]
    share = min((min(1.0, have / need) for have, need, _ in wanted if need > 0), default=1.0)
    seconds = now_seconds() if now is None else now
    is_final = design.stop.kind == "none" or design.stop.reached(
        finished_raters=finished, fewest_judgements=fewest_judgements, now_seconds=seconds
    )
    if missing:
        words = f"Not enough yet: {' and '.join(missing)}. Differences may still turn round."
    else:
        words = (
            f"Enough: at least {fewest_judgements:,} judgements in every condition, from {raters:,} raters. The design "
            f"asked for {design.recommended_judgements:,} and {design.recommended_raters:,}."
        )
    return Gauge(share, words, not missing, is_final, "" if is_final else _interim(study, finished, fewest_judgements))


def _interim(study: Study, finished: int, fewest_judgements: int) -> str:
    stop = study.design.stop
    so_far = {
        "raters": f"; {finished} have finished",
        "judgements": f"; the condition with fewest has {fewest_judgements}",
    }.get(stop.kind, "")
    return (
        f"Interim results. The study stops {stop.in_words()}{so_far}. Do not stop earlier because of what is seen "
        "here: who looks again and again finds differences that chance made."
    )
