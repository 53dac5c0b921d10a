"""Networks for upscaling that were trained here: how each was measured, in numbers and an honest sentence."""

from typing import Any

import streamlit as st

from core.upscale.listing import Upscaler, list_upscalers, remove_own
from core.workspace import Workspace
from ui import access
from ui.jobs import plain
from ui.markup import harmless
from ui.upscale_state import LARGER, METHOD, OWN, SCALE, TASK

_HARDLY = 0.1  # dB: less is not seen
_WAYS = {"network": "The network", "bicubic": "Bicubic", "lanczos": "Lanczos"}


def show(workspace: Workspace) -> None:
    """All of them, the newest first, with what can be done with each."""
    own = [network for network in list_upscalers(workspace) if network.method == "own"]
    if not own:
        return
    st.subheader("Trained here", anchor=False)
    st.dataframe(
        {
            "Name": [network.name for network in own],
            "Scale": [f"×{network.scale}" if network.scale else "" for network in own],
            "What": [network.title or "cannot be used" for network in own],
            "Against bicubic": [_gain(network) for network in own],
            "PSNR": [_score(network, "psnr_y") for network in own],
            "SSIM": [_score(network, "ssim_y") for network in own],
            "Learned from": [_fact(network, "pictures") for network in own],
            "Held out": [_fact(network, "held_out") for network in own],
            "Trained": [str((network.training or {}).get("date", ""))[:16].replace("T", " ") for network in own],
        },
        column_config={
            "Against bicubic": st.column_config.NumberColumn(
                format="%+.2f dB", help="Gain of PSNR on held-out pictures"
            ),
            "PSNR": st.column_config.NumberColumn(format="%.2f dB"),
            "SSIM": st.column_config.NumberColumn(format="%.4f"),
        },
        hide_index=True,
        width="stretch",
        alt="Networks for upscaling that were trained here",
    )
    st.caption("Each was measured on its own held-out pictures: numbers of different networks compare only roughly.")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox("Network", [network.name for network in own], key="upscale-own-of", width=320)
        show_acts(workspace, name, key="list")
    refused = next((network for network in own if network.name == name and network.refused), None)
    if refused is not None:
        st.error(harmless(refused.refused), icon=":material/block:")


def show_scores(facts: dict[str, Any]) -> None:
    """The table of one training, and what it means. facts: of core.upscale.training_job."""
    scores = facts.get("scores")
    if not isinstance(scores, dict) or not all(isinstance(scores.get(way), dict) for way in _WAYS):
        return
    st.dataframe(
        {
            "Way": list(_WAYS.values()),
            "PSNR": [scores[way].get("psnr_y") for way in _WAYS],
            "SSIM": [scores[way].get("ssim_y") for way in _WAYS],
            "PSNR of colours": [scores[way].get("psnr_rgb") for way in _WAYS],
        },
        column_config={
            "PSNR": st.column_config.NumberColumn(format="%.2f dB", help="Of the luminance: how close, more is closer"),
            "SSIM": st.column_config.NumberColumn(format="%.4f", help="Of the luminance: how alike, at most 1"),
            "PSNR of colours": st.column_config.NumberColumn(format="%.2f dB"),
        },
        hide_index=True,
        width="stretch",
        alt="How close each way comes to the held-out pictures",
    )
    st.markdown(verdict(facts))


def verdict(facts: dict[str, Any]) -> str:
    """What the numbers say, and what they do not."""
    gain, count = float(facts.get("gain_db") or 0.0), int(facts.get("held_out") or 0)
    pictures = "1 held-out picture" if count == 1 else f"{count} held-out pictures"
    if gain < -_HARDLY:
        told = f"On {pictures} it comes **{-gain:.2f} dB less close** than bicubic: it has not learned enough yet."
    elif gain < _HARDLY:
        told = f"On {pictures} it **hardly differs from bicubic** ({gain:+.2f} dB). Train longer, or on more pictures."
    else:
        told = f"On {pictures} it comes **{gain:.2f} dB closer** to the original than bicubic."
    behind = _behind_lanczos(facts)
    if behind > _HARDLY / 2:
        told += f" Lanczos, which needs no training, comes {behind:.2f} dB closer still."
    if count < 4:
        told += " So few pictures tell little about others."
    made_small = plain(str(facts.get("degradation") or "bicubic"))
    return (
        f"{told} That holds for pictures of this kind that were made small cleanly ({made_small}); scans, JPEG and "
        "samples of models are something else: look at them."
    )


def _behind_lanczos(facts: dict[str, Any]) -> float:
    """dB by which Lanczos comes closer than the network; below 0 where it does not."""
    try:
        return float(facts["scores"]["lanczos"]["psnr_y"]) - float(facts["scores"]["network"]["psnr_y"])
    except (KeyError, TypeError, ValueError):
        return 0.0


def show_acts(workspace: Workspace, name: str, *, key: str) -> None:
    """Use it, carry it away, remove it."""
    network = next((one for one in list_upscalers(workspace) if one.method == "own" and one.name == name), None)
    if network is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"upscale-own-acts-{key}"):
        st.button(
            "Use it",
            icon=":material/photo_size_select_large:",
            key=f"upscale-own-use-{key}",
            on_click=access.owner_action(_use),
            args=(name, network.scale),
            disabled=bool(network.refused),
        )
        st.download_button(
            "Download",
            network.path.read_bytes,
            network.path.name,
            "application/octet-stream",
            icon=":material/download:",
            key=f"upscale-own-download-{key}",
            on_click="ignore",
            help="A .safetensors file with the names of the published Compact: other programs can open it too.",
        )
        if st.button("Remove", icon=":material/delete:", key=f"upscale-own-remove-{key}", type="tertiary"):
            _ask_remove(workspace, name)


def _use(name: str, scale: int | None) -> None:
    st.session_state[METHOD] = "own"
    st.session_state[OWN] = name
    if scale:
        st.session_state[SCALE] = scale
    st.session_state[TASK] = LARGER


@access.owner_dialog("Remove a network", icon=":material/delete:")
def _ask_remove(workspace: Workspace, name: str) -> None:
    st.write(f"**{plain(name)}** is deleted. Pictures that it made stay.")
    if st.button("Delete the network", type="primary", width="stretch"):
        remove_own(workspace, name)
        st.rerun()


def _gain(network: Upscaler) -> float | None:
    gain = (network.training or {}).get("gain_db")
    return float(gain) if isinstance(gain, int | float) else None


def _score(network: Upscaler, name: str) -> float | None:
    scores = (network.training or {}).get("scores")
    value = scores.get("network", {}).get(name) if isinstance(scores, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _fact(network: Upscaler, name: str) -> int | None:
    value = (network.training or {}).get(name)
    return value if isinstance(value, int) else None
