"""How long a new run shall be: in epochs, in images, or in minutes of this machine."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.models.preset import Preset
from ui.runs import duration

_UNITS = ("Epochs", "Images", "Minutes")
_QUICK_IMAGES, _USUAL_IMAGES = 60_000, 300_000
_USUAL_MINUTES = 10


@dataclass(frozen=True)
class Length:
    """As core.training.runs.plan_run takes it: one of the two."""

    epochs: int | None = None
    images: int | None = None


def usual_epochs(preset: Preset, train_count: int) -> int:
    """Long enough for the preset to show what it can do."""
    images = _QUICK_IMAGES if preset.name.startswith("quick") else _USUAL_IMAGES
    return max(1, round(images / max(1, train_count)))


def ask(
    *,
    epochs: int,
    train_count: int,
    images_before: int,
    key_prefix: str,
) -> tuple[str, int]:
    """The unit and the number. The speed that minutes need is known only when all settings are: see `length_of`.

    Args:
        epochs: the number to begin with.
        images_before: that a branch has seen; they count as part of its epochs and images.
    """
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with right:
        unit = str(
            st.segmented_control(
                "Length in", _UNITS, default=_UNITS[0], required=True, key=f"{key_prefix}-unit", width="stretch"
            )
        )
    usual = {"Epochs": epochs, "Images": epochs * train_count, "Minutes": _USUAL_MINUTES}[unit]
    with left:
        asked = st.number_input(
            unit,
            min_value=1,
            value=usual,
            step={"Epochs": 1, "Images": max(1, train_count), "Minutes": 1}[unit],
            key=f"{key_prefix}-{unit.lower()}-{usual}",
            help={
                "Epochs": "One epoch is one pass over all training pictures.",
                "Images": "Pictures shown to the networks; the last epoch may be cut short.",
                "Minutes": "At the measured speed of this machine.",
            }[unit],
        )
    if unit != "Minutes":
        images = int(asked) * train_count if unit == "Epochs" else int(asked)
        parts = [f"{images:,} images in all" if unit == "Epochs" else f"{images / train_count:,.1f} epochs in all"]
        if images_before:
            parts.append(
                f"{images_before:,} of them before the branch, {max(0, images - images_before):,} new"
                if unit == "Epochs"
                else f"{images_before:,} images before the branch"
            )
        st.caption(" · ".join(parts))
    return unit, int(asked)


def length_of(unit: str, number: int, *, images_before: int, speed: Callable[[], float]) -> Length:
    """speed: measures images per second; called for minutes alone."""
    if unit == "Epochs":
        return Length(epochs=number)
    if unit == "Images":
        return Length(images=number)
    rate = speed()
    images = max(1, round(number * 60 * rate))
    st.caption(
        f"{images:,} images at {rate:,.0f} images per second: about {duration(images / rate)}"
        + (f", after the {images_before:,} before the branch." if images_before else ".")
    )
    return Length(images=images_before + images)
