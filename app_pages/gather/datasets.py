"""Datasets: what was built, of what and how, what trained on it, and what two of them differ in."""

import streamlit as st

from ui import access, lab
from ui.dataset_list import show_datasets
from ui.dataset_view import show_dataset

access.require_owner()

st.title("Datasets")
asked = st.query_params.get("dataset", "")
if st.session_state.get("dataset-shown") != asked:
    st.session_state["dataset-shown"] = asked
    # A link from this page to itself does not reach the browser's address by itself.
    if asked:
        st.query_params["dataset"] = asked
    else:
        st.query_params.clear()
if asked:
    show_dataset(lab.workspace(), asked)
else:
    show_datasets(lab.workspace())
