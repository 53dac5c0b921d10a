"""What stands in the form of the Style page: the pictures chosen and the words about them, as a request and back.

Kept in the session state, and so through visits to other pages; a finished picture can fill the whole form again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.pictures.chosen import ChosenPicture
from core.style.engines import ENGINES
from core.style.request import MAX_SIZE, MAX_STYLES, MIN_SIZE, StylePicture, StyleRequest
from core.workspace import Workspace
from ui.picture_picker import chosen_now, set_chosen

DEFAULT_ENGINE = "patch"  # needs no file that might be missing
CONTENT, STYLES = "style-content", "style-styles"  # keys of the pickers
MASKS = "style-masks"
MAKE = "style-make"  # one of the following
ONE, SEVERAL, MANY = "one", "sheet", "folder"
STRENGTHS = "style-sheet-strengths"
ENGINE, STRENGTH, SIZE, COLOURS, SEED = "style-engine", "style-strength", "style-size", "style-colours", "style-seed"
OVERRIDES, SETTINGS_VERSION = "style-overrides", "style-settings-version"
EVERYWHERE = ""  # in place of a style's hash: the mask for where anything is restyled at all
_DEFAULTS: dict[str, Any] = {
    MAKE: ONE,
    STRENGTHS: [25, 50, 75],
    ENGINE: DEFAULT_ENGINE,
    STRENGTH: 50,
    SIZE: None,
    COLOURS: "no",
    SEED: 0,
    OVERRIDES: {},
    MASKS: {},
}


@dataclass(frozen=True)
class MaskOf:
    """A mask and the content it was made for; another content keeps it, and is told."""

    picture: ChosenPicture
    content: str  # SHA-256


def begin() -> None:
    """Fill in what a first visit has not chosen yet. Before any widget of the form."""
    for key, value in _DEFAULTS.items():
        st.session_state.setdefault(key, value)


# ---- pictures


def content() -> ChosenPicture | None:
    return next(iter(chosen_now(CONTENT)), None)


def styles() -> list[ChosenPicture]:
    return chosen_now(STYLES)[:MAX_STYLES]


def weight_key(style: ChosenPicture) -> str:
    return f"style-weight-{style.sha256[:16]}"


def weight(style: ChosenPicture) -> float:
    return float(st.session_state.get(weight_key(style)) or 1.0)


def mask(of: str) -> MaskOf | None:
    """of: a style's SHA-256, or EVERYWHERE."""
    found: MaskOf | None = st.session_state.get(MASKS, {}).get(of)
    return found


def set_mask(of: str, picture: ChosenPicture | None) -> None:
    masks = dict(st.session_state.get(MASKS, {}))
    masks.pop(of, None)
    chosen = content()
    if picture is not None:
        masks[of] = MaskOf(picture, chosen.sha256 if chosen else "")
    st.session_state[MASKS] = masks


# ---- the engine and its settings


def engine_name() -> str:
    name = st.session_state.get(ENGINE)
    return name if name in ENGINES else DEFAULT_ENGINE


def strength() -> float:
    return float(st.session_state.get(STRENGTH) or 0)


def overrides(engine: str) -> dict[str, Any]:
    """Settings of an engine that were set by hand or by a preset."""
    return dict(st.session_state.get(OVERRIDES, {}).get(engine, {}))


def override(engine: str, changes: Mapping[str, Any]) -> None:
    """Let exactly these settings of an engine differ from its usual ones."""
    st.session_state[OVERRIDES] = {**st.session_state.get(OVERRIDES, {}), engine: dict(changes)}


def renew_settings() -> None:
    """Let the widgets of the engine's settings start anew from what holds now."""
    st.session_state[SETTINGS_VERSION] = int(st.session_state.get(SETTINGS_VERSION, 0)) + 1


# ---- the whole


def request() -> StyleRequest | None:
    """What the form asks for; None while a picture is missing. Raises: ConfigError."""
    chosen = content()
    return request_for(chosen) if chosen is not None and styles() else None


def request_for(chosen: ChosenPicture, *, masked: bool = True) -> StyleRequest:
    """The same for another content. Raises: ConfigError, also without a style."""
    engine = engine_name()

    def mask_for(of: str) -> ChosenPicture | None:
        found = mask(of) if masked else None
        return found.picture if found else None

    takes_masks = ENGINES[engine].takes_masks
    return StyleRequest(
        content=chosen,
        styles=tuple(
            StylePicture(style, weight(style), mask_for(style.sha256) if takes_masks else None) for style in styles()
        ),
        engine=engine,
        strength=strength(),
        size=st.session_state.get(SIZE),
        keep_colours=st.session_state.get(COLOURS) or "no",
        mask=mask_for(EVERYWHERE),
        seed=int(st.session_state.get(SEED) or 0),
        overrides=overrides(engine),
    )


def load(asked: StyleRequest, workspace: Workspace) -> list[str]:
    """Fill the form with a request. Returns the names of the pictures that are no longer in this lab.

    Before the form's widgets are drawn, or in a callback.
    """
    missing: list[str] = []

    def here(chosen: ChosenPicture | None) -> ChosenPicture | None:
        if chosen is None:
            return None
        if chosen.sha256 and workspace.facts(chosen.sha256).is_file():
            return chosen
        missing.append(chosen.name)
        return None

    set_chosen(CONTENT, here(asked.content))
    found, masks = [], {}
    for style in asked.styles:
        picture, over = here(style.picture), here(style.mask)
        if picture is not None:
            found.append(picture)
            st.session_state[weight_key(picture)] = style.weight
            if over is not None:
                masks[picture.sha256] = MaskOf(over, asked.content.sha256)
    set_chosen(STYLES, found)
    if (over := here(asked.mask)) is not None:
        masks[EVERYWHERE] = MaskOf(over, asked.content.sha256)
    st.session_state[MASKS] = masks
    st.session_state[ENGINE] = asked.engine if asked.engine in ENGINES else DEFAULT_ENGINE
    st.session_state[STRENGTH] = round(asked.strength)
    st.session_state[SIZE] = None if asked.size is None else min(MAX_SIZE, max(MIN_SIZE, asked.size))
    st.session_state[COLOURS] = asked.keep_colours
    st.session_state[SEED] = min(asked.seed, 2**53 - 1)
    override(asked.engine, asked.overrides)
    renew_settings()
    return missing
