"""What leaves a study: a report, its answers, everything in one archive."""

import streamlit as st

from core.studies import export
from core.studies.journal import VoteJournal
from core.studies.report import report
from core.studies.report_forms import as_html, as_markdown
from core.studies.results.study_results import StudyResults


def show(everything: StudyResults, clean: StudyResults, journal: VoteJournal) -> None:
    study = everything.study
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)",
            lambda: as_html(report(everything, clean)),
            file_name=f"{study.id}-report.html",
            mime="text/html",
            icon=":material/article:",
            on_click="ignore",
        )
        st.download_button(
            "Report (Markdown)",
            lambda: as_markdown(report(everything, clean)),
            file_name=f"{study.id}-report.md",
            mime="text/markdown",
            icon=":material/markdown:",
            on_click="ignore",
        )
        st.download_button(
            "Raw votes (CSV)",
            lambda: export.votes_csv(study, journal),
            file_name=f"{study.id}-votes.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Everything (ZIP)",
            lambda: export.export_archive(study, journal),
            file_name=f"{study.id}.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            on_click="ignore",
        )
    st.caption(
        "The archive holds raw and cleaned votes as CSV and Parquet with a codebook, the manifest and the report. "
        "Answers of raters who withdrew are in none of these."
    )
