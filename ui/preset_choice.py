"""Choosing a preset: where it comes from, then which family, then the preset; those made for the dataset come first."""

import dataclasses
from collections.abc import Sequence

import streamlit as st

from core.models.preset import Preset
from core.models.zoo import DEFAULT_PRESET, PRESETS, find_architecture

OURS = "Start here"
_OUR_ORIGIN = "Atelier"
FAMILIES = {"gan": "GAN", "infogan": "InfoGAN", "vae": "Variational autoencoder", "flow": "Flow"}


def origin_group(preset: Preset) -> str:
    """The repository that a preset comes from, without its owner; ours stand under an invitation."""
    source = preset.origin.split(",")[0].strip()
    return OURS if source == _OUR_ORIGIN else source.rsplit("/", 1)[-1]


def groups() -> dict[str, list[Preset]]:
    """Presets by where they come from, ours first."""
    found: dict[str, list[Preset]] = {OURS: []}
    for preset in PRESETS.values():
        found.setdefault(origin_group(preset), []).append(preset)
    return found


def sizes(preset: Preset) -> str:
    return ", ".join(str(resolution) for resolution in sorted(preset.resolutions))


def paints(preset: Preset, shape: tuple[int, int]) -> bool:
    """Whether its networks can be of this (height, width) at all."""
    names = {field.name for field in dataclasses.fields(find_architecture(preset.architecture).config)}
    return shape[0] == shape[1] or {"height", "breadth"} <= names


def is_made_for(preset: Preset, shape: tuple[int, int]) -> bool:
    return max(shape) in preset.resolutions and paints(preset, shape)


def choose(shape: tuple[int, int]) -> Preset:
    """Ask for a preset for pictures of this (height, width); `?preset=NAME` in the URL asks for one at first."""
    by_group = groups()
    asked = PRESETS.get(st.query_params.get("preset", ""))
    usual = next(
        (group for group, presets in by_group.items() if any(paints(preset, shape) for preset in presets)), OURS
    )
    with st.container(key="new-run-preset-choice"):
        group = st.pills(
            "Preset",
            list(by_group),
            default=origin_group(asked) if asked else usual,
            required=True,
            key=f"new-run-origin-{usual}",
            help="Ours, or one of the systems that Atelier grew out of, as they were, with what was broken mended.",
        )
        presets = by_group[str(group)]
        families = list(dict.fromkeys(preset.family for preset in presets))
        family = None
        if len(families) > 1 and len(presets) > 3:
            family = st.segmented_control(
                "Family",
                families,
                format_func=lambda name: FAMILIES.get(name, name),
                key=f"new-run-family-{group}",
                label_visibility="collapsed",
            )
        shown = [preset for preset in presets if family in (None, preset.family)]
        shown.sort(key=lambda preset: not is_made_for(preset, shape))
        names = [preset.name for preset in shown]
        chosen = st.radio(
            "Preset of this kind",
            names,
            index=names.index(_first_choice(shown, shape, asked)),
            format_func=lambda name: PRESETS[name].title,
            captions=[_caption(preset, shape) for preset in shown],
            key=f"new-run-preset-{shape}-{group}-{family}",
            label_visibility="collapsed",
        )
    return PRESETS[chosen]


def _first_choice(shown: Sequence[Preset], shape: tuple[int, int], asked: Preset | None) -> str:
    """What was asked for; else what answers soonest; else our default; else the first that fits."""
    names = [preset.name for preset in shown if is_made_for(preset, shape)]
    quick = [name for name in names if name.startswith("quick")]
    wanted = [asked.name] if asked in shown and asked is not None else []
    return next(iter([*wanted, *quick, *(name for name in names if name == DEFAULT_PRESET), *names, shown[0].name]))


def _caption(preset: Preset, shape: tuple[int, int]) -> str:
    """The first sentence; the card beside has the rest."""
    first = preset.description.split(". ")[0].rstrip(".") + "."
    if not paints(preset, shape):
        return f"Paints squares only. {first}"
    return first if is_made_for(preset, shape) else f"Made for {sizes(preset)} px. {first}"
