"""What a rater is shown at the end: their own answers as a card, and everybody's beside them."""

import streamlit as st

from core.studies.own_result import CROWD, OwnGroup, OwnResult
from ui.rating_words import Words, markdown_safe


def result_card(result: OwnResult, words: Words) -> None:
    """The rater's own result. What it says tells pictures apart, so it comes after the last answer."""
    texts = words.texts
    with st.container(border=True, key="own-result"):
        if result.correct is not None:
            _shares([(texts.result_caught, result.correct), (texts.result_crowd, result.crowd_correct)], words)
            if result.crowd_correct is None:
                st.caption(texts.result_crowd_later.format(count=CROWD))
            st.caption(texts.result_chance)
            if result.exposure_ms is not None:
                st.metric(texts.result_exposure, texts.milliseconds.format(value=result.exposure_ms))
        elif words.form == "scale":
            _means(result.by_kind, words)
        elif result.agreed is not None:
            st.metric(texts.result_agreed, texts.share(result.agreed))
        if result.favourite:
            names = {"choice": texts.result_fooled, "scale": texts.result_highest, "pair": texts.result_preferred}
            st.markdown(f"{names[words.form]}: **{markdown_safe(result.favourite)}**")


def _shares(shares: list[tuple[str, float | None]], words: Words) -> None:
    known = [(name, share) for name, share in shares if share is not None]
    for column, (name, share) in zip(st.columns(len(known)), known, strict=True):
        column.metric(name, words.texts.share(share))


def _means(groups: tuple[OwnGroup, ...], words: Words) -> None:
    texts = words.texts
    for column, group in zip(st.columns(max(1, len(groups))), groups, strict=False):
        name = getattr(texts, f"kind_{'generated' if group.kind == 'preset' else group.kind}")
        column.metric(name, texts.number(group.value), help=texts.your_mean.format(count=group.count))
        if group.crowd is not None:
            column.caption(f"{markdown_safe(texts.result_crowd)}: {texts.number(group.crowd)}")
    gap = _gap(groups)
    if gap is None:
        return
    step = (words.design.answers[-1] - words.design.answers[0]) / 4  # thresholds were set for a scale of five
    verdicts = ((0.75, texts.verdict_clear), (0.25, texts.verdict_some), (-0.25, texts.verdict_none))
    st.markdown(next((text for least, text in verdicts if gap > least * step), texts.verdict_reverse))


def _gap(groups: tuple[OwnGroup, ...]) -> float | None:
    """How much higher the real ones were rated than what was made; None where either is missing. Noise is neither."""
    real = [group for group in groups if group.kind == "real"]
    made = [group for group in groups if group.kind not in ("real", "noise")]
    if not real or not made:
        return None
    mean = sum(group.value * group.count for group in made) / sum(group.count for group in made)
    return real[0].value - mean
