"""Queue."""

import streamlit as st

st.title("Queue")
