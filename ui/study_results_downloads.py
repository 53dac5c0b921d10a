"""What leaves a study: its answers, a report, everything in one archive."""

import streamlit as st

from core.studies import export
from core.studies.journal import VoteJournal
from core.studies.study import Study


def show(study: Study, journal: VoteJournal) -> None:
    st.download_button(
        "Raw votes (CSV)",
        lambda: export.votes_csv(study, journal),
        file_name=f"{study.id}-votes.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
