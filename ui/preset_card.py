"""The card of a preset: what it is, where it comes from, what was mended, what its networks are made of and cost.

The networks are described by torch, which takes a moment to load: that part is worked out beside the page.
"""

import json
from typing import Any

import streamlit as st

from core.datasets.recipe import size_words
from core.errors import AtelierError
from core.models.describe import ModelDescription, Network, describe
from core.models.preset import Preset
from ui import access
from ui.jobs import plain
from ui.preset_choice import FAMILIES, paints, sizes


def show(preset: Preset, shape: tuple[int, int]) -> None:
    """What can be said without loading anything. shape: (height, width) of the dataset's pictures."""
    st.subheader(preset.title, anchor=False)
    st.caption(
        f"{FAMILIES.get(preset.family, preset.family)} · made for {sizes(preset)} px · from {plain(preset.origin)}"
    )
    st.markdown(plain(preset.description))
    if preset.mended:
        st.markdown(f":material/build: **Mended:** {plain(preset.mended)}")
    if not paints(preset, shape):
        return  # the form says why it cannot start
    if max(shape) not in preset.resolutions:
        st.info(
            f"This preset was made for {sizes(preset)} px; the dataset has {size_words(shape)}. "
            "It will train, but was not tuned for it.",
            icon=":material/straighten:",
        )


@access.owner_fragment(parallel=True)
def show_networks(preset: str, network: dict[str, Any]) -> None:
    """Parameters, cost and layers of the preset's networks with these settings."""
    slot = st.container(key="preset-networks")
    with slot.skeleton(height=110):
        try:
            described = _describe(preset, json.dumps(network, sort_keys=True))
        except AtelierError as error:
            st.error(plain(str(error)), icon=":material/block:")
            return
        _figures(described, network)
        _layer_tables(described)


def _figures(described: ModelDescription, network: dict[str, Any]) -> None:
    drawn = described.networks[0]
    looks = int(network.get("sampling_steps", 1))
    with st.container(horizontal=True, gap="large"):
        st.metric("Parameters", count(described.parameters), width="content")
        st.metric(
            "To draw a picture",
            f"{count(drawn.macs * looks)}",
            width="content",
            help="Multiplications with addition (MACs)"
            + (f": {looks} looks of {count(drawn.macs)} each." if looks > 1 else "."),
        )
        st.metric(
            "Per training picture",
            count(3 * described.macs),
            width="content",
            help="About: all networks once forward and once back, which costs twice as much. Multiplications "
            "with addition; penalties and several updates per step come on top.",
        )


def _layer_tables(described: ModelDescription) -> None:
    with st.expander(
        f"The layers of {' and '.join(network.role for network in described.networks)}",
        icon=":material/layers:",
        key="preset-layers",
        type="compact",
    ):
        for network in described.networks:
            st.markdown(f"**{network.role.capitalize()}**, {network.parameters:,} parameters")
            st.dataframe(
                _rows(network),
                hide_index=True,
                width="stretch",
                column_config={
                    "MACs (M)": st.column_config.NumberColumn(help="Million multiplications with addition", width=80),
                    "Parameters": st.column_config.NumberColumn(format="localized", width=90),
                    "Layer": st.column_config.TextColumn(width=90),
                    "Kind": st.column_config.TextColumn(width=110),
                    "Output": st.column_config.TextColumn(width=105),
                },
                alt=f"Layers of the {network.role}",
            )


def _rows(network: Network) -> list[dict[str, Any]]:
    return [
        {
            "Layer": layer.name,
            "Kind": layer.kind,
            "Detail": layer.detail,
            "Output": " × ".join(str(size) for size in layer.output),
            "Parameters": layer.parameters,
            "MACs (M)": round(layer.macs / 1e6, 2),
        }
        for layer in network.layers
    ]


@st.cache_data(max_entries=64, show_spinner=False)
def _describe(preset: str, network: str) -> ModelDescription:
    chosen = json.loads(network)
    return describe(preset, chosen["resolution"], chosen)


def count(number: float) -> str:
    """'948', '3.1 M', '1.24 G'."""
    if number >= 1e9:
        return f"{number / 1e9:.2f} G"
    return f"{number / 1e6:.1f} M" if number >= 1e6 else f"{number:,.0f}"
