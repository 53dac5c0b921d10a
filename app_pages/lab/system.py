"""System: what this installation runs on, what is wrong with it and what to do, backups, and a text for bug reports."""

import pandas as pd
import streamlit as st

from core import system
from ui import access, access_lab, lab, system_sections
from ui.web_settings import web_settings_section

access.require_owner()


@st.cache_data(ttl=60, max_entries=1, show_spinner="Measuring folders")
def folder_sizes(root: str) -> pd.DataFrame:
    """Cached for a minute: it walks every file. root: only tells the cache which workspace it is."""
    rows = system.folder_sizes(lab.workspace())
    return pd.DataFrame(
        [(what, files, system.size_words(size), str(folder)) for what, folder, files, size in rows],
        columns=["What", "Files", "Size", "Where"],
    )


st.title("System")
workspace = lab.workspace()
found = [*system.facts(workspace), *access_lab.exposure(), *system_sections.measured_facts()]
system_sections.show_concerns(
    [
        *((f"{fact.name}: {fact.value}.", fact.concern) for fact in found if fact.concern),
        *system_sections.job_concerns(workspace),
        *system_sections.weights_concerns(workspace),
        *system_sections.backup_concerns(workspace),
    ]
)
system_sections.show_facts(found)
system_sections.measure_buttons(workspace)

system_sections.backups_section(workspace)
system_sections.jobs_section(workspace)
system_sections.weights_section(workspace)
web_settings_section(workspace)

st.subheader("What the workspace holds", anchor=False)
st.dataframe(
    folder_sizes(str(workspace.root)),
    hide_index=True,
    column_config={"Files": st.column_config.NumberColumn(format="localized"), "Where": {"width": "large"}},
)

st.subheader("For a bug report", anchor=False)
st.caption("Copy it with the button at its upper right. It names versions and sizes, no pictures and no titles.")
st.code(system.report(found), language=None)

with st.expander("What is not needed", icon=":material/help:"):
    st.markdown(
        "- **A GPU.** Presets whose name begins with *quick* are made for two processor cores.\n"
        "- **Chromium.** Only the browser tests use it.\n"
        "- **The network.** Nothing is fetched unless a page of yours asks for it."
    )

# Last, because a page ends where the catalog cannot be opened: the facts above help to find out why.
system_sections.catalog_section(workspace)
