"""Choosing a preset: where it comes from, then which family, then the preset; those made for the dataset come first."""

from collections.abc import Sequence

import streamlit as st

from core.models.preset import Preset
from core.models.zoo import DEFAULT_PRESET, PRESETS

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


def choose(resolution: int) -> Preset:
    """Ask for a preset; `?preset=NAME` in the URL asks for one at first."""
    by_group = groups()
    asked = PRESETS.get(st.query_params.get("preset", ""))
    with st.container(key="new-run-preset-choice"):
        group = st.pills(
            "Preset",
            list(by_group),
            default=origin_group(asked) if asked else OURS,
            required=True,
            key="new-run-origin",
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
        shown = _fitting_first([preset for preset in presets if family in (None, preset.family)], resolution)
        names = [preset.name for preset in shown]
        chosen = st.radio(
            "Preset of this kind",
            names,
            index=names.index(_first_choice(shown, resolution, asked)),
            format_func=lambda name: PRESETS[name].title,
            captions=[_caption(preset, resolution) for preset in shown],
            key=f"new-run-preset-{resolution}-{group}-{family}",
            label_visibility="collapsed",
        )
    return PRESETS[chosen]


def _fitting_first(presets: Sequence[Preset], resolution: int) -> list[Preset]:
    return sorted(presets, key=lambda preset: resolution not in preset.resolutions)


def _first_choice(shown: Sequence[Preset], resolution: int, asked: Preset | None) -> str:
    """What was asked for; else what answers soonest; else our default; else the first that fits."""
    names = [preset.name for preset in shown if resolution in preset.resolutions]
    quick = [name for name in names if name.startswith("quick")]
    wanted = [asked.name] if asked in shown and asked is not None else []
    return next(iter([*wanted, *quick, *(name for name in names if name == DEFAULT_PRESET), *names, shown[0].name]))


def _caption(preset: Preset, resolution: int) -> str:
    """The first sentence; the card beside has the rest."""
    first = preset.description.split(". ")[0].rstrip(".") + "."
    return first if resolution in preset.resolutions else f"Made for {sizes(preset)} px. {first}"
