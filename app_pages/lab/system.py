"""System: what this installation runs on, what is wrong with it, and a text for bug reports."""

from itertools import groupby

import pandas as pd
import streamlit as st

from core import system
from core.errors import AtelierError
from core.system import Fact
from ui import access, lab
from ui.jobs import plain
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


def show_facts(found: list[Fact]) -> None:
    groups = [(name, list(group)) for name, group in groupby(found, key=lambda fact: fact.group)]
    for column, (name, group) in zip(st.columns(len(groups), gap="large"), groups, strict=True):
        with column:
            st.subheader(name)
            lines = [f":gray[{plain(fact.name)}] {plain(fact.value)}{_mark(fact)}" for fact in group]
            st.markdown("  \n".join(lines))


def _mark(fact: Fact) -> str:
    return " :orange[:material/warning:]" if fact.concern else ""


def check_torch() -> None:
    """As a callback, so that its answer stands above, among the other facts."""
    try:
        st.session_state["torch_facts"] = system.check_torch()
    except AtelierError as error:
        st.session_state["torch_facts"] = [Fact("Torch", "Starts", "no", str(error))]


st.title("System")
workspace = lab.workspace()
found = system.facts(workspace) + st.session_state.get("torch_facts", [])
concerns = [fact for fact in found if fact.concern]
if concerns:
    for fact in concerns:
        st.warning(plain(f"{fact.name}: {fact.value}. {fact.concern}"), icon=":material/warning:")
else:
    st.success("Everything that Atelier needs is here.", icon=":material/check_circle:")
show_facts(found)
st.button(
    "Check torch",
    icon=":material/memory:",
    on_click=access.owner_action(check_torch),
    help="Starts torch once in a process of its own and asks for its threads and GPUs. Takes some seconds.",
)

web_settings_section(workspace)

st.subheader("What the workspace holds")
st.dataframe(
    folder_sizes(str(workspace.root)),
    hide_index=True,
    column_config={"Files": st.column_config.NumberColumn(format="localized"), "Where": {"width": "large"}},
)

st.subheader("For a bug report")
st.caption("Copy it with the button at its upper right. It names versions and sizes, no pictures and no titles.")
st.code(system.report(found), language=None)

with st.expander("What is not needed", icon=":material/help:"):
    st.markdown(
        "- **A GPU.** Presets whose name begins with *quick* are made for two processor cores.\n"
        "- **Chromium.** Only the browser tests use it.\n"
        "- **The network.** Nothing is fetched unless a page of yours asks for it."
    )

st.subheader("Catalog")
lab.catalog()  # last, because a page ends where the catalog cannot be opened: the facts above help to find out why
st.markdown("This app has the catalog open. Other programs can read it once the app has ended.")
