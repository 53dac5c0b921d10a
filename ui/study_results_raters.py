"""Who rated, how much, and who is flagged by the rules that were fixed at opening."""

import streamlit as st

from core.studies.results import words
from core.studies.results.scores import condition_names
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
            shown = f"of {of.attention_shown} shown"
            st.metric("Attention passed", f"{of.attention_rate:.0%}", shown, delta_color="off", delta_arrow="off")


def raters(found: StudyResults) -> None:
    """Everybody, flagged or not."""
    of = found.counts
    screened = dict(found.screened)
    with st.expander(f"Raters ({len(found.raters)}, {len(found.flagged)} flagged)"):
        flagged = f" Flagged: {of.exclusions_in_words}." if of.flagged else ""
        st.markdown(words.who_came(found) + flagged)
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
        second = " BT.500's screening by kurtosis is a second opinion; it leaves nobody out." if screened else ""
        st.caption(f"Rules fixed when the study opened. {words.flag_rules(found)}{second}")


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
                f"{stratum.name.capitalize()} ({stratum.raters})": words.score_text(
                    found.measure, stratum.scores[index]
                )
                for stratum in found.strata
            }
            for index, condition in enumerate(found.study.conditions)
        ],
        hide_index=True,
    )
    st.caption("Whom the owner invited and who came by themselves are two crowds: where they differ, say so.")
