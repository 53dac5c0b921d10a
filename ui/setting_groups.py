"""The settings of a training in groups that a person thinks in: a first row of essentials, the rest in expanders."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.models.configs import NetworkConfig
from core.training.base_settings import TrainingSettings
from ui import setting_fields

ESSENTIALS = ("seed", "batch_size", "learning_rate", "augment", "kl_weight", "flip", "recipe_steps")
_IN_A_ROW, _IN_A_GROUP_ROW = 3, 2
CONDITIONS = "Conditions"
NETWORK = "Network"
LOSS = "Loss and penalties"  # whatever a family has of its own and no other group claims belongs here
_GROUPS: Mapping[str, tuple[str, ...]] = {
    LOSS: (),
    "Optimiser": (
        "optimiser",
        "learning_rate_final",
        "discriminator_learning_rate_factor",
        "beta1",
        "beta2",
        "beta2_final",
    ),
    "Averaging": ("ema_half_life_images", "ema_ramp_up"),
    CONDITIONS: ("condition", "terms_at_most", "label_dropout"),
    "Saving and keeping": (
        "save_every_epochs",
        "raw_grids",
        "score_saves",
        "keep_weights",
        "keep_states_every",
        "disk_cap_gb",
        "grid_size",
        "log_every_images",
        "resume_every_seconds",
    ),
    "Health and stopping": ("stop_when", "retries_after_divergence"),
    "Precision and speed": ("precision", "memory_layout", "speedup"),
    NETWORK: (),
}
_ICONS = {
    LOSS: "balance",
    "Optimiser": "trending_down",
    "Averaging": "airwave",
    CONDITIONS: "sell",
    "Saving and keeping": "save",
    "Health and stopping": "ecg_heart",
    "Precision and speed": "speed",
    NETWORK: "account_tree",
}
FROM_THE_DATASET = frozenset({"resolution", "terms", "height", "breadth"})  # of a network: nobody chooses these


def grouped(network: NetworkConfig, training: TrainingSettings) -> dict[str, list[tuple[Any, str]]]:
    """Group -> (settings, name of the field) for every setting beyond the essentials; no empty groups."""
    claimed = {name: group for group, names in _GROUPS.items() for name in names}
    found: dict[str, list[tuple[Any, str]]] = {group: [] for group in _GROUPS}
    names = [field.name for field in dataclasses.fields(training) if field.name not in ESSENTIALS]
    order = {name: number for group in _GROUPS.values() for number, name in enumerate(group)}
    for name in sorted(names, key=lambda name: order.get(name, 0)):
        found[claimed.get(name, LOSS)].append((training, name))
    for field in dataclasses.fields(network):
        if field.name not in FROM_THE_DATASET:
            found[NETWORK].append((network, field.name))
    return {group: fields for group, fields in found.items() if fields}


def ask(
    network: NetworkConfig,
    training: TrainingSettings,
    *,
    key_prefix: str,
    beside: Mapping[str, Callable[[dict[str, Any]], None]] | None = None,
    fixed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Widgets for all settings; returns name -> what was chosen.

    Args:
        beside: group -> what else stands in its expander, called with what was chosen so far.
        fixed: group -> why its settings cannot be changed here.
    """
    beside, fixed = beside or {}, fixed or {}
    names = {field.name for field in dataclasses.fields(training)}
    chosen: dict[str, Any] = {}
    essentials = [name for name in ESSENTIALS if name in names]
    for place, name in zip(st.columns(_IN_A_ROW), essentials, strict=False):
        with place:
            chosen[name] = setting_fields.field(training, name, key_prefix=key_prefix)
    for name in essentials[_IN_A_ROW:]:
        chosen[name] = setting_fields.field(training, name, key_prefix=key_prefix)
    for group, fields in grouped(network, training).items():
        changed = sum(_is_changed(settings, name, key_prefix) for settings, name in fields)
        label = f"{group} · {changed} changed" if changed else group
        with st.expander(label, icon=f":material/{_ICONS[group]}:", key=f"{key_prefix}-group-{group}", type="compact"):
            if group in fixed:
                st.caption(fixed[group])
            for first in range(0, len(fields), _IN_A_GROUP_ROW):
                row = fields[first : first + _IN_A_GROUP_ROW]
                columns = st.columns(_IN_A_GROUP_ROW, vertical_alignment="center")
                for column, (settings, name) in zip(columns, row, strict=False):
                    with column:
                        chosen[name] = setting_fields.field(
                            settings, name, key_prefix=key_prefix, disabled=group in fixed
                        )
            if group in beside:
                beside[group](chosen)
    return chosen


def _is_changed(settings: Any, name: str, key_prefix: str) -> bool:
    """Whether the widget of a setting, drawn before, holds another value than the setting."""
    value = getattr(settings, name)
    held = st.session_state.get(setting_fields.key_of(key_prefix, name, value), value)
    return (",".join(held) if isinstance(held, list) else held) != value
