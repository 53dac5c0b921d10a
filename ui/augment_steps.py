"""Augment's random steps: a card for each, in their order, and a menu of all kinds to add."""

from dataclasses import replace
from importlib import import_module
from threading import Thread
from typing import Any

import streamlit as st

from core.datasets.steps.kinds import FAMILIES, GROUPS, KINDS
from core.datasets.steps.step import Step
from ui import access
from ui.augment_leaks import level_badge
from ui.augment_parameters import ask_parameters, begin_parameters, read_parameters
from ui.augment_state import Editor, editor, exact

_MENU = "add-step"  # whether the menu of steps stands open
_APPLIED = {"training": "In training", "copies": "As copies"}
_APPLIED_EXPLAINED = {
    "training": "Drawn anew each time that a picture is trained on. The dataset holds the pictures as they are.",
    "copies": "Drawn once, and built into the dataset as further rows of each picture to train on.",
}


def ask_steps(state: Editor) -> dict[str, Any]:
    """steps, steps_as and drawn_copies. Held-out pictures are never changed."""
    applied = st.segmented_control(
        "Random steps happen",
        list(_APPLIED),
        format_func=_APPLIED.__getitem__,
        required=True,
        key="recipe_steps_as",
        help="In training every pass over the pictures is a new one and the dataset stays small. Copies are for "
        "programs that cannot draw, and for looking at each of them.",
    )
    st.caption(_APPLIED_EXPLAINED[applied])
    drawn_copies = state.recipe.drawn_copies
    if applied == "copies":
        drawn_copies = st.number_input("Drawn copies of each picture", 1, 16, key="recipe_drawn_copies")
    state.steps = {
        card: _card(card, place, len(state.steps), step, is_open=card == state.opened)
        for place, (card, step) in enumerate(state.steps.items())
    }
    if not state.steps:
        st.caption("No random step yet.")
    _menu()
    return {"steps": tuple(state.steps.values()), "steps_as": applied, "drawn_copies": drawn_copies}


def _card(card: int, place: int, count: int, step: Step, *, is_open: bool) -> Step:
    """One step with its switch, its place, and what it draws between."""
    st.session_state.setdefault(f"step-{card}-on", step.enabled)
    st.session_state.setdefault(f"step-{card}-chance", round(step.chance * 100))
    chance = exact(st.session_state[f"step-{card}-chance"], step.chance, scale=100)
    begin_parameters(card, step)
    now = Step(kind=step.kind, values=read_parameters(card, step), chance=chance)  # what the widgets below will show
    with st.container(border=True, key=f"step-{card}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap=None):
            with st.container(width="stretch"):
                enabled = st.toggle(step.of.title, key=f"step-{card}-on")
            _button(card, "up", "arrow_upward", "Move up: happens earlier", disabled=place == 0)
            _button(card, "down", "arrow_downward", "Move down: happens later", disabled=place == count - 1)
            _button(card, "remove", "close", "Remove this step")
        with st.expander(_summary(now), expanded=is_open, key=f"step-{card}-more", type="compact"):
            st.caption(step.of.about)
            st.slider("Happens to", 0, 100, format="%d %% of the pictures", key=f"step-{card}-chance")
            ask_parameters(card, step)
            st.markdown(" ".join(level_badge(note.level, FAMILIES[family]) for family, note in step.of.leak.items()))
    return replace(now, enabled=enabled)


def _summary(step: Step) -> str:
    """What it draws between and how often, without its name."""
    between = step.between_in_words().replace("-", "−")
    often = f"{step.chance:.0%} of the pictures" if step.chance < 1 else ""
    told = ", ".join(part for part in (between, often) if part) or "every picture"
    return told[0].upper() + told[1:]


def _button(card: int, act: str, icon: str, words: str, *, disabled: bool = False) -> None:
    st.button(
        f":material/{icon}:",
        key=f"step-{card}-{act}",
        type="tertiary",
        help=words,
        disabled=disabled,
        on_click=_act,
        args=(card, act),
    )


@access.owner_action
def _act(card: int, act: str) -> None:
    match act:
        case "up":
            editor().move(card, -1)
        case "down":
            editor().move(card, +1)
        case "remove":
            editor().remove(card)


def _menu() -> None:
    """All kinds of steps, by group, with one sentence about each."""
    menu = st.popover("Add a step", icon=":material/add:", key=_MENU, width="stretch", on_change="rerun")
    if not menu.open:
        return
    _warm_up()  # while people read the menu
    with menu:
        for group, title in GROUPS.items():
            st.markdown(f"**{title}**")
            for kind in KINDS.values():
                if kind.group == group:
                    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                        with st.container(width=190):
                            st.button(
                                kind.title,
                                icon=":material/add:",
                                type="tertiary",
                                key=f"add-{kind.name}",
                                on_click=_add,
                                args=(kind.name,),
                            )
                        st.caption(kind.about, width=340)


@access.owner_action
def _add(kind: str) -> None:
    state = editor()
    step = Step.usual(kind)
    if kind == "quarter-turn" and state.recipe.aspect != "1:1":
        step = replace(step, values={"turns": "half"})  # the others would have another shape
    state.add(step)
    st.session_state[_MENU] = False


@st.cache_resource(show_spinner=False)
def _warm_up() -> None:
    """Load what changes pixels, once, beside what people do: it takes seconds."""
    Thread(target=import_module, args=("core.datasets.steps.applying",), daemon=True).start()
