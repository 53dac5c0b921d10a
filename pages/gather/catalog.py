"""Catalog."""

import streamlit as st

st.title("Catalog")
