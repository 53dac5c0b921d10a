"""The part of a sweep's form that says what is searched: one row for each setting, checked as one types."""

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import AtelierError, ConfigError
from core.models.configs import choices_of
from core.models.preset import Preset
from core.sweeps.ready import ReadySpace
from core.sweeps.space import FOLLOWS, MOST_AXES, read_axis, value_words
from core.training.settings import configure, setting_names
from ui import setting_fields
from ui.jobs import plain

_SEVERAL = ("augment", "condition", "stop_when")  # words joined by commas
_LONGEST_COMBINATIONS = 5  # words of which every combination is offered
_WIDTH = 4.0  # times: a range begins as far above and below the usual value
LIST, RANGE = "Values", "Range"
_SPREADS = ("Evenly", "By scale", "In steps")


@dataclass(frozen=True)
class Chosen:
    space: dict[str, Any]  # of the rows that are right
    problems: tuple[str, ...]  # of the others


def ask(preset: Preset, resolution: int, ready: ReadySpace | None, *, names: Sequence[str], key_prefix: str) -> Chosen:
    """A row for each of these settings.

    Args:
        ready: whose values the rows begin with.
    """
    begun = dict(ready.space) if ready else {}
    network, training = configure(preset, resolution, ready.fixed if ready else None)
    space: dict[str, Any] = {}
    problems: list[str] = []
    for name in names:
        with st.container(border=True, key=f"{key_prefix}-row-{name}", gap="xsmall"):
            settings = next((one for one in (network, training) if hasattr(one, name)), None)
            try:
                if settings is None:
                    value = _together(name, begun[name], f"{key_prefix}-{name}")
                else:
                    value = _row(settings, name, begun.get(name), f"{key_prefix}-{name}")
                axis = read_axis(name, value, preset)
                _check_ends(preset, resolution, axis.changes, value)
            except AtelierError as error:
                st.error(plain(str(error)), icon=":material/block:")
                problems.append(str(error))
                continue
            space[name] = axis.to_json()
            followed = FOLLOWS.get(name)
            if followed in setting_names(preset) and followed not in names:
                st.caption(f"{setting_fields.label(str(followed))} keeps its proportion to it.")
    return Chosen(space, tuple(problems))


def offered(preset: Preset, ready: ReadySpace | None) -> list[str]:
    """What can be searched: what a ready space has first, then the settings by name."""
    mine = list(ready.space) if ready else []
    names = setting_names(preset)
    rest = []
    for name in names:
        try:
            read_axis(name, [True] if names[name] is bool else ["1"], preset)
        except ConfigError as error:
            if "could not be compared" in str(error):
                continue
        if name not in ("seed", *mine):
            rest.append(name)
    return [*mine, *sorted(rest, key=setting_fields.label), "seed"]


def most() -> int:
    return MOST_AXES


def _row(settings: Any, name: str, begun: Any, key: str) -> Any:
    """The widgets of one setting; the value as a space has it. Raises ConfigError for what cannot be read."""
    usual = getattr(settings, name)
    left, right = st.columns([3, 7], vertical_alignment="center")
    with left:
        st.markdown(f"**{setting_fields.label(name)}**", help=setting_fields.field_help(type(settings)).get(name))
        st.caption(f"Usually {plain(value_words(usual))}")
    with right:
        if isinstance(usual, bool):
            shown = [bool(one) for one in begun] if isinstance(begun, list) else [True, False]
            words = {True: "Yes", False: "No"}
            return st.pills(
                setting_fields.label(name),
                [True, False],
                format_func=words.__getitem__,
                default=shown,
                selection_mode="multi",
                key=key,
                label_visibility="collapsed",
            )
        if isinstance(usual, str):
            return _words_row(settings, name, begun, key)
        return _number_row(name, usual, begun, key, whole=isinstance(usual, int))


def _words_row(settings: Any, name: str, begun: Any, key: str) -> list[str]:
    choices = list(choices_of(settings, name))
    if name in _SEVERAL:
        longest = len(choices) if len(choices) <= _LONGEST_COMBINATIONS else 1
        choices = [",".join(words) for count in range(longest + 1) for words in itertools.combinations(choices, count)]
    shown = [one for one in (begun or []) if one in choices] or choices[:4]
    return st.multiselect(
        setting_fields.label(name),
        choices,
        default=shown,
        format_func=lambda word: word.replace(",", " + ") or "none",
        key=key,
        label_visibility="collapsed",
    )


