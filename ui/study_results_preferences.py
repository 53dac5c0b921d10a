"""Better of two: the ranking, who beat whom, and whether the side of the screen mattered."""

import streamlit as st

from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults
from ui.study_results_charts import Line, intervals, matrix
from ui.study_results_ratings import interval_rows

_MINUS = "\N{MINUS SIGN}"


def show(found: StudyResults) -> None:
    ranking = found.ranking
    if ranking is None:
        return
    conditions = found.study.conditions
    names = condition_names(conditions)
    ordered = sorted(interval_rows(found, names), key=lambda row: -row.value)
    st.subheader("Ranking, with 95 % intervals", anchor=False)
    if not ranking.connected:
        st.warning(
            "The comparisons so far do not join all conditions: those that never met, directly or through others, "
            "cannot be ranked against each other yet."
        )
    intervals(
        ordered,
        key="ranking",
        title="Bradley-Terry, Elo points",
        domain=None,
        names=list(names.values()),
        lines=[Line(1000, "the mean of all")],
    )
    st.dataframe(
        [
            {
                "Rank": ranked.rank,
                "Rank (UB)": ranked.rank_bound,
                "Condition": names[condition.id],
                "Elo": f"{ranked.elo:.0f}",
                "95 %": f"{ranked.interval.low:.0f} to {ranked.interval.high:.0f}" if ranked.interval else "",
                "Won": f"{ranked.win_rate:.0%}" if ranked.win_rate is not None else "–",
                "Comparisons": ranked.comparisons,
            }
            for ranked, condition in sorted(
                zip(ranking.conditions, conditions, strict=True), key=lambda pair: -pair[0].elo
            )
        ],
        hide_index=True,
    )
    st.caption(
        "400 points are odds of ten to one. Rank (UB) is one more than the number of conditions that are better for "
        "certain, their whole interval above this one's: conditions that share it cannot be told apart."
    )
    wins, counts = st.columns(2, gap="large")
    order = sorted(range(len(conditions)), key=lambda index: -ranking.conditions[index].elo)
    labels = [names[conditions[index].id] for index in order]
    with wins:
        matrix(
            ranking.win_rates[order][:, order],
            labels,
            key="wins",
            title="How often the row won (%)",
            is_share=True,
            alt="How often each condition won against each other",
        )
    with counts:
        met = ranking.counts[order][:, order]
        met = met.astype(float)
        met[met == 0] = float("nan")
        matrix(
            met,
            labels,
            key="met",
            title="How often they met",
            is_share=False,
            alt="How often each two conditions were compared",
        )
    st.caption(_sides(found))


def _sides(found: StudyResults) -> str:
    ranking = found.ranking
    assert ranking is not None
    said = ""
    if ranking.left_rate is not None:
        interval = ranking.left_interval
        between = f" (95 % interval {interval.low:.0f} to {interval.high:.0f})" if interval else ""
        said = (
            f"The left picture was preferred {ranking.left_rate:.0%} of the time, an advantage of "
            f"{ranking.left_elo:.0f} points{between}, which the scores are free of."
        )
    if ranking.ties:
        said += f" No difference: {ranking.ties} of {found.counts.judgements}; each counts half for both."
    return said.replace("-", _MINUS)
