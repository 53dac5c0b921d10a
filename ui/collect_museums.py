"""Queries to museums as forms, made from what each museum can be asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.sources import licences
from core.sources.museums.filters import TEXT, Filter, FilterKind
from core.sources.museums.registry import MUSEUMS
from ui.collect_plan import ask_licences, ask_limit, ask_server, short_name

WITH_FORMS = ("met", "cleveland", "artic")
_FIELDS_IN_A_ROW = 3
RIGHTS = frozenset({"cc0", "public_domain"})  # filters that say what the choice of licences says already


def ask_museum(source: str) -> tuple[dict[str, Any], str, str]:
    """The settings of the collect job, a name for the collection, and what is missing (nothing: all works will do)."""
    filters = museum_filters(source)
    text = st.text_input(
        "Words to search for",
        key=f"{source}-{TEXT}",
        persist_state="session",
        placeholder="sea, Hiroshige, still life; empty for everything that the filters leave",
    ).strip()
    query: dict[str, Any] = {TEXT: text} if text else {}
    fields = [name for name, one in filters.items() if one.kind != FilterKind.BOOL]
    ticks = [name for name, one in filters.items() if one.kind == FilterKind.BOOL and name not in RIGHTS]
    for start in range(0, len(fields), _FIELDS_IN_A_ROW):
        for column, name in zip(st.columns(_FIELDS_IN_A_ROW), fields[start : start + _FIELDS_IN_A_ROW], strict=False):
            with column:
                value = _ask(source, name, filters[name])
            if value not in (None, "", [], filters[name].default):
                query[name] = value
    with st.container(horizontal=True, gap="medium"):
        for name in ticks:
            value = _ask(source, name, filters[name])
            if value != (filters[name].default or False):
                query[name] = value
    with st.columns(_FIELDS_IN_A_ROW)[0]:
        limit = ask_limit(source)
    choice = ask_licences(source)
    for name in RIGHTS & set(filters):
        if (choice == licences.FREE_ONLY) != bool(filters[name].default):
            query[name] = choice == licences.FREE_ONLY
    settings = {
        "source": source,
        "query": query,
        "limit": limit,
        "licences": choice,
        "base_url": ask_server(source),
    }
    return settings, short_name(_words(source, query, filters), source), ""


def museum_filters(source: str) -> Mapping[str, Filter]:
    module = importlib.import_module(MUSEUMS[source].target.partition(":")[0])
    return module.FILTERS  # type: ignore[no-any-return]


def _ask(source: str, name: str, one: Filter) -> Any:
    usual: dict[str, Any] = {
        "label": one.title,
        "key": f"{source}-{name}",
        "help": one.help or None,
        "persist_state": "session",
    }
    choices = list(one.choices)

    def shown(value: str) -> str:
        return one.choices.get(value, value)

    if one.kind == FilterKind.BOOL:
        return st.checkbox(value=bool(one.default), **usual)
    if one.many:
        return st.multiselect(
            options=choices,
            format_func=shown,
            accept_new_options=one.open or one.kind != FilterKind.CHOICE,
            placeholder="Any" if choices else "Type one, then Enter",
            select_all=False,
            wrap=True,
            **usual,
        )
    if one.kind == FilterKind.CHOICE:
        return st.selectbox(
            options=choices,
            format_func=shown,
            index=choices.index(one.default) if one.default in choices else None,
            accept_new_options=one.open,
            placeholder="Any, or type another" if one.open else "Any",
            **usual,
        )
    if one.kind == FilterKind.INT:
        return st.number_input(value=None, step=1, placeholder="Any", **usual)
    placeholder = "1600-1700, 1850.., -500 to -300" if one.kind == FilterKind.YEARS else ""
    return st.text_input(placeholder=placeholder, **usual).strip()


def _words(source: str, query: Mapping[str, Any], filters: Mapping[str, Filter]) -> list[str]:
    """What tells this query from others of the museum."""
    words = [source]
    for name, value in query.items():
        if name == TEXT or (isinstance(value, str) and filters[name].kind != FilterKind.BOOL and name != "size"):
            words.append(str(value) if name == TEXT else filters[name].choices.get(value, value))
        elif isinstance(value, list):
            words += [filters[name].choices.get(each, each) for each in map(str, value)]
    return [" ".join(words[:2]), *words[2:]]
