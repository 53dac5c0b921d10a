"""The file that FID, KID and their kin need: whether it is here and genuine, and how it can be had."""

import streamlit as st

from core.metrics.inception import InceptionState, inception_state
from core.workspace import Workspace
from ui import access, style_engine
from ui.markup import harmless

_WORDS = {
    "verified": (":material/verified:", "Verified"),
    "not checked yet": (":material/help:", "Not checked yet"),
    "damaged or forged": (":material/error:", "Damaged or forged"),
    "missing": (":material/lock:", "Not here"),
}


def show(workspace: Workspace) -> InceptionState:
    """The panel of the file."""
    state = inception_state(workspace)
    icon, word = _WORDS[state.verdict]
    known = state.known
    with st.expander(
        f"Inception's file: {word.lower()}",
        icon=icon,
        key="measure-inception",
        expanded=bool(state.sha256 and state.problem),
    ):
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
