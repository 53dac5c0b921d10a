"""Rate."""

import streamlit as st

st.title("Rate")
