"""Studies: ask people how convincing generated pictures are, share the link, read what they answered."""

import streamlit as st

from core.catalog.catalog import Catalog, CatalogError
from core.errors import AtelierError, NotFoundError
from core.studies import export, links
from core.studies.results import StudyResults, enough, results
from core.studies.study import Study, list_studies, open_study
from core.studies.votes_table import ingest_votes
from ui import access, lab, study_form, study_results, study_sharing
from ui.rating import journal_at, study_at

access.require_owner()

_REFRESH_SECONDS = 5


def main() -> None:
    study_id = st.query_params.get("study")
    if not study_id:
        _overview()
        return
    try:
        study = study_at(open_study(lab.workspace(), study_id).path)
    except NotFoundError as error:
        st.title("Studies", anchor=False)
        st.error(str(error))
        st.button("All studies", icon=":material/arrow_back:", on_click=access.owner_action(_show_all))
        return
    _study_page(study)


# ---- all studies -----------------------------------------------------------------------------------------------------


def _overview() -> None:
    st.title("Studies", anchor=False)
    st.caption(
        "Ask people. They judge generated and real pictures, mixed and unmarked, by a link and without an account."
    )
    studies = list_studies(lab.workspace())
    asked_for_one = "run" in st.query_params
    if studies and not asked_for_one:
        _list(studies)
    if not asked_for_one and studies:
        with st.expander("New study", icon=":material/add:"):
            _create()
    else:
        st.subheader("New study", anchor=False)
        _create()


def _list(studies: list[Study]) -> None:
    for study in studies:
        journal = journal_at(study.path)
        snapshot = journal.snapshot()
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                st.markdown(f"**{_plain(study.title)}**")
                st.caption(
                    f"{study_sharing.state(study, journal)} · {study.design.scale.title.lower()} · "
                    f"{len(study.items)} pictures · {_count(len(snapshot.votes), 'vote')} · "
                    f"{_count(len(snapshot.raters), 'rater')} · {study.created[:10]}"
                )
            st.button(
                "Open",
                key=f"open-{study.id}",
                icon=":material/arrow_forward:",
                on_click=access.owner_action(_show),
                args=(study.id,),
            )


def _create() -> None:
    study = study_form.new_study()
    if study is not None:
        _show(study.id)
        st.rerun()


# ---- one study -------------------------------------------------------------------------------------------------------


def _study_page(study: Study) -> None:
    st.button("All studies", icon=":material/arrow_back:", type="tertiary", on_click=access.owner_action(_show_all))
    st.title(study.title, anchor=False)
    st.caption(
        f"{_plain(study.design.question)} · {study.design.scale.title.lower()} · {len(study.items)} pictures · "
        f"opened {study.created[:10]}"
    )
    for condition in study.conditions:
        for note in condition.notes:
            st.warning(note)
    study_sharing.show(study, journal_at(study.path))
    _results(study)
    _bring_votes_into_catalog()


