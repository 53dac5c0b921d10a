"""Augment."""

import streamlit as st

st.title("Augment")
