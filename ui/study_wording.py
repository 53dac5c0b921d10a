"""The design page's third question: in which words, and in which languages."""

from dataclasses import replace

import streamlit as st

from core.studies.kinds import Kind
from core.studies.languages import TEXTS
from core.studies.wording import Wording, usual, usual_consent


def write(kind: Kind) -> dict[str, Wording]:
    """Draw the widgets; the wording in each language, the first one first. Empty while none is chosen."""
    chosen = st.multiselect(
        "Languages",
        list(TEXTS),
        default=["en"],
        format_func=lambda code: TEXTS[code].name,
        key="study-languages",
        help="Raters get the first of their browser's languages that you offer, and may change it.",
    )
    if not chosen:
        st.error("Choose at least one language: raters need words.")
        return {}
    with_consent = st.toggle(
        "Ask for consent first",
        key="study-with-consent",
        help="A text to agree to before the first picture. Ethics boards usually want one.",
    )
    if len(chosen) == 1:
        return {chosen[0]: _one(kind, chosen[0], with_consent)}
    tabs = st.tabs([TEXTS[code].name for code in chosen])
    wordings = {}
    for code, tab in zip(chosen, tabs, strict=True):
        with tab:
            wordings[code] = _one(kind, code, with_consent)
    return wordings


def _one(kind: Kind, code: str, with_consent: bool) -> Wording:
    # Keyed by kind and language: each has its usual words, and each keeps what was written for it.
    key, start = f"{kind.name}-{code}", usual(kind.name, code)
    question = st.text_input("Question", start.question, max_chars=200, key=f"study-question-{key}")
    instructions = st.text_area(
        "Instructions", start.instructions, max_chars=600, height=80, key=f"study-instructions-{key}"
    )
    wording = replace(start, question=question, instructions=instructions)
    if kind.measure != "preference":
        ends = st.columns(2)
        low = "The answer 'generated'" if kind.measure == "detection" else "The lowest answer says"
        high = "The answer 'real'" if kind.measure == "detection" else "The highest answer says"
        wording = replace(
            wording,
            lowest=ends[0].text_input(low, start.lowest, max_chars=40, key=f"study-lowest-{key}"),
            highest=ends[1].text_input(high, start.highest, max_chars=40, key=f"study-highest-{key}"),
        )
    if with_consent:
        consent = st.text_area("Consent", usual_consent(code), max_chars=2000, height=160, key=f"study-consent-{key}")
        wording = replace(wording, consent=consent)
    return wording
