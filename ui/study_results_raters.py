"""Who rated, how much, and who is flagged by the rules that were fixed at opening."""

import streamlit as st

from core.studies.results.raters import RULES
from core.studies.results.scores import Score, condition_names
from core.studies.results.study_results import StudyResults


def counts(found: StudyResults) -> None:
    """The row of figures at the top."""
    of = found.counts
    with st.container(horizontal=True):
        st.metric("Judgements", f"{of.judgements:,}")
        st.metric("Raters", of.started, f"{of.finished} finished", delta_color="off", delta_arrow="off")
        st.metric("Median time", f"{of.median_ms / 1000:.1f} s" if of.median_ms is not None else "–")
        fewest, middle, most = of.per_trial
        noun = "pair" if found.study.design.scale.pictures == 2 else "picture"
        st.metric(f"Judgements per {noun}", f"{middle:g}", f"{fewest} to {most}", delta_color="off", delta_arrow="off")
        if of.attention_rate is not None:
            st.metric("Attention passed", f"{of.attention_rate:.0%}", f"of {of.attention_shown}", delta_color="off")


def raters(found: StudyResults) -> None:
    """Everybody, flagged or not."""
    of = found.counts
    rules = found.study.design.flags
    screened = dict(found.screened)
    with st.expander(f"Raters ({len(found.raters)}, {len(found.flagged)} flagged)"):
        st.markdown(_who_came(found))
        st.dataframe(
            [
                {
                    "Rater": rater.rater,
                    "Came": "open link" if rater.via == "open" else rater.via.replace(":", " "),
                    "Votes": rater.votes,
                    "Mean": rater.mean,
                    "Median time (s)": rater.median_ms / 1000,
                    "Fast votes": rater.fast_votes,
                    "Finished": rater.finished,
                    "Flags": "; ".join(flag.words for flag in rater.flags),
                }
                | ({"Attention": f"{rater.attention_passed} of {rater.attention_shown}"} if of.attention_shown else {})
                | ({"BT.500": "would reject" if screened[rater.rater].rejected else ""} if screened else {})
                for rater in found.raters
            ],
            hide_index=True,
            column_config={
                "Mean": st.column_config.NumberColumn(format="%.2f"),
                "Median time (s)": st.column_config.NumberColumn(format="%.1f"),
            },
        )
        attention = f", or fails {rules.attention_failures} attention items" if of.attention_shown else ""
        st.caption(
            f"Rules fixed when the study opened: a vote sooner than {rules.fast_ms} ms, by the shorter of the "
            f"browser's and the server's clock, is fast; a rater is flagged with more than {rules.fast_share:.0%} fast "
            f"votes, or, from {rules.straight_line_votes} votes on, with one answer in {rules.straight_line_share:.0%} "
            f"or more of them{attention}. Flagged is not deleted."
            + (" BT.500's screening by kurtosis is a second opinion; it leaves nobody out." if screened else "")
        )


def strata(found: StudyResults) -> None:
    """Invited raters beside those who came by the open link."""
    if not found.strata:
        return
    names = condition_names(found.study.conditions)
    st.subheader("By how raters came", anchor=False)
    st.dataframe(
        [
            {"Condition": names[condition.id]}
            | {
                f"{stratum.name.capitalize()} ({stratum.raters})": _value(found, stratum.scores[index])
                for stratum in found.strata
            }
            for index, condition in enumerate(found.study.conditions)
        ],
        hide_index=True,
    )
    st.caption("Whom the owner invited and who came by themselves are two crowds: where they differ, say so.")


def _value(found: StudyResults, score: Score) -> str:
    value, interval = score.value, score.best_interval
    if value is None:
        return "–"
    if interval is None:
        return found.measure.text(value)
    return f"{found.measure.text(value)} ({found.measure.text(interval.low)} to {found.measure.text(interval.high)})"


def _who_came(found: StudyResults) -> str:
    of = found.counts
    parts = [f"{of.joined} joined", f"{of.started} judged something", f"{of.finished} finished"]
    if of.invited:
        parts.insert(0, f"{of.invited} invited, of whom {of.invited_joined} joined")
    if of.withdrawn:
        parts.append(f"{of.withdrawn} withdrew and took their answers with them")
    flagged = ", ".join(f"{number} {RULES[rule]}" for rule, number in of.excluded)
    return "; ".join(parts) + "." + (f" Flagged: {flagged}." if flagged else "")
