"""Which network makes pictures larger: one of those trained here, or a file that others trained."""

import streamlit as st

from core.errors import AtelierError
from core.upscale.bringing import bring, take_away
from core.upscale.listing import Upscaler, list_upscalers, missing
from core.workspace import Workspace
from ui import access, style_engine
from ui.jobs import plain
from ui.markup import harmless
from ui.upscale_state import MODEL, OWN, SCALE, TASK, TRAIN

_MOST_MEGABYTES = 1024
_BROUGHT = "upscale-brought"  # session state: what came of bringing a file


def ask(workspace: Workspace, method: str) -> str:
    """The name of the chosen network, or "" while there is none."""
    found = [network for network in list_upscalers(workspace) if network.method == method]
    usable = {network.name: network for network in found if not network.refused}
    if method == "own":
        return _choose(workspace, usable, OWN) if usable else _no_own()
    chosen = _choose(workspace, usable, MODEL) if usable else ""
    if not usable:
        st.info("There is no network from a file here yet.", icon=":material/info:")
    _bring_one(workspace, expanded=not usable)
    _show_refused([network for network in found if network.refused])
    _show_published(workspace)
    style_engine.show_weight_jobs(workspace)
    return chosen


def _choose(workspace: Workspace, usable: dict[str, Upscaler], key: str) -> str:
    brought = st.session_state.pop(f"{_BROUGHT}-name", None)
    if brought in usable:
        st.session_state[key] = brought
    if st.session_state.get(key) not in usable:  # gone, or named by a picture from another lab
        asked = st.session_state.pop(key, None)
        if asked:
            st.warning(harmless(f"There is no network called {asked} here. Choose another."))
    name = st.selectbox(
        "Network", list(usable), key=key, format_func=lambda name: _line(usable[name]), persist_state="session"
    )
    network = usable[name]
    told = [network.title, f"{network.bytes / 1e6:.1f} MB"]
    if network.known is not None:
        told.append(
            {True: "as published", False: "NOT as published", None: "not compared with what was published"}[
                network.is_verified
            ]
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(plain(" · ".join(told)), width="stretch")
        _forget(workspace, network)
    scale = st.session_state[SCALE]
    if network.scale not in (None, scale):
        st.caption(
            f":material/info: It makes pictures {network.scale} times as large; the result is then resampled "
            f"to {scale} times."
        )
    return name


def _line(network: Upscaler) -> str:
    return network.name if network.scale is None else f"{network.name} · ×{network.scale}"


def _no_own() -> str:
    st.info("No network was trained here yet.", icon=":material/info:")
    st.button(
        "Train one on your own pictures",
        icon=":material/model_training:",
        key="upscale-go-train",
        on_click=access.owner_action(_go_train),
    )
    return ""


def _go_train() -> None:
    st.session_state[TASK] = TRAIN


def _bring_one(workspace: Workspace, *, expanded: bool) -> None:
    """A file from the person's computer, looked at before it is kept."""
    with st.expander("Bring a network", icon=":material/upload:", key="upscale-bring", expanded=expanded):
        turn = st.session_state.get(f"{_BROUGHT}-turn", 0)
        sent = st.file_uploader(
            "A .safetensors file, or a .pth that holds weights alone",
            type=["safetensors", "pth"],
            key=f"upscale-bring-{turn}",
            max_upload_size=_MOST_MEGABYTES,
            help="Looked at without running anything in it. TorchScript (.pt) is a program and is refused.",
        )
        st.caption(f"Or put the file into `{plain(str(workspace.data / 'weights'))}`.")
        told = st.session_state.get(_BROUGHT)
        if sent is not None:
            try:
                network = bring(workspace, sent.name, sent.getbuffer())
                st.session_state[f"{_BROUGHT}-name"] = network.name
                st.session_state[_BROUGHT] = ("", f"{network.name}: {network.title}")
            except AtelierError as error:
                st.session_state[_BROUGHT] = (str(error), "")
            st.session_state[f"{_BROUGHT}-turn"] = turn + 1
            st.rerun()
        if told is not None:
            why, what = told
            if why:
                st.error(harmless(why), icon=":material/block:")
            else:
                st.success(harmless(what), icon=":material/check:")


def _show_refused(refused: list[Upscaler]) -> None:
    if not refused:
        return
    label = "1 file cannot be used" if len(refused) == 1 else f"{len(refused)} files cannot be used"
    with st.expander(label, icon=":material/report:", key="upscale-refused-files"):
        for network in refused:
            st.markdown(f"**{plain(network.name)}**  \n{harmless(network.refused)}")


def _forget(workspace: Workspace, network: Upscaler) -> None:
    """Only what lies in this lab: a cache of other programs is not ours."""
    if network.path.parent != workspace.data / "weights":
        return
    if st.button("Remove", icon=":material/delete:", key="upscale-forget", type="tertiary"):
        _ask_forget(workspace, network)


@access.owner_dialog("Remove a network", icon=":material/delete:")
def _ask_forget(workspace: Workspace, network: Upscaler) -> None:
    st.write(f"**{plain(network.name)}** ({network.bytes / 1e6:.1f} MB) is deleted. Pictures that it made stay.")
    if st.button("Delete the file", type="primary", width="stretch"):
        take_away(workspace, network.path)
        st.rerun()


def _show_published(workspace: Workspace) -> None:
    """Networks that others published and that are not here, with what each is and where it is to be had."""
    lacking = missing(workspace)
    if not lacking:
        return
    with st.expander("Published networks", icon=":material/public:", key="upscale-published"):
        st.caption("Nothing is downloaded unasked. Any other .safetensors or .pth network does as well.")
        for known in lacking:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                with st.container(gap=None, width="stretch"):
                    st.markdown(f"`{known.name}`")
                    st.caption(plain(f"{known.what} · {known.megabytes:.0f} MB · {known.licence}"))
                if st.button("Get it", icon=":material/download:", key=f"upscale-get-{known.key}"):
                    style_engine.ask_download(known.key)
