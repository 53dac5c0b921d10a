"""The file that FID, KID and their kin need: whether it is here and genuine, and how it can be had."""

import streamlit as st

from core.metrics.inception import InceptionState, inception_state
from core.workspace import Workspace
from ui import access, style_engine
from ui.markup import harmless

_TONES = {
    "verified": ("green", ":material/check:", "Verified"),
    "not checked yet": ("orange", ":material/help:", "Not checked yet"),
    "damaged or forged": ("red", ":material/error:", "Damaged or forged"),
    "missing": ("gray", ":material/lock:", "Not here"),
}


def show(workspace: Workspace) -> InceptionState:
    """The panel of the file."""
    state = inception_state(workspace)
    colour, icon, word = _TONES[state.verdict]
    known = state.known
    with st.container(border=True, key="measure-inception", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**Inception's file**", width="stretch")
            st.badge(word, icon=icon, color=colour)  # type: ignore[arg-type]
        if state.verdict == "missing":
            st.caption(
                "FID, KID, precision, recall, density and coverage are of what one published network sees. Its "
                "weights are not here, and nothing is fetched unasked. All other numbers do without."
            )
        elif state.problem:
            st.error(harmless(state.problem), icon=":material/error:")
        st.markdown(f"`{known.name}`  \n{known.megabytes:.1f} MB, SHA-256:")
        st.code(known.sha256, language=None, wrap_lines=True)
        st.caption("It lies at" if state.path else "Put it into")
        st.code(str(state.path or state.folder), language=None, wrap_lines=True)
        with st.container(horizontal=True, gap="small"):
            if state.path is None:
                if st.button("Get it", icon=":material/download:", key="measure-inception-get"):
                    style_engine.ask_download(known.key)
            elif state.verdict != "verified":
                st.button(
                    "Check it",
                    icon=":material/fingerprint:",
                    key="measure-inception-check",
                    on_click=access.owner_action(inception_state),
                    args=(workspace,),
                    kwargs={"verify": True},
                    help="Reads the file and compares its SHA-256 with the published one.",
                )
        style_engine.show_weight_jobs(workspace)
    return state