def _results(study: Study) -> None:
    journal = journal_at(study.path)

    @access.owner_fragment(run_every=_REFRESH_SECONDS if links.access(study).is_open else None)
    def live() -> None:
        st.header("Results", anchor=False)
        try:
            everything = results(study, journal)
        except AtelierError as error:
            st.error(str(error))
            return
        if not everything.judgements:
            st.info("Nobody has answered yet. Share the link; the results appear here as answers come in.")
            return
        clean = results(study, journal, without_flagged=True)
        only_clean = False
        if clean.left_out:
            only_clean = st.toggle(
                f"Leave out what is flagged ({_count(clean.left_out, 'judgement')})",
                help="Fast votes and raters flagged by the rules fixed when the study opened. Nothing is deleted.",
                key=f"clean-{study.id}",
            )
        _findings(study, clean if only_clean else everything)
        _table(study, everything, clean)
        _raters(study, everything)
        st.download_button(
            "Raw votes (CSV)",
            lambda: export.votes_csv(study, journal),
            file_name=f"{study.id}-votes.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )

    live()


def _findings(study: Study, found: StudyResults) -> None:
    with st.container(horizontal=True):
        st.metric("Judgements", found.judgements)
        st.metric(
            "Raters", found.raters_started, f"{found.raters_finished} finished", delta_color="off", delta_arrow="off"
        )
        st.metric("Median time", f"{found.median_ms / 1000:.1f} s" if found.median_ms is not None else "–")
        fewest, middle, most = found.per_item
        st.metric("Judgements per picture", f"{middle:g}", f"{fewest} to {most}", delta_color="off", delta_arrow="off")
    verdict = enough(study, found)
    (st.success if verdict.startswith("Enough") else st.info)(verdict)
    if not found.judgements:
        return
    means, shares = st.columns(2, gap="large")
    with means:
        st.subheader("Mean answer, with 95 % intervals", anchor=False)
        study_results.means_chart(study, found, key="means")
        st.markdown(study_results.difference_text(study, found))
    with shares:
        st.subheader("How often each answer was given", anchor=False)
        study_results.distribution_chart(study, found, key="shares")
    names = study_results.short_names(study)
    for result in found.conditions:
        items = [item for item in found.items if item.condition.id == result.condition.id]
        if not items:
            continue
        st.subheader(names[result.condition.id], anchor=False)
        st.caption(f"{result.condition.label}. Under each picture: its mean, and how often it was judged.")
        shown = min(5, (len(items) + 1) // 2)
        best, worst = st.columns(2, gap="large")
        with best:
            st.markdown("Most convincing")
            study_results.pictures(study, items[:shown], alt="Rated high")
        least = items[::-1][: min(shown, len(items) - shown)]
        if least:
            with worst:
                st.markdown("Least convincing")
                study_results.pictures(study, least, alt="Rated low")


def _table(study: Study, everything: StudyResults, clean: StudyResults) -> None:
    st.subheader("In numbers", anchor=False)
    st.dataframe(
        study_results.table_rows(study, everything, clean),
        hide_index=True,
        column_config={
            "Mean": st.column_config.NumberColumn(format="%.2f"),
            "Without flagged": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    st.caption(
        "95 % intervals. By judgements: Student's t, every judgement taken as independent. By raters: whole raters "
        "resampled 2,000 times, since the judgements of one person go together."
    )


def _raters(study: Study, found: StudyResults) -> None:
    rules = study.design.flags
    with st.expander(f"Raters ({len(found.raters)}, {len(found.flagged)} flagged)"):
        st.dataframe(
            [
                {
                    "Rater": rater.rater,
                    "Votes": rater.votes,
                    "Mean": rater.mean,
                    "Median time (s)": rater.median_ms / 1000,
                    "Fast votes": rater.fast_votes,
                    "Finished": rater.finished,
                    "Flags": "; ".join(rater.flags),
                }
                for rater in found.raters
            ],
            hide_index=True,
            column_config={
                "Mean": st.column_config.NumberColumn(format="%.2f"),
                "Median time (s)": st.column_config.NumberColumn(format="%.1f"),
            },
        )
        st.caption(
            f"Rules fixed when the study opened: a vote sooner than {rules.fast_ms} ms is fast; a rater is flagged "
            f"with more than {rules.fast_share:.0%} fast votes, or, from {rules.straight_line_votes} votes on, with "
            f"one answer in {rules.straight_line_share:.0%} or more of them. Flagged is not deleted."
        )


def _show(study_id: str) -> None:
    st.query_params.clear()
    st.query_params["study"] = study_id


def _show_all() -> None:
    st.query_params.clear()


def _bring_votes_into_catalog() -> None:
    """The results here come from the journals, so a catalog that another process holds is no reason to stop."""
    try:
        with Catalog(lab.workspace().catalog) as catalog:
            ingest_votes(catalog, lab.workspace())
    except CatalogError as error:
        st.caption(f"The votes are complete, but the catalog's table of them is not up to date: {error}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(text: str) -> str:
    """Text that people wrote, as it stands: no markdown."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|<>~$:" else letter for letter in text)


main()
