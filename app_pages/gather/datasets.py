"""Datasets: what was built, of what and how, what trained on it, and what two of them differ in."""

import streamlit as st

from ui import access, lab
from ui.dataset_list import show_datasets
from ui.dataset_view import show_dataset

access.require_owner()

st.title("Datasets")
asked = st.query_params.get("dataset", "")
if asked:
    show_dataset(lab.workspace(), asked)
else:
    show_datasets(lab.workspace())
