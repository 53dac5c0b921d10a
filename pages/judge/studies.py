"""Studies."""

import streamlit as st

st.title("Studies")
