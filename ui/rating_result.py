"""What a rater is shown at the end: their own answers as a card, and everybody's beside them."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.studies.own_result import CROWD, OwnGroup, OwnResult
from ui.rating_words import Words

_ASSETS = Path(__file__).with_name("assets")
_CHANCE = 0.5  # of being right by guessing, when half of the pictures are real

_card = st.components.v2.component(
    "rating_result",
    html='<div class="result"></div>\n',
    css=(_ASSETS / "rating_result.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "rating_result.js").read_text(encoding="utf-8"),
)


def result_card(result: OwnResult, words: Words) -> None:
    """The rater's own result. What it says tells pictures apart, so it comes after the last answer."""
    parts = {"choice": _detection, "scale": _rating, "pair": _preference}[words.form](result, words)
    texts = words.texts
    names = {"choice": texts.result_fooled, "scale": texts.result_highest, "pair": texts.result_preferred}
    best = [[f"{names[words.form]}:", result.favourite]] if result.favourite else []
    # In a list: see ui/rating.py on what Streamlit would load pandas for.
    _card(key="own-result", data=[{"bars": parts[0], "notes": parts[1], "best": best}])


def _detection(result: OwnResult, words: Words) -> tuple[list[dict[str, Any]], list[str]]:
    texts = words.texts
    bars, notes = [], [texts.result_chance]
    if result.correct is not None:
        bars.append(_bar(texts.result_caught, texts.share(result.correct), result.correct, mark=_CHANCE, own=True))
    if result.crowd_correct is not None:
        crowd = result.crowd_correct
        bars.append(_bar(texts.result_crowd, texts.share(crowd), crowd, mark=_CHANCE))
    else:
        notes.append(texts.result_crowd_later.format(count=CROWD))
    if result.exposure_ms is not None:
        time = texts.milliseconds.format(value=result.exposure_ms)
        bars.append(_bar(texts.result_exposure, time, result.exposure_ms / words.design.staircase.longest_ms, own=True))
    return bars, notes


def _rating(result: OwnResult, words: Words) -> tuple[list[dict[str, Any]], list[str]]:
    texts = words.texts
    lowest, highest = words.design.answers[0], words.design.answers[-1]
    bars = []
    for group in result.by_kind:
        name = getattr(texts, f"kind_{'generated' if group.kind == 'preset' else group.kind}")
        share = (group.value - lowest) / (highest - lowest)
        bars.append(_bar(name, texts.number(group.value), share, own=True))
        if group.crowd is not None:
            crowd = (group.crowd - lowest) / (highest - lowest)
            bars.append(_bar(texts.result_crowd, texts.number(group.crowd), crowd))
    gap = _gap(result.by_kind)
    if gap is None:
        return bars, []
    step = (highest - lowest) / 4  # thresholds were set for a scale of five
    verdicts = ((0.75, texts.verdict_clear), (0.25, texts.verdict_some), (-0.25, texts.verdict_none))
    return bars, [next((text for least, text in verdicts if gap > least * step), texts.verdict_reverse)]


def _preference(result: OwnResult, words: Words) -> tuple[list[dict[str, Any]], list[str]]:
    texts = words.texts
    if result.agreed is None:
        return [], [texts.result_crowd_later.format(count=CROWD)]
    return [_bar(texts.result_agreed, texts.share(result.agreed), result.agreed, own=True)], []


def _bar(label: str, text: str, share: float, *, mark: float | None = None, own: bool = False) -> dict[str, Any]:
    """mark: a line across the bar. own: the rater's, not everybody's."""
    return {"label": label, "text": text, "share": min(max(share, 0), 1), "mark": mark, "isOwn": own}


def _gap(groups: tuple[OwnGroup, ...]) -> float | None:
    """How much higher the real ones were rated than what was made; None where either is missing. Noise is neither."""
    real = [group for group in groups if group.kind == "real"]
    made = [group for group in groups if group.kind not in ("real", "noise")]
    if not real or not made:
        return None
    mean = sum(group.value * group.count for group in made) / sum(group.count for group in made)
    return real[0].value - mean
