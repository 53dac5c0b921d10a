"""Form fields for the settings of a dataclass: one widget per field, helped by the comment beside it in the source."""

import dataclasses
import inspect
import io
import re
import tokenize
from functools import cache
from typing import Any

import streamlit as st

from core.models.configs import choices_of

_SEVERAL = {"augment": "None", "condition": "None", "stop_when": "Never"}  # joined by commas; a word for no choice


@cache
def field_help(kind: type) -> dict[str, str]:
    """Field name -> the comment on its line. One place says what a setting means: where it is defined."""
    help_texts: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not dataclasses.is_dataclass(base):
            continue
        name = ""
        names = {field.name for field in dataclasses.fields(base)}
        try:
            source = inspect.getsource(base)
        except OSError:
            continue  # shipped without sources: the fields serve without help
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if (
                token.type == tokenize.NAME
                and token.string in names
                and token.line.strip().startswith(f"{token.string}:")
            ):
                name = token.string
            elif token.type == tokenize.COMMENT and name and token.line.strip().startswith(f"{name}:"):
                text = token.string.lstrip("# ").strip()
                help_texts[name] = text[:1].upper() + text[1:]
    return help_texts


def label(name: str) -> str:
    """'learning_rate' -> 'Learning rate', 'log_every_images' -> 'Log every (images)'."""
    words = re.sub(r"_(every|life|warmup|cap)_(images|seconds|steps|epochs|gb)$", r"_\1 (\2)", name).replace("_", " ")
    words = re.sub(r"\b(ema|kl|gb|mmd)\b", lambda match: match[0].upper(), words).replace("half life", "half-life")
    return words[:1].upper() + words[1:]


def key_of(key_prefix: str, name: str, value: Any) -> str:
    return f"{key_prefix}-{name}-{value}"


def field(settings: Any, name: str, *, key_prefix: str, disabled: bool = False) -> Any:
    """A widget for one field of a settings dataclass, at its present value; returns what was chosen.

    The key holds the present value: when another preset brings another default, the widget starts from that.
    """
    value = getattr(settings, name)
    common: dict[str, Any] = {
        "key": key_of(key_prefix, name, value),
        "help": field_help(type(settings)).get(name),
        "disabled": disabled,
    }
    if isinstance(value, bool):
        return st.toggle(label(name), value=value, **common)
    if isinstance(value, int):
        return int(st.number_input(label(name), value=value, min_value=0, step=1, **common))
    if isinstance(value, float):
        return float(st.number_input(label(name), value=value, step=value / 10 or 0.1, format="%.6g", **common))
    choices = choices_of(settings, name)
    if name in _SEVERAL:
        present = [part.strip() for part in value.split(",") if part.strip()]
        return ",".join(st.multiselect(label(name), choices, default=present, placeholder=_SEVERAL[name], **common))
    if choices:
        return st.selectbox(label(name), choices, index=choices.index(value), **common)
    return st.text_input(label(name), value=value, **common)
