"""Collect."""

import streamlit as st

st.title("Collect")
