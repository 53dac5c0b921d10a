"""What a recipe leaves out, and what it just keeps: a histogram with the limit, and pictures on both sides of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from core.datasets.fit import cut_shares
from core.datasets.plan import NEAR_SOLID, REPEATED, TOO_NARROW, UNREADABLE, Plan, Verdict
from core.datasets.recipe import ASPECTS, Recipe
from core.workspace import Workspace
from ui.augment_histogram import show_histogram
from ui.augment_wall import show_wall

_LEFT_OUT_SHOWN = 24  # to a page
_KEPT_SHOWN = 16


def show_too_narrow(workspace: Workspace, plan: Plan) -> None:
    judged = _judged(plan)
    show_histogram(
        [verdict.cut_share for verdict in judged],
        cut=plan.recipe.max_cut_share,
        drops_above=True,
        top=1.0,
        title={"squash": "share squashed", "pad": "share of padding"}.get(plan.recipe.fit, "share cut away"),
        percent=True,
        key="histogram_narrow",
    )
    if judged:
        st.caption(f"Mean of all pictures, by aspect: {_mean_shares(judged, plan.recipe)}.")
    _show_both_sides(
        workspace,
        left_out=sorted((v for v in judged if v.reason == TOO_NARROW), key=lambda v: v.cut_share),
        kept=sorted((v for v in judged if v.kept), key=lambda v: -v.cut_share),
        figure=lambda verdict: f"{verdict.cut_share:.1%}",
        key="narrow",
    )


def _mean_shares(judged: Sequence[Verdict], recipe: Recipe) -> str:
    """What each aspect would cost these pictures, the cheapest first."""
    sizes = np.array([(verdict.picture.width, verdict.picture.height) for verdict in judged], np.int64)
    shapes = {aspect: replace(recipe, aspect=aspect, copies=()).shape for aspect in ASPECTS}
    means = {aspect: float(cut_shares(sizes, shape).mean()) for aspect, shape in shapes.items()}
    ranked = sorted(means, key=means.__getitem__)
    return ", ".join(
        f"{f'**{aspect}**' if aspect == recipe.aspect else aspect} {means[aspect]:.0%}" for aspect in ranked
    )


def show_near_solid(workspace: Workspace, plan: Plan) -> None:
    judged = [verdict for verdict in _judged(plan) if verdict.reason != TOO_NARROW]
    show_histogram(
        [verdict.deviation for verdict in judged],
        cut=plan.recipe.min_deviation,
        drops_above=False,
        top=100.0,
        title="deviation from one colour, after fitting",
        percent=False,
        key="histogram_solid",
    )
    _show_both_sides(
        workspace,
        left_out=sorted((v for v in judged if v.reason == NEAR_SOLID), key=lambda v: -v.deviation),
        kept=sorted((v for v in judged if v.kept), key=lambda v: v.deviation),
        figure=lambda verdict: f"{verdict.deviation:.1f}",
        key="solid",
    )


def show_others(workspace: Workspace, plan: Plan) -> None:
    """Repeated and unreadable pictures, which no setting brings back."""
    others = [verdict for verdict in plan.dropped if verdict.reason in (REPEATED, UNREADABLE)]
    shown = _page(others, "others")
    show_wall(workspace, shown, [verdict.reason for verdict in shown])
    problems = sorted({verdict.detail for verdict in others if verdict.reason == UNREADABLE})
    for problem in problems[:5]:
        st.caption(problem)


def _judged(plan: Plan) -> list[Verdict]:
    return [verdict for verdict in plan.verdicts if verdict.reason not in (REPEATED, UNREADABLE)]


def _show_both_sides(
    workspace: Workspace,
    *,
    left_out: Sequence[Verdict],
    kept: Sequence[Verdict],
    figure: Callable[[Verdict], str],
    key: str,
) -> None:
    """Pictures on either side of a limit, each side with the nearest to it first."""
    if left_out:
        st.markdown(f"**Left out** ({len(left_out):,}), nearest to the limit first")
        shown = _page(left_out, key)
        show_wall(workspace, shown, [figure(verdict) for verdict in shown])
    else:
        st.caption("This limit leaves nothing out.")
    if kept:
        near = kept[:_KEPT_SHOWN]
        st.markdown("**Kept**, nearest to the limit first")
        show_wall(workspace, near, [figure(verdict) for verdict in near])


def _page(verdicts: Sequence[Verdict], key: str) -> Sequence[Verdict]:
    pages = -(-len(verdicts) // _LEFT_OUT_SHOWN)
    if pages <= 1:
        return verdicts
    page = min(st.pagination(pages, key=f"page_{key}"), pages)  # a moved limit may leave fewer pages
    return verdicts[(page - 1) * _LEFT_OUT_SHOWN : page * _LEFT_OUT_SHOWN]