def _number_row(name: str, usual: float, begun: Any, key: str, *, whole: bool) -> Any:
    title = setting_fields.label(name)
    wanted = begun if isinstance(begun, Mapping) else _some_range(usual, whole=whole)
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        way = str(
            st.segmented_control(
                f"{title}: how",
                [RANGE, LIST],
                default=LIST if isinstance(begun, list) else RANGE,
                required=True,
                key=f"{key}-way",
                label_visibility="collapsed",
            )
        )
        if way == RANGE:
            how = str(
                st.segmented_control(
                    f"{title}: spread",
                    _SPREADS,
                    default=_SPREADS[1 if wanted.get("log") else 2 if wanted.get("step") else 0],
                    required=True,
                    key=f"{key}-how",
                    label_visibility="collapsed",
                    help="By scale: 0.001 to 0.01 is as likely as 0.01 to 0.1, which suits rates and weights. A grid "
                    "needs steps or values.",
                )
            )
    if way == LIST:
        values = begun if isinstance(begun, list) else _some_values(usual, whole=whole)
        text = st.text_input(
            f"{title}: values, with commas between",
            value=", ".join(f"{value:g}" for value in values),
            key=f"{key}-list",
            placeholder="0.0005, 0.001, 0.002",
            label_visibility="collapsed",
        )
        return numbers(text)
    kind = int if whole else float
    form: dict[str, Any] = {"step": 1} if whole else {"step": _arrow(wanted), "format": "%.6g"}
    places = st.columns(3 if how == _SPREADS[2] else 2)
    found: dict[str, Any] = {}
    for place, side, word in zip(places, ("low", "high"), ("From", "To"), strict=False):
        with place:
            found[side] = st.number_input(word, value=kind(wanted[side]), key=f"{key}-{side}", **form)
    if how == _SPREADS[1]:
        found["log"] = True
    if how == _SPREADS[2]:
        width = found["high"] - found["low"]
        usual_step = wanted.get("step") or (max(1, int(width) // 4) if whole else float(f"{width / 4:.3g}") or 0.1)
        with places[2]:
            found["step"] = st.number_input("Step", value=kind(usual_step), key=f"{key}-step", **form)
    return found


def _together(name: str, values: Any, key: str) -> list[Any]:
    """Settings that change together come with a ready space: which of its values are tried is asked."""
    texts = {json.dumps(value, sort_keys=True): value for value in values}
    st.markdown(f"**{setting_fields.label(name)}**", help="Several settings that change together.")
    chosen = st.pills(
        setting_fields.label(name),
        list(texts),
        default=list(texts),
        selection_mode="multi",
        format_func=lambda text: " · ".join(
            f"{setting_fields.label(one)} {value_words(value)}" for one, value in texts[text].items()
        ),
        key=key,
        label_visibility="collapsed",
    )
    return [texts[text] for text in chosen]


def numbers(text: str) -> list[float]:
    """ "0.1, 0.2 0.5" -> [0.1, 0.2, 0.5]. Raises ConfigError naming what is no number."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    found = []
    for part in parts:
        try:
            found.append(float(part))
        except ValueError:
            raise ConfigError(f"{part!r} is no number. Write numbers with commas between: 0.001, 0.002.") from None
    return found


def _check_ends(preset: Preset, resolution: int, changes: Sequence[str], value: Any) -> None:
    """Raises ConfigError where an end of a range, or one of the values, is none that the setting may have at all."""
    if isinstance(value, Mapping):
        tried: list[Any] = [value["low"], value["high"]]
    else:
        tried = list(value)
    for one in tried:
        overrides = one if isinstance(one, Mapping) else {changes[0]: one}
        try:
            configure(preset, resolution, overrides)
        except ConfigError as error:
            if any(str(error).startswith(name) for name in changes):  # else only together with what is usual
                raise


def _some_range(usual: float, *, whole: bool) -> dict[str, Any]:
    if not usual:
        return {"low": 0, "high": 1} if whole else {"low": 0.0, "high": 1.0}
    if 0.5 <= usual < 1 and not whole:
        return {"low": usual / 2, "high": min(0.999, usual * 1.1)}
    low, high = usual / _WIDTH, usual * _WIDTH
    if whole:
        return {"low": max(1, round(low)), "high": max(2, round(high))}
    return {"low": float(f"{low:.3g}"), "high": float(f"{high:.3g}"), "log": True}


def _some_values(usual: float, *, whole: bool) -> list[float]:
    if not usual:
        return [0, 1]
    return [max(1, round(usual / 2)), usual, usual * 2] if whole else [usual / 2, usual, usual * 2]


def _arrow(wanted: Mapping[str, Any]) -> float:
    """How far one press of an arrow goes."""
    return float(f"{max(abs(float(wanted['low'])), 1e-9) / 2:.1g}")
