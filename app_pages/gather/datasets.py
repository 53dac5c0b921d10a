"""Datasets: what was built, of what and how, what trained on it, and what two of them differ in."""

import streamlit as st

from ui import access, lab
from ui.dataset_list import show_datasets

access.require_owner()

st.title("Datasets")
show_datasets(lab.workspace())
