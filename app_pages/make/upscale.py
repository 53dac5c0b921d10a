"""Upscale: make pictures larger, compare what came of it pixel by pixel, and train a network for it on your own."""

import streamlit as st

from ui import access, lab, upscale_form, upscale_history, upscale_measure, upscale_result, upscale_state, upscale_train
from ui.picture_picker import take_from_address

access.require_owner()

workspace = lab.workspace()
upscale_state.begin(workspace)
take_from_address(upscale_state.PICTURES)

st.title("Upscale")
st.caption("Make pictures two or four times as large.")
upscale_state.show_notice()
larger, train, measure = st.tabs(
    list(upscale_state.TASKS), key=upscale_state.TASK, on_change="rerun", bind="query-params"
)
if larger.open:
    with larger:
        questions, answers = st.columns([5, 8], gap="large")
        with questions:
            asked = upscale_form.ask(workspace)
            upscale_form.ask_start(workspace, asked)
            upscale_form.ask_file()
        with answers:
            upscale_result.show(workspace)
        upscale_history.show(workspace)
if train.open:
    with train:
        upscale_train.show(workspace)
if measure.open:
    with measure:
        upscale_measure.show(workspace)
