"""Widgets for the parameters of a step, made from its kind alone: a new kind needs no change here."""

from typing import Any

import streamlit as st

from core.datasets.steps.kinds import Parameter
from core.datasets.steps.step import Step, Value


def parameter_key(card: int, name: str) -> str:
    return f"step-{card}-value-{name}"


def begin_parameters(card: int, step: Step) -> None:
    """Let the widgets of a card that are not there yet show what its step has."""
    for parameter in step.of.parameters:
        st.session_state.setdefault(parameter_key(card, parameter.name), step.values[parameter.name])


def read_parameters(card: int, step: Step) -> dict[str, Value]:
    """What every parameter of a card's step says now, before or after its widgets are drawn."""
    return {
        parameter.name: _read(st.session_state[parameter_key(card, parameter.name)]) for parameter in step.of.parameters
    }


def ask_parameters(card: int, step: Step) -> None:
    for parameter in step.of.parameters:
        _ask(parameter, parameter_key(card, parameter.name))


def _ask(parameter: Parameter, key: str) -> None:
    if isinstance(parameter.choices, dict):
        st.selectbox(
            parameter.title,
            list(parameter.choices),
            format_func=lambda choice: _sentence(parameter.choices[choice]),
            key=key,
            help=parameter.about or None,
        )
        return
    st.slider(
        parameter.title,
        float(parameter.lowest),
        float(parameter.highest),
        step=float(parameter.step),
        format=f"%g{parameter.unit.replace('%', '%%')}",
        key=key,
        help=parameter.about or None,
    )


def _read(answer: Any) -> Value:
    if isinstance(answer, tuple):
        low, high = answer
        return _tidy(low), _tidy(high)
    return _tidy(answer) if isinstance(answer, float) else answer


def _tidy(number: float) -> float:
    """Without what a binary fraction adds behind: 0.30000000000000004 would be another recipe than 0.3."""
    return round(number, 6)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
