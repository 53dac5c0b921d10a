"""What the pictures shall be, of a model that learned by conditions: its terms to choose, or words of one's own."""

from dataclasses import replace

import streamlit as st

from core.datasets.conditions import Vocabulary
from core.errors import AtelierError
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from ui import access, explore_state
from ui.jobs import plain
from ui.run_conditions import show_reading

_WORDS = "explore-words"


def ask(run: RunFolder, point: Point) -> None:
    """Draw the choosers; nothing for a model without conditions. A change puts the point to work."""
    vocabulary = vocabulary_of(run)
    if vocabulary is None or not vocabulary.terms:
        return
    columns = vocabulary.columns()
    chosen = dict(point.terms)
    st.session_state[_WORDS] = point.words
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-words-row"):
        for column, terms in columns.items():
            values = [term.value for term in terms]
            counts = {term.value: term.count for term in terms}
            key = _key(column)
            st.session_state[key] = chosen.get(column) if chosen.get(column) in values else None
            st.selectbox(
                column.capitalize(),
                values,
                key=key,
                placeholder="Any",
                format_func=lambda value, counts=counts: f"{value} ({counts[value]})",  # type: ignore[misc]
                on_change=access.owner_action(_take_terms),
                args=(run, tuple(columns)),
                help="In brackets: how many training pictures have it.",
                width=260,
            )
        likely = ", ".join(term.value for term in vocabulary.terms[:2])
        st.text_input(
            "Or in your words",
            key=_WORDS,
            placeholder=f"For example: {likely}",
            on_change=access.owner_action(_take_words),
            args=(run,),
            help="Words are matched with what this model learned by. They are not understood beyond that.",
            width="stretch",
        )
    if point.words:
        show_reading(vocabulary.read(point.words), point.words)


def vocabulary_of(run: RunFolder) -> Vocabulary | None:
    if not run.settings.get("terms"):
        return None
    try:
        return Vocabulary.from_json(run.settings["terms"])
    except AtelierError as error:
        st.error(plain(str(error)))
        return None


def _key(column: str) -> str:
    return f"explore-term-{column}"


def _take_terms(run: RunFolder, columns: tuple[str, ...]) -> None:
    point = explore_state.at_work()
    if point is not None:
        terms = tuple((column, value) for column in columns if (value := st.session_state.get(_key(column))))
        explore_state.take(run, replace(point, terms=terms, words=""))


def _take_words(run: RunFolder) -> None:
    point = explore_state.at_work()
    if point is None:
        return
    words = str(st.session_state[_WORDS]).strip()[:500]
    vocabulary = vocabulary_of(run)
    if words and vocabulary is not None and not vocabulary.read(words).terms:
        known = ", ".join(term.value for term in vocabulary.terms[:8])
        explore_state.tell(f"This model has learnt none of these words: {words}. It knows, among others: {known}.")
        words = ""
    explore_state.take(run, replace(point, words=words, terms=() if words else point.terms))
