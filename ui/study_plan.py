"""The design page's planner: how many people it takes to see what one wants to see."""

from dataclasses import dataclass

import streamlit as st

from core.errors import ConfigError
from core.studies.kinds import Kind
from core.studies.statistics.power import (
    FoolRateWidth,
    Goal,
    MeanDifference,
    MeanWidth,
    RankingError,
    RateAgainstChance,
    RateDifference,
    plan,
)
from ui.markup import harmless

_GOALS = {
    "rating": {"width": "Know each mean well", "difference": "Tell two means apart"},
    "detection": {
        "difference": "Tell two fool rates apart",
        "width": "Know each fool rate well",
        "chance": "Tell one from guessing",
    },
    "preference": {"ranking": "Rank them"},
}


@dataclass(frozen=True)
class Planned:
    """What is written into the design."""

    goal: str
    judgements: int  # per condition
    raters: int


def ask(kind: Kind, *, conditions: int, per_rater: int) -> Planned | None:
    """Draw the planner. None where the goal is out of reach, which is then said.

    Args:
        conditions: how many compete.
        per_rater: judgements one rater gives, about all of them together.
    """
    goals = _GOALS[kind.measure]
    with st.container(border=True):
        st.markdown("**How many people?**")
        name = st.selectbox("You want to", list(goals), format_func=goals.__getitem__, key=f"study-goal-{kind.measure}")
        row = st.container(horizontal=True)
        goal = _goal(kind, name, row)
        raters = row.number_input(
            "People you can reach", 1, 100_000, None, key="study-at-hand", placeholder="Not known"
        )
        try:
            found = plan(goal, conditions=conditions, per_rater=per_rater, raters=int(raters or 0))
        except ConfigError as error:
            st.error(harmless(str(error)))
            return None
        short = bool(raters) and not found.is_enough
        (st.warning if short else st.info)(found.words, icon=":material/groups:")
        st.caption(
            "Two-sided 5 %, 80 % power. Judgements of one person go together: a correlation of "
            f"{found.correlation:g} makes {found.design_effect:.1f} times as many necessary."
        )
    return Planned(goal.words, found.needed, max(2, found.needed_raters))


def _goal(kind: Kind, name: str, row: st.delta_generator.DeltaGenerator) -> Goal:
    if kind.measure == "preference":
        return RankingError(row.number_input("Standard error (Elo)", 5, 200, 31, key="study-goal-elo"))
    if kind.measure == "rating":
        deviation = 2.0 if kind.answers[-1] == 10 else 1.0
        if name == "width":
            return MeanWidth(
                row.number_input("To within ±", 0.05, 2.0, 0.2 * deviation, 0.05, key="study-goal-w"), deviation
            )
        return MeanDifference(
            row.number_input("That differ by", 0.1, 5.0, 0.5 * deviation, 0.1, key="study-goal-d"), deviation
        )
    if name == "width":
        return FoolRateWidth(row.number_input("To within ± (points)", 1.0, 30.0, 7.0, 0.5, key="study-goal-fw") / 100)
    if name == "chance":
        return RateAgainstChance(row.number_input("If it is (%)", 1, 99, 40, key="study-goal-c") / 100)
    first = row.number_input("One at (%)", 1, 99, 19, key="study-goal-a")
    return RateDifference(first / 100, row.number_input("the other at (%)", 1, 99, 28, key="study-goal-b") / 100)
