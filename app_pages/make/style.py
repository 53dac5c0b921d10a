"""Style: paint one picture in the manner of others, watch it come about, and use what came of it."""

import streamlit as st

from ui import access, lab, style_again, style_folder, style_form, style_history, style_result, style_sheet, style_state
from ui.picture_picker import take_from_address

access.require_owner()

workspace = lab.workspace()
style_state.begin()
style_again.take_from_address(workspace)
style_again.fill_from_job(workspace)
take_from_address(style_state.CONTENT, parameter="content")
take_from_address(style_state.STYLES, parameter="style")

st.title("Style")
st.caption("Paint one picture in the manner of others.")
style_again.show_notice()
questions, answers = st.columns([5, 8], gap="large")
with questions:
    what = style_form.ask_what()
    contents = style_folder.ask_contents(workspace) if what == style_state.MANY else style_form.ask_content()
    style_form.ask_styles(workspace, weighted=what != style_state.SEVERAL)
    style_form.ask_how(
        workspace,
        ask_strength=style_sheet.ask_strengths if what == style_state.SEVERAL else None,
        masked=what != style_state.MANY,
    )
    style_form.ask_output(what)
    style_again.ask_file(workspace)
with answers:
    style_result.show(workspace, one=what != style_state.MANY)
style_history.show(workspace)
# Always in sight, however long the form: what it takes follows every choice.
with st.bottom.container(horizontal=True, vertical_alignment="center", key="style-bar"):
    if what == style_state.MANY:
        style_folder.ask_start(workspace, contents)
    elif what == style_state.SEVERAL:
        style_sheet.ask_start(workspace)
    else:
        style_form.ask_start(workspace)
