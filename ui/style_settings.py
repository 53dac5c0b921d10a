"""The settings of the engine itself, for those who want them: every field of its dataclass, and presets by name.

What is shown here is what holds at the present strength; a field that is set stays as it is set.
"""

import dataclasses
from importlib import import_module
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.style.engines import settings_for
from ui import access, style_state
from ui.markup import harmless
from ui.setting_fields import field_help, label

# Beside the form's own fields; and how often a transfer tells and saves, which only jobs need to know.
_ELSEWHERE = {"strength", "seed", "preview_steps", "keep_steps"}
_NEURAL = "core.style.neural.settings"
_NEURAL_CHOICES = {
    "network": ("core.style.neural.plans", "PLANS"),
    "pooling": ("core.style.neural.plans", "POOLINGS"),
    "edges": ("", ("first", "reflect", "zeros")),
    "style_loss": (_NEURAL, "STYLE_LOSSES"),
    "root": (_NEURAL, "ROOTS"),
    "start": (_NEURAL, "STARTS"),
    "optimiser": (_NEURAL, "OPTIMISERS"),
}
_CHOICES: dict[str, dict[str, tuple[str, Any]]] = {
    "neural": _NEURAL_CHOICES,
    "random": {name: found for name, found in _NEURAL_CHOICES.items() if name != "network"},
    "palette": {"method": ("core.style.palette_settings", "METHODS")},
    "fast": {
        "network": ("core.style.fast.settings", "NETWORKS"),
        "style": ("", ("johnson-candy", "johnson-mosaic", "johnson-rain-princess", "johnson-udnie")),
    },
}
_HIDDEN = {"random": {"network", "weights_file"}}  # refused there
_USUAL = "usual"
PRESETS = {
    _USUAL: "Usual",
    "wikiart-neural-trasnfer": "wikiart-neural-trasnfer",
    "wikiart-row-1": "wikiart-neural-trasnfer, row 1 of its table",
    "wikiart-row-2": "wikiart-neural-trasnfer, row 2 of its table",
    "wikiart-row-3": "wikiart-neural-trasnfer, row 3 of its table",
    "tutorial-lbfgs": "The same layers, optimised by L-BFGS",
    "content-alone": "What the content's loss alone holds",
    "style-alone": "What the style's loss alone holds",
}
_PRESET_SIZES = {name: 128 for name in PRESETS if name.startswith(("wikiart", "tutorial"))}  # pixels, as published
_PRESET = "style-preset"


def show_settings(engine: str) -> None:
    """Fields and presets, in an expander that costs nothing while it is closed."""
    present = style_state.overrides(engine)
    box = st.expander("Engine settings", icon=":material/tune:", key="style-settings", on_change="rerun")
    if not box.open:
        if present:
            st.caption(f":material/tune: {len(present)} of the engine's settings differ from the usual ones.")
        return
    with box:
        try:
            usual = settings_for(engine, style_state.strength())
        except AtelierError as error:
            st.error(harmless(str(error)))
            return
        if engine == "neural":
            _ask_preset()
        hidden = _ELSEWHERE | _HIDDEN.get(engine, set())
        for one in dataclasses.fields(usual):
            if one.name not in hidden:
                _field(engine, usual, one, present)
        if present:
            st.button(
                "Back to the usual settings",
                icon=":material/restart_alt:",
                key="style-settings-usual",
                on_click=access.owner_action(_use),
                args=(engine, {}),
            )


def preset_overrides(preset: str) -> dict[str, Any]:
    """What a preset of the neural engine sets. Raises: NotFoundError."""
    from core.style.neural import presets
    from core.style.neural.settings import NeuralSettings

    if not preset.startswith("wikiart-row-"):
        return presets.overrides_of(preset)
    usual, wanted = NeuralSettings(), presets.wikiart_row(int(preset.rpartition("-")[2]) - 1)
    names = [one.name for one in dataclasses.fields(usual)]
    return {name: getattr(wanted, name) for name in names if getattr(wanted, name) != getattr(usual, name)}


def _ask_preset() -> None:
    def chosen() -> None:
        preset = st.session_state.get(_PRESET)
        if preset in PRESETS:
            _use("neural", {} if preset == _USUAL else preset_overrides(preset))
            if preset in _PRESET_SIZES:
                st.session_state[style_state.SIZE] = _PRESET_SIZES[preset]

    st.selectbox(
        "Preset",
        list(PRESETS),
        key=_PRESET,
        format_func=PRESETS.__getitem__,
        on_change=access.owner_action(chosen),
        help="Settings that others published, to compare with. It fills in the fields below, and the size.",
    )


def _use(engine: str, changes: dict[str, Any]) -> None:
    style_state.override(engine, changes)
    style_state.renew_settings()
    if not changes and engine == "neural":
        st.session_state[_PRESET] = _USUAL


def _field(engine: str, usual: Any, one: dataclasses.Field[Any], present: dict[str, Any]) -> None:
    """A widget for one field. Its key holds the usual value, so that it follows the strength until it is set."""
    default = getattr(usual, one.name)
    value = present.get(one.name, default)
    version = st.session_state.get(style_state.SETTINGS_VERSION, 0)
    key = f"style-set-{version}-{engine}-{one.name}-{default}"
    choices = _choices(engine, one.name)
    is_list = isinstance(default, tuple)

    def changed() -> None:
        found = _read(st.session_state[key], one, default)
        kept = {name: set_to for name, set_to in style_state.overrides(engine).items() if name != one.name}
        style_state.override(engine, kept if found == default else {**kept, one.name: found})

    common: dict[str, Any] = {
        "key": key,
        "help": field_help(type(usual)).get(one.name),
        "on_change": access.owner_action(changed),
    }
    if isinstance(default, bool):
        st.toggle(label(one.name), value=bool(value), **common)
    elif choices:
        options = list(choices)
        titles = choices if isinstance(choices, dict) else {}
        st.selectbox(
            label(one.name),
            options,
            index=options.index(value) if value in options else 0,
            format_func=lambda option: titles[option] if isinstance(titles.get(option), str) else option,
            **common,
        )
    elif is_list:
        shown = ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
        st.text_input(label(one.name), value=shown, **common)
    elif isinstance(default, str):
        st.text_input(label(one.name), value=str(value), **common)
    elif "float" in str(one.type):
        st.number_input(
            label(one.name),
            value=None if value is None else float(value),
            min_value=0.0,
            step=(abs(default) / 10 or 0.1) if default is not None else 1.0,
            format="%.6g",
            placeholder="Automatic",
            **common,
        )
    else:
        st.number_input(
            label(one.name),
            value=None if value is None else int(value),
            min_value=0,
            step=1,
            placeholder="Automatic",
            **common,
        )


def _read(shown: Any, one: dataclasses.Field[Any], default: Any) -> Any:
    """What a widget says, as the field has it. A list that cannot be read is handed on, and refused by the engine."""
    if not isinstance(default, tuple):
        return shown.strip() if isinstance(shown, str) else default if shown is None and default is not None else shown
    parts = [part.strip() for part in str(shown).split(",") if part.strip()]
    if "float" not in str(one.type):
        return tuple(parts)
    try:
        return tuple(float(part) for part in parts)
    except ValueError:
        return tuple(parts)


def _choices(engine: str, name: str) -> Any:
    """The names that a text may be, with words for them where there are some; None for any text."""
    module, found = _CHOICES.get(engine, {}).get(name, ("", None))
    return getattr(import_module(module), found) if module else found
